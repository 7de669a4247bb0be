/**
 * Landscapes as the views read them: the catalog's rows, and one landscape with its arrays in
 * place of their names.
 */

import { addressOf } from "../core/addresses.js";
import { get, getOther, resolve } from "../core/api.js";
import { Failure } from "../core/failure.js";
import { boundsOf } from "../core/geometry/bounds.js";
import { shownPart } from "./grid-progress.js";
import { withGap } from "./train-test-gap.js";

/**
 * A run as a manifest describes it, with what the job adds.
 * @typedef {Omit<import("../core/api-types.d.ts").Run, "spec"> & {
 *   stop_reason: string | null,
 *   spec: {optimizer?: string, hyperparameters?: Record<string, number>, seed?: number},
 * }} Run
 */

/**
 * A table's cell, with what the job adds: the accuracies and how the runs ended, one a seed.
 * @typedef {import("../core/api-types.d.ts").TableCell & {seeds: (number | null)[], status: string[]}} Cell
 */

/** @typedef {import("../core/api-types.d.ts").Plane["kind"]} PlaneKind */

/** @typedef {import("../core/api-types.d.ts").CatalogStudy} Study */

/**
 * A row of the catalog; `is_paper` as its study says.
 * @typedef {Omit<import("../core/api-types.d.ts").CatalogEntry, "runs" | "cells">
 *   & {runs: Run[], cells: Cell[], is_paper: boolean}} Entry
 */

/** @typedef {Omit<import("../core/api-types.d.ts").LandscapesResponse, "landscapes"> & {landscapes: Entry[]}} Catalog */

/**
 * What a surface or profile has values of. A share lies between 0 and 1.
 * @typedef {object} Metric
 * @property {string} id
 * @property {string} label
 * @property {boolean | null} higher_is_better  null: not known
 * @property {"number" | "share"} unit
 */

/** @typedef {import("../core/api-types.d.ts").Evaluation} Evaluation */

/** @typedef {import("../core/api-types.d.ts").End} End */

/**
 * @typedef {object} Surface
 * @property {string} id
 * @property {string | null} label  its own name; null: the id says it
 * @property {number | null} images  over which it is the mean; null: not known
 * @property {string} split
 * @property {Float64Array} loss  row by row: [j * nx + i] at (x[i], y[j])
 * @property {Map<string, Float64Array>} values  of each metric, the loss among them, in the same order
 * @property {number | null} lowest  finite loss
 * @property {number | null} highest
 * @property {number | null} notFinite  losses; null, as both counts of minima, while it is incomplete
 * @property {number | null} minima
 * @property {number | null} minimaOnBorder
 * @property {number | null} correlation  with the loss on the whole training set
 * @property {{radius: Float64Array, share: Float64Array, cells: Int32Array}} convexity
 */

/**
 * A run on the plane. What is counted by snapshots has as many entries as `steps`; `epochs`,
 * `trainLoss` and `testAccuracy` go together, and so do the two about turning. What checkpoints alone
 * do not tell is empty, and so are `distance`, `length` and both losses of another program’s path, and the
 * losses while they are being computed.
 * @typedef {object} Trajectory
 * @property {string} run
 * @property {string} label
 * @property {Int32Array} steps
 * @property {Uint8Array} uniform
 * @property {Float64Array} x
 * @property {Float64Array} y
 * @property {Float64Array} distance  out of the plane
 * @property {Float64Array} length  from the origin
 * @property {Float64Array} loss
 * @property {Float64Array} lossInPlane
 * @property {Float64Array} epochs
 * @property {Float64Array} trainLoss
 * @property {Float64Array} testAccuracy
 * @property {Int32Array} turningStep
 * @property {Float64Array} turningAngle
 * @property {number | null} energyAboutEnd  the share of its movement about its own end that lies in the plane
 * @property {number | null} displacement  the share of its way from start to end that lies in the plane
 * @property {number | null} endDistance  of its end from the plane
 * @property {import("../core/api-types.d.ts").RandomWalks | null} randomWalks  null, as the three above, in older landscapes
 * @property {Run} result
 */

/** @typedef {import("../core/api-types.d.ts").Arrow} Arrow */

/**
 * The cosines of many batches' gradients with the full one.
 * @typedef {Omit<import("../core/api-types.d.ts").GradientCosines, "array"> & {values: Float64Array}} Cosines
 */

/**
 * The sharpness along a run at some of its snapshots, NaN where it has not converged; a residual is
 * ‖Hv − λv‖. Where the optimizer has no scaling of its own both of `preconditioned` are NaN. `spread` has
 * a row for each of its steps and a column for each subset of images.
 * @typedef {Omit<import("../core/api-types.d.ts").Curvature, "arrays"> & {
 *   steps: Int32Array,
 *   sharpness: Measured,
 *   preconditioned: Measured,
 *   spread: {steps: Int32Array, values: Float64Array},
 * }} CurvaturePath
 */

/** @typedef {{values: Float64Array, residuals: Float64Array}} Measured */

/**
 * A plane, with what the job adds: the seed of random directions.
 * @typedef {import("../core/api-types.d.ts").Plane & {seed: number | null}} Plane
 */

/**
 * @typedef {object} Landscape
 * @property {Entry} entry
 * @property {string} title
 * @property {string} shows
 * @property {string[]} figures
 * @property {Plane} plane
 * @property {Float64Array} x  of the points that are shown
 * @property {Float64Array} y
 * @property {import("../core/geometry/bounds.js").Bounds} whole  what the whole grid covers
 * @property {import("./grid-progress.js").GridProgress | null} progress  null: it is complete
 * @property {Map<string, Surface>} surfaces
 * @property {Metric[]} metrics  the loss first
 * @property {Evaluation | null} evaluation  null: as the fixed job of earlier versions did it
 * @property {End[]} ends  networks that were joined
 * @property {Trajectory[]} trajectories
 * @property {Arrow[]} arrows
 * @property {Cosines[]} cosines
 * @property {CurvaturePath[]} curvature  along runs, where it was measured
 * @property {Record<string, any>} manifest
 */

/** @typedef {{version: string, manifest: Record<string, any>, arrays: Record<string, any>}} Answer */

const CATALOG = addressOf("./api/v1/landscapes");

/** @returns {Promise<Catalog>} */
export async function loadCatalog() {
  const catalog = /** @type {Catalog} */ (await get(CATALOG));
  const papers = new Set(catalog.studies.filter(({ is_paper }) => is_paper).map(({ id }) => id));
  const landscapes = catalog.landscapes.map((entry) => ({ ...resolveEntry(entry), is_paper: papers.has(entry.study) }));
  return { ...catalog, landscapes };
}

/**
 * @param {Entry} entry
 * @returns {Entry} with addresses that hold wherever they are used
 */
function resolveEntry(entry) {
  const files = Object.entries(entry.files).map(([name, file]) => [name, resolveNear(file)]);
  return { ...entry, url: resolveNear(entry.url), files: Object.fromEntries(files) };
}

/** The folder of the catalog's address, once it is needed. */
let base = "";

/**
 * An address that is relative to the catalog's. Of a path below it, joining is enough, and resolving tens of
 * thousands would take a tenth of a second.
 * @param {string} reference
 */
function resolveNear(reference) {
  base ||= resolve(".", CATALOG);
  return /^[a-z]+\/[^:]*$/.test(reference) ? base + reference : resolve(reference, CATALOG);
}

/** What was read last, the latest at the end. @type {Map<string, Promise<any>>} */
const loaded = new Map();

/** Landscapes that are kept: two pages of the gallery and more. Each may take megabytes. */
export const MOST_LOADED = 300;

/**
 * What a reader makes of an entry, asked for once while it is kept; what did not come is asked for again by
 * the next who needs it.
 * @template T
 * @param {Entry} entry
 * @param {(entry: Entry, answer: Answer) => T} read
 * @returns {Promise<T>}
 */
export function loadOnce(entry, read) {
  const known = loaded.get(entry.url);
  if (known) {
    loaded.delete(entry.url);
    loaded.set(entry.url, known);
    return known;
  }
  const [oldest] = loaded.keys();
  if (oldest !== undefined && loaded.size >= MOST_LOADED) loaded.delete(oldest);
  const loading = /** @type {Promise<Answer>} */ (get(entry.url)).then((answer) => read(entry, answer));
  loaded.set(entry.url, loading);
  loading.catch(() => loaded.get(entry.url) === loading && loaded.delete(entry.url));
  return loading;
}

/**
 * @param {Entry} entry  of a landscape with a plane
 * @returns {Promise<Landscape>}
 */
export function loadLandscape(entry) {
  return loadOnce(entry, readLandscape);
}

/**
 * What the server has in place of a landscape that was incomplete; null: nothing else yet. The row of the
 * catalog becomes that of the newer version, for all that hold it.
 * @param {Entry} entry
 * @param {string} tag  of the last answer; empty: none is known
 * @returns {Promise<{tag: string, landscape: Landscape | null}>}
 */
export async function loadNewer(entry, tag) {
  const address = new URL(entry.url);
  address.search = "";
  const other = await getOther(address.href, tag);
  if (!other) return { tag, landscape: null };
  const answer = /** @type {Answer} */ (other.answer);
  if (answer.version === entry.version) return { tag: other.tag, landscape: null };
  address.search = `?${new URLSearchParams({ v: answer.version })}`;
  Object.assign(entry, { version: answer.version, url: address.href, complete: answer.manifest.complete ?? true });
  const landscape = readLandscape(entry, answer);
  loaded.set(entry.url, Promise.resolve(landscape));
  return { tag: other.tag, landscape };
}

/** What surfaces had when manifests named no metrics. @type {Metric[]} */
const EARLIER_METRICS = [
  { id: "loss", label: "loss", higher_is_better: false, unit: "number" },
  { id: "accuracy", label: "accuracy", higher_is_better: true, unit: "share" },
];

/**
 * The metrics of a manifest, the loss first.
 * @param {Record<string, any>} manifest
 * @returns {Metric[]}
 */
export function metricsOf(manifest) {
  return manifest.metrics ?? EARLIER_METRICS;
}

/**
 * @param {Entry} entry
 * @param {Answer} answer
 * @returns {Landscape}
 */
export function readLandscape(entry, { manifest, arrays }) {
  /** The arrays that a part of the manifest names. @param {{arrays: Record<string, string>}} part */
  const of = (part) => (/** @type {string} */ name) => arrays[String(part.arrays[name])];
  const own = metricsOf(manifest);
  const progress = manifest.progress ?? null;
  const grid = { x: arrays[manifest.grid.x], y: arrays[manifest.grid.y] };
  const { x, y, crop } = shownPart(progress, grid);
  const surfaces = manifest.surfaces.map((/** @type {any} */ part) => readSurface(part, of(part), own, crop));
  const metrics = withGap(surfaces, own);
  return {
    entry,
    title: manifest.title,
    shows: manifest.shows,
    figures: manifest.figures,
    plane: manifest.plane,
    x,
    y,
    whole: boundsOf(grid),
    progress,
    surfaces: new Map(surfaces.map((/** @type {Surface} */ surface) => [surface.id, surface])),
    trajectories: manifest.trajectories.map((/** @type {any} */ part) => {
      const result = manifest.runs.find((/** @type {Run} */ { id }) => id === part.run);
      return readTrajectory(part, of(part), result);
    }),
    metrics,
    evaluation: manifest.evaluation ?? null,
    ends: manifest.ends ?? [],
    arrows: manifest.arrows,
    cosines: (manifest.results.cosines ?? []).map((/** @type {any} */ { array, ...rest }) => ({
      ...rest,
      values: arrays[array],
    })),
    curvature: (manifest.results.curvature ?? []).map((/** @type {any} */ part) => readCurvature(part, of(part))),
    manifest,
  };
}

/**
 * The surface of the whole training set, or the last one of a landscape that names none so.
 * @param {Pick<Landscape, "surfaces">} landscape
 * @returns {Surface}
 */
export function wholeSurface({ surfaces }) {
  const found = surfaces.get("train") ?? [...surfaces.values()].at(-1);
  if (!found) throw new Failure("This landscape has no surface.");
  return found;
}

/**
 * @param {any} part
 * @param {(name: string) => any} array
 * @param {Metric[]} metrics
 * @param {(values: Float64Array) => Float64Array} crop  to what is shown
 * @returns {Surface}
 */
function readSurface(part, array, metrics, crop) {
  const values = new Map(metrics.map(({ id }) => [id, crop(array(id))]));
  return {
    id: part.id,
    label: part.label ?? null,
    images: part.images,
    split: part.split,
    loss: /** @type {Float64Array} */ (values.get("loss")),
    values,
    lowest: part.lowest,
    highest: part.highest,
    notFinite: part.not_finite,
    minima: part.minima,
    minimaOnBorder: part.minima_on_border,
    correlation: part.correlation,
    convexity: {
      radius: array("convexity.radius") ?? new Float64Array(),
      share: array("convexity.share") ?? new Float64Array(),
      cells: array("convexity.cells") ?? new Int32Array(),
    },
  };
}

/**
 * @param {any} part
 * @param {(name: string) => any} array
 * @returns {CurvaturePath}
 */
function readCurvature({ arrays: _names, ...rest }, array) {
  return {
    ...rest,
    steps: array("step"),
    sharpness: { values: array("sharpness"), residuals: array("residual") },
    preconditioned: { values: array("preconditioned"), residuals: array("preconditioned.residual") },
    spread: { steps: array("spread.step"), values: array("spread.sharpness") },
  };
}

/**
 * @param {any} part
 * @param {(name: string) => any} array
 * @param {Run} result
 * @returns {Trajectory}
 */
function readTrajectory(part, array, result) {
  return {
    run: part.run,
    label: result.label,
    steps: array("step"),
    uniform: array("uniform"),
    x: array("x"),
    y: array("y"),
    distance: array("distance") ?? new Float64Array(),
    length: array("length") ?? new Float64Array(),
    loss: array("loss") ?? new Float64Array(),
    lossInPlane: array("loss_in_plane") ?? new Float64Array(),
    epochs: array("epoch") ?? new Float64Array(),
    trainLoss: array("train_loss") ?? new Float64Array(),
    testAccuracy: array("test_accuracy") ?? new Float64Array(),
    turningStep: array("turning.step") ?? new Int32Array(),
    turningAngle: array("turning.angle") ?? new Float64Array(),
    energyAboutEnd: part.energy_about_end ?? null,
    displacement: part.displacement ?? null,
    endDistance: part.end_distance ?? null,
    randomWalks: part.random_walks ?? null,
    result,
  };
}
