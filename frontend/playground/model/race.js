/**
 * Who wins where: the standings in the sweep of learning rates, and the state of the page that
 * opens a race.
 */

import { integer, percent, setting } from "../../core/format.js";
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
 * @property {(objective: string) => string[]} winners  all that tie with the largest share, which
 *   comes first; none where no rate works
 * @property {(objective: string, rank: number) => boolean} isShared  whether several have a rank
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
  const row = (/** @type {string} */ objective) =>
    optimizers.map((optimizer) => cell(objective, optimizer));
  const winners = (/** @type {string} */ objective) =>
    row(objective)
      .filter(({ rank }) => rank === 1)
      .sort((a, b) => b.share - a.share || Number(a.steps) - Number(b.steps))
      .map(({ optimizer }) => optimizer);
  const contested = objectives.filter((objective) => winners(objective).length > 0);
  // For whom no rate works shares the last place.
  const meanRank = (/** @type {string} */ optimizer) =>
    contested
      .map((objective) => cell(objective, optimizer).rank ?? optimizers.length)
      .reduce((sum, rank) => sum + rank, 0) / contested.length;
  return {
    objectives,
    optimizers: [...optimizers].sort((a, b) => meanRank(a) - meanRank(b)),
    cell,
    winners,
    isShared: (objective, rank) => row(objective).filter((one) => one.rank === rank).length > 1,
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
    return (
      `Not so here: ${list(leaders)} ${leaders.length > 1 ? "are" : "is"} first, alone or tied, ` +
      `on all ${most} objectives.`
    );
  }
  const first = wins.filter(({ count }) => count > 0).length;
  const best = optimizers[0] ?? "";
  const worst = contested
    .map((objective) => ({ objective, rank: cell(objective, best).rank ?? optimizers.length }))
    .reduce((a, b) => (b.rank > a.rank ? b : a));
  const often = `${list(leaders)}${leaders.length > 1 ? " each" : ""} on ${most}`;
  return (
    `So it is here: ${first} of the ${optimizers.length} are first somewhere, alone or tied, and ` +
    `none on more than ${most} of ${contested.length} objectives (${often}). ${name(best)} has the ` +
    `best mean rank, ${meanRank(best).toFixed(1)}, and is ${ordinal(worst.rank)} on ` +
    `${objectiveOf(catalog, worst.objective).name}.` +
    (nobody.length ? ` On ${list(nobody)} no rate works for any of them.` : "")
  );
}

/**
 * What a cell's number is, in a sentence.
 * @param {Sweep} sweep
 */
export function method({ budget, tuning, scoring }) {
  return (
    `A cell shows the share of ${integer(scoring.starts)} starts from which the optimizer arrives ` +
    `at a global minimum within ${integer(budget)} gradients and stays, at the learning rate that was ` +
    `best from ${integer(tuning.starts)} other starts, and its rank. Most optimizers take one gradient a step; L-BFGS and Newton’s method search lines and are not tuned.`
  );
}

/**
 * What the marks of the cells mean, for the marks that occur.
 * @param {Sweep} sweep
 * @param {Catalog} catalog
 * @returns {{mark: string, meaning: string}[]}
 */
export function legend({ cells }, catalog) {
  const has = (/** @type {(cell: Cell) => boolean} */ test) => cells.some(test);
  const decaying = new Set(
    cells.filter((cell) => cell.decays_to_minimum).map(({ optimizer }) => optimizerOf(catalog, optimizer).name),
  );
  return [
    {
      mark: MARKS.tie,
      meaning: "A rank that several share. All that are framed tie with the largest share.",
      shown: true,
    },
    {
      mark: MARKS.edge,
      meaning: "The best rate is the first or last that was tried: a better one may lie beyond.",
      shown: has((cell) => cell.at_edge),
    },
    {
      mark: MARKS.decay,
      meaning:
        `${list([...decaying])} has weight decay, which pulls every point to the origin. The global ` +
        "minimum lies there, so that the decay alone leads to it: the share flatters the optimizer.",
      shown: decaying.size > 0,
    },
    {
      mark: MARKS.none,
      meaning: "No rate works: none arrives from any tuning start, and the page offers the optimizer’s default.",
      shown: has((cell) => !cell.works),
    },
    {
      mark: MARKS.wide,
      meaning:
        "How wide the good rates are: the factor from the lowest to the highest rate around the best at which " +
        "at least 0.9 times as many tuning descents arrive; ×1 where no neighbouring rate, 1.8 times smaller or " +
        `larger, does. Not told where fewer than ${LEAST_ARRIVED} arrive.`,
      shown: has((cell) => widthOf(cell) !== null),
    },
  ].flatMap(({ mark, meaning, shown }) => (shown ? [{ mark, meaning }] : []));
}

/** What stands beside a share or in its place. */
export const MARKS = { tie: "=", edge: "⇥", decay: "λ", none: "—", wide: "×" };

/** From fewer arrivals than this a tenth of them is less than two descents: no range is told. */
const LEAST_ARRIVED = 20;

/**
 * How wide the good rates are: the factor from the lowest to the highest.
 * @param {Cell} cell
 * @returns {number | null} null: not known
 */
export function widthOf({ tuned: { good_low: low, good_high: high, arrived } }) {
  return low === null || high === null || arrived < LEAST_ARRIVED ? null : high / low;
}

/**
 * The same in as few characters as a cell has room for.
 * @param {Cell} cell
 */
export function briefWidth(cell) {
  const width = widthOf(cell);
  if (width === null) return "";
  const rounded = Number(width.toPrecision(2));
  return `${MARKS.wide}${rounded < 1e4 ? rounded : rounded.toExponential(0).replace("e+", "e")}`;
}

/**
 * The same in a sentence.
 * @param {Cell} cell
 */
function describeWidth(cell) {
  const { good_low: low, good_high: high } = cell.tuned;
  const width = widthOf(cell);
  if (width === null || low === null || high === null) return "";
  if (low === high) return " No neighbouring rate is good.";
  return ` Good rates from ${setting(low)} to ${setting(high)}, a factor of ${setting(Number(width.toPrecision(2)))}.`;
}

/**
 * The marks of a cell beside its share.
 * @param {Cell} cell
 */
export function marksOf({ at_edge: atEdge, decays_to_minimum: decays, works }) {
  return [atEdge && MARKS.edge, works && decays && MARKS.decay].filter(Boolean).join("");
}

/**
 * A cell's rank, marked where others share it.
 * @param {Cell} cell
 * @param {Standings} standings
 */
export function rankOf({ objective, rank }, { isShared }) {
  if (rank === null) return "no rate";
  return `${isShared(objective, rank) ? MARKS.tie : ""}${ordinal(rank)}`;
}

/**
 * All that a cell has to say, in sentences.
 * @param {Cell} cell
 * @param {Sweep} sweep
 * @param {Catalog} catalog
 */
export function describeCell(cell, { scoring, tuning }, catalog) {
  const name = (/** @type {string} */ id) => optimizerOf(catalog, id).name;
  const who = `${name(cell.optimizer)} on ${objectiveOf(catalog, cell.objective).name}`;
  if (cell.rank === null) {
    return (
      `${who}: no learning rate works. None of ${tuning.rates.length} arrives from any tuning start; ` +
      `the default is ${setting(cell.lr)}.`
    );
  }
  const confidence = `${Math.round(100 * scoring.confidence)} % interval`;
  const took = cell.steps === null ? "" : `, in a median of ${integer(Math.round(cell.steps))} gradients`;
  const ties = cell.ties.map(name);
  const tied =
    ties.length === 0 ? "" : ties.length > MOST_TIES ? `, tied with ${ties.length} others` : `, tied with ${list(ties)}`;
  const tuned =
    `Learning rate ${setting(cell.lr)}, chosen by ${integer(cell.tuned.arrived)} of ` +
    `${integer(cell.tuned.descents)} tuning descents that arrive` +
    (cell.at_edge ? "; the last rate that was tried." : ".");
  const { evaluations } = optimizerOf(catalog, cell.optimizer);
  const chosen = evaluations === null ? "Not tuned: a line search finds the length of each step." : tuned;
  return (
    `${who}: ${percent(cell.share)} of ${integer(scoring.starts)} starts arrive ` +
    `(${confidence} ${percent(cell.low)} to ${percent(cell.high)})${took}; ` +
    `${ordinal(cell.rank)}${tied}. ${chosen}${describeWidth(cell)}`
  );
}

/** As many ties are named. */
const MOST_TIES = 4;

/**
 * The race of a cell: its objective from its opening start, its optimizer beside the one with the
 * largest share and the five of the bar, all at their swept rates. What a person has set for their eyes stays.
 * @param {Cell} cell
 * @param {Standings} standings
 * @param {Catalog} catalog
 * @param {State} current
 * @returns {State}
 */
export function stateOfRace({ objective, optimizer }, { winners }, catalog, current) {
  const members = [...FIRST_OPTIMIZERS, optimizer, ...winners(objective).slice(0, 1)];
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
  if ((value > 0 && value < 0.1) || (value > 99.9 && value < 100)) return percent(share);
  const whole = Math.round(value);
  const exact = value === whole || (whole > 9 && whole < 100);
  return `${exact ? whole : value.toFixed(1)} %`;
}

/** @param {string[]} names */
function list(names) {
  return names.length < 2 ? names.join() : `${names.slice(0, -1).join(", ")} and ${names.at(-1)}`;
}
