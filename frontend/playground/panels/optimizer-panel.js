/** Presets, budgets, noise, and what each optimizer can be told, with its formula. */

import { element, math } from "../../core/dom.js";
import { themeName } from "../../core/theme.js";
import { choiceControl, numberControl, switchControl } from "../../widgets/controls.js";
import { numberField } from "../../widgets/number-field.js";
import {
  budgetText,
  countsGradients,
  hyperparametersOf,
  isPreset,
  noiseOf,
  ofPins,
  searchesLines,
  stepsOf,
  withHyperparameter,
} from "../model/settings.js";
import { commonBudget, originOfSettings } from "../model/captions.js";
import { exactNames, optimizerOf } from "../model/playground-catalog.js";
import { setting } from "../../core/format.js";
import { isTyped } from "../model/typed-function.js";
import { labelOf, nameOf } from "../model/variants.js";
import { scheduleName } from "../schedules/schedule-settings.js";
import { lineSample } from "./results.js";

/** @typedef {import("../../core/store.js").HistoryMode} HistoryMode */
/** @typedef {import("../model/playground-state.js").Noise} Noise */

/**
 * @param {HTMLElement} root
 * @param {import("../../core/store.js").Store<import("../model/playground-state.js").State>} store
 * @param {import("../model/settings.js").Catalog} catalog
 * @param {import("../variants/variant-actions.js").VariantActions} actions
 * @param {(id: string) => import("../model/computed.js").Rates | null} ratesOf  a variant's learning
 *   rates, as the last answer has them; null: they are constant
 * @returns {{refresh: () => void, showRates: () => void, unfold: (id: string) => void}} `unfold` opens
 *   the panel of a variant
 */
export function createOptimizerPanel(root, store, catalog, actions, ratesOf) {
  /** @type {(() => void)[]} */
  let shows = [];
  /** Those of the schedules' panels, which show the rates as well. @type {(() => void)[]} */
  let schedules = [];
  let built = "";

  /**
   * @param {string} id  of a variant
   * @param {string} name
   * @param {number | boolean} value
   * @param {HistoryMode} mode
   */
  const set = (id, name, value, mode) => {
    store.set({ hyperparameters: withHyperparameter(store.get(), catalog, id, name, value) }, mode);
  };

  /** @param {string} id */
  const reset = (id) => {
    const { hyperparameters, stepsOf: steps, schedules: chosen } = store.get();
    const { [id]: _own, ...rest } = hyperparameters;
    const { [id]: _steps, ...others } = steps;
    const { [id]: _schedule, ...constant } = chosen;
    store.set({ hyperparameters: rest, stepsOf: others, schedules: constant }, "push");
  };

  /**
   * What a variant's panel holds once it is unfolded.
   * @param {string} id
   */
  const inside = (id) => {
    const optimizer = optimizerOf(catalog, id);
    const { reference } = optimizer;
    const controls = optimizer.hyperparameters.map((h) => {
      const change = (/** @type {number | boolean} */ value, /** @type {HistoryMode} */ mode = "push") =>
        set(id, h.id, value, mode);
      if (h.scale === "switch") {
        const control = switchControl({ name: h.name, description: h.description, onChange: change });
        shows.push(() => control.show(Boolean(hyperparametersOf(store.get(), id, catalog)[h.id])));
        return control.root;
      }
      const { name, symbol, description, min, max, scale } = h;
      const control = numberControl({ name, id: h.id, symbol, caption: name, description, min, max, scale, onInput: change });
      shows.push(() => control.show(Number(hyperparametersOf(store.get(), id, catalog)[h.id])));
      return control.root;
    });
    const unit = countsGradients(id, catalog) ? "gradients" : "steps";
    const steps = numberControl({
      name: `${unit.charAt(0).toUpperCase()}${unit.slice(1)} of ${nameOf(store.get(), id, catalog)}`,
      symbol: unit,
      description: `How many ${unit} it may take at the most`,
      min: catalog.steps.min,
      max: catalog.steps.max,
      scale: "log",
      whole: true,
      onInput: (value, mode) =>
        store.set({ stepsOf: { ...store.get().stepsOf, [id]: value } }, mode),
    });
    shows.push(() => steps.show(stepsOf(store.get(), id, catalog)));
    const undo = element(
      "button",
      { type: "button", class: "text", onclick: () => reset(id) },
      "Reset",
    );
    shows.push(() => {
      const { hyperparameters, stepsOf: own, schedules: chosen } = store.get();
      undo.hidden = !hyperparameters[id] && !chosen[id] && own[id] === undefined;
    });
    const variant = element("div", { class: "variant-controls" });
    const filled = import("../variants/variant-controls.js").then((one) => one.fillVariantControls(variant, actions, id));
    shows.push(() => void filled.then((show) => show()));
    return [
      element("div", { class: "formula", tabindex: 0 }, math(optimizer.formula)),
      element(
        "p",
        { class: "about" },
        `${optimizer.description} `,
        optimizer.draws_average && "The path, its losses and its arrival are those of the average. ",
        element("a", { href: reference.url, title: reference.text, rel: "noopener" }, "Source"),
      ),
      ...controls,
      steps.root,
      optimizer.takes_schedule
        ? schedulePanel(id)
        : element("p", { class: "about" }, withoutSchedule(optimizer)),
      variant,
      ...(searchesLines(id, catalog)
        ? []
        : [
            element(
              "button",
              { type: "button", class: "text", onclick: () => store.set({ rates: id }, "push") },
              "Curve over the learning rate",
            ),
          ]),
      undo,
    ];
  };

  /**
   * The place of a variant's schedule, whose module is loaded when it is needed.
   * @param {string} id
   */
  const schedulePanel = (id) => {
    const place = element("div", {});
    const present = schedules;
    void import("../schedule-controls/schedule-panel.js").then(({ createSchedulePanel }) => {
      if (present !== schedules) return; // the panels were built anew meanwhile
      const panel = createSchedulePanel(id, { store, catalog, ratesOf });
      place.replaceWith(panel.root);
      schedules.push(panel.refresh);
      panel.refresh();
    });
    return place;
  };

  /** @param {string} id */
  const panel = (id) => {
    const name = element("span", { class: "name" });
    const gist = element("span", { class: "gist" });
    shows.push(() => {
      const state = store.get();
      const values = hyperparametersOf(state, id, catalog);
      const budget = budgetText(stepsOf(state, id, catalog), id, catalog);
      name.textContent = labelOf(state, id, catalog);
      name.title = nameOf(state, id, catalog);
      const schedule = scheduleName(state, id, catalog);
      const rate = `lr (η) ${setting(Number(values.lr))}${schedule && ` · ${schedule}`}`;
      gist.textContent = `${rate} · ${budget}`;
    });
    const summary = element(
      "summary",
      {},
      lineSample(id),
      name,
      gist,
    );
    const details = element("details", { "data-optimizer": id }, summary);
    const fill = () => {
      const before = shows.length;
      details.append(...inside(id));
      for (const show of shows.slice(before)) show();
    };
    details.open = open.has(id);
    if (details.open) fill();
    details.addEventListener("toggle", () => {
      open[details.open ? "add" : "delete"](id);
      if (details.open && details.childElementCount === 1) fill();
    });
    return details;
  };
  /** Those that are unfolded stay so when the bar changes. @type {Set<string>} */
  const open = new Set();

  const preset = choiceControl({
    name: "Hyperparameters",
    choices: [
      ["swept", "Swept defaults"],
      ["article", "As in the article"],
    ],
    onChange: (choice) =>
      store.set(
        {
          preset: choice,
          hyperparameters: ofPins(store.get().hyperparameters),
          steps: null,
          stepsOf: ofPins(store.get().stepsOf),
          schedules: ofPins(store.get().schedules),
          noise: {},
        },
        "push",
      ),
  });
  const spread = element("span", {});
  const steps = numberControl({
    name: "Steps of all optimizers",
    symbol: "steps",
    caption: spread,
    description: "How many steps each optimizer may take at the most; gradients where a step takes several",
    min: catalog.steps.min,
    max: catalog.steps.max,
    scale: "log",
    whole: true,
    onInput: (value, mode) => store.set({ steps: value, stepsOf: ofPins(store.get().stepsOf) }, mode),
  });

  const noise = noisePanel(store, catalog);
  const panels = element("div", { class: "optimizer-panels" });
  const explained = element("p", { class: "about" });
  root.replaceChildren(
    element("h2", {}, "Hyperparameters"),
    preset.root,
    explained,
    steps.root,
    panels,
    noise.root,
  );

  const refresh = () => {
    const state = store.get();
    const needed = `${state.bar.join()} ${themeName()}`;
    if (needed !== built) {
      built = needed;
      shows = [];
      schedules = [];
      panels.replaceChildren(...state.bar.map(panel));
    }
    preset.show(isPreset(state) ? state.preset : null);
    const usual = /** @type {HTMLElement} */ (preset.root.querySelector('[data-value="swept"]'));
    usual.textContent = isTyped(state.objective) ? "Defaults" : "Swept defaults";
    explained.textContent = originOfSettings(state, catalog);
    const budget = commonBudget(state, catalog);
    steps.show(budget.steps);
    spread.textContent = budget.caption;
    noise.refresh();
    for (const show of [...shows, ...schedules]) show();
  };
  return {
    refresh,
    showRates() {
      for (const show of schedules) show();
    },
    unfold(id) {
      open.add(id);
      const details = /** @type {HTMLDetailsElement | null} */ (panels.querySelector(`[data-optimizer="${id}"]`));
      if (details) details.open = true;
    },
  };
}

/**
 * Why an optimizer has no schedule.
 * @param {import("../model/settings.js").Optimizer} optimizer
 */
function withoutSchedule({ draws_average: averages }) {
  return averages
    ? "No schedule: its average takes the place of a decaying rate."
    : "No schedule, no noise and no curve over the rate: a line search finds the length of each step by comparing exact losses.";
}

/**
 * @param {import("../../core/store.js").Store<import("../model/playground-state.js").State>} store
 * @param {import("../model/settings.js").Catalog} catalog
 */
function noisePanel(store, catalog) {
  const { std, batch_size: batch, seed } = catalog.noise;
  const set = (/** @type {Partial<Noise>} */ change, /** @type {HistoryMode} */ mode = "push") =>
    store.set({ noise: { ...store.get().noise, ...change } }, mode);
  const deviation = numberControl({
    name: "Standard deviation of a one-sample gradient",
    symbol: "σ",
    caption: "of the gradient that one sample gives",
    description: "Standard deviation of the gradient that one sample gives",
    min: std.min,
    max: std.max,
    scale: "log",
    onInput: (value, mode) => set({ std: value }, mode),
  });
  const size = numberControl({
    name: "Batch size",
    symbol: "batch",
    caption: "noise is σ / √batch",
    description: "The noise is divided by the square root of the batch size",
    min: batch.min,
    max: batch.max,
    scale: "log",
    whole: true,
    onInput: (value, mode) => set({ batch_size: value }, mode),
  });
  const draws = numberField({
    name: "Seed of the noise",
    min: seed.min,
    max: seed.max,
    whole: true,
    step: (value, direction) => value + direction,
    onEnter: (value) => set({ seed: value }),
  });
  draws.field.id = "noise-seed";
  const again = element(
    "button",
    { type: "button", class: "text", onclick: () => set({ seed: noiseOf(store.get(), catalog).seed + 1 }) },
    "Draw again",
  );
  const all = switchControl({
    name: `Noise for all optimizers but ${exactNames(catalog)}`,
    description: "They draw the same noise as SGD, by the number of the gradient",
    onChange: (on) => set({ all: on }),
  });
  const gist = element("span", { class: "gist" });
  return {
    root: element(
      "details",
      { class: "noise" },
      element("summary", {}, element("span", { class: "name" }, "Gradient noise"), gist),
      element(
        "p",
        { class: "about" },
        "SGD sees gradients with Gaussian noise, as mini-batches make it; the same seed draws the same noise.",
      ),
      deviation.root,
      size.root,
      element(
        "div",
        { class: "control" },
        element(
          "div",
          { class: "control-name" },
          element("label", { for: draws.field.id }, element("span", { class: "symbol" }, "seed")),
          again,
        ),
        draws.field,
        draws.problem,
      ),
      all.root,
      element("div", { id: "many-seeds", class: "many-seeds" }),
    ),
    refresh() {
      const values = noiseOf(store.get(), catalog);
      deviation.show(values.std);
      size.show(values.batch_size);
      draws.show(values.seed);
      all.show(values.all);
      const who = values.all ? "all but the exact" : "SGD only";
      gist.textContent = values.std === 0 ? "none" : `σ ${setting(values.std)} · ${who}`;
    },
  };
}
