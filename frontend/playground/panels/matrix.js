/**
 * Who wins where: every optimizer on every objective at the best rate that the sweep found. Each
 * cell opens its race.
 */

import { get } from "../../core/api.js";
import { cellColors } from "../../core/colors.js";
import { element } from "../../core/dom.js";
import { bindArrows } from "../../widgets/cell-grid.js";
import { appearanceOf } from "../../core/optimizer-style.js";
import { themeName } from "../../core/theme.js";
import { integer, setting } from "../../core/format.js";
import { lineSample } from "./results.js";
import { objectiveOf, optimizerOf } from "../model/playground-catalog.js";
import {
  briefPercent,
  finding,
  method,
  ordinal,
  standings,
  stateOfRace,
} from "../model/race.js";

/** @typedef {import("../model/playground-state.js").State} State */
/** @typedef {import("../model/race.js").Cell} Cell */
/** @typedef {import("../model/race.js").Sweep} Sweep */

const CLAIM = "“There is no single algorithm that will perform the best on all functions, even in simple 2D cases.”";

/**
 * @param {HTMLElement} root
 * @param {HTMLElement} link  in the masthead; leads here without a trace in the address
 * @param {object} page
 * @param {import("../../core/store.js").Store<State>} page.store
 * @param {import("../model/settings.js").Catalog} page.catalog
 * @param {(state: State) => void} page.open  show a whole state, from its first step
 * @returns {{load: () => void, refresh: () => void}}
 */
export function createMatrix(root, link, { store, catalog, open }) {
  /** @type {Sweep | null} */
  let sweep = null;
  /** @type {Promise<void> | null} */
  let loading = null;

  const build = () => {
    if (!sweep) return;
    const places = standings(sweep);
    const race = (/** @type {Cell} */ cell) => {
      open(stateOfRace(cell, places, catalog, store.get()));
      const stage = /** @type {HTMLElement} */ (document.querySelector(".stage"));
      stage.focus({ preventScroll: true });
      window.scrollTo({ top: 0 });
    };
    const columns = places.objectives.map((id) => objectiveOf(catalog, id));
    const head = element(
      "tr",
      {},
      element("td", {}),
      ...columns.map(({ name }) => element("th", { scope: "col" }, name)),
      element("th", { scope: "col", class: "mean", title: "Who never arrives counts as last" }, "Mean rank"),
    );
    const rows = places.optimizers.map((id) =>
      element(
        "tr",
        {},
        element(
          "th",
          { scope: "row", title: optimizerOf(catalog, id).name },
          lineSample(id),
          appearanceOf(id).label,
        ),
        ...columns.map((objective) => cellOf(places.cell(objective.id, id), objective.name, race)),
        element("td", { class: "mean" }, places.meanRank(id).toFixed(1)),
      ),
    );
    const table = element(
      "table",
      { role: "grid", "aria-labelledby": "matrix-title", "aria-describedby": "matrix-how" },
      element("thead", {}, head),
      element("tbody", {}, ...rows),
    );
    bindArrows(table);
    root.replaceChildren(
      element("h2", { id: "matrix-title", tabindex: -1 }, "Who wins where"),
      element("blockquote", {}, CLAIM),
      element("p", { class: "finding" }, finding(places, catalog)),
      element("div", { class: "matrix-sheet" }, table),
      element(
        "p",
        { class: "about", id: "matrix-how" },
        "The share of starts that arrive at a global minimum, and the rank by it (where shares " +
          "are equal, by the mean number of steps); who is first is framed. A cell opens its race. ",
        method(sweep),
      ),
    );
    root.hidden = false;
  };

  /**
   * @param {Cell} cell
   * @param {string} objective
   * @param {(cell: Cell) => void} race
   */
  const cellOf = (cell, objective, race) => {
    const { lr, share, steps, rank, optimizer } = cell;
    const rate = `learning rate ${setting(lr)}`;
    const name = optimizerOf(catalog, optimizer).name;
    const button = element(
      "button",
      {
        type: "button",
        tabindex: -1,
        title:
          `${name} on ${objective}, ${rate}: ` +
          (steps === null
            ? "arrives from no start at any rate"
            : `arrives from ${briefPercent(share)} of starts, after ${integer(Math.round(steps))} steps on average`),
        onclick: () => race(cell),
      },
      element("span", { class: "share" }, rank === null ? "—" : briefPercent(share)),
      " ",
      element("span", { class: "rank" }, rank === null ? "never" : ordinal(rank)),
    );
    const { background, text } = cellColors(share, themeName());
    button.style.background = background;
    button.style.color = text;
    return element("td", { class: rank === 1 ? "winner" : "" }, button);
  };

  const load = () => {
    loading ??= /** @type {Promise<Sweep>} */ (get("./api/v1/sweep")).then(
      (answer) => {
        sweep = answer;
        build();
      },
      (/** @type {Error} */ error) => {
        loading = null;
        root.replaceChildren(element("p", { class: "problem", role: "alert" }, error.message));
        root.hidden = false;
      },
    );
    return loading;
  };
  link.addEventListener("click", async (event) => {
    event.preventDefault();
    await load();
    root.scrollIntoView();
    root.querySelector("h2")?.focus({ preventScroll: true });
  });

  return {
    load: () => void load(),
    /** Colours follow the theme. */
    refresh: build,
  };
}
