/**
 * Variants: optimizers with certain settings, of which several may be of one optimizer; and pins, what
 * a variant showed before its settings changed.
 */

import { appearanceOf, isOwn } from "../../core/optimizer-style.js";
import { setting } from "../../core/format.js";
import { isPin, parseVariantId, pinId, unpinnedId } from "../../core/variant-id.js";
import { scheduleDifferences } from "../schedules/schedule-settings.js";
import { optimizerOf } from "./playground-catalog.js";
import { budgetText, hyperparametersOf, stepsOf } from "./settings.js";

/** @typedef {import("./playground-state.js").State} State */
/** @typedef {import("./playground-catalog.js").Catalog} Catalog */

/**
 * The id of the optimizer that a variant is of.
 * @param {string} id  of a variant, or of a pin
 */
export function optimizerIdOf(id) {
  return parseVariantId(id).optimizer;
}

/**
 * The bar's variants, each with its pin behind it: all that the server computes.
 * @param {Readonly<Pick<State, "bar" | "pins">>} state
 */
export function variantsAndPins({ bar, pins }) {
  return bar.flatMap((id) => (pins.includes(id) ? [id, pinId(id)] : [id]));
}

/**
 * What a variant is called on the page: by the name that a person gave it; else the first of an
 * optimizer by its optimizer, and others by what they have otherwise, such as "Adam, lr 0.1".
 * @param {Readonly<State>} state
 * @param {string} id  of a variant, a pin or a descent of a file
 * @param {Catalog} catalog
 * @returns {string}
 */
export function labelOf(state, id, catalog) {
  return called(state, id, catalog, appearanceOf(id).label);
}

/**
 * The same with the optimizer's name in full.
 * @param {Readonly<State>} state
 * @param {string} id
 * @param {Catalog} catalog
 * @returns {string}
 */
export function nameOf(state, id, catalog) {
  if (isOwn(id)) return appearanceOf(id).label;
  const optimizer = optimizerOf(catalog, id).name;
  const name = called(state, id, catalog, optimizer);
  return state.names[unpinnedId(id)] ? `${name} (${optimizer})` : name;
}

/**
 * @param {Readonly<State>} state
 * @param {string} id
 * @param {Catalog} catalog
 * @param {string} optimizer  what its optimizer is called
 */
function called(state, id, catalog, optimizer) {
  if (isOwn(id)) return optimizer;
  const own = state.names[unpinnedId(id)];
  if (!isPin(id)) return own ?? automaticName(state, id, catalog, optimizer);
  const now = own && joined(own, differences(state, id, unpinnedId(id), catalog));
  return joined(now ?? automaticName(state, id, catalog, optimizer), "pinned");
}

/**
 * @param {Readonly<State>} state
 * @param {string} id
 * @param {Catalog} catalog
 * @param {string} optimizer
 */
function automaticName(state, id, catalog, optimizer) {
  const family = state.bar.filter((one) => optimizerIdOf(one) === optimizerIdOf(id)).sort(byPlace);
  const first = family[0] ?? id;
  if (id === first) return optimizer;
  const said = (/** @type {string} */ one) => differences(state, one, first, catalog);
  const own = said(id);
  const others = family.filter((one) => !state.names[one]);
  const like = isPin(id)
    ? others.filter((one) => state.pins.includes(one)).map(pinId)
    : others.filter((one) => one !== first);
  const isAlone = like.filter((one) => said(one) === own).length < 2 && (own !== "" || isPin(id));
  return joined(optimizer, own) + (isAlone ? "" : ` (${parseVariantId(id).place})`);
}

/** @param {...string} parts */
function joined(...parts) {
  return parts.filter(Boolean).join(", ");
}

/** Digits of a number in a name; the panel has them all. */
const NAME_DIGITS = 3;

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
  values.push(...scheduleDifferences(state, id, other, catalog));
  return joined(...values, steps === stepsOf(state, other, catalog) ? "" : budgetText(steps, id, catalog));
}

/**
 * @param {string} a
 * @param {string} b
 */
function byPlace(a, b) {
  return parseVariantId(a).place - parseVariantId(b).place;
}
