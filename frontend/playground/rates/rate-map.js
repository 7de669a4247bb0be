/** The map of shares over the learning rate and a second hyperparameter: a table with a cell a pair. */

import { cellColors } from "../../core/colors.js";
import { element } from "../../core/dom.js";
import { integer, setting } from "../../core/format.js";
import { themeName } from "../../core/theme.js";
import { bindArrows } from "../../widgets/cell-grid.js";
import { optimizerOf } from "../model/playground-catalog.js";
import { withHyperparameter } from "../model/settings.js";
import { labelOf } from "../model/variants.js";
import { RATE, called, rateRequest, secondsOf, valuesOf } from "./rate-requests.js";
import { powerText } from "./rate-axis.js";
import { describePoint } from "./rate-texts.js";

/** @typedef {import("./rate-requests.js").RatePoint} RatePoint */

/**
 * @param {object} page
 * @param {import("../../core/store.js").Store<import("../model/playground-state.js").State>} page.store
 * @param {import("../model/settings.js").Catalog} page.catalog
 * @param {ReturnType<typeof import("./rate-source.js").createRateSource>} page.source
 */
export function createRateMap({ store, catalog, source }) {
  const select = element("select", {
    id: "rates-across",
    onchange: () => store.set({ across: select.value || null }, "push"),
  });
  const readout = element("p", { class: "cell-readout about", role: "status" });
  const sheet = element("div", { class: "rate-map" });
  const root = element(
    "div",
    { class: "rate-across" },
    element("label", { for: select.id }, "Map of the rate and "),
    select,
    sheet,
    readout,
  );
  let offered = "";
  let built = "";

  const shown = () => {
    const state = store.get();
    const { rates: id, across } = state;
    const second = id === null ? undefined : secondsOf(catalog, id).find((one) => one.id === across);
    if (id === null || !second) return null;
    const request = rateRequest(state, catalog, id, second.id);
    const known = source.find(request);
    return { id, second, request, known, points: known?.points ?? [] };
  };

  /** @param {NonNullable<ReturnType<typeof shown>>} map */
  const build = ({ id, second, points, known }) => {
    const rates = [...new Set(points.map(({ lr }) => lr))].sort((a, b) => a - b);
    const values = valuesOf(second);
    const at = new Map(points.map((point) => [`${point.value} ${point.lr}`, point]));
    const cell = (/** @type {number} */ value, /** @type {number} */ lr) => {
      const point = at.get(`${value} ${lr}`);
      if (!point) return element("td", {});
      const told = `${second.id} ${setting(value)}: ${describePoint(point)}`;
      const say = () => (readout.textContent = told);
      const take = () => {
        const state = store.get();
        const hyperparameters = withHyperparameter(state, catalog, id, RATE, lr);
        store.set(
          { hyperparameters: withHyperparameter({ ...state, hyperparameters }, catalog, id, second.id, value) },
          "push",
        );
      };
      const button = element("button", { type: "button", tabindex: -1, "aria-label": told, onclick: take, onfocus: say, onpointerenter: say });
      button.style.background = cellColors(point.share, themeName()).background;
      return element("td", {}, button);
    };
    const rows = [...values].reverse().map((value) =>
      element(
        "tr",
        {},
        element("th", { scope: "row" }, setting(value)),
        ...rates.map((lr) => cell(value, lr)),
      ),
    );
    const decade = (/** @type {number} */ lr) => {
      const exponent = Math.round(Math.log10(lr));
      const isOne = Math.abs(Math.log10(lr) - exponent) < 1e-6 && exponent % 2 === 0;
      return element("td", {}, isOne ? element("span", {}, powerText(exponent)) : "");
    };
    const table = element(
      "table",
      { role: "grid", "aria-label": `Share of starts that arrive, by learning rate and ${second.name}` },
      element("tbody", {}, ...rows),
      element("tfoot", { "aria-hidden": "true" }, element("tr", {}, element("td", {}), ...rates.map(decade))),
    );
    bindArrows(table);
    const name = labelOf(store.get(), id, catalog);
    sheet.replaceChildren(
      table,
      element("p", { class: "rate-map-title", "aria-hidden": "true" }, "learning rate η"),
      element(
        "p",
        { class: "about" },
        `${name}: the share of ${known?.whole ? integer(known.whole.starts) : "the"} starts that arrive, the stronger the colour the more; up: ${called(second)}. Choose a cell to take both values.`,
      ),
    );
  };

  return {
    root,
    shown,
    show() {
      const { rates: id, across } = store.get();
      if (id === null) return;
      const seconds = secondsOf(catalog, id);
      root.hidden = seconds.length === 0;
      const needed = optimizerOf(catalog, id).id;
      if (offered !== needed) {
        offered = needed;
        select.replaceChildren(
          element("option", { value: "" }, "nothing"),
          ...seconds.map((one) => element("option", { value: one.id }, called(one))),
        );
      }
      select.value = across ?? "";
      const map = shown();
      const state = `${themeName()} ${map?.id} ${map?.second.id} ${map ? source.keyOf(map.request) : ""} ${map?.points.length} ${Boolean(map?.known?.whole)}`;
      if (state === built) return;
      built = state;
      if (!map || map.points.length === 0) {
        sheet.replaceChildren();
        readout.textContent = map ? "The map follows the first curve." : "";
        return;
      }
      readout.textContent = "";
      build(map);
    },
  };
}
