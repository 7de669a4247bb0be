/**
 * How the values of a surface become colours and level lines, and what does not: cells beyond the
 * range, and values that are not finite. They are counted, because the picture marks them.
 */

import { ticksOf } from "../../core/format.js";
import { levelNumber } from "../../core/geometry/levels.js";
import { lastAtMost } from "../../core/geometry/sequences.js";
import { extentOf } from "../../surfaces/surface-geometry.js";

/** Level lines; every fifth is drawn stronger and has its value beside the colour bar. */
export const LEVELS = 16;

/** What a cell is. */
export const SHOWN = 0;
export const BELOW = 1;
export const ABOVE = 2;
export const NOT_FINITE = 3;

/**
 * @typedef {object} Coloring
 * @property {[number, number]} range  of the colours
 * @property {number[]} levels  true values, ascending
 * @property {Float64Array} numbers  level numbers of the cells; NaN where the value is not finite
 * @property {Uint8Array} kinds  of the cells
 * @property {{cells: number, below: number, above: number, notFinite: number}} counts
 * @property {[number, number] | null} extent  lowest and highest finite value; null: there is none
 */

/** If the highest loss is more than so many times the lowest, even levels leave the valley bare. */
const WIDE = 4;

/**
 * The scale on which a surface's loss shows its shape.
 * @param {{lowest: number | null, highest: number | null}} surface  its finite losses
 * @returns {"linear" | "log"}
 */
export function fittingScale({ lowest, highest }) {
  if (lowest === null || highest === null) return "linear";
  return lowest > 0 && highest > WIDE * lowest ? "log" : "linear";
}

/**
 * @param {Float64Array} values
 * @param {"linear" | "log"} scale
 * @param {readonly [number, number] | null} chosen  null: from the lowest to the highest
 * @returns {Coloring}
 */
export function coloring(values, scale, chosen) {
  const extent = extentOf(values);
  const range = showableRange(values, scale, chosen ?? extent ?? [0, 1]);
  const levels = spread(range, scale);
  const kinds = new Uint8Array(values.length);
  const counts = { cells: values.length, below: 0, above: 0, notFinite: 0 };
  const numbers = new Float64Array(values.length);
  values.forEach((value, i) => {
    numbers[i] = Number.isFinite(value) ? levelNumber(levels, value) : NaN;
    if (!Number.isFinite(value)) {
      kinds[i] = NOT_FINITE;
      counts.notFinite++;
    } else if (value < range[0]) {
      kinds[i] = BELOW;
      counts.below++;
    } else if (value > range[1]) {
      kinds[i] = ABOVE;
      counts.above++;
    }
  });
  return { range, levels, numbers, kinds, counts, extent };
}

/**
 * A range that its scale can show: of some width, and on a logarithmic scale above zero.
 * @param {Float64Array} values
 * @param {"linear" | "log"} scale
 * @param {readonly [number, number]} wanted
 * @returns {[number, number]}
 */
function showableRange(values, scale, [low, high]) {
  if (scale === "log" && low <= 0) {
    const positive = extentOf(values.filter((value) => value > 0));
    low = positive ? positive[0] : 1e-3;
    high = Math.max(high, low);
  }
  // A surface without height has one colour.
  if (high - low <= 1e-12 * Math.abs(high)) high = low + (Math.abs(low) * 1e-3 || 1e-3);
  return [low, high];
}

/**
 * @param {[number, number]} range
 * @param {"linear" | "log"} scale
 * @returns {number[]}
 */
export function spread([low, high], scale) {
  const last = LEVELS - 1;
  return Array.from({ length: LEVELS }, (_, i) => {
    // The ends are the ends, without rounding.
    if (i === 0) return low;
    if (i === last) return high;
    return scale === "log" ? low * (high / low) ** (i / last) : low + ((high - low) * i) / last;
  });
}

/**
 * The values beside the colour bar; accuracies in percent.
 * @param {Coloring} coloring
 * @param {"loss" | "accuracy"} metric
 */
export function scaleTicks({ levels }, metric) {
  return metric === "accuracy" ? ticksOf(levels.map((level) => 100 * level), " %") : ticksOf(levels);
}

/**
 * The index of a grid's point nearest to a place; -1 outside.
 * @param {{x: Float64Array, y: Float64Array}} grid
 * @param {number} x
 * @param {number} y
 */
export function nearestCell(grid, x, y) {
  const i = nearestIndex(grid.x, x);
  const j = nearestIndex(grid.y, y);
  return i < 0 || j < 0 ? -1 : j * grid.x.length + i;
}

/**
 * @param {Float64Array} axis  evenly spaced
 * @param {number} value
 */
function nearestIndex(axis, value) {
  const half = (Number(axis[1]) - Number(axis[0])) / 2;
  const i = lastAtMost(axis, value + half);
  return i >= 0 && value - Number(axis[i]) <= half ? i : -1;
}
