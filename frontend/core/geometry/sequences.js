/** Ascending sequences: search, interpolation, even spacing. */

/**
 * Return the index of the last entry that is at most `value`, or -1.
 * @param {ArrayLike<number>} values  ascending
 * @param {number} value
 */
export function lastAtMost(values, value) {
  let low = 0;
  let high = values.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (/** @type {number} */ (values[middle]) <= value) low = middle + 1;
    else high = middle;
  }
  return low - 1;
}

/**
 * Return the value at a step, which may be fractional: exact at a stored step, interpolated linearly
 * between two, constant beyond the ends.
 * @param {ArrayLike<number>} steps  ascending
 * @param {ArrayLike<number>} values
 * @param {number} step
 * @returns {number}
 */
export function valueAt(steps, values, step) {
  const last = steps.length - 1;
  const i = Math.min(Math.max(lastAtMost(steps, step), 0), last);
  const here = /** @type {number} */ (values[i]);
  if (i === last) return here;
  const from = /** @type {number} */ (steps[i]);
  const to = /** @type {number} */ (steps[i + 1]);
  const t = Math.min(Math.max((step - from) / (to - from), 0), 1);
  return here + t * (/** @type {number} */ (values[i + 1]) - here);
}

/**
 * Return evenly spaced numbers, both ends included.
 * @param {number} from
 * @param {number} to
 * @param {number} count
 * @returns {Float64Array}
 */
export function linspace(from, to, count) {
  return Float64Array.from({ length: count }, (_, i) => from + ((to - from) * i) / (count - 1));
}
