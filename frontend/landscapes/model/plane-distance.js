/** How far paths lie out of their plane, as the opacity of what is drawn, in numbers and words. */

import { number, percent } from "../../core/format.js";
import { LEAST_OPACITY, opacityAt } from "./faded-path.js";

/** @typedef {Pick<import("../../surfaces/landscape-data.js").Trajectory, "distance">} Path */

/**
 * The farthest of all snapshots of a landscape, whether its run is shown or not.
 * @param {readonly Path[]} trajectories
 * @returns {number}  0: no distance is known, or nothing lies out of the plane
 */
export function farthestOf(trajectories) {
  let farthest = 0;
  for (const { distance } of trajectories) {
    for (const one of distance) if (Number.isFinite(one)) farthest = Math.max(farthest, one);
  }
  return farthest;
}

/**
 * The opacity of each snapshot; where a distance is not finite, the least.
 * @param {Path} trajectory
 * @param {number} farthest
 * @returns {Float64Array | null}  null: it does not fade
 */
export function opacitiesOf({ distance }, farthest) {
  if (farthest === 0 || distance.length === 0) return null;
  return distance.map((one) => (Number.isFinite(one) ? opacityAt(one, farthest) : LEAST_OPACITY));
}

/**
 * The scale of the opacity, as the legend and pictures state it.
 * @param {number} farthest
 */
export function fadeText(farthest) {
  return `Paths fade with their distance out of the plane: opaque at 0, ${percent(LEAST_OPACITY)} opaque at ${number(farthest)}, the farthest snapshot of any run, linear between.`;
}
