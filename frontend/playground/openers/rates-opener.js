/** The way to the panel "Learning rate", which is loaded when it is opened for the first time. */

import { element } from "../../core/dom.js";
import { sentenceOf } from "../../core/failure.js";
import { watch } from "../../core/store.js";
import { searchesLines } from "../model/settings.js";

/** @typedef {import("../model/playground-state.js").State} State */
/** @typedef {ReturnType<typeof import("../rates/rate-panel.js").createRatePanel>} RatePanel */

/**
 * @param {HTMLElement} root  of the panel
 * @param {object} page
 * @param {import("../../core/store.js").Store<State>} page.store
 * @param {import("../model/settings.js").Catalog} page.catalog
 * @param {import("../model/computed.js").Model} page.model
 * @param {() => void} page.onShow  the panel is there
 */
export function createRates(root, page) {
  const { store } = page;
  /** @type {RatePanel | null} */
  let panel = null;
  let loading = false;

  /** The variants that have a rate to choose. */
  const curved = () => store.get().bar.filter((id) => !searchesLines(id, page.catalog));

  const opener = element(
    "button",
    {
      type: "button",
      class: "text rates-opener",
      onclick: () => {
        const all = curved();
        store.set({ rates: all.find((id) => !store.get().off.includes(id)) ?? all[0] ?? null }, "push");
      },
    },
    "Curves over the learning rate",
  );
  root.before(opener);

  /** @param {boolean} isAsked  by somebody, who is led there */
  const load = async (isAsked) => {
    loading = true;
    try {
      const [{ createRatePanel }] = await Promise.all([import("../rates/rate-panel.js"), loadStyles()]);
      panel = createRatePanel(root, page);
      page.onShow();
      if (isAsked) panel.focus();
    } catch (error) {
      root.replaceChildren(element("p", { class: "problem", role: "alert" }, sentenceOf(error)));
      root.hidden = false;
    }
    loading = false;
  };

  const follow = (isAsked = false) => {
    const { rates, file } = store.get();
    opener.hidden = rates !== null || file?.own != null || curved().length === 0;
    if (rates === null) return;
    if (panel && isAsked) panel.focus();
    else if (!panel && !loading) void load(isAsked);
  };
  watch(store, ["rates", "file", "bar"], (state, previous, mode) => {
    const isOther = (state.rates === null) !== (previous.rates === null);
    follow(isOther && mode === "push");
    if (isOther && mode === "push" && state.rates === null) opener.focus();
  });
  follow();

  return {
    /** Descents or the theme have changed. */
    refresh: () => panel?.refresh(),
    /** What the panel shows, for files; null: it is closed. */
    shown: () => (store.get().rates === null ? null : (panel?.shown() ?? null)),
  };
}

/** @returns {Promise<void>} once the panel's style sheet holds */
function loadStyles() {
  return new Promise((resolve, reject) => {
    const sheet = element("link", { rel: "stylesheet", href: "./playground/styles/rates.css" });
    sheet.addEventListener("load", () => resolve());
    sheet.addEventListener("error", () => reject(new Error("The panel’s style sheet did not come.")));
    document.head.append(sheet);
  });
}
