/** The bodies of requests for curves and maps, without what makes no difference to them. */

import { optimizerOf } from "../model/playground-catalog.js";
import { objectiveRequest, optimizersRequest } from "../model/requests.js";
import { noiseOf } from "../model/settings.js";

/** @typedef {import("../model/playground-state.js").State} State */
/** @typedef {import("../model/playground-catalog.js").Catalog} Catalog */
/** @typedef {import("../../core/api-types.d.ts").RateCurveResponse} Curve */
/** @typedef {import("../../core/api-types.d.ts").RatePoint} RatePoint */

/** The id of the learning rate. */
export const RATE = "lr";

/**
 * The body of POST /api/v1/rate-curves. Without its rate, so that dragging it asks for nothing, and
 * without noise that the variant does not meet.
 * @param {State} state
 * @param {Catalog} catalog
 * @param {string} id  of a variant
 * @param {string | null} across  the second hyperparameter of a map; null: a curve
 */
export function rateRequest(state, catalog, id, across = null) {
  const [choice] = optimizersRequest(state, catalog, [id]);
  if (!choice) throw new Error(`There is no variant ${id}.`);
  const without = [RATE, across];
  const hyperparameters = Object.fromEntries(
    Object.entries(choice.hyperparameters).filter(([name]) => !without.includes(name)),
  );
  const noise = noiseOf(state, catalog);
  const optimizer = optimizerOf(catalog, id);
  const meets = optimizer.draws_noise || (noise.all && !optimizer.is_exact);
  const second = optimizer.hyperparameters.find((one) => one.id === across);
  return {
    objective: objectiveRequest(state, catalog),
    optimizer: { ...choice, hyperparameters },
    ...(meets ? { noise } : {}),
    ...(second ? { across: { id: second.id, values: valuesOf(second) } } : {}),
  };
}

/** What an average keeps: closer and closer to all. */
const DECAYS = [0, 0.5, 0.8, 0.9, 0.95, 0.99, 0.995, 0.999];
/** Parts of the maximum of another hyperparameter. */
const PARTS = [0, 0.001, 0.01, 0.1, 0.25, 0.5, 0.75, 1];
/** A map has at most this many rows on a logarithmic scale. */
const MOST_ROWS = 9;

/**
 * The values of a second hyperparameter, ascending: for the decay rate of an average, whose limit is
 * just below 1, ever closer to it; on a linear scale parts of the maximum; on a logarithmic one powers
 * of ten.
 * @param {import("../../core/api-types.d.ts").Hyperparameter} hyperparameter
 * @returns {number[]}
 */
export function valuesOf({ min, max, scale }) {
  const inside = (/** @type {number} */ value) => value >= min && value <= max;
  if (scale !== "log") return (max < 1 && max > 0.99 ? DECAYS : PARTS.map((part) => part * max)).filter(inside);
  const [low, high] = [Math.ceil(Math.log10(min) - 1e-9), Math.floor(Math.log10(max) + 1e-9)];
  const stride = Math.max(1, Math.ceil((high - low) / (MOST_ROWS - 1)));
  const exponents = Array.from({ length: Math.floor((high - low) / stride) + 1 }, (_, i) => low + stride * i);
  return exponents.map((e) => Number(`1e${e}`)).filter(inside);
}

/**
 * The hyperparameters that a map can have besides the rate.
 * @param {Catalog} catalog
 * @param {string} id  of a variant
 */
export function secondsOf(catalog, id) {
  return optimizerOf(catalog, id).hyperparameters.filter((one) => one.id !== RATE && one.scale !== "switch");
}

/**
 * A hyperparameter by its name, and by its id where that is another word.
 * @param {import("../../core/api-types.d.ts").Hyperparameter} hyperparameter
 */
export function called({ id, name }) {
  const words = name.toLowerCase();
  return words.replaceAll(" ", "_") === id ? words : `${words} (${id})`;
}
