/** Sentences about the state, each derived from the state that it describes. */

import { coordinate, integer, number, setting } from "../../core/format.js";
import { optimizerOf } from "./playground-catalog.js";
import { countsGradients, noiseOf, searchesLines, stepsOf } from "./settings.js";
import { isTyped } from "./typed-function.js";
import { labelOf } from "./variants.js";

/** @typedef {import("./playground-state.js").State} State */
/** @typedef {import("./playground-catalog.js").Catalog} Catalog */
/** @typedef {import("./computed.js").Minimum} Minimum */

/** As many places are named. */
const MOST_PLACES = 4;

/**
 * Where the hyperparameters of the bar's optimizers come from.
 * @param {State} state
 * @param {Catalog} catalog
 */
export function originOfSettings(state, catalog) {
  const { bar, preset } = state;
  const byHand = bar.filter((id) => state.hyperparameters[id] || state.schedules[id] || state.stepsOf[id] !== undefined);
  const untouched = bar.filter((id) => !byHand.includes(id));
  const article = untouched.filter((id) => preset === "article" && optimizerOf(catalog, id).article);
  const others = untouched.filter((id) => !article.includes(id));
  const searching = others.filter((id) => searchesLines(id, catalog));
  const tuned = others.filter((id) => !searching.includes(id));
  const usual = tuned.filter((id) => optimizerOf(catalog, id).no_rate_works.includes(state.objective));
  const own = isTyped(state.objective);
  const swept = tuned.filter((id) => !usual.includes(id) && !own);
  return [
    article.length && articleSentence(article, state, catalog),
    swept.length && sweptSentence(swept, state, catalog),
    own && tuned.length && ownSentence(tuned, state, catalog),
    usual.length && `${list(usual, state, catalog)}: the default learning rate; none arrives here from any start.`,
    searching.length &&
      `${list(searching, state, catalog)}: the full step first; a line search finds the length of each step.`,
    byHand.length && `${list(byHand, state, catalog)}: set by hand.`,
  ]
    .filter(Boolean)
    .join(" ");
}

/**
 * @param {string[]} ids
 * @param {State} state
 * @param {Catalog} catalog
 */
function articleSentence(ids, state, catalog) {
  const who = ids.length === state.bar.length ? "" : `${list(ids, state, catalog)}: `;
  const steps = state.steps === null ? ", constants and step counts" : " and constants";
  const noise = noiseOf(state, catalog).std === 0 ? ", without noise" : "";
  const what = `the rates${steps} of the article’s own page${noise}.`;
  return who ? `${who}${what}` : `${what.charAt(0).toUpperCase()}${what.slice(1)}`;
}

/**
 * @param {string[]} ids
 * @param {State} state
 * @param {Catalog} catalog
 */
function sweptSentence(ids, state, catalog) {
  const all = ids.length === state.bar.length;
  const who = all ? "Each learning rate" : `${list(ids, state, catalog)}: the learning rate`;
  const where = Object.keys(state.parameters).length ? " at this objective’s default parameters" : "";
  return `${who} won a sweep${where}: the largest share of starts that arrive at the global minimum.`;
}

/**
 * @param {string[]} ids
 * @param {State} state
 * @param {Catalog} catalog
 */
function ownSentence(ids, state, catalog) {
  const who = ids.length === state.bar.length ? "Each learning rate" : `${list(ids, state, catalog)}: the learning rate`;
  return `${who} is the optimizer’s default: for a typed function none was measured.`;
}

/**
 * The budget that all optimizers of the bar have in common, or else how far theirs reach.
 * @param {State} state
 * @param {Catalog} catalog
 * @returns {{steps: number, caption: string}} the largest, and what to say where they differ
 */
export function commonBudget(state, catalog) {
  const budgets = state.bar.map((id) => stepsOf(state, id, catalog));
  const [least, most] = [Math.min(...budgets), Math.max(...budgets)];
  const differing = least === most ? "" : `${integer(least)} to ${integer(most)}: each optimizer has its own`;
  const counting = state.bar.some((id) => countsGradients(id, catalog)) ? "gradients, one a step for most" : "";
  return { steps: most, caption: [differing, counting].filter(Boolean).join("; ") };
}

/**
 * What minima a typed function has, and where they were searched.
 * @param {readonly Minimum[]} minima
 * @param {boolean} tooMany
 * @param {import("../../core/geometry/bounds.js").Bounds} domain
 */
export function foundSentence(minima, tooMany, { x0, x1, y0, y1 }) {
  const where = `x from ${setting(x0)} to ${setting(x1)} and y from ${setting(y0)} to ${setting(y1)}`;
  if (tooMany) return `For ${where} there are too many minima to list, or valleys without a lowest point.`;
  if (minima.length === 0) return `No isolated minimum was found for ${where}; beyond, none was searched.`;
  return `${minimaSentence(minima)} The domain is ${where}; beyond, none was searched.`;
}

/**
 * What minima an objective has at its parameters.
 * @param {readonly Minimum[]} minima
 */
export function minimaSentence(minima) {
  if (minima.length === 0) return "There is no minimum in the domain.";
  const best = minima.filter(({ global }) => global);
  const places = best.map(({ x, y }) => `(${coordinate(x)}, ${coordinate(y)})`);
  const value = `f = ${number(Number(best[0]?.value))}`;
  const where = places.length > MOST_PLACES ? "" : ` at ${places.join(", ")}`;
  const lowest =
    best.length === 1 ? `The lowest is${where}, ${value}.` : `${best.length} of them are lowest${where}, ${value}.`;
  if (minima.length === 1) return `One minimum in the domain,${where}, ${value}.`;
  return `${minima.length} minima in the domain. ${lowest}`;
}

/**
 * @param {string[]} ids
 * @param {State} state
 * @param {Catalog} catalog
 */
function list(ids, state, catalog) {
  const labels = ids.map((id) => labelOf(state, id, catalog));
  const mark = labels.some((label) => label.includes(",")) ? "; " : ", ";
  return labels.length < 2 ? labels.join() : `${labels.slice(0, -1).join(mark)} and ${labels.at(-1)}`;
}
