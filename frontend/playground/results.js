/** The table of descents: what became of each, and where it is at the playhead. */

import { element } from "../dom.js";
import { valueAt } from "../geometry.js";
import { appearanceOf, colorOf } from "./appearance.js";
import { coordinate, integer, number } from "./format.js";
import { optimizerOf } from "./settings.js";

/** @typedef {import("./model.js").Descent} Descent */
/** @typedef {import("./model.js").Minimum} Minimum */

const MEANINGS = {
  converged: "The gradient and the last step are tiny, and the ground curves up on all sides.",
  stationary: "The gradient is tiny, but this is no minimum: a saddle or a top.",
  exhausted: "It used all its steps and was still moving.",
  diverged: "It left every bound.",
};

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
 * @param {import("../state.js").Store<import("./state.js").State>} store
 * @param {import("./settings.js").Catalog} catalog
 * @param {import("./model.js").Model} model
 */
export function createResults(root, store, catalog, model) {
  /** @type {{descent: Descent, now: HTMLElement, track: HTMLElement, text: string}[]} */
  let live = [];

  /** @param {Descent} descent */
  const row = (descent) => {
    const { optimizer: id } = descent;
    const minimum = minimumOf(descent, model.minima());
    const now = element("td", { class: "now" });
    const track = element("span", { class: "track" });
    track.style.background = colorOf(id);
    live.push({ descent, now, track, text: "" });
    const place = minimum && `(${coordinate(minimum.x)}, ${coordinate(minimum.y)})`;
    const whether = minimum?.global ? "global" : "local";
    return element(
      "tr",
      { "data-optimizer": id, "data-status": descent.status },
      element(
        "th",
        { scope: "row" },
        lineSample(id),
        element("span", { class: "name", title: optimizerOf(catalog, id).name }, appearanceOf(id).label),
        element("span", { class: "status", title: MEANINGS[descent.status] }, statusText(descent)),
        track,
      ),
      element(
        "td",
        {
          class: `reached ${minimum?.global ? "global" : ""}`,
          title: minimum
            ? `The last point lies in the basin of the ${whether} minimum, f = ${number(minimum.value)}` +
              (descent.arrived ? "; it has arrived." : "; it has not arrived yet.")
            : "In no minimum's basin",
        },
        element("span", {}, minimum?.global ? "★ " : ""),
        place ?? "none",
        element("span", { class: "visually-hidden" }, minimum?.global ? "global minimum" : ""),
      ),
      now,
      element("td", {}, number(Number(descent.loss.at(-1)))),
      element("td", {}, integer(descent.steps)),
      element("td", {}, descent.arrival === null || !descent.arrived ? "—" : integer(descent.arrival)),
    );
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
      heading("Loss now", "At the playhead"),
      heading("Final loss"),
      heading("Steps"),
      heading("Arrival", `From this step on it stays within ${distance} of its minimum`),
    ),
  );
  const body = element("tbody");
  root.replaceChildren(element("table", {}, head, body));

  return {
    refresh() {
      const { bar, off } = store.get();
      live = [];
      const shown = bar.filter((id) => !off.includes(id));
      const rows = shown.flatMap((id) => model.descents().get(id) ?? []).map(row);
      body.replaceChildren(...rows);
      root.classList.toggle("empty", rows.length === 0);
    },
    /** @param {number} step */
    showStep(step) {
      for (const entry of live) {
        const { descent, now, track } = entry;
        const text = number(valueAt(descent.step, descent.loss, Math.floor(step + 1e-9)));
        if (text !== entry.text) now.textContent = entry.text = text;
        const part = descent.steps ? Math.min(step / descent.steps, 1) : 1;
        track.style.transform = `scaleX(${part.toFixed(3)})`;
      }
    },
    /** What a screen reader is told once new descents are there. */
    summary() {
      return live
        .map(({ descent }) => {
          const minimum = minimumOf(descent, model.minima());
          const where = minimum
            ? `${descent.arrived ? "at" : "in the basin of"} the ${minimum.global ? "global" : "local"} ` +
              `minimum (${coordinate(minimum.x)}, ${coordinate(minimum.y)})`
            : "in no basin";
          return `${optimizerOf(catalog, descent.optimizer).name} ${statusText(descent)}, ${where}.`;
        })
        .join(" ");
    },
  };
}
