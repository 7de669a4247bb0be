/**
 * What the playhead counts: steps, epochs or images seen. Each clock gives every snapshot of every
 * run a time, and the runs end when they ended.
 */

import { integer, setting } from "../../core/format.js";

/** @typedef {import("../../surfaces/landscape-data.js").Trajectory} Trajectory */
/** @typedef {import("../../surfaces/landscape-data.js").Run} Run */
/** @typedef {"step" | "epoch" | "images"} ClockName */
/** @typedef {import("../../widgets/transport.js").Unit} Unit */

/** The scrubber tells about this many places apart. */
const PLACES = 1000;

/** @type {Record<ClockName, Unit>} */
export const UNITS = {
  step: unit("Step", integer),
  epoch: unit("Epoch", (epochs, end) => {
    const digits = end <= 100 ? 2 : end <= 1000 ? 1 : 0;
    return epochs === 0 ? "0" : Number.isInteger(epochs) ? integer(epochs) : epochs.toFixed(digits);
  }),
  images: unit("Images seen", (images) => integer(images)),
};

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
 * When a run makes a step.
 * @param {ClockName} clock
 * @param {Run} run
 * @param {number} images  in the training set
 * @returns {(step: number) => number}
 */
export function timeOf(clock, { steps_per_epoch, batch_size }, images) {
  if (clock === "step") return (step) => step;
  if (clock === "epoch") return (step) => step / steps_per_epoch;
  return (step) => {
    // The last batch of an epoch may be smaller than the others.
    const epochs = Math.floor(step / steps_per_epoch);
    return epochs * images + (step - epochs * steps_per_epoch) * batch_size;
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
 * @param {number} images  in the training set
 * @returns {Times}
 */
export function timesOf(clock, { steps, epochs, result }, images) {
  const time = timeOf(clock, result, images);
  const snapshots = Float64Array.from(steps, time);
  const ends = Float64Array.from(epochs, (epoch) => time(epoch * result.steps_per_epoch));
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
  if (clock === "images") return `${integer(Math.round(value))} images`;
  return clock === "step" ? `step ${integer(Math.round(value))}` : `epoch ${setting(Number(value.toPrecision(4)))}`;
}
