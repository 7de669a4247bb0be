/**
 * Who wins where: every optimizer on every objective at the rate that the sweep found. Each cell
 * opens its race.
 */

import { get } from "../../core/api.js";
import { cellColors } from "../../core/colors.js";
import { element } from "../../core/dom.js";
import { sentenceOf } from "../../core/failure.js";
import { watch } from "../../core/store.js";
import { bindArrows } from "../../widgets/cell-grid.js";
import { appearanceOf } from "../../core/optimizer-style.js";
import { themeName } from "../../core/theme.js";
import { lineSample } from "./results.js";
import { objectiveOf, optimizerOf } from "../model/playground-catalog.js";
import { isTyped } from "../model/typed-function.js";
import {
  briefPercent,
  briefWidth,
  describeCell,
  finding,
  legend,
  marksOf,
  MARKS,
  method,
  rankOf,
  standings,
  stateOfRace,
} from "../model/race.js";

/** @typedef {import("../model/playground-state.js").State} State */
/** @typedef {import("../model/race.js").Cell} Cell */
/** @typedef {import("../model/race.js").Sweep} Sweep */
/** @typedef {import("../model/race.js").Standings} Standings */

const READ = "Point at a cell for its interval; choose it to see its race.";

const CLAIM = "“There is no single algorithm that will perform the best on all functions, even in simple 2D cases.”";

/**
 * @param {HTMLElement} root
 * @param {object} page
 * @param {import("../../core/store.js").Store<State>} page.store
 * @param {import("../model/settings.js").Catalog} page.catalog
 * @param {(state: State) => void} page.open  show a whole state, from its first step
 * @returns {{load: () => Promise<void>, refresh: () => void}}  `load` shows it
 */
export function createMatrix(root, { store, catalog, open }) {
  /** @type {Sweep | null} */
  let sweep = null;
  /** @type {Promise<void> | null} */
  let loading = null;

  /** What the cell says that is pointed at or has the focus; its name says the same. */
  const readout = element("p", { class: "cell-readout", "aria-hidden": "true" }, READ);

  /** The same for the page's function, budget and noise, measured on demand. */
  const another = element("details", { class: "rule" }, element("summary", {}, "With the page’s function, budget and noise"));
  another.addEventListener("toggle", async () => {
    if (!another.open || another.childElementCount > 1) return;
    const { createRowPanel } = await import("../rates/row-panel.js");
    if (another.childElementCount === 1) another.append(createRowPanel(store, catalog));
  });
  const notice = element(
    "p",
    { class: "finding" },
    "Your function is in no column of the table: it compares optimizers on the built-in objectives. Here they " +
      "are measured on yours.",
  );

  /** What can be measured of a typed function stands first; of one that a file holds nothing can. */
  const arrange = () => {
    const { objective, file } = store.get();
    const foreign = file?.own != null;
    const own = isTyped(objective) && !foreign;
    another.hidden = foreign;
    notice.hidden = !own;
    const heading = root.querySelector("h2");
    const rule = root.querySelector("details.rule:last-of-type");
    if (own) heading?.after(notice, another);
    else rule?.before(notice, another);
    another.open ||= own;
  };

  const build = () => {
    if (!sweep) return;
    const known = sweep;
    const places = standings(known);
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
      element("th", { scope: "col", class: "mean", title: "For whom no rate works counts as last" }, "Mean rank"),
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
        ...columns.map((objective) => cellOf(places.cell(objective.id, id), places, known, race)),
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
      readout,
      element("div", { class: "matrix-sheet" }, table),
      element("p", { class: "about", id: "matrix-how" }, method(known)),
      element(
        "dl",
        { class: "marks" },
        ...legend(known, catalog).flatMap(({ mark, meaning }) => [
          element("dt", {}, mark),
          element("dd", {}, meaning),
        ]),
      ),
      another,
      element(
        "details",
        { class: "rule" },
        element("summary", {}, "The rule of the measurement"),
        element("p", {}, known.rule),
      ),
    );
    arrange();
  };

  /**
   * @param {Cell} cell
   * @param {Standings} places
   * @param {Sweep} known
   * @param {(cell: Cell) => void} race
   */
  const cellOf = (cell, places, known, race) => {
    const { share, rank, works } = cell;
    const told = describeCell(cell, known, catalog);
    const say = () => (readout.textContent = told);
    const button = element(
      "button",
      {
        type: "button",
        tabindex: -1,
        onclick: () => race(cell),
        onfocus: say,
        onpointerenter: say,
      },
      element("span", { class: "visually-hidden" }, told),
      element(
        "span",
        { "aria-hidden": "true" },
        element("span", { class: "share" }, works ? briefPercent(share) : MARKS.none),
        element("span", { class: "mark" }, marksOf(cell)),
      ),
      element("span", { class: "rank", "aria-hidden": "true" }, rankOf(cell, places)),
      element("span", { class: "good", "aria-hidden": "true" }, briefWidth(cell)),
    );
    const { background, text } = cellColors(works ? share : 0, themeName());
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
      (/** @type {unknown} */ error) => {
        loading = null;
        root.replaceChildren(element("p", { class: "problem", role: "alert" }, sentenceOf(error)));
      },
    );
    return loading;
  };

  watch(store, ["objective", "file"], arrange);
  return {
    load,
    /** Colours follow the theme. */
    refresh: build,
  };
}
