/** The synchronization of a store with the address bar and the browser's history. */

import { fromQuery, toQuery } from "./url-query.js";

/**
 * @template S
 * @typedef {import("./store.js").Store<S>} Store
 */
/**
 * @template S
 * @typedef {import("./url-query.js").Field<S>} Field
 */

/** Browsers refuse more than some 200 history entries in 30 s; a drag would make more. */
const REPLACE_DELAY_MS = 250;

/**
 * Write the state to the address bar when it changes, and read it when somebody goes back.
 * @template {object} S
 * @param {Store<S>} store
 * @param {readonly Field<S>[]} fields
 * @param {S} defaults
 * @param {(state: S) => S} clean  drops what the page does not have
 */
export function bindToLocation(store, fields, defaults, clean) {
  let timer = 0;
  const write = (/** @type {"push" | "replace"} */ mode) => {
    clearTimeout(timer);
    timer = 0;
    const url = location.pathname + toQuery(fields, store.get());
    if (url === location.pathname + location.search) return;
    if (mode === "push") history.pushState(null, "", url);
    else history.replaceState(null, "", url);
  };
  store.subscribe((_state, _previous, mode) => {
    if (mode === "push") write("push");
    else if (mode === "replace") {
      clearTimeout(timer);
      timer = window.setTimeout(() => write("replace"), REPLACE_DELAY_MS);
    }
  });
  window.addEventListener("popstate", () => {
    clearTimeout(timer);
    store.set(clean(fromQuery(fields, location.search, defaults)), "none");
  });
  // A reload must not lose a change that is still to be written.
  window.addEventListener("pagehide", () => {
    if (timer) write("replace");
  });
}
