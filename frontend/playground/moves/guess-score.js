/** How good a guess of a descent's end is, and how good all of a session were. */

import { coordinate, integer, percent } from "../../core/format.js";

/** @typedef {{x: number, y: number}} Point */
/** @typedef {Point | "diverges"} Guess */

/**
 * What became of the descent that was guessed.
 * @typedef {object} End
 * @property {string} name  of the optimizer
 * @property {boolean} diverged
 * @property {number} steps  that it took
 * @property {Point} at  its last point
 * @property {number | null} minimum  in whose basin that lies
 */

/**
 * @typedef {object} Verdict
 * @property {number | null} miss  from guess to end, as a part of the plot's diagonal; null where one
 *   of them is no place
 * @property {boolean | null} right  the right basin, or rightly none; null where that cannot be told
 * @property {string} text
 */

/**
 * @param {Guess} guess
 * @param {End} end
 * @param {object} plane
 * @param {number | null | undefined} plane.guessed  the minimum to which the gradient flow leads from the
 *   guess; undefined: not known
 * @param {readonly Point[]} plane.minima
 * @param {number} plane.diagonal  of the plot
 * @param {number} plane.digits  of coordinates
 * @returns {Verdict}
 */
export function judgeGuess(guess, end, { guessed, minima, diagonal, digits }) {
  const { name, diverged, steps, at, minimum } = end;
  const place = (/** @type {Point} */ { x, y }) => `(${coordinate(x, digits)}, ${coordinate(y, digits)})`;
  if (diverged) {
    const right = guess === "diverges";
    const text = `${name} diverged at step ${integer(steps)}: it ends nowhere${right ? ", as you said." : "."}`;
    return { miss: null, right, text };
  }
  const ended = `${name} ended at ${place(at)} after ${integer(steps)} steps`;
  if (guess === "diverges") return { miss: null, right: false, text: `${ended}: it did not diverge.` };
  const distance = Math.hypot(guess.x - at.x, guess.y - at.y);
  const miss = distance / diagonal;
  const far = `${coordinate(distance, digits)} from your guess, ${percent(miss)} of the plot's diagonal`;
  const known = minima.length > 0 && guessed !== undefined && (minimum !== null || guessed !== null);
  if (!known) return { miss, right: null, text: `${ended}, ${far}.` };
  const right = guessed === minimum;
  const target = minimum === null ? undefined : minima[minimum];
  const other = target ? `in another basin than your guess, that of the minimum at ${place(target)}` : "in no minimum's basin, unlike your guess";
  return { miss, right, text: `${ended}, ${far}, ${right ? "in the basin that you guessed" : other}.` };
}

/**
 * @param {readonly Verdict[]} verdicts  of a session
 */
export function scoreText(verdicts) {
  if (!verdicts.length) return "";
  const judged = verdicts.filter(({ right }) => right !== null);
  const misses = verdicts.flatMap(({ miss }) => (miss === null ? [] : [miss])).toSorted((a, b) => a - b);
  const parts = [`${integer(verdicts.length)} ${verdicts.length === 1 ? "guess" : "guesses"}`];
  if (judged.length) {
    const right = judged.filter((one) => one.right).length;
    parts.push(`${integer(right)} of ${integer(judged.length)} in the right basin, or rightly none`);
  }
  if (misses.length) {
    const middle = (misses.length - 1) / 2;
    const median = (Number(misses[Math.floor(middle)]) + Number(misses[Math.ceil(middle)])) / 2;
    parts.push(`median miss ${percent(median)}`);
  }
  return parts.join(" · ");
}
