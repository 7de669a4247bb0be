/** Variants: optimizers with certain settings, of which several may be of one optimizer. */

import { appearanceOf, isOwn } from "../../core/optimizer-style.js";
import { setting } from "../../core/format.js";
import { parseVariantId } from "../../core/variant-id.js";
import { hyperparametersOf, stepsOf } from "./settings.js";

/** @typedef {import("./playground-state.js").State} State */
/** @typedef {import("./playground-catalog.js").Catalog} Catalog */

/**
 * The id of the optimizer that a variant is of.
 * @param {string} id  of a variant
 */
export function optimizerIdOf(id) {
  return parseVariantId(id).optimizer;
}

/** Digits of a number in a name; the panel has them all. */
const NAME_DIGITS = 3;

/**
 * What a variant is called on the page: the first of an optimizer by its optimizer, others by what
 * they have otherwise, such as "Adam, lr 0.1".
 * @param {Readonly<State>} state
 * @param {string} id
 * @param {Catalog} catalog
 * @returns {string}
 */
export function labelOf(state, id, catalog) {
  const { label } = appearanceOf(id);
  if (isOwn(id)) return label;
  const family = state.bar.filter((one) => optimizerIdOf(one) === optimizerIdOf(id)).sort(byPlace);
  const [first] = family;
  if (first === undefined || first === id) return label;
  const said = (/** @type {string} */ one) => differences(state, one, first, catalog);
  const own = said(id);
  const alike = family.filter((one) => one !== first && said(one) === own);
  const number = own === "" || alike.length > 1 ? ` (${parseVariantId(id).place})` : "";
  return `${label}${own && `, ${own}`}${number}`;
}

/**
 * What a variant has otherwise than another of its optimizer.
 * @param {Readonly<State>} state
 * @param {string} id
 * @param {string} other
 * @param {Catalog} catalog
 */
function differences(state, id, other, catalog) {
  const usual = hyperparametersOf(state, other, catalog);
  const values = Object.entries(hyperparametersOf(state, id, catalog)).flatMap(([name, value]) => {
    if (value === usual[name]) return [];
    if (typeof value === "boolean") return [value ? name : `no ${name}`];
    return [`${name} ${setting(Number(value.toPrecision(NAME_DIGITS)))}`];
  });
  const steps = stepsOf(state, id, catalog);
  if (steps !== stepsOf(state, other, catalog)) values.push(`${steps} steps`);
  return values.join(", ");
}

/**
 * @param {string} a
 * @param {string} b
 */
function byPlace(a, b) {
  return parseVariantId(a).place - parseVariantId(b).place;
}
