/** The table of descents: what became of each, and where it is at the playhead. */

import { element } from "../../core/dom.js";
import { valueAt } from "../../core/geometry/sequences.js";
import { appearanceOf, colorOf } from "../../core/optimizer-style.js";
import { themeName } from "../../core/theme.js";
import { coordinate, integer, number } from "../../core/format.js";
import { optimizerOf } from "../model/playground-catalog.js";

/** @typedef {import("../model/computed.js").Descent} Descent */
/** @typedef {import("../model/computed.js").Minimum} Minimum */

const MEANINGS = {
  converged: "The gradient and the last step are tiny, and the ground curves up on all sides.",
  stationary: "The gradient is tiny, but this is no minimum: a saddle or a top.",
  exhausted: "It used all its steps and was still moving.",
  diverged: "It left every bound.",
};

/**
 * @typedef {object} Row
 * @property {HTMLTableRowElement} root
 * @property {HTMLElement} status
 * @property {HTMLElement} reached
 * @property {HTMLElement} now
 * @property {HTMLElement} final
 * @property {HTMLElement} steps
 * @property {HTMLElement} arrival
 * @property {HTMLElement} track  how far the playhead is along this descent
 * @property {Descent | null} descent
 */

/** @param {Descent} descent */
function statusText({ status, steps }) {
  return status === "diverged" ? `diverged at step ${integer(steps)}` : status;
}

/**
 * @param {Descent} descent
 * @param {Minimum[]} minima
 */
function minimumOf(descent, minima) {
  return descent.minimum === null ? null : (minima[descent.minimum] ?? null);
}

/**
 * A short piece of the optimizer's line: its colour and its dash pattern.
 * @param {string} id
 */
export function lineSample(id) {
  const svg = document.createElementNS("http://www.w3.org/2000/svg", "svg");
  svg.setAttribute("viewBox", "0 0 30 8");
  svg.setAttribute("class", "sample");
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
 * @param {import("../../core/store.js").Store<import("../model/playground-state.js").State>} store
 * @param {import("../model/settings.js").Catalog} catalog
 * @param {import("../model/computed.js").Model} model
 */
export function createResults(root, store, catalog, model) {
  /** @type {Map<string, Row>} */
  let rows = new Map();

  /**
   * @param {string} id
   * @returns {Row}
   */
  const build = (id) => {
    const status = element("span", { class: "status" });
    const reached = element("td", { class: "reached" });
    const now = element("td", { class: "now" });
    const final = element("td");
    const steps = element("td");
    const arrival = element("td");
    const track = element("span", { class: "track" });
    track.style.background = colorOf(id);
    const name = element("span", { class: "name", title: optimizerOf(catalog, id).name });
    name.textContent = appearanceOf(id).label;
    const head = element("th", { scope: "row" }, lineSample(id), name, status, track);
    const root = element("tr", { "data-optimizer": id }, head, reached, now, final, steps, arrival);
    return { root, status, reached, now, final, steps, arrival, track, descent: null };
  };

  /**
   * @param {Row} row
   * @param {Descent} descent
   */
  const fill = (row, descent) => {
    const minimum = minimumOf(descent, model.minima());
    const place = minimum && `(${coordinate(minimum.x)}, ${coordinate(minimum.y)})`;
    row.descent = descent;
    row.root.dataset.status = descent.status;
    write(row.status, statusText(descent));
    row.status.title = MEANINGS[descent.status];
    write(row.reached, `${minimum?.global ? "★ " : ""}${place ?? "none"}`);
    row.reached.title = reachedText(descent, minimum);
    write(row.final, number(Number(descent.loss.at(-1))));
    write(row.steps, integer(descent.steps));
    write(row.arrival, descent.arrived && descent.arrival !== null ? integer(descent.arrival) : "—");
  };

  const distance = catalog.arrival_distance;
  const heading = (/** @type {string} */ text, title = "") =>
    element("th", { scope: "col", title }, text);
  const head = element(
    "thead",
    {},
    element(
      "tr",
      {},
      heading("Optimizer"),
      heading("Minimum", "In whose basin it ended; ★ is the global minimum"),
      heading("Loss", "At the playhead"),
      heading("Final", "The loss at the last step"),
      heading("Steps"),
      heading("Arrival", `From this step on it stays within ${distance} of its minimum`),
    ),
  );
  const body = element("tbody");
  root.replaceChildren(element("table", {}, head, body));

  return {
    /** Rows are kept as long as the optimizers are the same: a drag refreshes them all the time. */
    refresh() {
      const { bar, off } = store.get();
      const shown = bar.filter((id) => !off.includes(id) && model.descents().has(id));
      const needed = `${shown.join()} ${themeName()}`;
      if (body.dataset.rows !== needed) {
        body.dataset.rows = needed;
        rows = new Map(shown.map((id) => [id, build(id)]));
        body.replaceChildren(...[...rows.values()].map(({ root: row }) => row));
        root.classList.toggle("empty", rows.size === 0);
      }
      for (const [id, row] of rows) {
        const descent = model.descents().get(id);
        if (descent) fill(row, descent);
      }
    },
    /** @param {number} step */
    showStep(step) {
      for (const { descent, now, track } of rows.values()) {
        if (!descent) continue;
        write(now, number(valueAt(descent.step, descent.loss, Math.floor(step + 1e-9))));
        const part = descent.steps ? Math.min(step / descent.steps, 1) : 1;
        track.style.transform = `scaleX(${part.toFixed(3)})`;
      }
    },
    /** What a screen reader is told once new descents are there. */
    summary() {
      const sentences = [...rows].map(([id, { descent }]) => {
        if (!descent) return "";
        const where = reachedText(descent, minimumOf(descent, model.minima()));
        return `${optimizerOf(catalog, id).name} ${statusText(descent)}. ${where}`;
      });
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

/**
 * @param {Descent} descent
 * @param {Minimum | null} minimum
 */
function reachedText(descent, minimum) {
  if (!minimum) return "It ended in no minimum’s basin.";
  const where = `the ${minimum.global ? "global" : "local"} minimum f = ${number(minimum.value)}`;
  return descent.arrived ? `It arrived at ${where}.` : `It ended in the basin of ${where}, not yet there.`;
}
