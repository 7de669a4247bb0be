/**
 * The table of descents: where each is at the playhead, and, once the playhead has come to its end,
 * what became of it.
 */

import { element } from "../../core/dom.js";
import { valueAt } from "../../core/geometry/sequences.js";
import { appearanceOf, colorOf } from "../../core/optimizer-style.js";
import { isPin, unpinnedId } from "../../core/variant-id.js";
import { themeName } from "../../core/theme.js";
import { number } from "../../core/format.js";
import { shownOf } from "../model/members.js";
import { objectiveOf } from "../model/playground-catalog.js";
import { labelOf, nameOf } from "../model/variants.js";
import { unpinned } from "../variants/variant-changes.js";
import { scheduleName } from "../schedules/schedule-settings.js";
import { outcomeOf } from "../model/outcome.js";

/** @typedef {import("../model/computed.js").Descent} Descent */
/** @typedef {import("../model/outcome.js").Outcome} Outcome */

/** While a descent is under way nothing is known of its end. */
const UNDER_WAY = { status: "under way", meaning: "", basin: "", arrival: "", place: "" };

/**
 * @typedef {object} Row
 * @property {HTMLTableRowElement} root
 * @property {HTMLElement} name
 * @property {HTMLElement} schedule
 * @property {HTMLElement} status
 * @property {HTMLElement} loss
 * @property {HTMLElement} basin
 * @property {HTMLElement} arrival
 * @property {HTMLElement} track  how far the playhead is along this descent
 * @property {Descent | null} descent
 * @property {Outcome} outcome
 * @property {Outcome | null} shown
 * @property {HTMLElement} remark
 */

/**
 * What is added to a descent’s status once a step is reached.
 * @typedef {{text: string, meaning: string, from: number}} Remark
 */

/**
 * A short piece of a variant's line: its colour and its dash pattern, faint if it is pinned.
 * @param {string} id
 */
export function lineSample(id) {
  const svg = document.createElementNS("http://www.w3.org/2000/svg", "svg");
  svg.setAttribute("viewBox", "0 0 30 8");
  svg.classList.add("sample");
  svg.classList.toggle("ghost", isPin(id));
  svg.setAttribute("aria-hidden", "true");
  const line = document.createElementNS(svg.namespaceURI, "path");
  line.setAttribute("d", "M0 4H30");
  line.setAttribute("stroke", colorOf(id));
  line.setAttribute("stroke-width", "3");
  line.setAttribute("stroke-dasharray", appearanceOf(id).dash.join(" "));
  svg.append(line);
  return svg;
}

/**
 * @param {HTMLElement} root
 * @param {object} source
 * @param {import("../../core/store.js").Store<import("../model/playground-state.js").State>} source.store
 * @param {import("../model/settings.js").Catalog} source.catalog
 * @param {import("../model/computed.js").Model} source.model
 * @param {import("../model/spotlight.js").Spotlight} source.spotlight
 */
export function createResults(root, { store, catalog, model, spotlight }) {
  /** @type {Map<string, Row>} */
  let rows = new Map();
  /** @type {ReadonlyMap<string, Remark>} */
  let remarks = new Map();
  let at = 0;
  const distance = catalog.arrival_distance;

  /**
   * @param {string} id
   * @returns {Row}
   */
  const build = (id) => {
    const status = element("span", { class: "status" });
    const loss = element("td");
    const basin = element("td");
    const arrival = element("td");
    const track = element("span", { class: "track" });
    track.style.background = colorOf(id);
    const name = element("span", {});
    const schedule = element("span", { class: "schedule-name" });
    const unpin =
      isPin(id) &&
      element(
        "button",
        {
          type: "button",
          class: "text unpin",
          onclick: () => store.set(unpinned(store.get(), unpinnedId(id)), "push"),
        },
        "Unpin",
      );
    const called = element("span", { class: "name" }, name, schedule);
    const remark = element("span", { class: "status remark" });
    const head = element("th", { scope: "row" }, lineSample(id), called, status, remark, unpin, track);
    const row = element("tr", { "data-optimizer": id }, head, loss, basin, arrival);
    row.addEventListener("pointerenter", () => spotlight.set(id));
    row.addEventListener("pointerleave", () => spotlight.set(null));
    return { root: row, name, schedule, status, loss, basin, arrival, track, remark, descent: null, outcome: UNDER_WAY, shown: null };
  };

  /**
   * @param {Row} row
   * @param {Outcome} outcome
   */
  const show = (row, outcome) => {
    if (row.shown === outcome) return;
    row.shown = outcome;
    const known = outcome !== UNDER_WAY;
    row.root.dataset.status = known ? String(row.descent?.status) : "";
    row.status.textContent = outcome.status;
    row.status.title = outcome.meaning;
    row.basin.textContent = outcome.basin;
    row.arrival.textContent = outcome.arrival;
    row.basin.title = row.arrival.title = outcome.place;
  };

  /**
   * @param {Row} row
   * @param {string} id
   */
  const showRemark = (row, id) => {
    const remark = remarks.get(id);
    const isReached = remark !== undefined && at >= remark.from;
    write(row.remark, isReached ? remark.text : "");
    if (isReached) row.remark.title = remark.meaning;
  };

  const heading = (/** @type {string} */ text, title = "") => element("th", { scope: "col", title }, text);
  const head = element(
    "thead",
    {},
    element(
      "tr",
      {},
      heading("Optimizer"),
      heading("Loss", "At the playhead"),
      heading("Basin", "The minimum in whose basin the last point lies"),
      heading("Arrival", `The step from which on it stayed within ${distance} of that minimum`),
    ),
  );
  const body = element("tbody");
  const note = element(
    "p",
    { class: "about" },
    `★ arrived at a global minimum: from this step to its last it stayed within ${distance} of it.`,
  );
  root.replaceChildren(element("table", {}, head, body), note);

  return {
    /** Rows are kept as long as the optimizers are the same: a drag refreshes them all the time. */
    refresh() {
      const state = store.get();
      const shown = shownOf(state, catalog).filter((id) => model.descents().has(id));
      // Where minima are not known there are no columns for them.
      root.classList.toggle("without-minima", state.file?.own != null);
      const needed = `${shown.join()} ${themeName()}`;
      if (body.dataset.rows !== needed) {
        body.dataset.rows = needed;
        rows = new Map(shown.map((id) => [id, build(id)]));
        body.replaceChildren(...[...rows.values()].map(({ root: row }) => row));
        root.classList.toggle("empty", rows.size === 0);
      }
      for (const [id, row] of rows) {
        const label = labelOf(state, id, catalog);
        const schedule = scheduleName(state, id, catalog);
        write(row.name, label);
        row.name.title = nameOf(state, id, catalog);
        write(row.schedule, schedule && !label.includes(schedule) ? ` ${schedule}` : "");
        row.descent = model.descents().get(id) ?? null;
        if (!row.descent) continue;
        const minima = "minima" in row.descent ? row.descent.minima : model.minima();
        const curved = !state.file?.own && objectiveOf(catalog, state.objective).valley != null;
        row.outcome = outcomeOf(row.descent, minima, distance, curved);
      }
    },
    /** @param {number} step */
    showStep(step) {
      at = step;
      for (const [id, row] of rows) {
        showRemark(row, id);
        const { descent, loss, track } = row;
        if (!descent) continue;
        write(loss, number(valueAt(descent.step, descent.loss, Math.floor(step + 1e-9))));
        const part = descent.steps ? Math.min(step / descent.steps, 1) : 1;
        track.style.transform = `scaleX(${part.toFixed(3)})`;
        show(row, part < 1 ? UNDER_WAY : row.outcome);
      }
    },
    /** @param {ReadonlyMap<string, Remark>} next  by variant */
    tell(next) {
      remarks = next;
      for (const [id, row] of rows) showRemark(row, id);
    },
    /** @param {string | null} id  of the optimizer that is pointed at */
    light(id) {
      for (const [one, { root: row }] of rows) row.classList.toggle("lit", one === id);
    },
    /** What a screen reader is told once new descents are there. */
    summary() {
      const sentences = [...rows].map(([id, { descent, outcome }]) =>
        descent ? `${nameOf(store.get(), id, catalog)}: ${outcome.status}. ${outcome.place}` : "",
      );
      return sentences.join(" ");
    },
  };
}

/**
 * Touch the page only where something changed.
 * @param {HTMLElement} node
 * @param {string} text
 */
function write(node, text) {
  if (node.textContent !== text) node.textContent = text;
}
