/** Start the page: the server's tables, the state in the URL, the playground. */

import { get } from "../core/api.js";
import { byId } from "../core/dom.js";
import { followFailures, sentenceOf } from "../core/failure.js";
import { bindToLocation } from "../core/address-bar.js";
import { createStore } from "../core/store.js";
import { fromQuery } from "../core/url-query.js";
import { sanitized } from "./model/sanitize.js";
import { DEFAULTS, FIELDS } from "./model/playground-state.js";
import { createPlayground } from "./playground-view.js";

/** @typedef {import("./model/settings.js").Catalog} Catalog */

async function start() {
  const [objectives, optimizers] = await Promise.all([
    /** @type {Promise<Pick<Catalog, "objectives">>} */ (get("./api/v1/objectives")),
    /** @type {Promise<Omit<Catalog, "objectives">>} */ (get("./api/v1/optimizers")),
  ]);
  const catalog = { ...objectives, ...optimizers };
  const clean = (/** @type {typeof DEFAULTS} */ state) => sanitized(state, catalog, DEFAULTS);
  const store = createStore(clean(fromQuery(FIELDS, location.search, DEFAULTS)));
  // Going back keeps an opened file, unless it brought the function that the view was of.
  bindToLocation(store, FIELDS, DEFAULTS, (state) => {
    const { file } = store.get();
    return { ...clean(state), file: file?.own ? null : file };
  });
  createPlayground(store, catalog);
}

/** @param {unknown} error */
function report(error) {
  const problem = byId("problem");
  problem.textContent = sentenceOf(error);
  problem.hidden = false;
}

followFailures(report);
start().catch(report);
