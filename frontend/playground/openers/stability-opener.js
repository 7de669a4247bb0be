/** The way to the panel "Stability", which is loaded when it is opened for the first time. */

import { byId, element } from "../../core/dom.js";
import { sentenceOf } from "../../core/failure.js";
import { watch } from "../../core/store.js";

/** @typedef {import("../model/playground-state.js").State} State */
/** @typedef {ReturnType<typeof import("../stability/stability-panel.js").createStabilityPanel>} StabilityPanel */

/**
 * @typedef {object} Page
 * @property {import("../../core/store.js").Store<State>} store
 * @property {import("../model/settings.js").Catalog} catalog
 * @property {import("../model/computed.js").Model} model
 * @property {import("../plot/playground-plot.js").Plot} plot
 * @property {ReturnType<typeof import("../panels/results.js").createResults>} results
 * @property {import("../model/spotlight.js").Spotlight} spotlight
 * @property {() => number} step  the playhead
 * @property {(step: number) => void} seek
 * @property {HTMLElement} chartHead  the chart's heading
 */

/**
 * @param {Omit<Page, "chartHead">} page
 */
export function createStability(page) {
  const { store } = page;
  const root = byId("stability");
  const chartRoot = byId("sharpness");
  const chartHead = byId("sharpness-head");
  /** @type {StabilityPanel | null} */
  let panel = null;
  let loading = false;

  const opener = element(
    "button",
    {
      type: "button",
      class: "text stability-opener",
      title: "Where an optimizer is unstable at its learning rate, and its sharpness along the path",
      onclick: () => {
        const { bar, off } = store.get();
        store.set({ stability: bar.find((id) => !off.includes(id)) ?? bar[0] ?? null }, "push");
      },
    },
    "Stability at the learning rate",
  );
  root.before(opener);

  /** @param {boolean} isAsked  by somebody, who is led there */
  const load = async (isAsked) => {
    loading = true;
    try {
      const [{ createStabilityPanel }] = await Promise.all([import("../stability/stability-panel.js"), loadStyles()]);
      panel = createStabilityPanel(root, chartRoot, { ...page, chartHead });
      if (isAsked) panel.focus();
    } catch (error) {
      root.replaceChildren(element("p", { class: "problem", role: "alert" }, sentenceOf(error)));
      root.hidden = false;
    }
    loading = false;
  };

  const follow = (isAsked = false) => {
    const { stability, file } = store.get();
    opener.hidden = stability !== null || file?.own != null;
    if (stability === null) return;
    // The panel shows itself in its own turn, after this.
    if (panel && isAsked) queueMicrotask(panel.focus);
    else if (!panel && !loading) void load(isAsked);
  };
  watch(store, ["stability", "file"], (state, previous, mode) => {
    const isOther = (state.stability === null) !== (previous.stability === null);
    const isAsked = isOther && mode === "push" && state.story === null;
    follow(isAsked);
    if (isAsked && state.stability === null) opener.focus();
  });
  follow();

  return {
    /** The playhead has moved. */
    follow: () => panel?.follow(),
    /** @param {string | null} id  of the optimizer that is pointed at */
    emphasize: (id) => panel?.emphasize(id),
    /** Descents or the theme have changed. */
    refresh: () => panel?.refresh(),
    /** What it adds to a picture of the plot. */
    picture: () => panel?.picture(),
  };
}

/** @returns {Promise<void>} once the panel's style sheet holds */
function loadStyles() {
  return new Promise((resolve, reject) => {
    const sheet = element("link", { rel: "stylesheet", href: "./playground/styles/stability.css" });
    sheet.addEventListener("load", () => resolve());
    sheet.addEventListener("error", () => reject(new Error("The panel’s style sheet did not come.")));
    document.head.append(sheet);
  });
}
