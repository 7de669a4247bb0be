/**
 * A table of accuracies: ours with their range over seeds, the paper's, and how far they are
 * apart. A cell opens its run's landscape, if there is one, and otherwise tells its numbers.
 */

import { get } from "../../core/api.js";
import { theme, themeName } from "../../core/theme.js";
import { choiceControl } from "../../widgets/controls.js";
import { element } from "../../core/dom.js";
import { watch } from "../../core/store.js";
import { bindArrows } from "../../widgets/cell-grid.js";
import { cellSentence, contentOf, diverged, explainedSentence, factsOf, passingOf, tableOf, tellingOf } from "./cells.js";
import { markOf, standingOf, standingsRule, standingText } from "./standings.js";
import { hrefOf } from "../model/routes.js";
import { headingOf, landscapeOf } from "../model/catalog.js";
import { figureHeader } from "../single/figure-header.js";
import { createFigureExport } from "../single/figure-export.js";
import { measureText } from "../../plot/picture-file.js";
import { group } from "../../widgets/export-menu.js";
import { linkOf, provenanceOf } from "../model/provenance.js";
import { tableDrawing } from "./table-drawing.js";
import { tableAsCsv, tableAsLatex, tableAsMarkdown } from "./table-records.js";

/** @typedef {import("../../surfaces/landscape-data.js").Cell} Cell */
/** @typedef {import("../../surfaces/landscape-data.js").Entry} Entry */
/** @typedef {import("../../surfaces/landscape-data.js").Catalog} Catalog */
/** @typedef {import("../model/landscapes-state.js").State} State */

/**
 * @param {HTMLElement} root
 * @param {object} page
 * @param {import("../../core/store.js").Store<State>} page.store
 * @param {Catalog} page.catalog
 */
export function createTable(root, { store, catalog }) {
  /** @type {Entry | null} */
  let entry = null;
  /** What a person points at, which is told of before what they have chosen. @type {Cell | null} */
  let pointed = null;
  const detail = element("div", { class: "accuracy-detail", id: "cell-detail" });
  const sheet = element("div", { class: "accuracy-sheet" });
  const beside = element("div");
  /** What the marks in the cells mean. */
  const rule = element("p", { class: "about", id: "table-rule" });

  const compare = choiceControl({
    name: "What the cells tell",
    choices: [
      ["ours", "Ours"],
      ["paper", "Paper"],
      ["difference", "Difference"],
    ],
    onChange: (choice) => store.set({ compare: choice }, "push"),
  });

  /**
   * What the cells tell: ours, where the paper prints nothing.
   * @param {State} state
   */
  const comparedIn = (state) => (entry && !tellingOf(entry.cells).isPrinted ? "ours" : state.compare);

  const showDetail = () => {
    if (!entry) return;
    const chosen = entry.cells.find(({ run }) => run === store.get().cell);
    const cell = pointed ?? chosen ?? bestOf(entry.cells);
    if (cell) detail.replaceChildren(...detailOf(cell, entry, catalog));
  };

  const showCells = () => {
    if (!entry) return;
    const state = store.get();
    const focused = document.activeElement?.closest("td")?.dataset.run;
    const table = tableElement(entry, state);
    sheet.replaceChildren(table);
    bindArrows(table);
    compare.show(state.compare);
    rule.hidden = comparedIn(state) !== "ours" || !entry.standings;
    if (focused) focusCell(table, focused);
  };

  /**
   * @param {Entry} table
   * @param {State} state
   */
  const tableElement = ({ cells, standings }, state) => {
    const { rows, columns, cell } = tableOf(cells);
    const head = element(
      "tr",
      {},
      element("td", {}),
      ...columns.map((column) => element("th", { scope: "col" }, column)),
    );
    const body = rows.map((row) =>
      element(
        "tr",
        {},
        element("th", { scope: "row" }, row),
        ...columns.map((column) => {
          const found = cell(row, column);
          return found ? cellElement(found, standingOf(standings, found.run), state) : element("td", {});
        }),
      ),
    );
    return element(
      "table",
      { role: "grid", "aria-labelledby": "table-title", "aria-describedby": "table-how" },
      element("thead", {}, head),
      element("tbody", {}, ...body),
    );
  };

  /**
   * @param {Cell} cell
   * @param {import("./standings.js").RunStanding | null} standing
   * @param {State} state
   */
  const cellElement = (cell, standing, state) => {
    const telling = tellingOf(entry?.cells ?? [cell]);
    const { main, notes, colors } = contentOf(cell, comparedIn(state), themeName(), telling);
    const mark = comparedIn(state) === "ours" ? markOf(standing) : "";
    const landscape = entry ? landscapeOf(catalog, entry, cell.run) : undefined;
    const content = [
      element("span", { class: "main" }, main, mark && element("sup", { "aria-hidden": "true" }, mark)),
      ...notes.flatMap((note) => [" ", element("span", { class: "note" }, note)]),
      ...(diverged(cell) ? [" ", element("span", { class: "note mark" }, "diverged")] : []),
    ];
    const title = cellSentence(cell, standing) + (landscape ? " Opens its landscape." : "");
    const target = landscape
      ? element("a", { href: hrefOf({ show: landscape.id }), tabindex: -1, title }, ...content)
      : element(
          "button",
          {
            type: "button",
            tabindex: -1,
            title,
            "aria-pressed": String(state.cell === cell.run),
            onclick: () => store.set({ cell: state.cell === cell.run ? null : cell.run }, "push"),
          },
          ...content,
        );
    if (colors) {
      target.style.background = colors.background;
      target.style.color = colors.text;
    } else target.classList.add("nothing");
    const point = () => {
      pointed = cell;
      showDetail();
    };
    return element("td", { "data-run": cell.run, onpointerenter: point, onfocusin: point }, target);
  };

  const exporting = createFigureExport(
    "table-export",
    store,
    () => {
      const shown = entry;
      if (!shown) return null;
      return {
        entry: shown,
        labels: async () => ({
          title: shown.title,
          subtitle: COMPARED[comparedIn(store.get())],
          caption: [
            seedsText(shown.cells),
            comparedIn(store.get()) === "ours" ? standingsRule(shown.standings) : "",
            explainedSentence(shown.explained),
          ]
            .filter(Boolean)
            .join(" "),
          facts: await factsFor(shown),
        }),
        body: async () => tableDrawing(shown.cells, shown.standings, comparedIn(store.get()), themeName(), theme(), measureText()),
      };
    },
    ({ offer, saveText }) => {
      const current = () => /** @type {Entry} */ (entry);
      return [
        group("Table", [
          offer("CSV", "Save every number of the table as CSV", () => {
            const { id, cells, standings } = current();
            saveText(tableAsCsv(cells, standings), "text/csv", `${id}.csv`);
          }),
          offer("Markdown", "Save the table as Markdown", async () => {
            const { id, cells, title, standings } = current();
            saveText(tableAsMarkdown(cells, title, await factsFor(current()), standings), "text/markdown", `${id}.md`);
          }),
          offer("LaTeX", "Save the table as LaTeX", async () => {
            const { id, cells, title, standings } = current();
            saveText(tableAsLatex(cells, title, await factsFor(current()), standings), "application/x-tex", `${id}.tex`);
          }),
        ]),
      ];
    },
  );

  /** @param {Entry} table */
  const factsFor = async (table) => {
    const manifest = /** @type {Record<string, any>} */ (await get(String(table.files["manifest.json"])));
    return provenanceOf(manifest, linkOf(store.get()));
  };

  /**
   * The networks that were rescaled, which the manifest alone tells of.
   * @param {Entry} table
   */
  const showRescaled = async (table) => {
    beside.replaceChildren();
    const { results } = /** @type {Record<string, any>} */ (await get(String(table.files["manifest.json"])));
    if (!results.rescalings?.length) return;
    const { rescaledElements } = await import("./rescaled-networks.js");
    const labelOf = (/** @type {string} */ run) => table.runs.find(({ id }) => id === run)?.label ?? run;
    if (entry === table) beside.replaceChildren(...rescaledElements(results.rescalings, labelOf));
  };

  sheet.addEventListener("pointerleave", () => {
    pointed = null;
    showDetail();
  });

  watch(store, ["compare", "cell"], ({ show }) => {
    if (!entry || show !== entry.id) return;
    pointed = null;
    showCells();
    showDetail();
  });

  return {
    /** @param {Entry} next */
    show(next) {
      entry = next;
      exporting.hidden(false);
      pointed = null;
      const explained = explainedSentence(next.explained);
      rule.textContent = standingsRule(next.standings);
      root.replaceChildren(
        figureHeader({ id: "table-title", heading: headingOf(catalog, next), entry: next, switches: tellingOf(next.cells).isPrinted ? [compare.root] : [] }),
        element(
          "div",
          { class: "table-and-detail" },
          element(
            "div",
            {},
            sheet,
            element("p", { class: "about", id: "table-how" }, howText(next, catalog)),
            rule,
            explained ? element("p", { class: "finding" }, explained) : null,
            beside,
          ),
          detail,
        ),
      );
      showCells();
      showDetail();
      void showRescaled(next);
    },
    hide() {
      exporting.hidden(true);
    },
    /** Colours follow the theme. */
    refresh: showCells,
  };
}

/** What a picture of the table says that its cells are. @type {Record<State["compare"], string>} */
const COMPARED = {
  ours: "Test accuracy in percent",
  paper: "Test accuracy in percent, as the paper prints it",
  difference: "Test accuracy: ours less the paper’s, in percentage points",
};

/** @param {readonly Cell[]} cells */
function seedsText(cells) {
  const several = cells.some(({ seeds }) => seeds.length > 1);
  return several ? "Where a run was repeated with other seeds, the mean stands over the lowest and the highest." : "";
}

/**
 * The cell of the highest accuracy, the first of them.
 * @param {readonly Cell[]} cells
 */
function bestOf(cells) {
  return cells.reduce(
    (/** @type {Cell | undefined} */ best, cell) => ((cell.mean ?? -1) > (best?.mean ?? -2) ? cell : best),
    undefined,
  );
}

/**
 * @param {HTMLTableElement} table
 * @param {string} run
 */
function focusCell(table, run) {
  const cells = [...table.querySelectorAll("td")];
  const target = cells.find(({ dataset }) => dataset.run === run)?.firstElementChild;
  /** @type {HTMLElement | undefined} */ (target)?.focus({ preventScroll: true });
}

/**
 * @param {Entry} entry
 * @param {Catalog} catalog
 */
function howText(entry, catalog) {
  const { cells } = entry;
  const open = cells.filter(({ run }) => landscapeOf(catalog, entry, run)).length;
  return [
    "Percent of test images that are classified rightly at the end of training.",
    seedsText(cells),
    open === cells.length ? "A cell opens its run’s landscape." : "",
    open > 0 && open < cells.length ? "An underlined cell opens its run’s landscape; the others tell their numbers." : "",
  ]
    .filter(Boolean)
    .join(" ");
}

/**
 * A cell's run in words and numbers.
 * @param {Cell} cell
 * @param {Entry} entry
 * @param {Catalog} catalog
 * @returns {Node[]}
 */
function detailOf(cell, entry, catalog) {
  const { runs, standings } = entry;
  const ours = runs.filter(({ id }) => id === cell.run);
  const [run] = ours;
  const landscape = landscapeOf(catalog, entry, cell.run);
  const standing = standingText(standingOf(standings, cell.run));
  const rows = ours.map(({ spec, test_accuracy, status }) =>
    element(
      "tr",
      {},
      element("th", { scope: "row" }, `Seed ${spec.seed ?? "—"}`),
      element("td", {}, test_accuracy === null ? "—" : `${(100 * test_accuracy).toFixed(2)} %`),
      element("td", {}, status),
    ),
  );
  return [
    element("h2", {}, run?.label ?? cell.run),
    element(
      "table",
      {},
      element(
        "tbody",
        {},
        ...rows,
        tellingOf(entry.cells).isPrinted &&
          element(
            "tr",
            {},
            element("th", { scope: "row" }, "Paper"),
            element("td", {}, cell.paper === null ? "—" : `${cell.paper.toFixed(2)} %`),
            element("td", {}),
          ),
      ),
    ),
    element(
      "dl",
      {},
      ...[
        ...(standing ? [["Compared", standing]] : []),
        ...(run ? factsOf(run) : []),
        ...passingOf(cell),
      ].flatMap(([name, value]) => [element("dt", {}, name), element("dd", {}, value)]),
    ),
    landscape
      ? element("p", {}, element("a", { href: hrefOf({ show: landscape.id }) }, "Open its landscape"))
      : element("p", { class: "about" }, "No landscape was computed for this run."),
  ];
}
