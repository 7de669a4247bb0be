/** What the panel of stability asks the server for: sharpness on a grid, stability along descents. */

import { optimizersRequest, descentsRequest, objectiveRequest } from "../model/requests.js";

/** @typedef {import("../model/playground-state.js").State} State */
/** @typedef {import("../model/settings.js").Catalog} Catalog */
/** @typedef {import("../../core/geometry/bounds.js").Bounds} Bounds */

/**
 * @typedef {object} Crossing
 * @property {number} first  the first step above the limit
 * @property {number | null} value  sharpness times rate there
 * @property {number} count  of the steps above it
 * @property {number | null} highest
 * @property {boolean} stays  above it to the end
 */

/** @typedef {{value: number, of: "sharpness" | "preconditioned", text: string}} Limit */
/** @typedef {{curvature: number, radius: number, manner: string, period: number | null}} Mode */

/**
 * @typedef {object} StabilityMap
 * @property {Float64Array} rate
 * @property {Float64Array} momentum
 * @property {Float32Array} radius  row by row of momentum
 * @property {Uint8Array} manner
 */

/**
 * A descent's stability.
 * @typedef {object} StabilityPath
 * @property {string} optimizer
 * @property {Limit | null} limit
 * @property {string | null} reason
 * @property {Int32Array} step
 * @property {Float64Array} product
 * @property {Crossing | null} crossing
 * @property {{at: {x: number, y: number}, modes: Mode[], map: StabilityMap | null, note: string | null} | null} linearised
 */

/** Points along each axis of the grid of sharpness. */
export const SHARPNESS_COUNT = 121;

/**
 * @param {State} state
 * @param {Catalog} catalog
 * @param {Bounds} bounds
 */
export function sharpnessRequest(state, catalog, bounds) {
  return {
    objective: objectiveRequest(state, catalog),
    x: { min: bounds.x0, max: bounds.x1, count: SHARPNESS_COUNT },
    y: { min: bounds.y0, max: bounds.y1, count: SHARPNESS_COUNT },
  };
}

/**
 * The stability of all descents of the bar.
 * @param {State} state
 * @param {Catalog} catalog
 */
export function stabilityRequest(state, catalog) {
  const { objective, start, noise } = descentsRequest(state, catalog);
  return { objective, start, noise, optimizers: optimizersRequest(state, catalog, state.bar) };
}

/**
 * One variant, linearised at a minimum; of its descent one step.
 * @param {State} state
 * @param {Catalog} catalog
 * @param {string} id
 * @param {{x: number, y: number}} minimum
 */
export function linearisationRequest(state, catalog, id, minimum) {
  const { objective, start, noise } = descentsRequest(state, catalog);
  const [chosen] = optimizersRequest(state, catalog, [id]);
  // A schedule may need more than one step, and changes nothing of the map.
  const { schedule: _schedule, ...optimizer } = /** @type {any} */ (chosen);
  return { objective, start, noise, optimizers: [{ ...optimizer, steps: 1 }], minimum };
}
