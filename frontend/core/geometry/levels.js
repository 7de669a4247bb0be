/** Level numbers, which make contours at unevenly spaced levels contours at integers. */

import { lastAtMost } from "./sequences.js";

/**
 * Return the number of a value among the levels: i at level i and linear between levels, so that the
 * contour of the numbers at i is the contour of the values at `levels[i]`. Below the first level and
 * above the last it continues with the slope of the nearest interval, to -1 and `levels.length` at
 * most.
 * @param {readonly number[]} levels  ascending
 * @param {number} value
 * @returns {number}
 */
export function levelNumber(levels, value) {
  const last = levels.length - 1;
  if (last < 1) return 0;
  const i = Math.min(Math.max(lastAtMost(levels, value), 0), last - 1);
  const from = /** @type {number} */ (levels[i]);
  const to = /** @type {number} */ (levels[i + 1]);
  return Math.min(Math.max(i + (value - from) / (to - from), -1), last + 1);
}

/**
 * Return the level number of every value.
 * @param {Float64Array | Float32Array} z
 * @param {readonly number[]} levels
 * @returns {Float64Array}
 */
export function levelNumbers(z, levels) {
  return Float64Array.from(z, (value) => levelNumber(levels, value));
}
