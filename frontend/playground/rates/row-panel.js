/**
 * Who wins on the page's function, at its parameters, with its budget and its noise: a row of the matrix
 * that is measured when somebody asks.
 */

import { element } from "../../core/dom.js";
import { integer, percent, setting } from "../../core/format.js";
import { watch } from "../../core/store.js";
import { lineSample } from "../panels/results.js";
import { exactNames, objectiveOf } from "../model/playground-catalog.js";
import { objectiveRequest } from "../model/requests.js";
import { noiseOf, parametersOf } from "../model/settings.js";
import { titleOf } from "../model/typed-function.js";
import { createRateSource } from "./rate-source.js";
import { brief, rangeText } from "./rate-texts.js";

/** @typedef {import("../model/playground-state.js").State} State */
/** @typedef {import("../model/settings.js").Catalog} Catalog */
/** @typedef {import("./rate-source.js").Body} Body */

/** What a row depends on. @type {(keyof State)[]} */
const MEASURED_FROM = ["objective", "parameters", "steps", "noise", "preset", "file"];

/**
 * One request for each optimizer, whose other hyperparameters are at their defaults, as in the sweep.
 * @param {State} state
 * @param {Catalog} catalog
 * @returns {Body[]}
 */
export function rowRequests(state, catalog) {
  const noise = noiseOf(state, catalog);
  const steps = state.steps ?? catalog.steps.default;
  const tuned = catalog.optimizers.filter(({ evaluations }) => evaluations !== null);
  return tuned.map(({ id, draws_noise: draws, is_exact: isExact }) => ({
    objective: objectiveRequest(state, catalog),
    optimizer: { id, hyperparameters: {}, steps },
    ...(draws || (noise.all && !isExact) ? { noise } : {}),
  }));
}

/**
 * @param {import("../../core/store.js").Store<State>} store
 * @param {Catalog} catalog
 * @returns {HTMLElement}
 */
export function createRowPanel(store, catalog) {
  let isAsked = false;
  const source = createRateSource(() => show());

  const what = element("p", { class: "about" });
  const begin = element(
    "button",
    {
      type: "button",
      onclick: () => {
        isAsked = true;
        if (source.isStopped()) source.resume();
        else source.want(rowRequests(store.get(), catalog));
        show();
      },
    },
    "Measure",
  );
  const stop = element("button", { type: "button", class: "text", onclick: () => source.cancel() }, "Cancel");
  const bar = element("progress", { max: 1, value: 0, "aria-label": "Progress of the row" });
  const said = element("span", { role: "status" });
  const table = element("div", { class: "results" });
  const root = element(
    "div",
    { class: "row-panel" },
    what,
    element("div", { class: "progress" }, begin, bar, stop, said),
    table,
  );

  const show = () => {
    const state = store.get();
    const objective = objectiveOf(catalog, state.objective);
    const parameters = Object.entries(parametersOf(state, objective)).map(([id, value]) => `${id} = ${setting(value)}`);
    const noise = noiseOf(state, catalog);
    const steps = state.steps ?? catalog.steps.default;
    const who = noise.all ? `all but ${exactNames(catalog)}` : "SGD alone";
    what.textContent =
      `${[titleOf(objective), ...parameters].join(", ")}; ${integer(steps)} gradients, one a step for most; noise σ ${setting(noise.std)}, ` +
      `batch ${integer(noise.batch_size)}, for ${who}: as set above, under Objective and Hyperparameters. Other ` +
      "hyperparameters are at their defaults. For each optimizer the rate is chosen from 512 starts, the best of " +
      "45 as in the curves, and scored from 512 others. Rows are in the order of their scores; where intervals " +
      "overlap, the order may be chance. Optimizers that search lines have no rate to choose.";
    const bodies = rowRequests(state, catalog);
    const rows = bodies
      .map((body) => ({ body, whole: source.find(body)?.whole ?? null }))
      .filter(({ whole }) => whole !== null)
      .sort((a, b) => Number(b.whole?.best?.score.share ?? -1) - Number(a.whole?.best?.score.share ?? -1));
    const progress = source.progress();
    bar.hidden = stop.hidden = progress === null;
    bar.value = (rows.length + (progress?.part ?? 0)) / bodies.length;
    begin.hidden = progress !== null || rows.length === bodies.length;
    const problem = source.problem();
    said.textContent = problem || (progress ? `${rows.length + 1} of ${bodies.length}` : "");
    table.hidden = rows.length === 0;
    const column = (/** @type {string} */ text) => element("th", { scope: "col" }, text);
    table.replaceChildren(
      element(
        "table",
        {},
        element(
          "thead",
          {},
          element("tr", {}, ...["Optimizer", "arrive", "95 % interval", "median gradients", "best η", "good η"].map(column)),
        ),
        element("tbody", {}, ...rows.map(({ body, whole }) => rowOf(body.optimizer.id, whole?.best ?? null))),
      ),
    );
  };

  /**
   * @param {string} id
   * @param {import("../../core/api-types.d.ts").BestRate | null} best
   */
  const rowOf = (id, best) => {
    const name = catalog.optimizers.find((one) => one.id === id)?.name ?? id;
    const cells = best
      ? [
          percent(best.score.share),
          `${percent(best.score.low)} – ${percent(best.score.high)}`,
          best.score.steps === null ? "—" : integer(Math.round(best.score.steps)),
          `${brief(best.score.lr)}${best.at_edge ? " ⇥" : ""}`,
          rangeText(best.good_low, best.good_high),
        ]
      : ["no rate", "", "", "", ""];
    return element(
      "tr",
      { "data-optimizer": id },
      element("th", { scope: "row" }, lineSample(id), element("span", { class: "name" }, name)),
      ...cells.map((text) => element("td", {}, text)),
    );
  };

  watch(store, MEASURED_FROM, () => {
    // Another question: what is under way is of no use to it, and nobody has asked it yet.
    if (isAsked) source.want([]);
    isAsked = false;
    show();
  });
  show();
  return root;
}
