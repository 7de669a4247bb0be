/** Descents under many seeds: their control, their drawings, and the panel of what became of them. */

import { newest, post } from "../../core/api.js";
import { basinColor, css } from "../../core/colors.js";
import { element } from "../../core/dom.js";
import { sentenceOf } from "../../core/failure.js";
import { integer, percent } from "../../core/format.js";
import { colorOf } from "../../core/optimizer-style.js";
import { theme, themeName } from "../../core/theme.js";
import { ensembleOf, ensembleRequest } from "./ensemble-request.js";
import { labelOf } from "../model/variants.js";
import { lineSample } from "../panels/results.js";
import { createCloudDrawing, cloudTraces, MOST_TRAILS, placesOf } from "./cloud.js";
import { createEnsembleControl } from "./ensemble-control.js";
import { arrivalsSentence, drawingSentence, histogramOf, othersSentence, rowsOf, shareText, summaryOf } from "./ensemble-text.js";
import { quantileBands } from "./quantile-bands.js";

/** @typedef {import("./ensemble-text.js").Answer} Answer */
/** @typedef {import("./ensemble-text.js").Row} Row */
/** @typedef {ReturnType<typeof ensembleRequest>} Request */

/** While something is dragged, ensembles are this far apart: paths, which say more, go first. */
const PAUSE_MS = 100;
/** A screen reader is told of a new ensemble once it has stayed the same for this long. */
const ANNOUNCE_MS = 900;

/** @typedef {{request: Request, id: string, objective: string}} Asked */

/**
 * @typedef {object} Shown
 * @property {Request} request
 * @property {Answer} answer
 * @property {string} label  of its variant
 * @property {string} objective  as the state names it
 * @property {import("./cloud.js").Cloud} cloud
 * @property {ReturnType<typeof placesOf>} places
 */

/**
 * @param {HTMLElement} root  of the panel
 * @param {HTMLElement} control
 * @param {Parameters<typeof import("./many-seeds.js").createManySeeds>[0]} source
 */
export function createEnsemble(root, control, { store, catalog, plot, losses, step, onShow }) {
  /** @type {Shown | null} */
  let shown = null;
  let asked = "";
  let askedAt = -Infinity;
  let waiting = 0;
  let announcing = 0;
  const draw = createCloudDrawing();
  const controls = createEnsembleControl(control, store, catalog);

  const title = element("h2", {});
  const problem = element("p", { class: "problem", role: "alert", hidden: true });
  const content = element("div", {});
  const announcement = element("p", { class: "visually-hidden", role: "status" });
  root.replaceChildren(title, problem, content, announcement);

  const requests = newest(
    (/** @type {Asked} */ { request }, signal) =>
      /** @type {Promise<Answer>} */ (post("./api/v1/ensembles", request, signal)),
    (answer, { request, id, objective }) => {
      problem.hidden = true;
      const { step: kept, x, y } = answer;
      const cloud = { step: kept, x, y, color: colorOf(id) };
      show({ request, answer, objective, cloud, places: placesOf(cloud), label: labelOf(store.get(), id, catalog) });
    },
    (error) => {
      show(null);
      problem.hidden = false;
      problem.textContent = sentenceOf(error);
    },
  );

  /**
   * @param {Asked} argument
   * @param {boolean} abort  what is under way
   */
  const ask = (argument, abort) => {
    clearTimeout(waiting);
    const now = performance.now();
    if (!abort && now < askedAt + PAUSE_MS) {
      waiting = window.setTimeout(ask, askedAt + PAUSE_MS - now, argument, abort);
      return;
    }
    askedAt = now;
    requests.ask(argument, { abort });
  };

  /** @param {Shown | null} next */
  const show = (next) => {
    shown = next;
    plot.setCloud(next && ((context, map) => draw(context, map, theme().page, next.cloud, step())));
    const { color } = next?.cloud ?? { color: "" };
    losses.setBands(next && quantileBands({ step: next.answer.step, loss: next.answer.losses.loss, color }, step));
    onShow();
    content.replaceChildren(...(next ? panelOf(next) : []));
    clearTimeout(announcing);
    if (!next) return;
    announcing = window.setTimeout(() => {
      announcement.textContent = summaryOf(next.answer, next.label);
    }, ANNOUNCE_MS);
  };

  return {
    /** @param {import("../../core/store.js").HistoryMode} mode */
    refresh(mode) {
      const state = store.get();
      const ensemble = ensembleOf(state, catalog);
      controls.refresh();
      root.hidden = ensemble === null;
      if (!ensemble) {
        clearTimeout(waiting);
        requests.cancel();
        asked = "";
        problem.hidden = true;
        if (shown) show(null);
        return;
      }
      title.replaceChildren(lineSample(ensemble.id), `${labelOf(state, ensemble.id, catalog)}, ${integer(ensemble.seeds)} seeds`);
      const request = ensembleRequest(state, catalog, ensemble);
      const key = JSON.stringify([ensemble.id, request]);
      if (key === asked) {
        // Another theme has other colours.
        const color = colorOf(ensemble.id);
        if (shown && shown.cloud.color !== color) {
          const cloud = { ...shown.cloud, color };
          show({ ...shown, cloud, places: placesOf(cloud) });
        }
        return;
      }
      asked = key;
      // A cloud of another function would lie where nothing leads.
      if (shown && shown.objective !== state.objective) show(null);
      ask({ request, id: ensemble.id, objective: state.objective }, mode === "push");
    },
    /** What an export takes: the ensemble, and the cloud at the playhead as traces of a picture. */
    shown: () =>
      shown && { ...shown, traces: () => (shown ? cloudTraces(shown.places(step()), theme().page) : []) },
    /** Where the cloud is at the playhead. */
    places: () => shown && shown.places(step()),
  };
}

/**
 * @param {Shown} shown
 * @returns {Node[]}
 */
function panelOf({ answer, cloud }) {
  const heading = (/** @type {string} */ text, hint = "") => element("th", { scope: "col", title: hint }, text);
  const head = element(
    "tr",
    {},
    heading("Ends in the basin of", "The minimum in whose basin the last point lies"),
    heading("Share of seeds", "With its Wilson 95 % interval"),
    heading("arrived", "Those that also arrived there and stayed"),
  );
  const rows = rowsOf(answer).map((row) =>
    element(
      "tr",
      {},
      element("th", { scope: "row" }, swatch(row), `${row.name}${row.global ? " ★" : ""}`),
      element("td", { class: "share-cell" }, shareBar(row), element("span", {}, shareText(row.ended))),
      element("td", { title: row.arrived && shareText(row.arrived) }, row.arrived ? percent(row.arrived.share) : "—"),
    ),
  );
  return [
    element("div", { class: "results" }, element("table", {}, element("thead", {}, head), element("tbody", {}, ...rows))),
    element(
      "p",
      { class: "about" },
      `★ global minimum. In brackets, and as a line on each bar: the 95 % interval (Wilson). ${othersSentence(answer)}`,
    ),
    element("h3", {}, "Arrival steps"),
    ...(answer.ends.arrival.some((step) => step >= 0) ? [histogram(answer, cloud.color)] : []),
    element("p", { class: "about" }, arrivalsSentence(answer)),
    element("p", { class: "about" }, drawingSentence(answer, MOST_TRAILS)),
  ];
}

/** @param {Row} row */
function swatch({ minimum }) {
  const mark = element("span", { class: "swatch" });
  mark.style.background = css(basinColor(minimum, 0.55, themeName()));
  return mark;
}

/**
 * A bar as long as a share, with its interval.
 * @param {Row} row
 */
function shareBar({ minimum, ended: { share, low, high } }) {
  const fill = element("span", { class: "share-fill" });
  fill.style.background = css(basinColor(minimum, 0.3, themeName()));
  fill.style.width = `${100 * share}%`;
  const interval = element("span", { class: "share-interval" });
  interval.style.left = `${100 * low}%`;
  interval.style.width = `${100 * (high - low)}%`;
  return element("span", { class: "share-bar", "aria-hidden": "true" }, fill, interval);
}

const SVG = "http://www.w3.org/2000/svg";
const CHART = { width: 300, height: 64 };

/**
 * @param {Answer} answer
 * @param {string} color
 */
function histogram(answer, color) {
  const { width, counts } = histogramOf(answer);
  const most = Math.max(1, ...counts);
  const last = Number(answer.step.at(-1));
  const svg = document.createElementNS(SVG, "svg");
  svg.setAttribute("viewBox", `0 0 ${CHART.width} ${CHART.height}`);
  svg.setAttribute("preserveAspectRatio", "none");
  svg.setAttribute("role", "img");
  svg.setAttribute("aria-label", `Histogram of arrival steps. ${arrivalsSentence(answer)}`);
  const part = CHART.width / counts.length;
  counts.forEach((count, i) => {
    if (!count) return;
    const bar = document.createElementNS(SVG, "rect");
    const tall = (CHART.height * count) / most;
    for (const [name, value] of Object.entries({ x: i * part + 0.5, y: CHART.height - tall, width: part - 1, height: tall })) {
      bar.setAttribute(name, String(value));
    }
    bar.setAttribute("fill", color);
    const label = document.createElementNS(SVG, "title");
    label.textContent = `Steps ${integer(i * width)} to ${integer(Math.min((i + 1) * width - 1, last))}: ${count}`;
    bar.append(label);
    svg.append(bar);
  });
  const scale = element(
    "div",
    { class: "histogram-scale", "aria-hidden": "true" },
    element("span", {}, "step 0"),
    element("span", {}, `highest bar: ${integer(Math.max(0, ...counts))}`),
    element("span", {}, integer(last)),
  );
  return element("div", { class: "histogram" }, svg, scale);
}
