/**
 * Curves and maps from the server, one after the other, the most wanted first. What is known is kept;
 * what is no longer wanted is cancelled.
 */

import { Problem, postWithProgress } from "../../core/api.js";
import { sentenceOf } from "../../core/failure.js";

/** @typedef {import("./rate-requests.js").Curve} Curve */
/** @typedef {import("./rate-requests.js").RatePoint} RatePoint */
/** @typedef {ReturnType<typeof import("./rate-requests.js").rateRequest>} Body */

/**
 * What is known of a curve or a map.
 * @typedef {object} Known
 * @property {RatePoint[]} points  those that have arrived, by value, then rate
 * @property {Curve | null} whole  once it is complete
 */

/** The server's answer when it computes as many curves as it may, and how long to wait then. */
const UNAVAILABLE = 503;
const PATIENCE_MS = 1500;

/**
 * @param {() => void} onChange  something arrived, began or failed
 * @param {typeof postWithProgress} ask
 */
export function createRateSource(onChange, ask = postWithProgress) {
  /** @type {Map<string, Known>} */
  const known = new Map();
  /** @type {readonly Body[]} */
  let wanted = [];
  /** @type {{key: string, part: number, controller: AbortController} | null} */
  let running = null;
  let problem = "";
  /** What a person has cancelled, or what failed, waits for another question. */
  let stopped = "";

  const keyOf = (/** @type {Body} */ body) => JSON.stringify(body);
  const questionOf = () => wanted.map(keyOf).join();

  const next = async () => {
    const body = wanted.find((one) => !known.get(keyOf(one))?.whole);
    if (!body || running || stopped === questionOf()) return;
    const key = keyOf(body);
    const controller = new AbortController();
    running = { key, part: 0, controller };
    problem = "";
    onChange();
    /** @type {Map<string, RatePoint>} */
    const arrived = new Map();
    try {
      const whole = /** @type {Curve} */ (
        await ask("./api/v1/rate-curves", body, controller.signal, (row) => {
          if (controller.signal.aborted || !running) return;
          running.part = row.progress;
          const point = /** @type {{point?: RatePoint}} */ (row).point;
          if (!point) return;
          arrived.set(`${point.value} ${point.lr}`, point);
          known.set(key, { points: [...arrived.values()].sort(byPlace), whole: null });
          onChange();
        })
      );
      known.set(key, { points: whole.points, whole });
    } catch (error) {
      if (controller.signal.aborted) return;
      running = null;
      if (error instanceof Problem && error.status === UNAVAILABLE) {
        setTimeout(() => void next(), PATIENCE_MS);
        return;
      }
      problem = sentenceOf(error);
      stopped = questionOf();
    }
    if (running?.controller === controller) running = null;
    onChange();
    void next();
  };

  return {
    /**
     * Ask for these and nothing else, in this order.
     * @param {readonly Body[]} bodies
     */
    want(bodies) {
      wanted = bodies;
      if (stopped !== questionOf()) stopped = problem = "";
      if (running && !bodies.some((body) => keyOf(body) === running?.key)) {
        running.controller.abort();
        running = null;
      }
      void next();
    },
    /** Stop until something else is wanted. */
    cancel() {
      running?.controller.abort();
      running = null;
      stopped = questionOf();
      onChange();
    },
    resume() {
      stopped = problem = "";
      void next();
    },
    /** @param {Body} body @returns {Known | null} */
    find: (body) => known.get(keyOf(body)) ?? null,
    /** How far the one under way is; null: none is. */
    progress: () => running && { key: running.key, part: running.part },
    problem: () => problem,
    isStopped: () => stopped !== "" && stopped === questionOf(),
    keyOf,
  };
}

/**
 * @param {RatePoint} a
 * @param {RatePoint} b
 */
function byPlace(a, b) {
  return Number(a.value) - Number(b.value) || a.lr - b.lr;
}
