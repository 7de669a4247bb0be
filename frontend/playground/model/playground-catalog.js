/** The server's tables of objectives and optimizers, as the page reads them. */

/** @typedef {import("./playground-state.js").Values} Values */
/** @typedef {import("../../core/geometry.js").Bounds} Bounds */
/** @typedef {import("../../core/dom.js").Formula} Formula */
/** @typedef {{text: string, url: string}} Reference */

/**
 * @typedef {object} Parameter
 * @property {string} id
 * @property {Formula} symbol
 * @property {number} default
 * @property {number} min
 * @property {number} max
 * @property {string} description
 */

/**
 * @typedef {object} Objective
 * @property {string} id
 * @property {string} name
 * @property {string} description
 * @property {Formula} formula
 * @property {Parameter[]} parameters
 * @property {{x: {min: number, max: number}, y: {min: number, max: number}}} domain
 * @property {{x: number, y: number}} start
 * @property {"linear" | "log"} scale
 * @property {Reference} reference
 */

/**
 * @typedef {object} Hyperparameter
 * @property {string} id
 * @property {string} name
 * @property {Formula} symbol
 * @property {number | boolean} default
 * @property {number} min
 * @property {number} max
 * @property {"linear" | "log" | "switch"} scale
 * @property {string} description
 */

/**
 * @typedef {object} Optimizer
 * @property {string} id
 * @property {string} name
 * @property {string} description
 * @property {Formula} formula
 * @property {Hyperparameter[]} hyperparameters
 * @property {boolean} draws_noise
 * @property {Reference} reference
 * @property {Record<string, number>} learning_rates
 * @property {{hyperparameters: Values, steps: number} | null} article
 */

/** @typedef {{default: number, min: number, max: number}} Limits */

/**
 * @typedef {object} Catalog
 * @property {Objective[]} objectives
 * @property {Optimizer[]} optimizers
 * @property {Limits} steps
 * @property {{std: Limits, batch_size: Limits, seed: Limits}} noise
 * @property {number} arrival_distance
 */

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
 * @param {Objective} objective
 * @returns {Bounds}
 */
export function domainOf({ domain }) {
  return { x0: domain.x.min, x1: domain.x.max, y0: domain.y.min, y1: domain.y.max };
}
