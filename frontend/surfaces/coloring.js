/**
 * How the values of a surface become colours and level lines, and what does not: cells beyond the
 * range, and values that are not finite. They are counted, because the picture marks them.
 */

import { ticksOf } from "../core/format.js";
import { contains } from "../core/geometry/bounds.js";
import { gridValue } from "../core/geometry/grids.js";
import { levelNumber } from "../core/geometry/levels.js";
import { lastAtMost } from "../core/geometry/sequences.js";
import { extentOf } from "./surface-geometry.js";

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
 * @property {import("../core/colors.js").Palette} palette
 * @property {[number, number] | null} extent  lowest and highest finite value; null: there is none
 */

/**
 * Why the colours end where they do: at the highest value, at the fence beyond which values are
 * outliers, or higher, at the highest value under a path.
 * @typedef {"highest" | "fence" | "path"} End
 */

/** @typedef {{range: [number, number], end: End}} OpeningRange */

/** Tukey's factor: how many interquartile ranges above the third quartile the outliers begin. */
const FENCE = 1.5;

/**
 * The range of the colours with which a surface's loss opens, from the lowest to the highest value
 * but for outliers. A few steep corners would else take nearly all colours; and whatever a path
 * crosses is in the colours.
 * @param {Float64Array} values
 * @param {readonly number[]} crossed  the values under the paths
 * @returns {OpeningRange}
 */
export function openingRange(values, crossed) {
  const sorted = values.filter(Number.isFinite).sort();
  const [low, high] = [sorted[0], sorted.at(-1)];
  if (low === undefined || high === undefined) return { range: [0, 1], end: "highest" };
  const [first, third] = [quantile(sorted, 0.25), quantile(sorted, 0.75)];
  const fence = third + FENCE * (third - first);
  const path = Math.max(-Infinity, ...crossed.filter(Number.isFinite));
  const end = Math.max(fence, path);
  if (end >= high) return { range: [low, high], end: "highest" };
  return { range: [low, end], end: path > fence ? "path" : "fence" };
}

/**
 * @param {Float64Array} sorted  ascending
 * @param {number} share
 */
function quantile(sorted, share) {
  const at = share * (sorted.length - 1);
  const [below, above] = [Number(sorted[Math.floor(at)]), Number(sorted[Math.ceil(at)])];
  return below + (at - Math.floor(at)) * (above - below);
}

/**
 * The values of a surface under the snapshots of some paths.
 * @param {{x: Float64Array, y: Float64Array}} grid
 * @param {Float64Array} values
 * @param {readonly {x: Float64Array, y: Float64Array}[]} paths
 * @returns {number[]}
 */
export function crossedValues({ x, y }, values, paths) {
  return paths.flatMap((path) =>
    Array.from(path.x, (px, i) => gridValue({ x, y, z: values }, px, Number(path.y[i]))),
  );
}

/**
 * The colours with which a landscape's surface opens: its range of losses, on the scale that shows
 * their shape.
 * @param {{x: Float64Array, y: Float64Array, trajectories: readonly {x: Float64Array, y: Float64Array}[]}} landscape
 * @param {{loss: Float64Array}} surface
 * @param {number} [count]  of levels
 * @returns {Coloring}
 */
export function openingColoring(landscape, { loss }, count = LEVELS) {
  const { range } = openingRange(loss, crossedValues(landscape, loss, landscape.trajectories));
  return coloring(loss, fittingScale(range), range, count);
}

/**
 * The lowest and the highest finite value of a grid's points within bounds; null where there is none.
 * @param {{x: Float64Array, y: Float64Array}} grid
 * @param {Float64Array} values
 * @param {import("../core/geometry/bounds.js").Bounds} bounds
 */
export function extentWithin({ x, y }, values, bounds) {
  return extentOf(
    values.filter((_, k) => contains(bounds, Number(x[k % x.length]), Number(y[Math.floor(k / x.length)]))),
  );
}

/**
 * Whether any point within bounds lies above the colours, and so is hatched.
 * @param {{x: Float64Array, y: Float64Array}} grid
 * @param {Coloring} coloring
 * @param {import("../core/geometry/bounds.js").Bounds} bounds
 */
export function isHatchedWithin({ x, y }, { kinds }, bounds) {
  return kinds.some(
    (kind, k) => kind === ABOVE && contains(bounds, Number(x[k % x.length]), Number(y[Math.floor(k / x.length)])),
  );
}

/** Under a small map on which something is hatched. */
export const HATCHED_TEXT = "Hatched: losses above the end of the colours.";

/** If the highest loss in the colours is more than so many times the lowest, even levels leave the valley bare. */
const WIDE = 4;

/**
 * The scale on which losses of a range show their shape.
 * @param {readonly [number, number]} range
 * @returns {"linear" | "log"}
 */
export function fittingScale([low, high]) {
  return low > 0 && high > WIDE * low ? "log" : "linear";
}

/**
 * @param {Float64Array} values
 * @param {"linear" | "log"} scale
 * @param {readonly [number, number] | null} chosen  null: from the lowest to the highest
 * @param {number} [count]  of levels
 * @returns {Coloring}
 */
export function coloring(values, scale, chosen, count = LEVELS) {
  const extent = extentOf(values);
  const range = showableRange(values, scale, chosen ?? extent ?? [0, 1]);
  const levels = spread(range, scale, count);
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
  return { range, levels, numbers, kinds, counts, palette: "heights", extent };
}

/** Level lines of values about zero: the middle one, which is drawn stronger, is that of zero. */
const DIVERGING_LEVELS = 21;

/**
 * Colours about a fixed zero, as far to the one side as to the other.
 * @param {Float64Array} values
 * @param {readonly [number, number]} range
 * @returns {Coloring}
 */
export function divergingColoring(values, range) {
  return { ...coloring(values, "linear", symmetric(range), DIVERGING_LEVELS), palette: "diverging" };
}

/**
 * The least range about zero that holds another.
 * @param {readonly [number, number]} range
 * @returns {[number, number]}
 */
export function symmetric([low, high]) {
  const reach = Math.max(Math.abs(low), Math.abs(high)) || 1;
  return [-reach, reach];
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
 * @param {number} count
 * @returns {number[]}
 */
export function spread([low, high], scale, count) {
  const last = count - 1;
  return Array.from({ length: count }, (_, i) => {
    // The ends are the ends, without rounding.
    if (i === 0) return low;
    if (i === last) return high;
    return scale === "log" ? low * (high / low) ** (i / last) : low + ((high - low) * i) / last;
  });
}

/**
 * The values beside the colour bar; shares in percent.
 * @param {Coloring} coloring
 * @param {Pick<import("./landscape-data.js").Metric, "unit">} metric
 */
export function scaleTicks({ levels }, { unit }) {
  return unit === "share" ? ticksOf(levels.map((level) => 100 * level), " %") : ticksOf(levels);
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
