/**
 * Descents under many seeds: what follows from a change. The panel and the drawings are loaded when
 * somebody unfolds the noise, or has an ensemble on the page.
 */

import { byId } from "../../core/dom.js";
import { watch } from "../../core/store.js";
import { loadStyles } from "../teaching/style-sheets.js";
import { ensembleOf } from "./ensemble-request.js";

/** @typedef {import("../model/playground-state.js").State} State */
/** @typedef {import("../../core/store.js").HistoryMode} HistoryMode */
/** @typedef {ReturnType<typeof import("./ensemble-view.js").createEnsemble>} View */

/** What is shown of an ensemble, and what it is computed from. @type {(keyof State)[]} */
const KEYS = [
  "ensemble",
  "bar",
  "file",
  "objective",
  "parameters",
  "start",
  "preset",
  "hyperparameters",
  "steps",
  "stepsOf",
  "schedules",
  "noise",
];

/**
 * @param {object} source
 * @param {import("../../core/store.js").Store<State>} source.store
 * @param {import("../model/settings.js").Catalog} source.catalog
 * @param {import("../plot/playground-plot.js").Plot} source.plot
 * @param {Pick<ReturnType<typeof import("../plot/loss-chart.js").createLossChart>, "setBands">} source.losses
 * @param {() => number} source.step  the playhead
 * @param {() => void} source.onShow  another ensemble is shown, or none
 */
export function createManySeeds(source) {
  const { store, catalog } = source;
  /** @type {Promise<void> | null} */
  let loading = null;
  /** @type {View | null} */
  let view = null;

  const load = () => {
    loading ??= Promise.all([import("./ensemble-view.js"), loadStyles("ensemble.css")]).then(([{ createEnsemble }]) => {
      view = createEnsemble(byId("ensemble"), byId("many-seeds"), source);
      view.refresh("push");
    });
  };
  const refresh = (/** @type {HistoryMode} */ mode = "push") => {
    if (view) view.refresh(mode);
    else if (ensembleOf(store.get(), catalog)) load();
  };

  const noise = /** @type {HTMLDetailsElement} */ (byId("many-seeds").closest("details"));
  noise.addEventListener("toggle", load);
  watch(store, KEYS, (_state, _previous, mode) => refresh(mode));
  refresh();
  return {
    refresh,
    /** What an export takes of it; null while there is none. */
    shown: () => view?.shown() ?? null,
    /** Where its descents are at the playhead, and have been; null while there is none. */
    places: () => view?.places() ?? null,
  };
}
