/**
 * Who wins where: the standings in the sweep of learning rates, and the state of the page that
 * opens a race.
 */

import { integer, setting } from "../../core/format.js";
import { objectiveOf, optimizerOf } from "./playground-catalog.js";
import { DEFAULTS, FIRST_OPTIMIZERS } from "./playground-state.js";

/** @typedef {import("./settings.js").Catalog} Catalog */
/** @typedef {import("./playground-state.js").State} State */

/** @typedef {import("../../core/api-types.d.ts").SweepCell} Cell */
/** @typedef {import("../../core/api-types.d.ts").SweepResponse} Sweep */

/**
 * @typedef {object} Standings
 * @property {string[]} objectives  in the server's order
 * @property {string[]} optimizers  the best mean rank first
 * @property {(objective: string, optimizer: string) => Cell} cell
 * @property {(objective: string) => string[]} winners  more than one where they tie; none where
 *   nobody arrives
 * @property {(optimizer: string) => number} meanRank  over the objectives that somebody wins
 */

/**
 * @param {Sweep} sweep
 * @returns {Standings}
 */
export function standings({ cells }) {
  const objectives = [...new Set(cells.map(({ objective }) => objective))];
  const optimizers = [...new Set(cells.map(({ optimizer }) => optimizer))];
  const byKey = new Map(cells.map((one) => [`${one.objective} ${one.optimizer}`, one]));
  const cell = (/** @type {string} */ objective, /** @type {string} */ optimizer) => {
    const found = byKey.get(`${objective} ${optimizer}`);
    if (!found) throw new Error(`The sweep has no cell for ${optimizer} on ${objective}.`);
    return found;
  };
  const winners = (/** @type {string} */ objective) =>
    optimizers.filter((optimizer) => cell(objective, optimizer).rank === 1);
  const contested = objectives.filter((objective) => winners(objective).length > 0);
  // Who never arrives shares the last place.
  const meanRank = (/** @type {string} */ optimizer) =>
    contested
      .map((objective) => cell(objective, optimizer).rank ?? optimizers.length)
      .reduce((sum, rank) => sum + rank, 0) / contested.length;
  return {
    objectives,
    optimizers: [...optimizers].sort((a, b) => meanRank(a) - meanRank(b)),
    cell,
    winners,
    meanRank,
  };
}

/**
 * What the standings say about "no single algorithm performs best on all functions".
 * @param {Standings} standings
 * @param {Catalog} catalog
 */
export function finding({ objectives, optimizers, cell, winners, meanRank }, catalog) {
  const name = (/** @type {string} */ id) => optimizerOf(catalog, id).name;
  const contested = objectives.filter((objective) => winners(objective).length > 0);
  const wins = optimizers.map((id) => ({
    id,
    count: contested.filter((objective) => winners(objective).includes(id)).length,
  }));
  const nobody = objectives
    .filter((objective) => winners(objective).length === 0)
    .map((objective) => objectiveOf(catalog, objective).name);
  const most = Math.max(...wins.map(({ count }) => count));
  const leaders = wins.filter(({ count }) => count === most).map(({ id }) => name(id));
  if (most === contested.length) {
    return `Not so here: ${list(leaders)} ${leaders.length > 1 ? "are" : "is"} first on all ${most} objectives.`;
  }
  const first = wins.filter(({ count }) => count > 0).length;
  const best = optimizers[0] ?? "";
  const worst = contested
    .map((objective) => ({ objective, rank: cell(objective, best).rank ?? optimizers.length }))
    .reduce((a, b) => (b.rank > a.rank ? b : a));
  const often = `${list(leaders)}${leaders.length > 1 ? " each" : ""} on ${most}`;
  return (
    `So it is here: ${first} of the ${optimizers.length} are first somewhere, and none on more ` +
    `than ${most} of ${contested.length} objectives (${often}). ${name(best)} has the best mean ` +
    `rank, ${meanRank(best).toFixed(1)}, and is ${ordinal(worst.rank)} on ` +
    `${objectiveOf(catalog, worst.objective).name}.` +
    (nobody.length ? ` On ${list(nobody)} nobody arrives anywhere.` : "")
  );
}

/**
 * How the rates were found.
 * @param {Sweep} sweep
 */
export function method({ budget, starts, rates }) {
  const low = setting(Math.min(...rates));
  const high = setting(Math.max(...rates));
  return (
    `Each optimizer ran on each objective at ${rates.length} learning rates from ${low} to ${high}, ` +
    `from ${integer(starts)} starts, with ${integer(budget)} gradients a descent; kept is the ` +
    "rate that arrives at a global minimum from the largest share of the starts, then in fewer steps."
  );
}

/**
 * The race of a cell: its objective from its opening start, its optimizer beside the winners and
 * the five of the bar, all at their swept rates. What a person has set for their eyes stays.
 * @param {Cell} cell
 * @param {Standings} standings
 * @param {Catalog} catalog
 * @param {State} current
 * @returns {State}
 */
export function stateOfRace({ objective, optimizer }, { winners }, catalog, current) {
  const members = [...FIRST_OPTIMIZERS, optimizer, ...winners(objective)];
  return {
    ...DEFAULTS,
    speed: current.speed,
    lossScale: current.lossScale,
    camera: current.camera,
    objective,
    bar: catalog.optimizers.map(({ id }) => id).filter((id) => members.includes(id)),
  };
}

/** @param {number} n */
export function ordinal(n) {
  const teen = n % 100 >= 11 && n % 100 <= 13;
  return `${n}${(!teen && ["th", "st", "nd", "rd"][n % 10]) || "th"}`;
}

/**
 * A share in as few characters as a cell has room for; 0 and 100 mean exactly that.
 * @param {number} share
 */
export function briefPercent(share) {
  const value = 100 * share;
  const whole = Math.round(value);
  const exact = value === whole || (whole > 9 && whole < 100);
  return `${exact ? whole : value.toFixed(1)} %`;
}

/** @param {string[]} names */
function list(names) {
  return names.length < 2 ? names.join() : `${names.slice(0, -1).join(", ")} and ${names.at(-1)}`;
}
