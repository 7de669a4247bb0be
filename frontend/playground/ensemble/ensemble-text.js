/** What became of an ensemble, in numbers and words. */

import { coordinate, integer, list, percent } from "../../core/format.js";

/** @typedef {import("../../core/api-types.d.ts").EnsembleResponse} Response */
/** @typedef {import("../../core/api-types.d.ts").Proportion} Proportion */
/** @typedef {import("../../core/api-types.d.ts").Minimum} Minimum */

/**
 * The server's answer with its arrays.
 * @typedef {Omit<Response, "step" | "x" | "y" | "ends" | "losses"> & {
 *   step: Int32Array, x: Float32Array, y: Float32Array,
 *   ends: {x: Float64Array, y: Float64Array, steps: Int32Array, minimum: Int16Array, arrival: Int32Array},
 *   losses: {levels: number[], loss: Float64Array, running: Int32Array},
 * }} Answer
 */

/**
 * A row of the table of ends.
 * @typedef {object} Row
 * @property {string} name
 * @property {number} minimum  an index into the minima; -1 for none
 * @property {boolean} global
 * @property {Proportion} ended
 * @property {Proportion | null} arrived  null where there is nothing to arrive at
 */

/** Minima have rows of their own up to this many; the others are summed up in words. */
const NAMED_MINIMA = 6;

/** Bars of the histogram of arrivals, at most. */
const MOST_BARS = 25;

/**
 * @param {Answer} answer
 * @returns {Row[]} the commonest minima first, then no minimum and divergence where they occur
 */
export function rowsOf({ shares, none, diverged, minima }) {
  const named = shares.slice(0, NAMED_MINIMA).map(({ minimum, global, ended, arrived }) => {
    return { name: placeOf(minima[minimum]), minimum, global, ended, arrived };
  });
  const other = (/** @type {string} */ name, /** @type {Proportion} */ ended) =>
    ended.count > 0 ? [{ name, minimum: -1, global: false, ended, arrived: null }] : [];
  return [...named, ...other("no minimum", none), ...other("diverged", diverged)];
}

/**
 * The minima that have no row of their own.
 * @param {Answer} answer
 */
export function othersSentence({ shares }) {
  const others = shares.slice(NAMED_MINIMA);
  if (others.length === 0) return "";
  const count = others.reduce((sum, { ended }) => sum + ended.count, 0);
  const what = others.length === 1 ? "another minimum" : `${others.length} other minima`;
  return `${integer(count)} more ended at ${what}.`;
}

/** @param {Minimum | undefined} minimum */
function placeOf(minimum) {
  return minimum ? `(${coordinate(minimum.x)}, ${coordinate(minimum.y)})` : "";
}

/**
 * A share with its interval.
 * @param {Proportion} proportion
 */
export function shareText({ share, low, high }) {
  return `${percent(share)} (${percent(low)} to ${percent(high)})`;
}

/**
 * How many arrived, when.
 * @param {Answer} answer
 */
export function arrivalsSentence({ ends, seeds }) {
  const steps = arrivalsOf(ends.arrival);
  if (steps.length === 0) return `None of the ${integer(seeds)} arrived at a minimum and stayed.`;
  const median = medianOf(steps);
  const [first, last] = [Number(steps[0]), Number(steps.at(-1))];
  const when = first === last ? `at step ${integer(first)}` : `between step ${integer(first)} and ${integer(last)}`;
  return (
    `${integer(steps.length)} of ${integer(seeds)} arrived at a minimum and stayed, ${when}` +
    (steps.length > 1 ? `; the median is ${integer(median)}.` : ".")
  );
}

/**
 * The steps of arrival, ascending, of the descents that arrived.
 * @param {Int32Array} arrival
 */
function arrivalsOf(arrival) {
  return arrival.filter((step) => step >= 0).sort();
}

/** @param {Int32Array} ascending  not empty */
function medianOf(ascending) {
  const middle = (ascending.length - 1) / 2;
  return (Number(ascending[Math.floor(middle)]) + Number(ascending[Math.ceil(middle)])) / 2;
}

/**
 * Arrivals in equal intervals of steps from 0 to the last.
 * @param {Answer} answer
 * @returns {{width: number, counts: number[]}} how many steps each interval has
 */
export function histogramOf({ ends, step }) {
  const last = Number(step.at(-1));
  const width = Math.max(1, Math.ceil((last + 1) / MOST_BARS));
  const counts = Array.from({ length: Math.ceil((last + 1) / width) }, () => 0);
  for (const at of arrivalsOf(ends.arrival)) {
    const bar = Math.floor(at / width);
    counts[bar] = (counts[bar] ?? 0) + 1;
  }
  return { width, counts };
}

/**
 * All of it in sentences, for who does not see the cloud.
 * @param {Answer} answer
 * @param {string} label  of the variant
 */
export function summaryOf(answer, label) {
  const { seeds, first_seed: first } = answer;
  const parts = rowsOf(answer).map(({ name, minimum, global, ended }) => {
    const share = shareText(ended);
    if (minimum >= 0) return `${share} end in the basin of the ${global ? "global" : "local"} minimum ${name}`;
    return name === "diverged" ? `${share} diverge` : `${share} end in no minimum’s basin`;
  });
  return [
    `${label} under ${integer(seeds)} seeds, ${integer(first)} to ${integer(first + seeds - 1)}:`,
    `${list(parts)}, with 95 % intervals.`,
    othersSentence(answer),
    arrivalsSentence(answer),
  ]
    .filter(Boolean)
    .join(" ");
}

/**
 * How the drawings are to be read.
 * @param {Answer} answer
 * @param {number} trails  how many descents have one at most
 */
export function drawingSentence({ seeds, step, losses }, trails) {
  const last = Number(step.at(-1));
  const left = Number(losses.running.at(-1));
  const kept =
    step.length === last + 1 ? "" : `, at the latest of ${integer(step.length)} steps kept of ${integer(last)}`;
  const who = seeds > trails ? `the trails of the first ${integer(trails)}` : "their trails";
  const gone =
    left < seeds ? ` without the descents that have diverged (at the last step ${integer(left)} are left)` : "";
  return (
    `Dots: where each descent is at the playhead${kept}, in single precision; faint: ${who}. In the chart of ` +
    `losses: the median, the middle half and the middle nine tenths at each step${gone}.`
  );
}

/**
 * Which variants have no ensemble, and why.
 * @param {readonly string[]} labels  of those that draw no noise
 * @param {boolean} silent  whether there is no noise at all
 * @param {boolean} all  whether all draw noise that can
 */
export function withoutNoise(labels, silent, all) {
  if (silent) return "σ is 0: without noise all seeds draw one descent.";
  if (labels.length === 0) return "";
  const verb = labels.length > 1 ? "see" : "sees";
  const unless = all || labels.join() === "GD" ? "" : ", unless the noise is for all";
  return `Not for ${list(labels)}: ${labels.length > 1 ? "they" : "it"} ${verb} the exact gradient${unless}.`;
}
