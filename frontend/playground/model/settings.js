/** What the state sets of descents: hyperparameters, budgets, noise, start and parameters. */

import { integer, setting } from "../../core/format.js";
import { isPin } from "../../core/variant-id.js";
import { scheduleText } from "../schedules/schedule-settings.js";
import { objectiveOf, optimizerOf } from "./playground-catalog.js";

/** @typedef {import("./playground-state.js").State} State */
/** @typedef {import("./playground-state.js").Values} Values */
/** @typedef {import("./playground-catalog.js").Catalog} Catalog */
/** @typedef {import("./playground-catalog.js").Objective} Objective */
/** @typedef {import("./playground-catalog.js").Optimizer} Optimizer */

/**
 * What an optimizer's hyperparameters are under a preset when nobody set them.
 * @param {Optimizer} optimizer
 * @param {State["preset"]} preset
 * @param {string} objective
 * @returns {Values}
 */
export function presetValues(optimizer, preset, objective) {
  if (preset === "article" && optimizer.article) return optimizer.article.hyperparameters;
  const values = Object.fromEntries(optimizer.hyperparameters.map((h) => [h.id, h.default]));
  const rate = optimizer.learning_rates[objective];
  if (rate !== undefined && "lr" in values) values.lr = rate;
  return values;
}

/**
 * @param {State} state
 * @param {string} id  of a variant
 * @param {Catalog} catalog
 * @returns {Values}
 */
export function hyperparametersOf(state, id, catalog) {
  return {
    ...presetValues(optimizerOf(catalog, id), state.preset, state.objective),
    ...state.hyperparameters[id],
  };
}

/**
 * What is set by hand once a variant has a value of a hyperparameter; nothing where it is the preset's.
 * @param {Readonly<State>} state
 * @param {Catalog} catalog
 * @param {string} id  of the variant
 * @param {string} name  of the hyperparameter
 * @param {number | boolean} value
 * @returns {State["hyperparameters"]}
 */
export function withHyperparameter({ preset, objective, hyperparameters }, catalog, id, name, value) {
  const { [name]: _before, ...others } = hyperparameters[id] ?? {};
  const same = presetValues(optimizerOf(catalog, id), preset, objective)[name] === value;
  const own = same ? others : { ...others, [name]: value };
  const { [id]: _own, ...rest } = hyperparameters;
  return Object.keys(own).length ? { ...rest, [id]: own } : rest;
}

/**
 * A variant's budget.
 * @param {State} state
 * @param {string} id
 * @param {Catalog} catalog
 * @returns {number}
 */
export function stepsOf(state, id, catalog) {
  const own = state.stepsOf[id];
  if (own !== undefined) return own;
  if (state.steps !== null) return state.steps;
  const { article } = optimizerOf(catalog, id);
  return (state.preset === "article" && article?.steps) || catalog.steps.default;
}

/**
 * Whether a variant's budget is told in gradients, because its steps do not take one each.
 * @param {string} id
 * @param {Catalog} catalog
 */
export function countsGradients(id, catalog) {
  return optimizerOf(catalog, id).evaluations !== 1;
}

/**
 * Whether a line search finds the length of a variant's steps, so that it has no rate to choose.
 * @param {string} id
 * @param {Catalog} catalog
 */
export function searchesLines(id, catalog) {
  return optimizerOf(catalog, id).evaluations === null;
}

/**
 * A variant's budget in words.
 * @param {number} steps
 * @param {string} id
 * @param {Catalog} catalog
 */
export function budgetText(steps, id, catalog) {
  return `${integer(steps)} ${countsGradients(id, catalog) ? "gradients" : "steps"}`;
}

/**
 * The steps that a variant's budget pays for, over which its schedule goes.
 * @param {State} state
 * @param {string} id
 * @param {Catalog} catalog
 */
export function scheduledStepsOf(state, id, catalog) {
  const { evaluations } = optimizerOf(catalog, id);
  return Math.max(1, Math.floor(stepsOf(state, id, catalog) / (evaluations ?? 1)));
}

/**
 * A variant's settings as they stand: hyperparameters by name, the schedule unless the rate is
 * constant, and the budget. A switch is named where it is on.
 * @param {State} state
 * @param {string} id
 * @param {Catalog} catalog
 */
export function settingsText(state, id, catalog) {
  const values = Object.entries(hyperparametersOf(state, id, catalog)).flatMap(([name, value]) => {
    if (typeof value === "boolean") return value ? [name] : [];
    return [`${name} ${setting(value)}`];
  });
  const schedule = scheduleText(state, id, scheduledStepsOf(state, id, catalog), catalog);
  return [...values, schedule, budgetText(stepsOf(state, id, catalog), id, catalog)].filter(Boolean).join(", ");
}

/**
 * The noise of the gradients. The article's descents have none.
 * @param {State} state
 * @param {Catalog} catalog
 * @returns {import("./playground-state.js").Noise}
 */
export function noiseOf(state, { noise }) {
  return {
    std: state.preset === "article" ? 0 : noise.std.default,
    batch_size: noise.batch_size.default,
    seed: noise.seed.default,
    all: false,
    ...state.noise,
  };
}

/**
 * @param {State} state
 * @param {Objective} objective
 */
export function startOf(state, objective) {
  return state.start ?? objective.start;
}

/**
 * @param {State} state
 * @param {Objective} objective
 * @returns {Record<string, number>}
 */
export function parametersOf(state, objective) {
  return Object.fromEntries(
    objective.parameters.map(({ id, default: value }) => [id, state.parameters[id] ?? value]),
  );
}

/**
 * What choosing an objective sets. Most open at their defaults; one that shows little there has an
 * opening of its own, whose preset is taken unless a person has chosen another or set something.
 * @param {State} state
 * @param {Catalog} catalog
 * @param {string} id
 * @returns {Pick<State, "objective" | "parameters" | "start" | "bounds" | "preset">}
 */
export function openingOf(state, catalog, id) {
  const presetOf = (/** @type {string} */ one) => objectiveOf(catalog, one).opening?.preset ?? "swept";
  const { opening } = objectiveOf(catalog, id);
  const chosen = !isPreset(state) || state.preset !== presetOf(state.objective);
  return {
    objective: id,
    parameters: opening?.parameters ?? {},
    start: opening?.start ?? null,
    bounds: null,
    preset: chosen ? state.preset : presetOf(id),
  };
}

/**
 * Whether the settings are those of a preset, with nothing set by hand; what is pinned stays as it was.
 * @param {State} state
 */
export function isPreset({ hyperparameters, stepsOf: budgets, schedules, steps, noise }) {
  const { seed: _drawn, ...set } = noise;
  const byHand = [hyperparameters, budgets, schedules].flatMap((one) => Object.keys(one).filter((id) => !isPin(id)));
  return steps === null && byHand.length + Object.keys(set).length === 0;
}

/**
 * The settings by variant of pins alone.
 * @template T
 * @param {Readonly<Record<string, T>>} settings
 */
export function ofPins(settings) {
  return Object.fromEntries(Object.entries(settings).filter(([id]) => isPin(id)));
}
