/** Stability in words. */

import { integer, setting } from "../../core/format.js";

/** @typedef {import("./stability-source.js").StabilityPath} StabilityPath */
/** @typedef {import("./stability-source.js").Mode} Mode */

/** How the noise bears on all of it. */
export const NOISE_FREE = "Limits are those of the exact gradient; noise of mini-batches changes them.";

/**
 * A number to two digits, or three: what a status has room for.
 * @param {number | null} value
 */
function brief(value) {
  return value === null ? "∞" : setting(Number(value.toPrecision(Math.abs(value) < 10 ? 2 : 3)));
}

/**
 * A number beyond a limit, and the limit, with as many digits as tell them apart: "2.003 of 2".
 * @param {number | null} value
 * @param {number} limit
 */
function beyond(value, limit) {
  const told = Number(limit.toPrecision(limit < 10 ? 2 : 3));
  let text = brief(value);
  // Six digits are what a setting shows.
  for (let digits = 3; value !== null && digits <= 6 && Number(text) <= told; digits++) {
    text = setting(Number(value.toPrecision(digits)));
  }
  return Number(text) <= told ? `just over ${brief(limit)}` : `${text} of ${brief(limit)}`;
}

/**
 * What a descent's status adds, once its first unstable step is reached: "unstable from step 12: 3.1 of 2".
 * @param {StabilityPath} path
 * @returns {string} empty: it is below its limit all along, or has none
 */
export function statusText({ limit, crossing, step }) {
  if (!limit || !crossing) return "";
  const { first, value, count, highest, stays } = crossing;
  const at = integer(first);
  if (stays) return `unstable from step ${at}: ${beyond(value, limit.value)}`;
  if (count === 1) return `unstable at step ${at}: ${beyond(value, limit.value)}`;
  const last = step.length ? integer(Number(step[step.length - 1])) : at;
  return `unstable in ${integer(count)} of ${last} steps, first at ${at}: at most ${beyond(highest, limit.value)}`;
}

/**
 * The same in a sentence, with what the numbers are.
 * @param {StabilityPath} path
 */
export function statusMeaning({ limit }) {
  if (!limit) return "";
  const what = limit.of === "sharpness" ? "The sharpness" : "The sharpness in the rule’s own metric";
  return `${what} times the learning rate, and the limit ${limit.text}. ${NOISE_FREE}`;
}

/**
 * What the chart lacks of a variant, and what its limit is.
 * @param {string} label
 * @param {StabilityPath} path
 */
export function limitText(label, { limit, reason }) {
  if (!limit) return `${label}: ${reason ?? "no limit is known."}`;
  const metric = limit.of === "sharpness" ? "" : " in its own metric";
  const value = brief(limit.value);
  const formula = limit.text === value ? value : `${limit.text} = ${value}`;
  return `${label}: unstable above ${formula}${metric}.`;
}

/** @type {Record<string, (mode: Mode) => string>} */
const MANNERS = {
  approaches: () => "it approaches from one side",
  overshoots: () => "it overshoots: it crosses the minimum in every step",
  spirals: ({ period }) => `it swings through the minimum, there and back in ${brief(period)} steps`,
  diverges: () => "it diverges",
};

/**
 * How a rule behaves at a minimum, direction by direction.
 * @param {readonly Mode[]} modes
 */
export function modesText(modes) {
  const told = modes.map((mode) => {
    const manner = MANNERS[mode.manner]?.(mode) ?? mode.manner;
    return `Along curvature ${brief(mode.curvature)} ${manner}; in the long run each step multiplies the distance by ${setting(Number(mode.radius.toPrecision(4)))}.`;
  });
  return told.join(" ");
}

/** What the colours of a map say, by number. */
export const MANNER_NAMES = ["approaches from one side", "overshoots in every step", "spirals", "diverges"];
