/**
 * Landscapes as the views read them: the catalog's rows, and one landscape with its arrays in
 * place of their names.
 */

import { get, resolve } from "../core/api.js";

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

/**
 * A row of the catalog.
 * @typedef {Omit<import("../core/api-types.d.ts").CatalogEntry, "runs" | "cells" | "optimizers">
 *   & {runs: Run[], cells: Cell[]}} Entry
 */

/** @typedef {Omit<import("../core/api-types.d.ts").LandscapesResponse, "landscapes"> & {landscapes: Entry[]}} Catalog */

/**
 * @typedef {object} Surface
 * @property {string} id
 * @property {number} images  over which it is the mean
 * @property {"train" | "test"} split
 * @property {Float64Array} loss  row by row: [j * nx + i] at (x[i], y[j])
 * @property {Float64Array} accuracy  0 to 1
 * @property {number | null} lowest  finite loss
 * @property {number | null} highest
 * @property {number} notFinite  losses
 * @property {number} minima
 * @property {number} minimaOnBorder
 * @property {number | null} correlation  with the loss on the whole training set
 * @property {{radius: Float64Array, share: Float64Array, cells: Int32Array}} convexity
 */

/**
 * A run on the plane. What is counted by snapshots has as many entries as `steps`; `epochs`,
 * `trainLoss` and `testAccuracy` go together, and so do the two about turning.
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
 * @property {Float64Array} x
 * @property {Float64Array} y
 * @property {Map<string, Surface>} surfaces
 * @property {Trajectory[]} trajectories
 * @property {Arrow[]} arrows
 * @property {Cosines[]} cosines
 * @property {Record<string, any>} manifest
 */

/** @typedef {{version: string, manifest: Record<string, any>, arrays: Record<string, any>}} Answer */

const CATALOG = "./api/v1/landscapes";

/** @returns {Promise<Catalog>} */
export async function loadCatalog() {
  const catalog = /** @type {Catalog} */ (await get(CATALOG));
  return { ...catalog, landscapes: catalog.landscapes.map(resolveEntry) };
}

/**
 * @param {Entry} entry
 * @returns {Entry} with addresses that hold wherever they are used
 */
function resolveEntry(entry) {
  const files = Object.entries(entry.files).map(([name, file]) => [name, resolve(file, CATALOG)]);
  return { ...entry, url: resolve(entry.url, CATALOG), files: Object.fromEntries(files) };
}

/** @type {Map<string, Promise<Landscape>>} */
const loaded = new Map();

/**
 * A landscape, asked for once; one that did not come is asked for again by the next who needs it.
 * @param {Entry} entry
 * @returns {Promise<Landscape>}
 */
export function loadLandscape(entry) {
  const known = loaded.get(entry.url);
  if (known) return known;
  const loading = /** @type {Promise<Answer>} */ (get(entry.url)).then((answer) =>
    readLandscape(entry, answer),
  );
  loaded.set(entry.url, loading);
  loading.catch(() => loaded.delete(entry.url));
  return loading;
}

/**
 * @param {Entry} entry
 * @param {Answer} answer
 * @returns {Landscape}
 */
export function readLandscape(entry, { manifest, arrays }) {
  /** The arrays that a part of the manifest names. @param {{arrays: Record<string, string>}} part */
  const of = (part) => (/** @type {string} */ name) => arrays[String(part.arrays[name])];
  const surfaces = manifest.surfaces.map((/** @type {any} */ part) => readSurface(part, of(part)));
  return {
    entry,
    title: manifest.title,
    shows: manifest.shows,
    figures: manifest.figures,
    plane: manifest.plane,
    x: arrays[manifest.grid.x],
    y: arrays[manifest.grid.y],
    surfaces: new Map(surfaces.map((/** @type {Surface} */ surface) => [surface.id, surface])),
    trajectories: manifest.trajectories.map((/** @type {any} */ part) => {
      const result = manifest.runs.find((/** @type {Run} */ { id }) => id === part.run);
      return readTrajectory(part, of(part), result);
    }),
    arrows: manifest.arrows,
    cosines: (manifest.results.cosines ?? []).map((/** @type {any} */ { array, ...rest }) => ({
      ...rest,
      values: arrays[array],
    })),
    manifest,
  };
}

/**
 * @param {any} part
 * @param {(name: string) => any} array
 * @returns {Surface}
 */
function readSurface(part, array) {
  return {
    id: part.id,
    images: part.images,
    split: part.split,
    loss: array("loss"),
    accuracy: array("accuracy"),
    lowest: part.lowest,
    highest: part.highest,
    notFinite: part.not_finite,
    minima: part.minima,
    minimaOnBorder: part.minima_on_border,
    correlation: part.correlation,
    convexity: {
      radius: array("convexity.radius"),
      share: array("convexity.share"),
      cells: array("convexity.cells"),
    },
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
    distance: array("distance"),
    length: array("length"),
    loss: array("loss"),
    lossInPlane: array("loss_in_plane"),
    epochs: array("epoch"),
    trainLoss: array("train_loss"),
    testAccuracy: array("test_accuracy"),
    turningStep: array("turning.step"),
    turningAngle: array("turning.angle"),
    energyAboutEnd: part.energy_about_end ?? null,
    displacement: part.displacement ?? null,
    endDistance: part.end_distance ?? null,
    randomWalks: part.random_walks ?? null,
    result,
  };
}
