/** What a link may say: a state without what the server does not know or would refuse. */

import { SPEEDS } from "../../core/playback.js";
import { MAX_PINS, MAX_VARIANTS, isPin, pinId, unpinnedId } from "../../core/variant-id.js";
import { knownSchedule } from "../schedules/schedule-settings.js";
import { objectiveOf } from "./playground-catalog.js";
import { hyperparametersOf, searchesLines, stepsOf } from "./settings.js";
import { optimizerIdOf } from "./variants.js";

/** @typedef {import("./playground-state.js").State} State */
/** @typedef {import("./playground-catalog.js").Catalog} Catalog */
/** @typedef {import("./playground-catalog.js").Limits} Limits */

/**
 * @param {number | boolean | undefined} value
 * @param {{min: number, max: number}} limits
 */
function within(value, { min, max }) {
  return typeof value === "number" && value >= min && value <= max;
}

/** The server's limit: starts and bounds farther from the origin show nothing of any objective. */
export const MAX_COORDINATE = 1e4;

/**
 * @template {object} T
 * @param {T | null} place  all of whose entries are coordinates
 * @returns {T | null} null where it is out of reach
 */
function reachable(place) {
  if (place === null) return null;
  const far = Object.values(place).some((value) => Math.abs(value) > MAX_COORDINATE);
  return far ? null : place;
}

/**
 * The entries of an object that pass.
 * @template T
 * @param {Readonly<Record<string, T>>} object
 * @param {(key: string, value: T) => boolean | undefined} passes
 * @returns {Record<string, T>}
 */
function only(object, passes) {
  return Object.fromEntries(Object.entries(object).filter(([key, value]) => passes(key, value)));
}

/**
 * Drop from a state what the server does not know or would refuse, so that an old or mistyped
 * link opens.
 * @param {State} state
 * @param {Catalog} catalog
 * @param {State} defaults
 * @returns {State}
 */
export function sanitized(state, catalog, defaults) {
  const known = new Map(catalog.optimizers.map((optimizer) => [optimizer.id, optimizer]));
  const objective =
    catalog.typed?.get(state.objective) ??
    catalog.objectives.find(({ id }) => id === state.objective) ??
    objectiveOf(catalog, defaults.objective);
  const members = state.bar.filter((id) => known.has(optimizerIdOf(id))).slice(0, MAX_VARIANTS);
  const bar = members.length ? members : defaults.bar;
  const pins = state.pins.filter((id) => bar.includes(id)).slice(0, MAX_PINS);
  const isKept = (/** @type {string} */ id) =>
    known.has(optimizerIdOf(id)) && (!isPin(id) || pins.includes(unpinnedId(id)));
  const budget = (/** @type {number | null} */ steps) =>
    steps !== null && Number.isInteger(steps) && within(steps, catalog.steps);
  const hyperparameters = Object.entries(state.hyperparameters).flatMap(([id, values]) => {
    const own = only(values, (name, value) => {
      const found = known.get(optimizerIdOf(id))?.hyperparameters.find((one) => one.id === name);
      if (!found) return false;
      return found.scale === "switch" ? typeof value === "boolean" : within(value, found);
    });
    return Object.keys(own).length && isKept(id) ? [[id, own]] : [];
  });
  const schedules = Object.entries(state.schedules).flatMap(([id, chosen]) => {
    const takes = known.get(optimizerIdOf(id))?.takes_schedule;
    const own = takes && isKept(id) ? knownSchedule(chosen, catalog) : null;
    return own ? [[id, own]] : [];
  });
  const { std, batch_size: size, seed, all } = state.noise;
  const whole = (/** @type {number | undefined} */ value, /** @type {Limits} */ limits) =>
    Number.isInteger(value) && within(value, limits);
  const curved = (/** @type {string} */ id) => bar.includes(id) && !searchesLines(id, catalog);
  const rates = state.rates !== null && curved(state.rates) ? state.rates : null;
  const seconds = rates === null ? [] : (known.get(optimizerIdOf(rates))?.hyperparameters ?? []);
  /** @type {State} */
  const clean = {
    ...state,
    objective: objective.id,
    parameters: only(state.parameters, (name, value) => {
      const parameter = objective.parameters.find(({ id }) => id === name);
      return parameter && value !== parameter.default && within(value, parameter);
    }),
    start: reachable(state.start),
    bounds: reachable(state.bounds),
    bar,
    off: state.off.filter((id) => bar.includes(id)),
    pins,
    names: only(state.names, (id) => bar.includes(id)),
    hyperparameters: Object.fromEntries(hyperparameters),
    steps: budget(state.steps) ? state.steps : null,
    stepsOf: only(state.stepsOf, (id, steps) => isKept(id) && budget(steps)),
    schedules: Object.fromEntries(schedules),
    noise: {
      ...(std !== undefined && within(std, catalog.noise.std) ? { std } : {}),
      ...(size !== undefined && whole(size, catalog.noise.batch_size) ? { batch_size: size } : {}),
      ...(seed !== undefined && whole(seed, catalog.noise.seed) ? { seed } : {}),
      ...(all === undefined ? {} : { all }),
    },
    speed: SPEEDS.includes(state.speed) ? state.speed : defaults.speed,
    ensemble:
      state.ensemble && bar.includes(state.ensemble.id) && whole(state.ensemble.seeds, catalog.seeds)
        ? state.ensemble
        : null,
    rates,
    across: seconds.some(({ id, scale }) => id === state.across && id !== "lr" && scale !== "switch") ? state.across : null,
    stability: state.stability !== null && bar.includes(state.stability) ? state.stability : null,
    basins: state.basins !== null && bar.includes(state.basins) ? state.basins : null,
    guess: state.guess !== null && bar.includes(state.guess) && !state.off.includes(state.guess) ? state.guess : null,
  };
  return pins.length ? withWholePins(clean, catalog) : clean;
}

/**
 * A state whose pins have all of their settings, those too that its link leaves to the preset.
 * @param {State} state
 * @param {Catalog} catalog
 * @returns {State}
 */
function withWholePins(state, catalog) {
  const ids = state.pins.map(pinId);
  const each = (/** @type {(id: string) => any} */ of) => Object.fromEntries(ids.map((id) => [id, of(id)]));
  return {
    ...state,
    hyperparameters: { ...state.hyperparameters, ...each((id) => hyperparametersOf(state, id, catalog)) },
    stepsOf: { ...state.stepsOf, ...each((id) => stepsOf(state, id, catalog)) },
  };
}
