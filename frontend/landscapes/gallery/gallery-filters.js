/** What a gallery can be narrowed to: a study, a kind of landscape, an optimizer; with counts. */

import { KIND_NAMES } from "../model/catalog.js";
import { PLANE_NAMES } from "../../surfaces/surface-names.js";

/** @typedef {import("../../surfaces/landscape-data.js").Catalog} Catalog */
/** @typedef {import("../../surfaces/landscape-data.js").Entry} Entry */
/** @typedef {import("../model/landscapes-state.js").State} State */

/** What a person looks for in the gallery. @typedef {Pick<State, "find" | "study" | "kind" | "optimizer" | "page">} Wanted */

/** Names in links. @typedef {"study" | "kind" | "optimizer"} Facet */

/**
 * What each facet is called, and its values of a landscape.
 * @type {Record<Facet, {label: string, valuesOf: (entry: Entry) => readonly string[]}>}
 */
export const FACETS = {
  study: { label: "Study", valuesOf: ({ study }) => [study] },
  kind: { label: "Kind", valuesOf: ({ kind, plane }) => [kind === "landscape" ? (plane ?? kind) : kind] },
  optimizer: { label: "Optimizer", valuesOf: ({ optimizers }) => optimizers },
};

const NAMES = /** @type {Facet[]} */ (Object.keys(FACETS));

/**
 * @param {Partial<Pick<Wanted, Facet>>} wanted
 * @returns {boolean} whether any facet is chosen
 */
export function isFiltered(wanted) {
  return NAMES.some((facet) => Boolean(wanted[facet]));
}

/**
 * @param {Entry} entry
 * @param {Partial<Pick<Wanted, Facet>>} wanted  empty or left out: any
 * @param {Facet} [but]  a facet that does not count
 */
export function passes(entry, wanted, but) {
  return NAMES.every((facet) => facet === but || !wanted[facet] || FACETS[facet].valuesOf(entry).includes(String(wanted[facet])));
}

/**
 * The values of a facet among all landscapes, with how many of those that the other facets and the
 * search leave each has. A chosen value is among them even if there is none.
 * @param {Pick<Catalog, "studies" | "landscapes">} catalog
 * @param {Wanted} wanted
 * @param {Facet} facet
 * @param {(entry: Entry) => boolean} isFound  whether the search finds a landscape
 * @returns {{value: string, name: string, count: number}[]}
 */
export function choicesOf({ studies, landscapes }, wanted, facet, isFound) {
  const { valuesOf } = FACETS[facet];
  /** @type {Map<string, number>} */
  const counts = new Map();
  for (const entry of landscapes) {
    const adds = passes(entry, wanted, facet) && isFound(entry) ? 1 : 0;
    for (const value of valuesOf(entry)) counts.set(value, (counts.get(value) ?? 0) + adds);
  }
  const chosen = wanted[facet];
  if (chosen && !counts.has(chosen)) counts.set(chosen, 0);
  return [...counts].map(([value, count]) => ({ value, name: nameOf(facet, value, studies), count }));
}

/**
 * @param {Facet} facet
 * @param {string} value
 * @param {Catalog["studies"]} studies
 */
function nameOf(facet, value, studies) {
  if (facet === "study") return studies.find(({ id }) => id === value)?.title ?? value;
  if (facet === "kind") return /** @type {Record<string, string>} */ ({ ...KIND_NAMES, ...PLANE_NAMES })[value] ?? value;
  return OPTIMIZER_NAMES[value] ?? value;
}

/** Optimizers whose names are not those of PyTorch's in small letters. @type {Record<string, string>} */
const OPTIMIZER_NAMES = {
  gd: "GD",
  sgd: "SGD",
  adam: "Adam",
  adamw: "AdamW",
  rmsprop: "RMSprop",
  adagrad: "Adagrad",
  lbfgs: "L-BFGS",
};
