/** Start the page: the server's tables, the state in the URL, the playground. */

import { get } from "../core/api.js";
import { byId } from "../core/dom.js";
import { followFailures, sentenceOf } from "../core/failure.js";
import { bindToLocation } from "../core/address-bar.js";
import { createStore } from "../core/store.js";
import { fromQuery } from "../core/url-query.js";
import { sanitized } from "./model/sanitize.js";
import { DEFAULTS, FIELDS } from "./model/playground-state.js";
import { createReader, TYPED } from "./model/typed-functions.js";
import { createPlayground } from "./playground-view.js";

/** @typedef {import("./model/settings.js").Catalog} Catalog */
/** @typedef {import("./model/playground-state.js").State} State */

async function start() {
  const [objectives, optimizers] = await Promise.all([
    /** @type {Promise<Pick<Catalog, "objectives">>} */ (get("./api/v1/objectives")),
    /** @type {Promise<Omit<Catalog, "objectives">>} */ (get("./api/v1/optimizers")),
  ]);
  /** @type {Catalog} */
  const catalog = { ...objectives, ...optimizers };
  const reader = createReader(catalog);
  /** Read one's own function, if it is one that is shown and was not read yet. */
  const readTyped = async (/** @type {State} */ state) => {
    if (state.objective === TYPED && !reader.adopt(state)) catalog.typed = await reader.read(state);
  };
  const opening = fromQuery(FIELDS, location.search, DEFAULTS);
  await readTyped(opening).catch(report);
  const clean = (/** @type {State} */ state) => sanitized(state, catalog, DEFAULTS);
  const store = createStore(clean(opening));
  bindToLocation(store, FIELDS, DEFAULTS, (state) => {
    if (state.objective !== TYPED || reader.adopt(state)) return clean(state);
    // Gone back to a function of before the page was loaded: it follows once it is read.
    readTyped(state).then(() => store.set(clean(state), "none")).catch(report);
    return store.get();
  });
  createPlayground(store, catalog, reader);
}

/** @param {unknown} error */
function report(error) {
  const problem = byId("problem");
  problem.textContent = sentenceOf(error);
  problem.hidden = false;
}

followFailures(report);
start().catch(report);
