/** Start the page: the server's tables, the state in the URL, the playground. */

import { get } from "../core/api.js";
import { byId } from "../core/dom.js";
import { followFailures, sentenceOf } from "../core/failure.js";
import { bindToLocation } from "../core/address-bar.js";
import { createStore } from "../core/store.js";
import { fromQuery } from "../core/url-query.js";
import { sanitized } from "./model/sanitize.js";
import { DEFAULTS, FIELDS } from "./model/playground-state.js";
import { typedOf } from "./model/typed-function.js";
import { learn } from "./panels/own-function.js";
import { createPlayground } from "./playground-view.js";

/** @typedef {import("./model/settings.js").Catalog} Catalog */

async function start() {
  const asked = typedOf(fromQuery(FIELDS, location.search, DEFAULTS).objective);
  /** @type {Pick<Catalog, "typed">} */
  const typed = {};
  const [objectives, optimizers] = await Promise.all([
    /** @type {Promise<Pick<Catalog, "objectives">>} */ (get("./api/v1/objectives")),
    /** @type {Promise<Omit<Catalog, "objectives">>} */ (get("./api/v1/optimizers")),
    // A function with a fault opens the page all the same: the field says what is wrong with it.
    asked && learn(/** @type {Catalog} */ (typed), asked).catch(() => null),
  ]);
  /** @type {Catalog} */
  const catalog = { ...objectives, ...optimizers, ...typed };
  const clean = (/** @type {typeof DEFAULTS} */ state) => {
    const unknown = catalog.typed?.has(state.objective) ? null : typedOf(state.objective);
    // Going back beyond a reload leads to functions of which this page has not heard yet.
    if (unknown && started) {
      learn(catalog, unknown).then(
        () => store.set(clean(fromQuery(FIELDS, location.search, DEFAULTS)), "none"),
        () => undefined,
      );
    }
    return sanitized(state, catalog, DEFAULTS);
  };
  let started = false;
  const store = createStore(clean(fromQuery(FIELDS, location.search, DEFAULTS)));
  // Going back keeps an opened file, unless it brought the function that the view was of.
  bindToLocation(store, FIELDS, DEFAULTS, (state) => {
    const { file } = store.get();
    return { ...clean(state), file: file?.own ? null : file };
  });
  started = true;
  createPlayground(store, catalog, asked);
}

/** @param {unknown} error */
function report(error) {
  const problem = byId("problem");
  problem.textContent = sentenceOf(error);
  problem.hidden = false;
}

followFailures(report);
start().catch(report);
