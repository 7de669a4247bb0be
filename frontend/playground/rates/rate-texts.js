/** Sentences about curves and maps over the learning rate. */

import { integer, percent, setting } from "../../core/format.js";

/** @typedef {import("./rate-requests.js").Curve} Curve */
/** @typedef {import("./rate-requests.js").RatePoint} RatePoint */

/**
 * What was measured at a rate.
 * @param {RatePoint} point
 */
export function describePoint({ lr, share, low, high, steps, steps_low: first, steps_high: last }) {
  const range = first === null || last === null ? "" : ` (${integer(Math.round(first))} to ${integer(Math.round(last))})`;
  const soon = steps === null ? "" : `, in a median of ${integer(Math.round(steps))}${range} gradients`;
  return `At ${setting(lr)}, ${percent(share)} of starts arrive (${percent(low)} to ${percent(high)})${soon}.`;
}

/**
 * How the curves are measured, beside them.
 * @param {Curve | null} curve
 */
export function howMeasured(curve) {
  const starts = curve ? `${integer(curve.starts)} starts` : "Fixed starts";
  const confidence = curve ? `${Math.round(100 * curve.confidence)} %` : "95 %";
  return {
    brief: "Drag a dot, or use the arrow keys, to change a rate: the paths follow.",
    rule:
      `${starts}, the first of the sweep’s scrambled Sobol points of the domain, run at four rates a decade, ` +
      "the same at each; each draws its own noise where a variant meets noise. A start arrives if it comes to a " +
      `global minimum and stays. Arrivals are in gradients, of which most optimizers take one a step. Bands are ${confidence} intervals: Wilson’s for shares, of order statistics for ` +
      "medians (from 6 arrivals on). The best rate is that at which most starts arrive, then the one with fewer " +
      "gradients, then the smaller; it is scored from as many other starts. Good rates are those around it at which " +
      "at least 0.9 times as many arrive.",
  };
}

/** Below this a rate is shorter with a power of ten. */
const SMALL = 1e-3;

/**
 * A rate in a table, to two digits.
 * @param {number} rate
 */
export function brief(rate) {
  return rate < SMALL ? rate.toExponential(1).replace(".0e", "e").replace("-", "−") : setting(Number(rate.toPrecision(2)));
}

/**
 * A range of good rates.
 * @param {number} low
 * @param {number} high
 */
export function rangeText(low, high) {
  return low === high ? `${brief(low)} alone` : `${brief(low)} – ${brief(high)}`;
}
