/**
 * What the state means together with the server's tables: full hyperparameters, budgets, requests.
 */

import { SPEEDS } from "../../core/playback.js";

/** @typedef {import("./playground-state.js").State} State */
/** @typedef {import("./playground-state.js").Values} Values */
/** @typedef {import("../../core/geometry.js").Window} Window */
/** @typedef {import("../../core/dom.js").Formula} Formula */
/** @typedef {import("../../core/api-types.d.ts").Parameter} Parameter */
/** @typedef {import("../../core/api-types.d.ts").Objective} Objective */
/** @typedef {import("../../core/api-types.d.ts").Hyperparameter} Hyperparameter */
/** @typedef {import("../../core/api-types.d.ts").Optimizer} Optimizer */
/** @typedef {import("../../core/api-types.d.ts").ObjectivesResponse} Objectives */
/** @typedef {import("../../core/api-types.d.ts").OptimizersResponse} Optimizers */
/** @typedef {Objectives & Optimizers} Catalog */

/**
 * @param {Catalog} catalog
 * @param {string} id
 * @returns {Objective}
 */
export function objectiveOf(catalog, id) {
  const found = catalog.objectives.find((objective) => objective.id === id);
  if (!found) throw new Error(`There is no objective ${id}.`);
  return found;
}

/**
 * @param {Catalog} catalog
 * @param {string} id
 * @returns {Optimizer}
 */
export function optimizerOf(catalog, id) {
  const found = catalog.optimizers.find((optimizer) => optimizer.id === id);
  if (!found) throw new Error(`There is no optimizer ${id}.`);
  return found;
}

/**
 * What an optimizer's hyperparameters are under a preset when nobody set them.
 * @param {Optimizer} optimizer
 * @param {State["preset"]} preset
 * @param {string} objective
 * @returns {Values}
 */
export function presetValues(optimizer, preset, objective) {
  if (preset === "article" && optimizer.article) return optimizer.article.hyperparameters;
  const values = Object.fromEntries(optimizer.hyperparameters.map((h) => [h.id, h.default]));
  const rate = optimizer.learning_rates[objective];
  if (rate !== undefined && "lr" in values) values.lr = rate;
  return values;
}

/**
 * @param {State} state
 * @param {Optimizer} optimizer
 * @returns {Values}
 */
export function hyperparametersOf(state, optimizer) {
  return {
    ...presetValues(optimizer, state.preset, state.objective),
    ...state.hyperparameters[optimizer.id],
  };
}

/**
 * @param {State} state
 * @param {Optimizer} optimizer
 * @param {Catalog} catalog
 * @returns {number}
 */
export function stepsOf(state, optimizer, catalog) {
  const own = state.stepsOf[optimizer.id];
  if (own !== undefined) return own;
  if (state.steps !== null) return state.steps;
  return (state.preset === "article" && optimizer.article?.steps) || catalog.steps.default;
}

/**
 * The noise of the gradients. The article's descents have none.
 * @param {State} state
 * @param {Catalog} catalog
 * @returns {import("./playground-state.js").Noise}
 */
export function noiseOf(state, { noise }) {
  return {
    std: state.preset === "article" ? 0 : noise.std.default,
    batch_size: noise.batch_size.default,
    seed: noise.seed.default,
    all: false,
    ...state.noise,
  };
}

/**
 * @param {State} state
 * @param {Objective} objective
 */
export function startOf(state, objective) {
  return state.start ?? objective.start;
}

/**
 * @param {Objective} objective
 * @returns {Window}
 */
export function domainOf({ domain }) {
  return { x0: domain.x.min, x1: domain.x.max, y0: domain.y.min, y1: domain.y.max };
}

/**
 * @param {State} state
 * @param {Objective} objective
 * @returns {Record<string, number>}
 */
export function parametersOf(state, objective) {
  return Object.fromEntries(
    objective.parameters.map(({ id, default: value }) => [id, state.parameters[id] ?? value]),
  );
}

/**
 * @param {number | boolean | undefined} value
 * @param {{min: number, max: number}} limits
 */
function within(value, { min, max }) {
  return typeof value === "number" && value >= min && value <= max;
}

/** The server's limit: starts and windows farther from the origin show nothing of any objective. */
const MAX_COORDINATE = 1e4;

/**
 * @template {object} T
 * @param {T | null} place  all of whose entries are coordinates
 * @returns {T | null} null where it is out of reach
 */
function reachable(place) {
  if (place === null) return null;
  const far = Object.values(place).some((value) => Math.abs(value) > MAX_COORDINATE);
  return far ? null : place;
}

/**
 * The entries of an object that pass.
 * @template T
 * @param {Readonly<Record<string, T>>} object
 * @param {(key: string, value: T) => boolean | undefined} passes
 * @returns {Record<string, T>}
 */
function only(object, passes) {
  return Object.fromEntries(Object.entries(object).filter(([key, value]) => passes(key, value)));
}

/**
 * Drop from a state what the server does not know or would refuse, so that an old or mistyped
 * link opens.
 * @param {State} state
 * @param {Catalog} catalog
 * @param {State} defaults
 * @returns {State}
 */
export function sanitized(state, catalog, defaults) {
  const known = new Map(catalog.optimizers.map((optimizer) => [optimizer.id, optimizer]));
  const objective =
    catalog.objectives.find(({ id }) => id === state.objective) ??
    objectiveOf(catalog, defaults.objective);
  const members = state.bar.filter((id) => known.has(id));
  const bar = members.length ? members : defaults.bar;
  const budget = (/** @type {number | null} */ steps) =>
    steps !== null && Number.isInteger(steps) && within(steps, catalog.steps);
  const hyperparameters = Object.entries(state.hyperparameters).flatMap(([id, values]) => {
    const own = only(values, (name, value) => {
      const found = known.get(id)?.hyperparameters.find((one) => one.id === name);
      if (!found) return false;
      return found.scale === "switch" ? typeof value === "boolean" : within(value, found);
    });
    return Object.keys(own).length ? [[id, own]] : [];
  });
  const { std, batch_size: size, seed, all } = state.noise;
  const whole = (/** @type {number | undefined} */ value, /** @type {import("../../core/api-types.d.ts").DefaultRange} */ limits) =>
    Number.isInteger(value) && within(value, limits);
  return {
    ...state,
    objective: objective.id,
    parameters: only(state.parameters, (name, value) => {
      const parameter = objective.parameters.find(({ id }) => id === name);
      return parameter && value !== parameter.default && within(value, parameter);
    }),
    start: reachable(state.start),
    window: reachable(state.window),
    bar,
    off: state.off.filter((id) => bar.includes(id)),
    hyperparameters: Object.fromEntries(hyperparameters),
    steps: budget(state.steps) ? state.steps : null,
    stepsOf: only(state.stepsOf, (id, steps) => known.has(id) && budget(steps)),
    noise: {
      ...(std !== undefined && within(std, catalog.noise.std) ? { std } : {}),
      ...(size !== undefined && whole(size, catalog.noise.batch_size) ? { batch_size: size } : {}),
      ...(seed !== undefined && whole(seed, catalog.noise.seed) ? { seed } : {}),
      ...(all === undefined ? {} : { all }),
    },
    speed: SPEEDS.includes(state.speed) ? state.speed : defaults.speed,
    basins: state.basins !== null && bar.includes(state.basins) ? state.basins : null,
  };
}

/**
 * @param {State} state
 * @param {Catalog} catalog
 */
export function objectiveRequest(state, catalog) {
  const objective = objectiveOf(catalog, state.objective);
  return { id: objective.id, parameters: parametersOf(state, objective) };
}

/**
 * @param {State} state
 * @param {Catalog} catalog
 * @param {readonly string[]} ids
 */
export function optimizersRequest(state, catalog, ids) {
  return ids.map((id) => {
    const optimizer = optimizerOf(catalog, id);
    return {
      id,
      hyperparameters: hyperparametersOf(state, optimizer),
      steps: stepsOf(state, optimizer, catalog),
    };
  });
}

/**
 * The body of POST /api/descents: every optimizer of the bar, shown or not, so that showing one
 * computes nothing.
 * @param {State} state
 * @param {Catalog} catalog
 */
export function descentsRequest(state, catalog) {
  return {
    objective: objectiveRequest(state, catalog),
    start: startOf(state, objectiveOf(catalog, state.objective)),
    optimizers: optimizersRequest(state, catalog, state.bar),
    noise: noiseOf(state, catalog),
  };
}

/** Points along each axis of the surface that is drawn. */
export const SURFACE_COUNT = 161;

/**
 * @param {State} state
 * @param {Catalog} catalog
 * @param {Window} window
 * @param {number} count
 */
export function surfaceRequest(state, catalog, window, count = SURFACE_COUNT) {
  return {
    objective: objectiveRequest(state, catalog),
    x: { min: window.x0, max: window.x1, count },
    y: { min: window.y0, max: window.y1, count },
    // Single precision tells heights apart that no eye does, until the view is magnified.
    dtype: state.window ? "f8" : "f4",
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
