/**
 * The quadratic model of a surface in a plane of eigenvectors: its values on the grid, its level lines,
 * and the border beyond which it fails. Nothing here touches the page.
 */

import { levelNumbers } from "../../core/geometry/levels.js";
import { levelSegments } from "../../surfaces/surface-geometry.js";

/** @typedef {import("../../core/api-types.d.ts").QuadraticModel} Model */
/** @typedef {{x: Float64Array, y: Float64Array}} Axes */
/** @typedef {{x: number[], y: number[]}} Line */

/** What rounding changes a loss by, as a part of it, where a surface does not say. */
const NOISE = 1e-5;

/**
 * q(p) = loss + gradient·p + ½ pᵀ hessian p at each point of a grid, row by row.
 * @param {Pick<Model, "loss" | "gradient" | "hessian">} model
 * @param {Axes} axes
 */
export function modelValues({ loss, gradient, hessian }, { x, y }) {
  const [[xx = 0, xy = 0] = [], [yx = 0, yy = 0] = []] = hessian;
  const [gx = 0, gy = 0] = gradient;
  const values = new Float64Array(x.length * y.length);
  y.forEach((b, j) => x.forEach((a, i) => {
    values[j * x.length + i] = loss + gx * a + gy * b + (xx * a * a + (xy + yx) * a * b + yy * b * b) / 2;
  }));
  return values;
}

/**
 * By how much the loss differs from the model beyond what is allowed: above zero the model fails. It is
 * NaN where the loss is not finite.
 * @param {Pick<Model, "loss" | "gradient" | "hessian" | "share">} model
 * @param {Axes} axes
 * @param {Float64Array} loss
 * @param {number} rise  of each parabola at the coordinate 1
 * @param {number} [noise]
 */
export function excessOf(model, axes, loss, rise, noise = NOISE) {
  const { x, y } = axes;
  return modelValues(model, axes).map((value, k) => {
    const [a, b] = [Number(x[k % x.length]), Number(y[Math.floor(k / x.length)])];
    const own = Number(loss[k]);
    const excess = Math.abs(own - value) - Math.max(model.share * rise * (a * a + b * b), noise * Math.abs(own));
    return Number.isFinite(excess) ? excess : NaN;
  });
}

/**
 * The level lines of the model at a surface's own levels.
 * @param {Float64Array} values  of the model
 * @param {readonly number[]} levels
 * @param {Axes} axes
 */
export function modelLines(values, levels, axes) {
  return linesOf(levelSegments(levelNumbers(values, levels), axes.x.length, axes.y.length, levels.length - 1), axes);
}

/**
 * Where the model begins to fail.
 * @param {Float64Array} excess
 * @param {Axes} axes
 */
export function borderLines(excess, axes) {
  const most = excess.reduce((size, value) => (Number.isFinite(value) ? Math.max(size, Math.abs(value)) : size), 0) || 1;
  // Far from every other whole number, so that zero is the only level.
  return linesOf(levelSegments(excess.map((value) => value / (4 * most)), axes.x.length, axes.y.length), axes);
}

/**
 * Segments joined to lines where their ends meet, in the coordinates of the plane: so dashes run through.
 * @param {readonly number[]} segments  from i, j to i, j, in cells
 * @param {Axes} axes
 * @returns {Line[]}
 */
export function linesOf(segments, { x, y }) {
  const at = (/** @type {Float64Array} */ axis, /** @type {number} */ i) =>
    Number(axis[0]) + (i / (axis.length - 1)) * (Number(axis.at(-1)) - Number(axis[0]));
  const key = (/** @type {number} */ k) => `${Number(segments[k]).toFixed(6)} ${Number(segments[k + 1]).toFixed(6)}`;
  /** The ends that meet at a place. @type {Map<string, number[]>} */
  const meeting = new Map();
  for (let k = 0; k < segments.length; k += 2) meeting.set(key(k), [...(meeting.get(key(k)) ?? []), k]);
  const used = new Set();
  /** The end at the other side of a segment. @param {number} k */
  const across = (k) => (k % 4 === 0 ? k + 2 : k - 2);
  /** The places from an end onward. @param {number} from @returns {number[]} */
  const follow = (from) => {
    const places = [];
    for (let end = from; ; ) {
      places.push(end);
      const next = meeting.get(key(end))?.find((one) => !used.has(Math.floor(one / 4)));
      if (next === undefined) return places;
      used.add(Math.floor(next / 4));
      end = across(next);
    }
  };
  /** @type {Line[]} */
  const lines = [];
  for (let k = 0; k < segments.length; k += 4) {
    if (used.has(k / 4)) continue;
    used.add(k / 4);
    const places = [...follow(k).reverse(), ...follow(k + 2)];
    lines.push({ x: places.map((end) => at(x, Number(segments[end]))), y: places.map((end) => at(y, Number(segments[end + 1]))) });
  }
  return lines;
}
