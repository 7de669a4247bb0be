/**
 * What the playhead counts: steps, epochs, images seen, or the share of each run's training. Each
 * clock gives every snapshot of every run a time, and the runs end when they ended.
 */

import { integer, percent, setting } from "../../core/format.js";

/** @typedef {import("../../surfaces/landscape-data.js").Trajectory} Trajectory */
/** @typedef {import("../../surfaces/landscape-data.js").Run} Run */
/** @typedef {"step" | "checkpoint" | "epoch" | "images" | "share"} ClockName */
/** @typedef {import("../../widgets/transport.js").Unit} Unit */

/** The scrubber tells about this many places apart. */
const PLACES = 1000;

/** @type {Record<ClockName, Unit>} */
export const UNITS = {
  step: unit("Step", integer),
  checkpoint: unit("Checkpoint", integer),
  epoch: unit("Epoch", (epochs, end) => {
    const digits = end <= 100 ? 2 : end <= 1000 ? 1 : 0;
    return epochs === 0 ? "0" : Number.isInteger(epochs) ? integer(epochs) : epochs.toFixed(digits);
  }),
  images: unit("Images seen", (images) => integer(images)),
  share: unit("Share of training", percent),
};

/** If the longest run has more than so many times the epochs of the shortest, no common axis shows both. */
const UNLIKE = 10;

/** @typedef {Pick<Run, "steps" | "steps_per_epoch" | "batch_size"> & {step_unit?: Run["step_unit"]}} Counted  what a clock asks of a run */

/**
 * Whether a clock can count a run: of checkpoints alone neither epochs nor images are known, and of
 * another program's not even steps.
 * @param {ClockName} clock
 * @param {Omit<Counted, "steps">} run
 * @param {number | null} images  in the training set
 */
export function isCounted(clock, { step_unit = "step", steps_per_epoch, batch_size }, images) {
  if (clock === "step" || clock === "checkpoint") return clock === step_unit;
  if (clock === "epoch") return steps_per_epoch !== null;
  if (clock === "images") return steps_per_epoch !== null && batch_size !== null && images !== null;
  return true;
}

/**
 * The clocks that can count all of some runs.
 * @param {readonly {result: Counted}[]} trajectories
 * @param {number | null} images  in the training set
 * @returns {ClockName[]}
 */
export function clocksOf(trajectories, images) {
  const names = /** @type {ClockName[]} */ (Object.keys(UNITS));
  return names.filter((name) => trajectories.every(({ result }) => isCounted(name, result, images)));
}

/**
 * The clock with which a landscape opens: epochs, or steps or checkpoints where those are not known;
 * where their numbers differ too much, the share of each run's own training.
 * @param {readonly {result: Pick<Counted, "steps" | "steps_per_epoch" | "step_unit">}[]} trajectories
 * @returns {ClockName}
 */
export function openingClock(trajectories) {
  const known = trajectories.every(({ result }) => result.steps_per_epoch !== null);
  const counts = trajectories
    .map(({ result }) => result.steps / (known ? Number(result.steps_per_epoch) : 1))
    .filter((count) => count > 0);
  if (Math.max(...counts) > UNLIKE * Math.min(...counts)) return "share";
  if (known) return "epoch";
  const units = new Set(trajectories.map(({ result }) => result.step_unit ?? "step"));
  const [unit = "step"] = units;
  return units.size > 1 ? "share" : unit;
}

/**
 * @param {string} name
 * @param {Unit["text"]} text
 * @returns {Unit}
 */
function unit(name, text) {
  return {
    name,
    forward: "To the next snapshot",
    back: "To the snapshot before",
    grain: (end) => 10 ** Math.floor(Math.log10(Math.max(end, 1e-9) / PLACES)),
    text,
  };
}

/**
 * When a run makes a step, by a clock that can count it.
 * @param {ClockName} clock
 * @param {Counted} run
 * @param {number | null} images  in the training set
 * @returns {(step: number) => number}
 */
export function timeOf(clock, { steps, steps_per_epoch, batch_size }, images) {
  if (clock === "step" || clock === "checkpoint") return (step) => step;
  if (clock === "share") return (step) => (steps ? step / steps : 0);
  const epoch = Number(steps_per_epoch);
  if (clock === "epoch") return (step) => step / epoch;
  return (step) => {
    // The last batch of an epoch may be smaller than the others.
    const epochs = Math.floor(step / epoch);
    return epochs * Number(images) + (step - epochs * epoch) * Number(batch_size);
  };
}

/**
 * What a trajectory's snapshots and epochs are in the clock's unit.
 * @typedef {object} Times
 * @property {Float64Array} snapshots
 * @property {Float64Array} epochs
 * @property {number} end
 */

/**
 * @param {ClockName} clock
 * @param {Trajectory} trajectory
 * @param {number | null} images  in the training set
 * @returns {Times}
 */
export function timesOf(clock, { steps, epochs, result }, images) {
  const time = timeOf(clock, result, images);
  const snapshots = Float64Array.from(steps, time);
  const ends = Float64Array.from(epochs, (epoch) => time(epoch * Number(result.steps_per_epoch)));
  return {
    snapshots,
    epochs: ends,
    end: Math.max(snapshots.at(-1) ?? 0, ends.at(-1) ?? 0),
  };
}

/**
 * The nearest time after or before another; the other itself where there is none.
 * @param {Iterable<Float64Array>} lists  ascending
 * @param {number} at
 * @param {1 | -1} direction
 */
export function neighbor(lists, at, direction) {
  let best = direction * Infinity;
  for (const times of lists) {
    for (const time of times) {
      // Times that differ by rounding alone are the same.
      const further = direction * (time - at) > 1e-9 * Math.max(1, Math.abs(at));
      if (further && direction * (best - time) > 0) best = time;
    }
  }
  return Number.isFinite(best) ? best : at;
}

/**
 * A time in words, such as "step 120" or "1,280 images".
 * @param {ClockName} clock
 * @param {number} value
 */
export function timeText(clock, value) {
  if (clock === "share") return `${percent(value)} of training`;
  if (clock === "images") return `${integer(Math.round(value))} images`;
  return clock === "step" || clock === "checkpoint" ? `${clock} ${integer(Math.round(value))}` : `epoch ${setting(Number(value.toPrecision(4)))}`;
}
