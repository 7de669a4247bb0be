/** Landscapes of what is measured around points, with their arrays in place of the names of these. */

import { Failure } from "../../core/failure.js";
import { loadOnce, metricsOf } from "../../surfaces/landscape-data.js";

/** @typedef {import("../../surfaces/landscape-data.js").Entry} Entry */
/** @typedef {import("../../surfaces/landscape-data.js").Metric} Metric */
/** @typedef {import("../../surfaces/landscape-data.js").Answer} Answer */

/**
 * What all of them have.
 * @typedef {object} Measured
 * @property {Entry} entry
 * @property {string} title
 * @property {string} shows
 * @property {Metric[]} metrics  the loss first
 * @property {Record<string, any>} manifest
 */

/** @typedef {Omit<import("../../core/api-types.d.ts").SegmentCurve, "arrays"> & {values: Map<string, Float64Array>}} Curve */
/** @typedef {Omit<import("../../core/api-types.d.ts").RunProfile, "curves"> & {curves: Curve[]}} PairProfile */

/**
 * Profiles between points of runs.
 * @typedef {Measured & {t: Float64Array, resolution: number, rule: string, profiles: PairProfile[]}} Segments
 */

/**
 * Many random planes at one network. `plane` has a metric's values on the plane of a seed, row by row.
 * @typedef {Measured & Omit<import("../../core/api-types.d.ts").Lottery, "arrays" | "statistics" | "arrows" | "curvature" | "directions"> & {
 *   x: Float64Array,
 *   y: Float64Array,
 *   plane: (metric: string, seed: number) => Float64Array,
 *   statistics: (import("../../core/api-types.d.ts").SeedStatistic & {values: Float64Array})[],
 *   arrows: {surface: string, x: Float64Array, y: Float64Array, norm: number | null, cosine: number | null}[],
 *   curvature: (import("../../core/api-types.d.ts").LotteryCurvature & {values: Float64Array}) | null,
 * }} LotteryData
 */

/**
 * What samples of one size see at each moment of a run. `map` has a metric's values around a moment.
 * @typedef {object} View
 * @property {string} surface
 * @property {number} images
 * @property {(metric: string, moment: number) => Float64Array} map
 * @property {{x: Float64Array, y: Float64Array, norm: Float64Array, cosine: Float64Array}} arrow
 */

/**
 * @typedef {Measured & {
 *   run: string,
 *   x: Float64Array,
 *   y: Float64Array,
 *   rule: string,
 *   moments: import("../../core/api-types.d.ts").BatchMoment[],
 *   views: View[],
 *   path: {steps: Int32Array, x: Float64Array, y: Float64Array} | null,
 * }} BatchPathData
 */

/**
 * @param {Entry} entry
 * @param {Record<string, any>} manifest
 * @returns {Measured}
 */
function commonOf(entry, manifest) {
  return { entry, title: manifest.title, shows: manifest.shows, metrics: metricsOf(manifest), manifest };
}

/**
 * One grid out of a stack of them.
 * @param {ArrayLike<number>} stack
 * @param {number} index
 * @param {number} size  of a grid
 */
function gridAt(stack, index, size) {
  return Float64Array.from({ length: size }, (_, i) => Number(stack[index * size + i]));
}

/** @param {Entry} entry @param {Answer} answer @returns {Segments} */
export function readSegments(entry, { manifest, arrays }) {
  const { t, resolution, connected_rule: rule, profiles } = manifest.segments;
  const common = commonOf(entry, manifest);
  return {
    ...common,
    t: arrays[t],
    resolution,
    rule,
    profiles: profiles.map((/** @type {any} */ profile) => ({
      ...profile,
      curves: profile.curves.map((/** @type {any} */ { arrays: names, ...rest }) => ({
        ...rest,
        values: new Map(common.metrics.map(({ id }) => [id, Float64Array.from(arrays[names[id]])])),
      })),
    })),
  };
}

/** @param {Entry} entry @param {Answer} answer @returns {LotteryData} */
export function readLottery(entry, { manifest, arrays }) {
  const { arrays: names, statistics, arrows, curvature, ...rest } = manifest.lottery;
  const [x, y] = [arrays[manifest.grid.x], arrays[manifest.grid.y]];
  const size = x.length * y.length;
  return {
    ...commonOf(entry, manifest),
    ...rest,
    x,
    y,
    plane: (metric, seed) => gridAt(arrays[names[metric]], rest.seeds.indexOf(seed), size),
    statistics: statistics.map((/** @type {any} */ one) => ({ ...one, values: Float64Array.from(arrays[one.array]) })),
    arrows: arrows.map((/** @type {any} */ { arrays: own, ...arrow }) => ({ ...arrow, x: arrays[own.x], y: arrays[own.y] })),
    curvature: curvature && { ...curvature, values: arrays[curvature.array] },
  };
}

/** @param {Entry} entry @param {Answer} answer @returns {BatchPathData} */
export function readBatchPath(entry, { manifest, arrays }) {
  const { run, moments, views, rule } = manifest.batch_path;
  const [x, y] = [arrays[manifest.grid.x], arrays[manifest.grid.y]];
  const size = x.length * y.length;
  const own = manifest.trajectories.find((/** @type {{run: string}} */ one) => one.run === run);
  return {
    ...commonOf(entry, manifest),
    run,
    rule,
    moments,
    x,
    y,
    views: views.map((/** @type {any} */ { surface, images, arrays: names }) => ({
      surface,
      images,
      map: (/** @type {string} */ metric, /** @type {number} */ moment) => gridAt(arrays[names[metric]], moment, size),
      arrow: { x: arrays[names["arrow.x"]], y: arrays[names["arrow.y"]], norm: arrays[names.norm], cosine: arrays[names.cosine] },
    })),
    path: own ? { steps: arrays[own.arrays.step], x: arrays[own.arrays.x], y: arrays[own.arrays.y] } : null,
  };
}

/** @type {Record<string, (entry: Entry, answer: Answer) => Measured>} */
const READERS = { segments: readSegments, lottery: readLottery, "batch-path": readBatchPath };

/**
 * @param {Entry} entry  of segments, of a lottery, or of a batch path
 * @returns {Promise<any>}
 */
export async function loadMeasured(entry) {
  const read = READERS[entry.kind];
  if (!read) throw new Failure(`This version does not show what is called “${entry.kind}”.`);
  return loadOnce(entry, read);
}
