/** What a person does with the bar's variants, each as the change of the state that it makes. */

import {
  MAX_PINS,
  MAX_VARIANTS,
  parseVariantId,
  pinId,
  readVariantName,
  variantId,
} from "../../core/variant-id.js";
import { hyperparametersOf, stepsOf } from "../model/settings.js";

/** @typedef {import("../model/playground-state.js").State} State */
/** @typedef {import("../model/playground-catalog.js").Catalog} Catalog */
/** @typedef {"hyperparameters" | "stepsOf"} Keyed */
/** @typedef {Partial<State>} Change */

/** The settings that the state keeps by variant. @type {readonly Keyed[]} */
const KEYED = ["hyperparameters", "stepsOf"];

/**
 * Whether one more variant fits in the bar.
 * @param {Readonly<State>} state
 */
export function hasRoom({ bar }) {
  return bar.length < MAX_VARIANTS;
}

/**
 * @param {Readonly<State>} state
 * @param {string} optimizer
 * @returns {string} the id of a variant that the bar does not have
 */
function freeId({ bar }, optimizer) {
  for (let place = 2; place <= MAX_VARIANTS; place++) {
    const id = variantId(optimizer, place);
    if (!bar.includes(id)) return id;
  }
  return optimizer;
}

/**
 * A second variant with the same settings, behind the first.
 * @param {Readonly<State>} state  that has room for it
 * @param {string} id
 * @returns {{id: string, change: Change}}
 */
export function duplicated(state, id) {
  const copy = freeId(state, parseVariantId(id).optimizer);
  const at = state.bar.indexOf(id) + 1;
  const change = { ...copied(state, id, copy), bar: state.bar.toSpliced(at, 0, copy) };
  return { id: copy, change };
}

/**
 * The bar without a variant and its pin. The settings of an optimizer's first variant are kept for
 * its return.
 * @param {Readonly<State>} state  with another variant in the bar
 * @param {string} id
 * @returns {Change}
 */
export function removed(state, id) {
  const { bar, off, basins, pins, names } = state;
  const rest = bar.filter((one) => one !== id);
  const isFirst = parseVariantId(id).place === 1;
  return {
    ...without(state, isFirst ? [pinId(id)] : [id, pinId(id)]),
    bar: rest,
    off: off.filter((one) => one !== id),
    pins: pins.filter((one) => one !== id),
    names: omit(names, [id]),
    basins: basins === id ? (rest[0] ?? null) : basins,
  };
}

/**
 * @param {Readonly<State>} state
 * @param {string} id
 * @param {number} place  in the bar, from 0; beyond its ends, the end
 * @returns {Change}
 */
export function moved({ bar }, id, place) {
  const rest = bar.filter((one) => one !== id);
  return { bar: rest.toSpliced(Math.min(Math.max(place, 0), rest.length), 0, id) };
}

/**
 * @param {Readonly<State>} state
 * @param {string} id
 * @param {string} text  empty: its automatic name
 * @returns {Change}
 */
export function renamed({ names }, id, text) {
  const name = readVariantName(text);
  return { names: name ? { ...names, [id]: name } : omit(names, [id]) };
}

/**
 * Whether one more pin fits.
 * @param {Readonly<State>} state
 */
export function canPin({ pins }) {
  return pins.length < MAX_PINS;
}

/**
 * A variant whose present settings are kept whole: no preset and no objective changes them.
 * @param {Readonly<State>} state
 * @param {string} id
 * @param {Catalog} catalog
 * @returns {Change}
 */
export function pinned(state, id, catalog) {
  const pin = pinId(id);
  const { hyperparameters, stepsOf: budgets, ...others } = copied(state, id, pin);
  return {
    ...others,
    hyperparameters: { ...hyperparameters, [pin]: hyperparametersOf(state, id, catalog) },
    stepsOf: { ...budgets, [pin]: stepsOf(state, id, catalog) },
    pins: [...state.pins.filter((one) => one !== id), id],
  };
}

/**
 * @param {Readonly<State>} state
 * @param {string} id
 * @returns {Change}
 */
export function unpinned(state, id) {
  return { ...without(state, [pinId(id)]), pins: state.pins.filter((one) => one !== id) };
}

/**
 * The settings by variant without those of some variants.
 * @param {Readonly<State>} state
 * @param {readonly string[]} ids
 * @returns {Pick<State, Keyed>}
 */
function without(state, ids) {
  return keyed((key) => omit(/** @type {Record<string, unknown>} */ (state[key]), ids));
}

/**
 * The settings by variant with one's settings under another id as well.
 * @param {Readonly<State>} state
 * @param {string} from
 * @param {string} to
 * @returns {Pick<State, Keyed>}
 */
function copied(state, from, to) {
  return keyed((key) => {
    const settings = /** @type {Record<string, unknown>} */ (state[key]);
    const own = settings[from];
    const rest = omit(settings, [to]);
    return own === undefined ? rest : { ...rest, [to]: own };
  });
}

/**
 * @param {(key: Keyed) => object} settings
 * @returns {Pick<State, Keyed>}
 */
function keyed(settings) {
  return /** @type {Pick<State, Keyed>} */ (Object.fromEntries(KEYED.map((key) => [key, settings(key)])));
}

/**
 * The record without some ids; the same one where it has none of them: nothing is computed anew for it.
 * @template T
 * @param {Readonly<Record<string, T>>} record
 * @param {readonly string[]} ids
 * @returns {Readonly<Record<string, T>>}
 */
function omit(record, ids) {
  if (!ids.some((id) => Object.hasOwn(record, id))) return record;
  return Object.fromEntries(Object.entries(record).filter(([id]) => !ids.includes(id)));
}
