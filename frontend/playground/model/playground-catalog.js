/** The server's tables of objectives and optimizers, as the page reads them. */

import { parseVariantId } from "../../core/variant-id.js";

/** @typedef {import("./playground-state.js").Values} Values */
/** @typedef {import("../../core/geometry/bounds.js").Bounds} Bounds */
/** @typedef {import("../../core/dom.js").Formula} Formula */
/** @typedef {import("../../core/api-types.d.ts").Parameter} Parameter */
/** @typedef {import("../../core/api-types.d.ts").Objective} Objective */
/** @typedef {import("../../core/api-types.d.ts").Hyperparameter} Hyperparameter */
/** @typedef {import("../../core/api-types.d.ts").Optimizer} Optimizer */
/** @typedef {import("../../core/api-types.d.ts").DefaultRange} Limits */
/** @typedef {import("../../core/api-types.d.ts").ObjectivesResponse} Objectives */
/** @typedef {import("../../core/api-types.d.ts").OptimizersResponse} Optimizers */
/** @typedef {Objectives & Optimizers & {typed?: Map<string, Objective>}} Catalog */

/**
 * @param {Catalog} catalog
 * @param {string} id
 * @returns {Objective}
 */
export function objectiveOf(catalog, id) {
  const found = catalog.typed?.get(id) ?? catalog.objectives.find((objective) => objective.id === id);
  if (!found) throw new Error(`There is no objective ${id}.`);
  return found;
}

/**
 * The optimizer that a variant is of.
 * @param {Catalog} catalog
 * @param {string} id  of a variant
 * @returns {Optimizer}
 */
export function optimizerOf(catalog, id) {
  const { optimizer: wanted } = parseVariantId(id);
  const found = catalog.optimizers.find((optimizer) => optimizer.id === wanted);
  if (!found) throw new Error(`There is no optimizer ${id}.`);
  return found;
}

/**
 * The optimizers that never see noise, in words.
 * @param {Pick<Catalog, "optimizers">} catalog
 */
export function exactNames({ optimizers }) {
  const names = optimizers.filter(({ is_exact: isExact }) => isExact).map(({ name }) => name);
  return [names.slice(0, -1).join(", "), ...names.slice(-1)].filter(Boolean).join(" and ");
}

/**
 * @param {Objective} objective
 * @returns {Bounds}
 */
export function domainOf({ domain }) {
  return { x0: domain.x.min, x1: domain.x.max, y0: domain.y.min, y1: domain.y.max };
}
