/** Grids of values, stored row by row: interpolated, cropped, and as rows. */

import { lastAtMost } from "./sequences.js";

/** @typedef {import("./bounds.js").Bounds} Bounds */

/**
 * Return the value of a grid between its points, interpolated bilinearly.
 * @param {{x: ArrayLike<number>, y: ArrayLike<number>, z: ArrayLike<number>}} grid  x and y evenly
 *   spaced, z row by row
 * @param {number} x
 * @param {number} y
 * @returns {number} NaN outside
 */
export function gridValue({ x: xs, y: ys, z }, x, y) {
  const nx = xs.length;
  const ny = ys.length;
  const [x0, y0] = [Number(xs[0]), Number(ys[0])];
  const s = ((x - x0) / (Number(xs[nx - 1]) - x0)) * (nx - 1);
  const t = ((y - y0) / (Number(ys[ny - 1]) - y0)) * (ny - 1);
  if (!(s >= 0 && s <= nx - 1 && t >= 0 && t <= ny - 1)) return NaN;
  const i = Math.min(Math.floor(s), nx - 2);
  const j = Math.min(Math.floor(t), ny - 2);
  const [u, v] = [s - i, t - j];
  const at = (/** @type {number} */ di, /** @type {number} */ dj) => Number(z[(j + dj) * nx + i + di]);
  return (1 - v) * ((1 - u) * at(0, 0) + u * at(1, 0)) + v * ((1 - u) * at(0, 1) + u * at(1, 1));
}

/**
 * Crop a grid to bounds, up to the nearest points outside them.
 * @param {{x: Float64Array, y: Float64Array}} axes  both ascending
 * @param {Bounds} bounds
 * @returns {{x: Float64Array, y: Float64Array, crop: (values: Float64Array | Float32Array) => Float64Array}}
 *   the axes of the part, and a function that crops values of the whole grid to it
 */
export function cropGrid({ x, y }, bounds) {
  const span = (/** @type {Float64Array} */ axis, /** @type {number} */ from, /** @type {number} */ to) => {
    const first = Math.max(lastAtMost(axis, from), 0);
    const last = lastAtMost(axis, to);
    return /** @type {const} */ ([first, Math.min(last + (axis[last] === to ? 1 : 2), axis.length)]);
  };
  const [i0, i1] = span(x, bounds.x0, bounds.x1);
  const [j0, j1] = span(y, bounds.y0, bounds.y1);
  return {
    x: x.subarray(i0, i1),
    y: y.subarray(j0, j1),
    crop: (values) => {
      const part = new Float64Array((i1 - i0) * (j1 - j0));
      for (let j = j0; j < j1; j++) {
        part.set(values.subarray(j * x.length + i0, j * x.length + i1), (j - j0) * (i1 - i0));
      }
      return part;
    },
  };
}

/**
 * Return a flat grid as the rows that Plotly reads, without a copy.
 * @template {Float64Array | Float32Array} T
 * @param {T} values  row by row
 * @param {number} columns
 * @returns {T[]}
 */
export function rows(values, columns) {
  const result = [];
  for (let i = 0; i < values.length; i += columns) {
    result.push(/** @type {T} */ (values.subarray(i, i + columns)));
  }
  return result;
}
