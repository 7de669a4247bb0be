/**
 * The panel "Stability": where the chosen variant is unstable at its rate, hatched on the plot; sharpness
 * along the paths; what the linearised rule does at a minimum, over rate and momentum.
 */

import { newest, post } from "../../core/api.js";
import { element } from "../../core/dom.js";
import { sentenceOf } from "../../core/failure.js";
import { coordinate } from "../../core/format.js";
import { themeName } from "../../core/theme.js";
import { watch } from "../../core/store.js";
import { numberControl } from "../../widgets/controls.js";
import { objectiveOf, optimizerOf } from "../model/playground-catalog.js";
import { hyperparametersOf, withHyperparameter } from "../model/settings.js";
import { labelOf } from "../model/variants.js";
import { lineSample } from "../panels/results.js";
import { createRegionDrawing } from "./region-drawing.js";
import { regionAbove } from "./region-path.js";
import { regionPicture } from "./region-traces.js";
import { createSharpnessChart } from "./sharpness-chart.js";
import { createStabilityPlane } from "./stability-plane.js";
import { linearisationRequest, sharpnessRequest, stabilityRequest } from "./stability-source.js";
import { NOISE_FREE, limitText, modesText, statusMeaning, statusText } from "./stability-text.js";

/** @typedef {import("../model/playground-state.js").State} State */
/** @typedef {import("../../core/store.js").HistoryMode} HistoryMode */
/** @typedef {import("./stability-source.js").StabilityPath} StabilityPath */
/** @typedef {{x: Float64Array, y: Float64Array, sharpness: Float32Array}} Sharpness */

/** What the descents' stability is computed from. @type {(keyof State)[]} */
const COMPUTED_FROM = [
  "objective",
  "parameters",
  "start",
  "bar",
  "preset",
  "hyperparameters",
  "steps",
  "stepsOf",
  "schedules",
  "noise",
];

/**
 * @param {HTMLElement} root  of the panel
 * @param {HTMLElement} chartRoot  of the chart
 * @param {import("../openers/stability-opener.js").Page} page
 */
export function createStabilityPanel(root, chartRoot, page) {
  const { store, catalog, model, plot, results } = page;
  /** @type {ReadonlyMap<string, StabilityPath>} */
  let paths = new Map();
  /** @type {Sharpness | null} */
  let grid = null;
  let gridOf = "";
  /** What a grid was asked for last: every frame looks. */
  let seen = {
    map: /** @type {import("../../core/geometry/linear-map.js").LinearMap | null} */ (null),
    objective: "",
    parameters: /** @type {State["parameters"]} */ ({}),
  };
  let linearOf = "";
  /** @type {import("./region-path.js").Region | null} */
  let region = null;
  let regionOf = "";
  let controlsOf = "";
  const drawRegion = createRegionDrawing();

  const problem = element("p", { class: "problem", role: "alert", hidden: true });
  const choices = element("div", { class: "stability-choices", role: "group", "aria-label": "Variant whose stability is shown" });
  const where = element("p", { class: "about" });
  const limits = element("p", { class: "about" });
  const heading = element("h3", {}, "At a minimum");
  const behaviour = element("p", { class: "about stability-modes", role: "status" });
  const sliders = element("div", {});
  const title = element("h2", { tabindex: -1 }, "Stability");
  const plane = createStabilityPlane((rate, momentum, mode) => {
    const id = chosen();
    if (id === null) return;
    let state = store.get();
    state = { ...state, hyperparameters: withHyperparameter(state, catalog, id, "lr", rate) };
    if (momentum !== null) {
      state = { ...state, hyperparameters: withHyperparameter(state, catalog, id, "momentum", momentum) };
    }
    store.set({ hyperparameters: state.hyperparameters }, mode);
  });
  root.replaceChildren(
    element(
      "div",
      { class: "stability-head" },
      title,
      element("button", { type: "button", class: "text", onclick: () => store.set({ stability: null }, "push") }, "Close"),
    ),
    problem,
    choices,
    where,
    limits,
    heading,
    plane.root,
    sliders,
    behaviour,
  );
  const chart = createSharpnessChart(chartRoot, page);

  const chosen = () => store.get().stability;
  const report = (/** @type {Error | null} */ error) => {
    problem.hidden = error === null;
    problem.textContent = error === null ? "" : sentenceOf(error);
  };

  const followed = newest(
    (/** @type {{body: object, ids: readonly string[]}} */ { body }, signal) =>
      /** @type {Promise<{paths: StabilityPath[]}>} */ (post("./api/v1/stability", body, signal)),
    (answer, { ids }) => {
      report(null);
      paths = new Map(answer.paths.flatMap((path, i) => (ids[i] === undefined ? [] : [[ids[i], path]])));
      show();
    },
    report,
  );
  const grids = newest(
    (/** @type {{body: object, key: string}} */ { body }, signal) =>
      /** @type {Promise<Sharpness>} */ (post("./api/v1/sharpness", body, signal)),
    (answer, { key }) => {
      if (key !== gridOf) return;
      grid = answer;
      showRegion();
    },
    report,
  );
  const linearisations = newest(
    (/** @type {{body: object, id: string}} */ { body }, signal) =>
      /** @type {Promise<{paths: StabilityPath[]}>} */ (post("./api/v1/stability", body, signal)),
    (answer, { id }) => {
      if (id === chosen()) showLinearised(answer.paths[0]?.linearised ?? null);
    },
    report,
  );

  const isCurved = () => objectiveOf(catalog, store.get().objective).valley != null;

  /**
   * The minimum at which the rule is linearised: that of the variant's own descent, or the lowest. Where
   * minima form a curve, the server takes the point of it that is nearest to where the descent ended.
   */
  const minimumOf = (/** @type {string} */ id) => {
    const descent = model.descents().get(id);
    const index = descent?.minimum;
    const minima = model.minima();
    if (descent && index != null && isCurved()) {
      return { x: Number(descent.x[descent.x.length - 1]), y: Number(descent.y[descent.y.length - 1]) };
    }
    return (index != null && minima[index]) || minima.find(({ global }) => global) || null;
  };

  /** @param {HistoryMode} [mode] */
  const ask = (mode = "push") => {
    const state = store.get();
    if (state.stability === null || state.file?.own) return;
    followed.ask({ body: stabilityRequest(state, catalog), ids: state.bar }, { abort: mode === "push" });
    askLinearised();
  };

  const askLinearised = () => {
    const state = store.get();
    const id = state.stability;
    if (id === null || state.file?.own) return;
    const minimum = minimumOf(id);
    if (!minimum) {
      linearOf = "";
      heading.textContent = "At a minimum";
      behaviour.textContent = "No minimum is listed here at which a rule could be linearised.";
      plane.root.hidden = true;
      showSliders(id, false);
      return;
    }
    const { x, y } = minimum;
    const body = linearisationRequest(state, catalog, id, { x, y });
    const key = JSON.stringify([body.objective, body.optimizers, body.minimum]);
    if (key === linearOf) return;
    linearOf = key;
    linearisations.ask({ body, id }, { abort: false });
  };

  /** The grid covers the domain, or what is in view where that is chosen. */
  const askGrid = () => {
    const state = store.get();
    if (state.stability === null || state.file?.own || state.surface !== "contour") return;
    const map = plot.map();
    const isSame = seen.map === map && seen.objective === state.objective && seen.parameters === state.parameters;
    if (isSame || !(map.area.width > 1)) return;
    // While the view moves the last grid is still true where it reaches.
    if (seen.objective !== state.objective || seen.parameters !== state.parameters) grid = null;
    seen = { map, objective: state.objective, parameters: state.parameters };
    const body = sharpnessRequest(state, catalog, map.bounds);
    const key = JSON.stringify(body);
    if (key === gridOf) return;
    gridOf = key;
    grids.ask({ body, key }, { abort: false });
  };

  const showRegion = () => {
    const state = store.get();
    const id = state.stability;
    const path = id === null ? undefined : paths.get(id);
    const limit = path?.limit;
    if (!grid || id === null || limit?.of !== "sharpness") {
      region = null;
      regionOf = "";
    } else {
      const values = hyperparametersOf(state, id, catalog);
      const level = limit.value / Number(values.lr) - Number(values.weight_decay ?? 0);
      const key = `${gridOf} ${level}`;
      if (key !== regionOf) {
        region = regionAbove({ x: grid.x, y: grid.y, values: grid.sharpness }, level);
        regionOf = key;
      }
    }
    where.textContent = id === null ? "" : regionText(labelOf(state, id, catalog), path);
    plot.invalidate();
  };

  /**
   * @param {string} label
   * @param {StabilityPath | undefined} path
   */
  const regionText = (label, path) => {
    if (!path?.limit) return `${label} has no region of its own. ${path?.reason ?? ""}`;
    if (path.limit.of === "preconditioned") {
      return `${label} scales each coordinate by what its path has met: whether a place is unstable belongs to the path, and the chart below the plot shows it.`;
    }
    const scheduled = store.get().schedules[store.get().stability ?? ""];
    const rate = scheduled ? "its unscheduled rate" : "its rate";
    if (region && region.polygons.length === 0) return `${label} is stable at ${rate} wherever the plot reaches.`;
    return `Hatched: ${label} is unstable at ${rate}; the sharpness there is above its limit divided by the rate.`;
  };

  /** @param {StabilityPath["linearised"]} linearised */
  const showLinearised = (linearised) => {
    const state = store.get();
    const id = state.stability;
    if (id === null) return;
    const values = hyperparametersOf(state, id, catalog);
    const map = linearised?.map ?? null;
    if (linearised) {
      const { x, y } = linearised.at;
      const what = isCurved() ? "Where it ends on the curve of minima" : "At the minimum";
      heading.textContent = `${what}: (${coordinate(x)}, ${coordinate(y)})`;
    }
    plane.root.hidden = map === null;
    if (map) plane.show(map, Number(values.lr), "momentum" in values ? Number(values.momentum) : null);
    showSliders(id, map !== null);
    const modes = linearised?.modes ?? [];
    behaviour.textContent = [modesText(modes), linearised?.note ?? ""].filter(Boolean).join(" ");
  };

  /**
   * @param {string} id
   * @param {boolean} wanted
   */
  const showSliders = (id, wanted) => {
    sliders.hidden = !wanted;
    if (!wanted) return;
    const optimizer = optimizerOf(catalog, id);
    const rows = optimizer.hyperparameters.filter((h) => h.id === "lr" || h.id === "momentum");
    if (controlsOf !== id) {
      controlsOf = id;
      controls = rows.map((h) => ({
        id: h.id,
        control: numberControl({
          name: `${h.name} on the map`,
          id: h.id,
          symbol: h.symbol,
          description: h.description,
          min: h.min,
          max: h.max,
          scale: h.scale === "log" ? "log" : "linear",
          onInput: (value, mode) =>
            store.set({ hyperparameters: withHyperparameter(store.get(), catalog, id, h.id, value) }, mode),
        }),
      }));
      sliders.replaceChildren(...controls.map(({ control }) => control.root));
    }
    const values = hyperparametersOf(store.get(), id, catalog);
    for (const { id: name, control } of controls) control.show(Number(values[name]));
  };
  /** @type {{id: string, control: import("../../widgets/controls.js").NumberControl}[]} */
  let controls = [];

  const showChoices = () => {
    const state = store.get();
    const id = chosen();
    const needed = JSON.stringify([state.bar, id, state.names, state.hyperparameters, themeName()]);
    if (choices.dataset.of === needed) return;
    choices.dataset.of = needed;
    choices.replaceChildren(
      ...state.bar.map((one) =>
        element(
          "button",
          {
            type: "button",
            class: "pick",
            "aria-pressed": String(one === id),
            onclick: () => store.set({ stability: one }, "push"),
          },
          lineSample(one),
          element("span", {}, labelOf(state, one, catalog)),
        ),
      ),
    );
  };

  const show = () => {
    const state = store.get();
    const open = state.stability !== null && !state.file?.own;
    root.hidden = chartRoot.hidden = page.chartHead.hidden = !open;
    if (!open) {
      results.tell(new Map());
      region = null;
      plot.invalidate();
      return;
    }
    showChoices();
    showRegion();
    const shown = new Map([...paths].filter(([id]) => state.bar.includes(id) && !state.off.includes(id)));
    const ends = [...shown.keys()].map((id) => model.descents().get(id)?.steps ?? 0);
    chart.show(shown, Math.max(1, ...ends));
    results.tell(
      new Map(
        [...shown].map(([id, path]) => [
          id,
          { text: statusText(path), meaning: statusMeaning(path), from: path.crossing?.first ?? 0 },
        ]),
      ),
    );
    limits.textContent = [...[...shown].map(([id, path]) => limitText(labelOf(state, id, catalog), path)), NOISE_FREE].join(" ");
  };

  plot.decorate((overlay) => {
    askGrid();
    if (region && chosen() !== null && store.get().surface === "contour") {
      const drawn = region;
      overlay.draw((context, map) => drawRegion(context, map, drawn));
    }
  }, "below");

  watch(store, COMPUTED_FROM, (_state, _previous, mode) => ask(mode));
  watch(store, ["stability"], () => {
    ask();
    show();
  });
  watch(store, ["off", "names", "file", "surface"], show);
  ask();
  show();

  return {
    focus: () => title.focus(),
    follow: chart.invalidate,
    /** The region for a picture of the plot. */
    picture() {
      const id = chosen();
      return id === null || !region ? undefined : regionPicture(region, labelOf(store.get(), id, catalog));
    },
    emphasize: chart.emphasize,
    /** Descents or the theme have changed. */
    refresh() {
      askLinearised();
      if (store.get().stability !== null) showLinearisedAgain();
      show();
    },
  };

  /** Colours are of the theme: ask for the map once more, which is cached nowhere and small. */
  function showLinearisedAgain() {
    if (root.dataset.theme === themeName()) return;
    root.dataset.theme = themeName();
    linearOf = "";
    askLinearised();
  }
}

