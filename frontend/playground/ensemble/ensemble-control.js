/** The control of an ensemble: on or off, of which variant, how many seeds. */

import { element } from "../../core/dom.js";
import { numberControl, switchControl } from "../../widgets/controls.js";
import { drawsNoise, ensembleOf } from "./ensemble-request.js";
import { noiseOf } from "../model/settings.js";
import { labelOf } from "../model/variants.js";
import { withoutNoise } from "./ensemble-text.js";

/** @typedef {import("../model/playground-state.js").State} State */

/**
 * @param {HTMLElement} root
 * @param {import("../../core/store.js").Store<State>} store
 * @param {import("../model/settings.js").Catalog} catalog
 * @returns {{refresh: () => void}}
 */
export function createEnsembleControl(root, store, catalog) {
  const limits = catalog.seeds;
  const noisy = () => store.get().bar.filter((id) => drawsNoise(store.get(), id, catalog));
  const seeds = () => store.get().ensemble?.seeds ?? limits.default;

  const power = switchControl({
    name: "Many seeds",
    description: "The descents under many seeds at once: where they are, where they end, how soon",
    onChange: (on) => {
      const [first] = noisy();
      store.set({ ensemble: on && first !== undefined ? { id: first, seeds: seeds() } : null }, "push");
    },
  });
  const box = /** @type {HTMLInputElement} */ (power.root.querySelector("input"));
  const choice = element("select", {
    "aria-label": "Whose descents",
    onchange: () => store.set({ ensemble: { id: choice.value, seeds: seeds() } }, "push"),
  });
  const count = numberControl({
    name: "Number of seeds",
    symbol: "seeds",
    caption: "this one and those after it",
    description: "How many descents to draw: their seeds are that of the noise and those after it",
    min: limits.min,
    max: limits.max,
    scale: "log",
    whole: true,
    onInput: (value, mode) => {
      const { ensemble } = store.get();
      if (ensemble) store.set({ ensemble: { ...ensemble, seeds: value } }, mode);
    },
  });
  const why = element("p", { class: "about", id: "many-seeds-why" });
  box.setAttribute("aria-describedby", why.id);
  const row = element("div", { class: "many-seeds-row" }, power.root, choice);
  root.replaceChildren(row, count.root, why);

  return {
    refresh() {
      const state = store.get();
      const shown = ensembleOf(state, catalog);
      const offered = noisy();
      power.show(shown !== null);
      box.disabled = offered.length === 0;
      choice.hidden = count.root.hidden = shown === null;
      const options = offered.map((id) => [id, labelOf(state, id, catalog)]);
      if (choice.dataset.options !== JSON.stringify(options)) {
        choice.dataset.options = JSON.stringify(options);
        choice.replaceChildren(...options.map(([id = "", label = ""]) => element("option", { value: id }, label)));
      }
      if (shown) {
        choice.value = shown.id;
        count.show(shown.seeds);
      }
      const { std, all } = noiseOf(state, catalog);
      const others = state.bar.filter((id) => !offered.includes(id)).map((id) => labelOf(state, id, catalog));
      why.textContent = withoutNoise(others, std === 0, all);
      why.hidden = why.textContent === "";
    },
  };
}
