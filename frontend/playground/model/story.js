/**
 * Stories as the server tells them, and the state of the page that one of their views opens.
 */

import { integer, percent, setting } from "../../core/format.js";
import { descentsRequest } from "./requests.js";
import { hyperparametersOf, noiseOf, stepsOf } from "./settings.js";
import { objectiveOf } from "./playground-catalog.js";
import { DEFAULTS } from "./playground-state.js";

/** @typedef {import("./settings.js").Catalog} Catalog */
/** @typedef {import("./playground-state.js").State} State */
/** @typedef {import("./playground-state.js").Values} Values */
/** @typedef {import("./playground-state.js").Noise} Noise */

/** @typedef {import("../../core/api-types.d.ts").StoryView} View */
/** @typedef {import("../../core/api-types.d.ts").StoryColumn} Column */
/** @typedef {Column["unit"]} Unit */

/** @typedef {import("../../core/api-types.d.ts").StoryRow} Row */
/** @typedef {import("../../core/api-types.d.ts").StoryVerdict} Verdict */
/** @typedef {import("../../core/api-types.d.ts").Story} Story */

/**
 * The whole state that a view opens. What a person has set for their eyes (speed, scale of the
 * loss, camera) stays.
 *
 * A state keeps only what differs from a preset. Of the two presets that one is chosen from which
 * the view differs less, so that the page shows it by its name and the link is short.
 * @param {View} view
 * @param {Catalog} catalog
 * @param {State} current
 * @param {string | null} story  to which the view belongs
 * @returns {State}
 */
export function stateOfView(view, catalog, current, story) {
  const objective = objectiveOf(catalog, view.objective);
  const ids = view.optimizers.map(({ id }) => id);
  /** @type {State} */
  const plain = {
    ...DEFAULTS,
    speed: current.speed,
    lossScale: current.lossScale,
    camera: current.camera,
    present: current.present,
    hide: current.hide,
    objective: view.objective,
    parameters: Object.fromEntries(
      objective.parameters.flatMap(({ id, default: usual }) => {
        const value = view.parameters[id];
        return value === undefined || value === usual ? [] : [[id, value]];
      }),
    ),
    start: view.start,
    bar: catalog.optimizers.map(({ id }) => id).filter((id) => ids.includes(id)),
    surface: view.surface,
    basins: view.basins,
    ensemble: view.ensemble ? { id: view.ensemble.optimizer, seeds: view.ensemble.seeds } : null,
    stability: view.stability ?? null,
    story,
  };
  const swept = withSettings(view, catalog, { ...plain, preset: "swept" });
  const article = withSettings(view, catalog, { ...plain, preset: "article" });
  return differences(article) < differences(swept) ? article : swept;
}

/**
 * @param {View} view
 * @param {Catalog} catalog
 * @param {State} preset  a state with nothing set by hand
 * @returns {State}
 */
function withSettings({ optimizers, noise }, catalog, preset) {
  const usual = new Map(
    optimizers.map(({ id }) => [
      id,
      { hyperparameters: hyperparametersOf(preset, id, catalog), steps: stepsOf(preset, id, catalog) },
    ]),
  );
  const hyperparameters = optimizers.flatMap(({ id, hyperparameters: values }) => {
    const own = differing(values, usual.get(id)?.hyperparameters ?? {});
    return Object.keys(own).length ? [[id, own]] : [];
  });
  const changed = optimizers.filter(({ id, steps }) => steps !== usual.get(id)?.steps);
  const budgets = new Set(optimizers.map(({ steps }) => steps));
  const common = changed.length > 0 && budgets.size === 1 ? [...budgets][0] : undefined;
  return {
    ...preset,
    hyperparameters: Object.fromEntries(hyperparameters),
    steps: common ?? null,
    stepsOf:
      common === undefined ? Object.fromEntries(changed.map(({ id, steps }) => [id, steps])) : {},
    noise: differing(noise, noiseOf(preset, catalog)),
  };
}

/**
 * The entries of `values` that `usual` has otherwise.
 * @template {object} T
 * @param {T} values
 * @param {Readonly<Partial<T>>} usual
 * @returns {Partial<T>}
 */
function differing(values, usual) {
  const keys = /** @type {(keyof T)[]} */ (Object.keys(values));
  const own = keys.filter((key) => values[key] !== usual[key]).map((key) => [key, values[key]]);
  return Object.fromEntries(own);
}

/**
 * How much a state says beside its preset.
 * @param {State} state
 */
function differences({ hyperparameters, steps, stepsOf: budgets, noise }) {
  const counts = [...Object.values(hyperparameters), budgets, noise].map((o) => Object.keys(o).length);
  return counts.reduce((sum, count) => sum + count, steps === null ? 0 : 1);
}

/**
 * What is computed for a state, as text: two states with the same text show the same descents,
 * whatever part of them is in view and whatever is pinned beside them.
 * @param {State} state
 * @param {Catalog} catalog
 */
export function computedFor(state, catalog) {
  return JSON.stringify(descentsRequest({ ...state, pins: [] }, catalog));
}

/**
 * A measured value of a story's table.
 * @param {number | null} value
 * @param {Unit} unit
 */
export function measurement(value, unit) {
  if (value === null) return "—";
  switch (unit) {
    case "share":
      return percent(value);
    case "steps":
      return integer(Math.round(value));
    case "turns":
    case "rate":
    case "distance":
      return setting(value);
  }
}
