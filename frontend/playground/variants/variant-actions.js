/** What can be done with a variant, for its circle, its circle's menu and its panel. */

import { parseVariantId } from "../../core/variant-id.js";
import { canPin, duplicated, hasRoom, moved, pinned, removed, renamed, unpinned } from "./variant-changes.js";
import { labelOf } from "../model/variants.js";

/** @typedef {import("../../core/store.js").HistoryMode} HistoryMode */
/** @typedef {import("../model/playground-state.js").State} State */

/**
 * @typedef {object} VariantActions
 * @property {(id: string) => string | null} duplicate  returns the copy's id; null: the bar is full
 * @property {(id: string) => void} remove  the last one stays
 * @property {(id: string, place: number, mode?: HistoryMode) => void} move  to a place in the bar, from 0
 * @property {(id: string, name: string) => void} rename  empty: to its automatic name
 * @property {(id: string) => void} pin  keep what it shows, or let go of it
 * @property {() => Readonly<State>} state
 * @property {(id: string) => string} label
 * @property {(id: string) => {duplicate: boolean, remove: boolean, pin: boolean}} offers  what is possible
 */

/**
 * @param {import("../../core/store.js").Store<State>} store
 * @param {import("../model/settings.js").Catalog} catalog
 * @param {object} on
 * @param {(id: string) => void} on.duplicate  the variant with this id is about to come to the bar
 * @param {(sentence: string) => void} on.say  what a screen reader is to hear
 * @returns {VariantActions}
 */
export function createVariantActions(store, catalog, on) {
  const label = (/** @type {string} */ id) => labelOf(store.get(), id, catalog);
  return {
    state: store.get,
    label,
    duplicate(id) {
      const state = store.get();
      if (!hasRoom(state)) return null;
      const { id: copy, change } = duplicated(state, id);
      on.duplicate(copy);
      store.set(change, "push");
      return copy;
    },
    remove(id) {
      if (store.get().bar.length > 1) store.set(removed(store.get(), id), "push");
    },
    move(id, place, mode = "push") {
      store.set(moved(store.get(), id, place), mode);
      const { bar } = store.get();
      on.say(`${label(id)}: place ${bar.indexOf(id) + 1} of ${bar.length}`);
    },
    rename(id, name) {
      store.set(renamed(store.get(), id, name), "push");
    },
    pin(id) {
      const state = store.get();
      if (state.pins.includes(id)) store.set(unpinned(state, id), "push");
      else if (canPin(state)) store.set(pinned(state, id, catalog), "push");
    },
    offers(id) {
      const state = store.get();
      return {
        duplicate: hasRoom(state),
        remove: state.bar.length > 1,
        pin: state.pins.includes(id) || canPin(state),
      };
    },
  };
}

/**
 * The bar with a variant of an optimizer, where the server's order of optimizers has it.
 * @param {Readonly<State>} state
 * @param {string} optimizer  of which the bar has none
 * @param {import("../model/settings.js").Catalog} catalog
 */
export function barWith({ bar }, optimizer, catalog) {
  const order = catalog.optimizers.map(({ id }) => id);
  const rank = (/** @type {string} */ id) => order.indexOf(parseVariantId(id).optimizer);
  const before = bar.findIndex((id) => rank(id) > rank(optimizer));
  return bar.toSpliced(before < 0 ? bar.length : before, 0, optimizer);
}
