/** The bodies of the playground's requests. */

import { scheduleRequest } from "../schedules/schedule-settings.js";
import { domainOf, objectiveOf } from "./playground-catalog.js";
import { hyperparametersOf, noiseOf, parametersOf, scheduledStepsOf, startOf, stepsOf } from "./settings.js";
import { typedOf, typedRequest } from "./typed-function.js";
import { optimizerIdOf, variantsAndPins } from "./variants.js";

/** @typedef {import("./playground-state.js").State} State */
/** @typedef {import("./playground-catalog.js").Catalog} Catalog */
/** @typedef {import("../../core/geometry/bounds.js").Bounds} Bounds */

/**
 * @param {State} state
 * @param {Catalog} catalog
 */
export function objectiveRequest(state, catalog) {
  const objective = objectiveOf(catalog, state.objective);
  const parameters = parametersOf(state, objective);
  const typed = typedOf(objective.id);
  return typed ? { ...typedRequest(typed), parameters } : { id: objective.id, parameters };
}

/**
 * @param {State} state
 * @param {Catalog} catalog
 * @param {readonly string[]} ids  of variants
 */
export function optimizersRequest(state, catalog, ids) {
  return ids.map((id) => {
    const steps = stepsOf(state, id, catalog);
    return {
      id: optimizerIdOf(id),
      hyperparameters: hyperparametersOf(state, id, catalog),
      steps,
      ...scheduleRequest(state, id, scheduledStepsOf(state, id, catalog), catalog),
    };
  });
}

/**
 * The body of POST /api/descents: every variant of the bar, shown or not, so that showing one
 * computes nothing, and every pin.
 * @param {State} state
 * @param {Catalog} catalog
 */
export function descentsRequest(state, catalog) {
  return {
    objective: objectiveRequest(state, catalog),
    start: startOf(state, objectiveOf(catalog, state.objective)),
    optimizers: optimizersRequest(state, catalog, variantsAndPins(state)),
    noise: noiseOf(state, catalog),
  };
}

/**
 * Whether a request asks for a variant's descent as it is set now.
 * @param {ReturnType<typeof descentsRequest>} request
 * @param {State} state
 * @param {Catalog} catalog
 * @param {string} id
 */
export function isAskedBy(request, state, catalog, id) {
  const text = (/** @type {unknown} */ value) => JSON.stringify(value);
  const [wanted] = optimizersRequest(state, catalog, [id]);
  const now = { ...descentsRequest(state, catalog), optimizers: request.optimizers };
  return text(now) === text(request) && request.optimizers.some((one) => text(one) === text(wanted));
}

/** Points along each axis of the surface that is drawn. */
export const SURFACE_COUNT = 161;

/**
 * @param {State} state
 * @param {Catalog} catalog
 * @param {Bounds} bounds
 * @param {number} count
 */
export function surfaceRequest(state, catalog, bounds, count = SURFACE_COUNT) {
  return {
    objective: objectiveRequest(state, catalog),
    x: { min: bounds.x0, max: bounds.x1, count },
    y: { min: bounds.y0, max: bounds.y1, count },
    // Single precision tells heights apart that no eye does, until the view is magnified.
    dtype: state.bounds ? "f8" : "f4",
  };
}

/**
 * @param {State} state
 * @param {Catalog} catalog
 * @param {{x: number, y: number}} point
 */
export function pointRequest(state, catalog, point) {
  return { objective: objectiveRequest(state, catalog), point };
}

/** Starts along each axis of a basin map. */
export const BASIN_COUNT = 121;

/**
 * The basins of one optimizer over the objective's whole domain, whatever part of it is in view:
 * the shares are shares of the domain.
 * @param {State} state
 * @param {Catalog} catalog
 * @param {string} id
 */
export function basinsRequest(state, catalog, id) {
  const { x0, x1, y0, y1 } = domainOf(objectiveOf(catalog, state.objective));
  return {
    objective: objectiveRequest(state, catalog),
    x: { min: x0, max: x1, count: BASIN_COUNT },
    y: { min: y0, max: y1, count: BASIN_COUNT },
    optimizers: optimizersRequest(state, catalog, [id]),
    noise: noiseOf(state, catalog),
  };
}
