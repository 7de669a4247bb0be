/** How faithfully a plane shows a path, in words and numbers. Nothing here touches the page. */

import { number, percent } from "../../core/format.js";

/** @typedef {import("../../surfaces/landscape-data.js").Trajectory} Trajectory */

/** Since this version of the format energy is measured about each run's own end. */
const MEASURED_SINCE = 3;

/** A share below this is as good as nothing. */
const NOTHING = 0.01;

/** A plane that shows more than this share shows most. */
const MOST = 0.5;

/** A drawn end misleads if its loss differs from the true one by more than this share of it. As in the claims' rules. */
export const LOSS_GAP = 0.1;

/**
 * What the energy of a path in the plane means beside that of random walks.
 * @param {Pick<Trajectory, "energyAboutEnd" | "randomWalks">} trajectory
 * @param {number} schema  the version of its landscape's format
 */
export function fidelityText({ energyAboutEnd: energy, randomWalks: walks }, schema) {
  if (walks === null && schema < MEASURED_SINCE) {
    return "Not measured about the run’s own end: this landscape was computed by an older version.";
  }
  if (walks === null) return "Not compared with random walks.";
  if (energy === null) return "The run never moved.";
  const { low, high } = walks.energy;
  if (low === null || high === null) return "There are no random walks to compare it with.";
  if (energy < NOTHING && high < NOTHING) return "As good as nothing of the path lies in this plane.";
  const elsewhere = energy < MOST ? "; most of it lies elsewhere" : "";
  if (energy < low) return `Less than 95% of random walks${elsewhere}.`;
  if (energy <= high) return `Within the range of random walks: its shape proves little${elsewhere}.`;
  return `More than 95% of random walks${elsewhere}.`;
}

/**
 * How much of the way from a path's start to its end the plane shows, and how far the end is from it.
 * @param {Pick<Trajectory, "displacement" | "endDistance">} trajectory
 */
export function wayText({ displacement, endDistance }) {
  return [
    displacement === null ? "" : `${percent(displacement)} of the way from start to end`,
    endDistance === null ? "" : endDistance < 1e-4 ? "ends in the plane" : `ends ${number(endDistance)} outside the plane`,
  ]
    .filter(Boolean)
    .join(" · ");
}

/**
 * Whether the plane's loss at a path's drawn end is far from the true loss there.
 * @param {Pick<Trajectory, "loss" | "lossInPlane">} trajectory
 */
export function endMisleads({ loss, lossInPlane }) {
  const truth = Number(loss.at(-1));
  const drawn = Number(lossInPlane.at(-1));
  if (!Number.isFinite(truth)) return false;
  return !(Math.abs(drawn - truth) <= LOSS_GAP * truth);
}

/** Of ends that mislead, so many are told, those farthest off first. */
const MOST_TOLD = 3;

/**
 * Which drawn ends mislead, with both losses.
 * @param {readonly Pick<Trajectory, "run" | "loss" | "lossInPlane">[]} trajectories
 * @param {(run: string) => string} labelOf
 * @returns {string}  empty: none does
 */
export function endsText(trajectories, labelOf) {
  const misleading = trajectories.filter(endMisleads);
  const many = misleading.length > MOST_TOLD;
  const farthest = many ? [...misleading].sort((a, b) => gapOf(b) - gapOf(a)).slice(0, MOST_TOLD) : misleading;
  const told = farthest.map(({ run, loss, lossInPlane }) => {
    const drawn = Number(lossInPlane.at(-1));
    return `${labelOf(run)} ends at loss ${number(Number(loss.at(-1)))}, but is drawn over ${
      Number.isFinite(drawn) ? number(drawn) : "a loss that is not finite"
    }`;
  });
  if (!told.length) return "";
  return many
    ? `The plane passes by ${misleading.length} of ${trajectories.length} ends. Where the losses differ most: ${told.join("; ")}.`
    : `The plane does not pass through every end: ${told.join("; ")}.`;
}

/**
 * How far the drawn end's loss is from the true one, as a part of that.
 * @param {Pick<Trajectory, "loss" | "lossInPlane">} trajectory
 */
function gapOf({ loss, lossInPlane }) {
  const [truth, drawn] = [Number(loss.at(-1)), Number(lossInPlane.at(-1))];
  return Number.isFinite(drawn) ? Math.abs(drawn - truth) / Math.abs(truth) : Infinity;
}
