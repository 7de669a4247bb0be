/**
 * The panel "Learning rate": for each variant of the bar from how many starts it arrives and how soon,
 * over the rate. A variant's own rate is dragged in its lane; the paths follow.
 */

import { element } from "../../core/dom.js";
import { coordinate, percent, setting } from "../../core/format.js";
import { colorOf, appearanceOf } from "../../core/optimizer-style.js";
import { touches, watch } from "../../core/store.js";
import { theme } from "../../core/theme.js";
import { decimals } from "../../widgets/number-field.js";
import { gesture } from "../../widgets/controls.js";
import { keepRows } from "../../widgets/kept-rows.js";
import { lineSample } from "../panels/results.js";
import { optimizerOf } from "../model/playground-catalog.js";
import { hyperparametersOf, searchesLines, stepsOf, withHyperparameter } from "../model/settings.js";
import { labelOf, nameOf, optimizerIdOf } from "../model/variants.js";
import { LANE_PX, curvesDrawing, layoutOf } from "./rate-drawing.js";
import { createRateMap } from "./rate-map.js";
import { RATE, rateRequest } from "./rate-requests.js";
import { createRateSource } from "./rate-source.js";
import { within } from "./rate-axis.js";
import { brief, describePoint, howMeasured, rangeText } from "./rate-texts.js";
import { stabilityLimit } from "./stability-limit.js";

/** @typedef {import("../model/playground-state.js").State} State */
/** @typedef {import("./rate-requests.js").Curve} Curve */
/** @typedef {import("./rate-drawing.js").DrawnCurve} DrawnCurve */

/** What a curve depends on, and which are shown. @type {(keyof State)[]} */
const MEASURED_FROM = [
  "objective", "parameters", "bar", "off", "preset", "hyperparameters", "steps", "stepsOf", "schedules", "noise", "file", "rates",
  "across", "names",
];

/** An arrow key changes a rate by this factor, with Shift by the smaller one, Page keys by the grid's. */
const KEY_FACTOR = 10 ** (1 / 20);
const FINE_FACTOR = 10 ** (1 / 200);
const GRID_FACTOR = 10 ** (1 / 4);

/** The least width at which the drawing is legible. */
const LEAST_PX = 300;

/**
 * @param {HTMLElement} root
 * @param {object} page
 * @param {import("../../core/store.js").Store<State>} page.store
 * @param {import("../model/settings.js").Catalog} page.catalog
 * @param {import("../model/computed.js").Model} page.model
 */
export function createRatePanel(root, { store, catalog, model }) {
  let width = LEAST_PX;
  let frame = 0;
  /** The minimum that each variant reached last, on this objective. @type {Map<string, number>} */
  const reached = new Map();
  /** @type {Map<string, HTMLElement>} */
  const handles = new Map();

  const source = createRateSource(() => invalidate());
  const map = createRateMap({ store, catalog, source });

  const isOpen = () => store.get().rates !== null && !store.get().file?.own;
  /** The variants that are shown, the chosen one first. */
  const order = () => {
    const { bar, off, rates } = store.get();
    const shown = bar.filter((id) => !off.includes(id));
    return rates !== null && bar.includes(rates) ? [rates, ...shown.filter((id) => id !== rates)] : shown;
  };
  const members = () => {
    const wanted = order();
    return store.get().bar.filter((id) => wanted.includes(id) && !searchesLines(id, catalog));
  };
  const limits = (/** @type {string} */ id) => {
    const found = optimizerOf(catalog, id).hyperparameters.find((one) => one.id === RATE);
    return { min: Number(found?.min), max: Number(found?.max) };
  };
  const rateOf = (/** @type {string} */ id) => Number(hyperparametersOf(store.get(), id, catalog)[RATE]);
  const knownOf = (/** @type {string} */ id) => source.find(rateRequest(store.get(), catalog, id));

  const setRate = (
    /** @type {string} */ id,
    /** @type {number} */ rate,
    /** @type {import("../../core/store.js").HistoryMode} */ mode,
  ) => {
    const value = within(rate, limits(id));
    store.set({ hyperparameters: withHyperparameter(store.get(), catalog, id, RATE, value) }, mode);
  };

  /** The minimum for which a variant's limit holds: the one its descent reached, or reached last. */
  const minimumOf = (/** @type {string} */ id) => {
    const now = model.descents().get(id);
    const minimum = now && "minimum" in now ? now.minimum : null;
    if (typeof minimum === "number") reached.set(id, minimum);
    return reached.get(id) ?? (model.minima().length === 1 ? 0 : null);
  };

  const limitOf = (/** @type {string} */ id) => {
    const minimum = minimumOf(id);
    const whole = knownOf(id)?.whole;
    const sharpness = minimum === null ? null : whole?.sharpness[minimum];
    // The limits are those of a fixed rate.
    if (store.get().schedules[id]) return null;
    return sharpness ? stabilityLimit(optimizerIdOf(id), hyperparametersOf(store.get(), id, catalog), sharpness) : null;
  };

  /** @returns {DrawnCurve[]} */
  const drawn = () =>
    members().map((id) => ({
      id,
      color: colorOf(id),
      dash: appearanceOf(id).dash,
      points: knownOf(id)?.points ?? [],
      rate: rateOf(id),
      limit: limitOf(id),
      faded: false,
    }));

  /** The power of ten below all medians that are known. */
  const leastSteps = () => {
    const points = members().flatMap((id) => knownOf(id)?.points ?? []);
    const least = Math.min(...points.map(({ steps_low: low, steps: median }) => low ?? median ?? Infinity));
    return Number.isFinite(least) ? 10 ** Math.floor(Math.log10(Math.max(least, 1))) : 1;
  };

  const ranges = () => {
    const all = members().map(limits);
    return {
      min: Math.min(...all.map(({ min }) => min)),
      max: Math.max(...all.map(({ max }) => max)),
      steps: { min: leastSteps(), max: Math.max(20, ...members().map((id) => stepsOf(store.get(), id, catalog))) },
    };
  };

  const picture = element("div", { class: "rate-picture", "aria-hidden": "true" });
  const lanes = element("div", { class: "rate-lanes" });
  const chart = element("div", { class: "rate-chart" }, picture, lanes);
  const how = element("p", { class: "about" });
  const rule = element("p", { class: "about" });
  const measured = element("details", {}, element("summary", {}, "How it is measured"), rule);
  const bar = element("progress", { max: 1, value: 0, "aria-label": "Progress of the curves" });
  const stop = element(
    "button",
    { type: "button", class: "text", onclick: () => (source.isStopped() ? source.resume() : source.cancel()) },
    "Cancel",
  );
  const what = element("span", {});
  const status = element("div", { class: "progress" }, what, bar, stop);
  const table = element("div", { class: "results" });
  const stability = element("p", { class: "about" });
  const close = element(
    "button",
    { type: "button", class: "text", onclick: () => store.set({ rates: null, across: null }, "push") },
    "Close",
  );
  const heading = element("h2", { tabindex: -1 }, "Learning rate");
  root.replaceChildren(
    element("div", { class: "rate-head" }, heading, close),
    how,
    status,
    chart,
    stability,
    table,
    measured,
    map.root,
  );
  new ResizeObserver(() => {
    const next = Math.max(chart.clientWidth, LEAST_PX);
    if (next === width) return;
    width = next;
    invalidate();
  }).observe(chart);

  /** @param {string} id */
  const createHandle = (id) => {
    const { min, max } = limits(id);
    const handle = element("div", {
      class: "rate-handle",
      role: "slider",
      tabindex: 0,
      "data-optimizer": id,
      "aria-valuemin": decimals(min),
      "aria-valuemax": decimals(max),
      title: "Drag, or use the arrow keys, to change the rate",
    });
    const move = gesture();
    const rateAt = (/** @type {PointerEvent} */ event) =>
      layoutOf(width, 0, ranges()).rates.value(event.clientX - chart.getBoundingClientRect().left);
    let grip = 0;
    handle.addEventListener("pointerdown", (event) => {
      if (event.button !== 0) return;
      event.preventDefault();
      handle.focus();
      handle.setPointerCapture(event.pointerId);
      grip = event.clientX - handle.getBoundingClientRect().left - handle.offsetWidth / 2;
    });
    handle.addEventListener("pointermove", (event) => {
      if (!handle.hasPointerCapture(event.pointerId)) return;
      const moved = new PointerEvent("pointermove", { clientX: event.clientX - grip });
      const rate = rateAt(moved);
      if (rate !== rateOf(id)) setRate(id, rate, move.mode());
    });
    for (const end of ["pointerup", "pointercancel"]) handle.addEventListener(end, move.end);
    handle.addEventListener("keydown", (event) => {
      const factor = event.shiftKey ? FINE_FACTOR : KEY_FACTOR;
      const rate = rateOf(id);
      const next = {
        ArrowRight: rate * factor,
        ArrowUp: rate * factor,
        ArrowLeft: rate / factor,
        ArrowDown: rate / factor,
        PageUp: rate * GRID_FACTOR,
        PageDown: rate / GRID_FACTOR,
        Home: min,
        End: max,
      }[event.key];
      if (next === undefined || event.ctrlKey || event.metaKey || event.altKey) return;
      event.preventDefault();
      event.stopPropagation();
      setRate(id, Number(next.toPrecision(3)), move.mode());
    });
    handle.addEventListener("keyup", move.end);
    return handle;
  };

  const showHandles = (/** @type {ReturnType<typeof layoutOf>} */ layout) => {
    const ids = members();
    if (ids.join() !== [...handles.keys()].join()) {
      handles.clear();
      for (const id of ids) handles.set(id, createHandle(id));
      lanes.replaceChildren(...handles.values());
    }
    [...handles].forEach(([id, handle], i) => {
      const rate = rateOf(id);
      handle.style.left = `${layout.rates.at(rate)}px`;
      handle.style.top = `${layout.lanesTop + (i + 0.5) * LANE_PX}px`;
      handle.setAttribute("aria-label", `Learning rate of ${nameOf(store.get(), id, catalog)}`);
      handle.setAttribute("aria-valuenow", decimals(rate));
      handle.setAttribute("aria-valuetext", valueText(id));
    });
  };

  /** A rate in words, with what is measured at the nearest rate of the curve. @param {string} id */
  const valueText = (id) => {
    const rate = rateOf(id);
    const point = nearest(knownOf(id)?.points ?? [], rate);
    return point ? `${setting(rate)}. ${describePoint(point)}` : setting(rate);
  };

  const showStatus = () => {
    const progress = source.progress();
    const problem = source.problem();
    status.hidden = progress === null && !problem && !source.isStopped();
    bar.hidden = progress === null;
    stop.hidden = progress === null && !source.isStopped();
    stop.textContent = source.isStopped() ? "Go on" : "Cancel";
    bar.value = progress?.part ?? 0;
    const id = members().find((one) => source.keyOf(rateRequest(store.get(), catalog, one)) === progress?.key);
    const named = id ? labelOf(store.get(), id, catalog) : "Map";
    what.textContent = problem || (progress ? `${named} …` : source.isStopped() ? "Cancelled." : "");
  };

  /**
   * A variant's row of the table.
   * @param {string} id
   * @returns {import("../../widgets/kept-rows.js").KeptRow}
   */
  const buildRow = (id) => {
    const sample = lineSample(id);
    const label = element("span", {});
    const pick = element(
      "button",
      { type: "button", class: "pick", onclick: () => store.set({ rates: id }, "push") },
      sample,
      label,
    );
    const best = () => knownOf(id)?.whole?.best ?? null;
    const take = element("button", {
      type: "button",
      class: "text",
      onclick: () => setRate(id, best()?.score.lr ?? rateOf(id), "push"),
    });
    const none = element("span", {});
    const [now, share, good] = [element("td", {}), element("td", {}), element("td", {})];
    const cells = [element("th", { scope: "row" }, pick), now, share, element("td", {}, take, none), good];
    return {
      root: element("tr", { "data-optimizer": id }, ...cells),
      show() {
        const state = store.get();
        const known = knownOf(id);
        const point = nearest(known?.points ?? [], rateOf(id));
        const found = best();
        sample.firstElementChild?.setAttribute("stroke", colorOf(id));
        label.textContent = labelOf(state, id, catalog);
        pick.setAttribute("aria-pressed", String(id === state.rates));
        now.textContent = brief(rateOf(id));
        now.title = setting(rateOf(id));
        share.textContent = point ? percent(point.share) : "…";
        share.title = point ? describePoint(point) : "";
        take.hidden = found === null;
        take.textContent = found ? `${brief(found.score.lr)}${found.at_edge ? " ⇥" : ""}` : "";
        take.title = found ? `Take it. ${describePoint(found.score)} These starts are others than the curve’s.` : "";
        none.textContent = found ? "" : known?.whole ? "none" : "…";
        good.textContent = found ? rangeText(found.good_low, found.good_high) : known?.whole ? "—" : "…";
      },
    };
  };
  const column = (/** @type {string} */ text, title = "") => element("th", { scope: "col", title }, text);
  const rows = element("tbody", {});
  const showRows = keepRows(rows, buildRow);
  table.replaceChildren(
    element(
      "table",
      {},
      element(
        "thead",
        {},
        element(
          "tr",
          {},
          column("Variant"),
          column("η now"),
          column("arrive", "The share of starts that arrive at the nearest rate that is measured"),
          column("best η", "The measured rate at which most starts arrive, then the one with fewer steps, then the smaller"),
          column("good", "From the lowest to the highest rate around the best at which at least 0.9 times as many starts arrive"),
        ),
      ),
      rows,
    ),
  );

  const showStability = () => {
    const said = members().flatMap((id) => {
      const limit = limitOf(id);
      const minimum = model.minima()[Number(minimumOf(id))];
      if (!limit || !minimum) return [];
      const where = `(${coordinate(minimum.x)}, ${coordinate(minimum.y)})`;
      return [`${labelOf(store.get(), id, catalog)} ${brief(limit.rate)} at ${where}`];
    });
    stability.hidden = said.length === 0;
    if (stability.hidden) return;
    stability.replaceChildren(
      "Dotted: the limit of stability, above which the rule leaves the minimum that its descent reached, if f were " +
        "quadratic there; λ is the largest eigenvalue of its Hessian (",
      element("a", { href: "https://arxiv.org/abs/2103.00065", rel: "noopener" }, "Cohen et al. 2021"),
      `). ${said.join(", ")}. For other rules theory gives none.`,
    );
  };

  const show = () => {
    frame = 0;
    root.hidden = !isOpen();
    if (root.hidden) return;
    const layout = layoutOf(width, members().length, ranges());
    const { svg, height } = curvesDrawing(drawn(), layout, theme());
    const whole = `<svg xmlns="http://www.w3.org/2000/svg" width="${width}" height="${height}" viewBox="0 0 ${width} ${height}">${svg}</svg>`;
    picture.replaceChildren(
      document.importNode(new DOMParser().parseFromString(whole, "image/svg+xml").documentElement, true),
    );
    chart.style.height = `${height}px`;
    const said = howMeasured(members().map((id) => knownOf(id)?.whole).find(Boolean) ?? null);
    rule.textContent = said.rule;
    how.textContent = model.minima().length
      ? said.brief
      : "No minimum is known here, so that there is nothing at which a start could arrive.";
    showHandles(layout);
    showStatus();
    showStability();
    showRows(members());
    map.show();
  };
  const invalidate = () => {
    frame ||= requestAnimationFrame(show);
  };

  const ask = () => {
    if (!isOpen()) {
      source.want([]);
      invalidate();
      return;
    }
    const state = store.get();
    const curves = order().map((id) => rateRequest(state, catalog, id));
    const { rates, across } = state;
    const maps = rates !== null && across !== null ? [rateRequest(state, catalog, rates, across)] : [];
    source.want([...curves.slice(0, 1), ...maps, ...curves.slice(1)]);
    invalidate();
  };

  watch(store, MEASURED_FROM, (state, previous) => {
    if (touches(state, previous, ["objective", "parameters"])) reached.clear();
    ask();
  });
  ask();

  return {
    /** Descents, minima or the theme have changed. */
    refresh: invalidate,
    focus() {
      show();
      heading.focus();
    },
    /** What the panel shows, for files. */
    shown: () => ({
      curves: drawn(),
      ranges: ranges(),
      wholes: members().map((id) => ({ id, request: rateRequest(store.get(), catalog, id), known: knownOf(id) })),
      map: map.shown(),
    }),
  };
}

/**
 * The point whose rate is nearest, in ratio.
 * @param {readonly import("./rate-requests.js").RatePoint[]} points
 * @param {number} rate
 */
export function nearest(points, rate) {
  const far = (/** @type {number} */ lr) => Math.abs(Math.log(lr / rate));
  return points.reduce(
    (/** @type {import("./rate-requests.js").RatePoint | null} */ best, one) =>
      best && far(best.lr) <= far(one.lr) ? best : one,
    null,
  );
}
