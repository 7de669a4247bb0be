/**
 * Basin maps: from every start of the domain, the minimum that an optimizer reaches and how fast.
 * The one that is shown is computed first, then the others, the one with the fewest steps first, so
 * that the table of shares fills up beside the map. One that takes long does not hold up the next.
 */

import { Problem, postWithProgress } from "../../core/api.js";
import { basinColor, css } from "../../core/colors.js";
import { element } from "../../core/dom.js";
import { sentenceOf } from "../../core/failure.js";
import { linspace } from "../../core/geometry/sequences.js";
import { colorOf } from "../../core/optimizer-style.js";
import { themeName } from "../../core/theme.js";
import { basinRaster } from "../../plot/raster.js";
import { coordinate, percent } from "../../core/format.js";
import { keepRows } from "../../widgets/kept-rows.js";
import { lineSample } from "./results.js";
import { basinsRequest } from "../model/requests.js";
import { stepsOf } from "../model/settings.js";
import { labelOf } from "../model/variants.js";

/** @typedef {import("../model/computed.js").Minimum} Minimum */

/**
 * @typedef {Omit<import("../../core/api-types.d.ts").BasinMap, "labels" | "steps">
 *   & {labels: Int16Array, steps: Int32Array}} Basins
 */

/** @typedef {ReturnType<typeof basinsRequest>} Body */
/** @typedef {{basins: Basins, minima: Minimum[], body: Body}} Result */

/** After this long the next map is begun beside the one under way; the server computes two at once. */
const PATIENCE_MS = 1000;

/** The server's answer when it computes as many maps as it may. */
const UNAVAILABLE = 503;

/** Colours are named for at most this many minima; the table sums up the others. */
const NAMED_MINIMA = 6;

/**
 * @param {HTMLElement} root
 * @param {import("../../core/store.js").Store<import("../model/playground-state.js").State>} store
 * @param {import("../model/settings.js").Catalog} catalog
 * @param {(raster: import("../../plot/raster.js").Raster | null) => void} onMap
 * @returns {{refresh: () => void}}
 */
export function createBasins(root, store, catalog, onMap) {
  /** Results by request, so that what is known is shown at once. @type {Map<string, Result>} */
  const known = new Map();
  /** Maps under way, by optimizer, and how far each is. @type {Map<string, number>} */
  const progress = new Map();
  /** @type {AbortController | null} */
  let running = null;
  let problem = "";
  /** @type {string | null} */
  let mapped = null;

  const request = (/** @type {string} */ id) => basinsRequest(store.get(), catalog, id);
  const resultOf = (/** @type {string} */ id) => known.get(JSON.stringify(request(id)));

  /** The optimizer on the map first, then the others of the bar, the least work first. */
  const order = () => {
    const { bar, basins } = store.get();
    if (basins === null) return [];
    const work = (/** @type {string} */ id) => stepsOf(store.get(), id, catalog);
    const others = bar.filter((id) => id !== basins).sort((a, b) => work(a) - work(b));
    return [basins, ...others];
  };
  const missing = () => order().find((id) => !resultOf(id) && !progress.has(id));

  const compute = async () => {
    running?.abort();
    const controller = new AbortController();
    running = controller;
    problem = "";
    progress.clear();
    const second = setTimeout(() => inTurn(controller), PATIENCE_MS);
    await inTurn(controller);
    clearTimeout(second);
  };

  /**
   * Compute what is missing, one after the other.
   * @param {AbortController} controller
   */
  const inTurn = async (controller) => {
    const { signal } = controller;
    for (let id = missing(); id !== undefined && !signal.aborted; id = missing()) {
      try {
        await computeOne(id, signal);
      } catch (error) {
        if (signal.aborted) return;
        progress.delete(id);
        // Who computes beside another leaves what there is no room for to it.
        if (error instanceof Problem && error.status === UNAVAILABLE && progress.size > 0) return;
        problem = sentenceOf(error);
        controller.abort();
        progress.clear();
      }
    }
    if (running !== controller || progress.size > 0) return;
    running = null;
    show();
  };

  /**
   * @param {string} id
   * @param {AbortSignal} signal
   */
  const computeOne = async (id, signal) => {
    const body = request(id);
    progress.set(id, 0);
    show();
    /** @type {{basins: [Basins], minima: Minimum[]}} */
    const answer = await postWithProgress("./api/v1/basins", body, signal, (row) => {
      if (signal.aborted) return;
      progress.set(id, row.progress);
      showProgress();
    });
    known.set(JSON.stringify(body), { basins: answer.basins[0], minima: answer.minima, body });
    if (signal.aborted) return;
    progress.delete(id);
    show();
  };

  const cancel = () => {
    running?.abort();
    running = null;
    progress.clear();
    show();
  };

  const bar = element("progress", { max: 1, value: 0, "aria-label": "Progress" });
  const stop = element("button", { type: "button", class: "text", onclick: cancel }, "Cancel");
  const what = element("span", {});
  const status = element("div", { class: "progress" }, what, bar, stop);
  const heading = (/** @type {string} */ text, title = "") => element("th", { scope: "col", title }, text);
  const rowsElement = element("tbody");
  const table = element(
    "div",
    { class: "results" },
    element(
      "table",
      {},
      element(
        "thead",
        {},
        element(
          "tr",
          {},
          heading("Optimizer"),
          heading("Starts by minimum"),
          heading("in its basin", "Starts of the domain that end in the basin of a global minimum"),
          heading("★ arrived", "Starts that also arrived at it and stayed"),
        ),
      ),
      rowsElement,
    ),
  );
  const note = element("p", { class: "about" });
  root.replaceChildren(element("h2", {}, "Basins"), note, status, table);

  const showProgress = () => {
    status.hidden = !running && !problem;
    bar.hidden = stop.hidden = !running;
    const [id = "", part = 0] = [...progress][0] ?? [];
    bar.value = part;
    what.textContent = problem || `${id && labelOf(store.get(), id, catalog)} …`;
  };

  /** @param {Result} result */
  const draw = ({ basins, body }) => {
    const x = linspace(body.x.min, body.x.max, body.x.count);
    const y = linspace(body.y.min, body.y.max, body.y.count);
    return basinRaster({ x, y, labels: basins.labels, steps: basins.steps }, themeName());
  };

  const show = () => {
    const { basins: id } = store.get();
    root.hidden = id === null;
    const result = id === null ? undefined : resultOf(id);
    const key = result ? `${themeName()} ${JSON.stringify(result.body)}` : null;
    if (key !== mapped) {
      mapped = key;
      onMap(result ? draw(result) : null);
    }
    if (id === null) return;
    showProgress();
    const minima = result?.minima ?? [];
    note.replaceChildren(
      ...(result ? legend(minima, result.basins) : ["Which minimum is reached from where, and how fast."]),
    );
    showShares(store.get().bar);
  };

  /**
   * @param {Minimum[]} minima
   * @param {Basins} basins
   */
  const legend = (minima, basins) => {
    const entries = named(basins).map(({ minimum, global }) => {
      const { x, y } = minima[minimum] ?? { x: NaN, y: NaN };
      return element(
        "span",
        { class: "key" },
        swatch(minimum),
        `(${coordinate(x)}, ${coordinate(y)})${global ? " global" : ""}`,
      );
    });
    const meaning =
      "Colour: the minimum in whose basin the last point lies. The lighter, the sooner it arrived; " +
      "darkest: not arrived within its steps.";
    const grey = basins.none + basins.diverged > 0 ? " Grey: no minimum." : "";
    return [meaning + grey, element("span", { class: "keys" }, ...entries)];
  };

  /**
   * A variant's row of the table of shares.
   * @param {string} id
   * @returns {import("../../widgets/kept-rows.js").KeptRow}
   */
  const buildRow = (id) => {
    const sample = lineSample(id);
    const name = element("span", {});
    const pick = element(
      "button",
      { type: "button", class: "pick", onclick: () => store.set({ basins: id }, "push") },
      sample,
      name,
    );
    const shares = element("td", { class: "bar-cell" });
    const share = element("td");
    const arrived = element("td");
    return {
      root: element("tr", { "data-optimizer": id }, element("th", { scope: "row" }, pick), shares, share, arrived),
      show() {
        const result = resultOf(id);
        const best = result?.basins.shares.filter(({ global }) => global) ?? [];
        sample.firstElementChild?.setAttribute("stroke", colorOf(id));
        pick.setAttribute("aria-pressed", String(id === store.get().basins));
        name.textContent = labelOf(store.get(), id, catalog);
        shares.replaceChildren(...(result ? [stack(result.basins)] : []));
        share.textContent = result ? percent(sum(best.map((one) => one.share))) : "…";
        arrived.textContent = result ? percent(sum(best.map((one) => one.arrived))) : "…";
      },
    };
  };
  const showShares = keepRows(rowsElement, buildRow);

  return {
    refresh() {
      if (store.get().basins === null) cancel();
      else if (order().some((id) => !resultOf(id))) compute();
      else show();
    },
  };
}

/**
 * The minima whose colours are named: those with the most starts, in the order of all minima.
 * @param {Basins} basins
 */
function named({ shares }) {
  return [...shares]
    .filter(({ share }) => share > 0)
    .sort((a, b) => Number(b.global) - Number(a.global) || b.share - a.share)
    .slice(0, NAMED_MINIMA)
    .sort((a, b) => a.minimum - b.minimum);
}

/** @param {number} minimum */
function swatch(minimum) {
  const mark = element("span", { class: "swatch" });
  mark.style.background = css(basinColor(minimum, 0.55, themeName()));
  return mark;
}

/**
 * All shares in one bar; its segments have the order of the minima in every row.
 * @param {Basins} basins
 */
function stack({ shares, none, diverged }) {
  const parts = [...shares].sort((a, b) => a.minimum - b.minimum);
  const bar = element("span", { class: "stack" });
  for (const { minimum, share } of [...parts, { minimum: -1, share: none + diverged }]) {
    if (share <= 0) continue;
    const piece = element("span", { title: minimum < 0 ? `none: ${percent(share)}` : percent(share) });
    piece.style.background = css(basinColor(minimum, 0.55, themeName()));
    piece.style.flexGrow = String(share);
    bar.append(piece);
  }
  return bar;
}

/** @param {number[]} values */
function sum(values) {
  return values.reduce((total, value) => total + value, 0);
}
