/** What became of a descent, in words: basin and arrival are two things. */

import { coordinate, integer, number } from "../../core/format.js";

/** @typedef {import("./computed.js").Descent} Descent */
/** @typedef {import("./computed.js").Minimum} Minimum */

/**
 * @typedef {object} Outcome
 * @property {string} status  how it ended
 * @property {string} meaning  the same in a sentence
 * @property {string} basin  the minimum in whose basin its last point lies
 * @property {string} arrival  the step from which on it stayed at that minimum; ★ at a global one
 * @property {string} place  basin and arrival in a sentence
 */

/**
 * What became of a descent on a function whose minima are not known.
 * @param {Pick<Descent, "status" | "steps">} descent
 * @returns {Outcome}
 */
function outcomeWithoutMinima({ status, steps }) {
  const untold = { basin: "", arrival: "", place: "Where its minima are is not known." };
  const count = integer(steps);
  if (status === "diverged") return { ...ending(status, count, null, 0, ""), ...untold };
  if (status === "stationary") {
    const meaning = "Gradient and last step are at most 1e−8; whether this is a minimum is not known.";
    return { status: "at rest", meaning, ...untold };
  }
  return { status: "out of steps", meaning: `It took all of its ${count} steps.`, ...untold };
}

/**
 * @param {Pick<Descent, "status" | "steps" | "minimum" | "arrived" | "arrival" | "visit">
 *   & {kink?: string | null, rates?: object | null, evaluations?: number, step?: Int32Array,
 *   spent?: Int32Array | null}} descent
 * @param {readonly Minimum[]} minima
 * @param {number} distance  within which a descent is at a minimum
 * @param {boolean} [curved]  each minimum stands for a curve of minima through it
 * @returns {Outcome}
 */
export function outcomeOf(descent, minima, distance, curved = false) {
  const { status, minimum: index, arrived, arrival, visit, kink, rates } = descent;
  if (arrived === null) return outcomeWithoutMinima(descent);
  const minimum = index === null ? null : (minima[index] ?? null);
  const at = arrived && arrival !== null ? integer(arrival) : null;
  const basin = minimum ? `(${coordinate(minimum.x)}, ${coordinate(minimum.y)})` : "none";
  const kind = minimum?.global ? "global" : "local";
  const what = curved ? `curve of ${kind} minima through` : `${kind} minimum`;
  const name = minimum && `the ${what} ${basin}, f = ${number(minimum.value)}`;
  const end = ending(status, stepsText(descent), at, distance, visitText(visit, minima), rates != null);
  return {
    status: kink ? `${end.status}, on a kink` : end.status,
    meaning: kink ? `${end.meaning} ${kink}` : end.meaning,
    basin,
    arrival: at === null ? "—" : `${minimum?.global ? "★ " : ""}${at}`,
    place: !name
      ? "It ended in no minimum’s basin."
      : at === null
        ? `It ended in the basin of ${name}, without having arrived.`
        : `It arrived at ${name}, at step ${at}${spentText(descent, Number(arrival))}.`,
  };
}

/**
 * How many steps a descent took, and gradients if they were not one a step.
 * @param {{steps: number, evaluations?: number}} descent
 */
function stepsText({ steps, evaluations = steps }) {
  return evaluations === steps ? integer(steps) : `${integer(steps)} (${integer(evaluations)} gradients)`;
}

/**
 * The gradients spent until a step, if they are not one a step.
 * @param {{step?: Int32Array, spent?: Int32Array | null}} descent
 * @param {number} at
 */
function spentText({ step, spent }, at) {
  const place = step && spent ? step.indexOf(at) : -1;
  return spent && place >= 0 && spent[place] !== at ? `, after ${integer(Number(spent[place]))} gradients` : "";
}

/**
 * @param {Descent["status"]} status
 * @param {string} steps
 * @param {string | null} at  the step of its arrival
 * @param {number} distance
 * @param {string} visit  where it was before
 * @param {boolean} scheduled  whether its learning rate followed a schedule
 * @returns {Pick<Outcome, "status" | "meaning">}
 */
function ending(status, steps, at, distance, visit, scheduled = false) {
  if (status === "diverged") {
    return { status: `diverged at step ${steps}`, meaning: "Its numbers left every bound." };
  }
  if (status === "stationary") {
    return {
      status: "at rest at no minimum",
      meaning:
        `Gradient and last step${scheduled ? ", at the unscheduled rate," : ""} are at most 1e−8, but no minimum ` +
        "is listed here: it is a saddle, a maximum or flat.",
    };
  }
  if (at === null) {
    const left = visit && ` It left again: it was within ${distance} of ${visit}.`;
    return {
      status: left ? "left again, out of steps" : "out of steps",
      meaning: `After ${steps} steps it had not arrived at a minimum.${left}`,
    };
  }
  const stayed = `From step ${at} to its last, ${steps}, it stayed within ${distance} of the minimum`;
  return {
    status: `arrived at step ${at}, stayed`,
    meaning: status === "converged" ? `${stayed}, and came to rest.` : `${stayed}.`,
  };
}

/**
 * @param {Descent["visit"]} visit
 * @param {readonly Minimum[]} minima
 */
function visitText(visit, minima) {
  const minimum = visit && minima[visit.minimum];
  if (!minimum) return "";
  const place = `(${coordinate(minimum.x)}, ${coordinate(minimum.y)})`;
  return `${place} from step ${integer(visit.first)} to ${integer(visit.last)}`;
}
