/** Typed functions: what the state says of one, and what the server reads in it. */

import { post } from "../../core/api.js";

/** @typedef {import("./playground-state.js").State} State */
/** @typedef {import("./playground-catalog.js").Catalog} Catalog */
/** @typedef {import("./playground-catalog.js").Objective} Objective */
/** @typedef {import("../../core/geometry/bounds.js").Bounds} Bounds */
/** @typedef {Pick<State, "expression" | "domain">} Choice */

/** The id of every typed function. */
export const TYPED = "typed";

/** What is shown and searched of one unless its link says otherwise. @type {Bounds} */
export const TYPED_DOMAIN = { x0: -5, x1: 5, y0: -5, y1: 5 };

/** The server's limit on the coordinates of a typed function's domain. */
export const MAX_DOMAIN = 70;

/** What the field holds at first: with a parameter, a few wells, and nothing that is hard to read. */
export const FIRST_EXPRESSION = "(x^2 + y^2)/4 + a*sin(2*x)*cos(y)";

/**
 * A typed function as requests have it.
 * @param {Choice} choice
 * @param {Record<string, number>} parameters
 */
export function typedRequest({ expression, domain }, parameters) {
  const { x0, x1, y0, y1 } = domain ?? TYPED_DOMAIN;
  return {
    id: TYPED,
    expression,
    parameters,
    domain: { x: { min: x0, max: x1 }, y: { min: y0, max: y1 } },
  };
}

/**
 * @typedef {object} Reader
 * @property {(choice: Choice) => boolean} adopt  put a function that was read before into the
 *   catalog; false if it was not
 * @property {(choice: Choice, signal?: AbortSignal) => Promise<Objective>} read  ask the server; a
 *   fault is a `Problem`
 */

/**
 * Keep what was read, because going back in the history must not wait for the server.
 * @param {Catalog} catalog
 * @returns {Reader}
 */
export function createReader(catalog) {
  /** @type {Map<string, Objective>} */
  const known = new Map();
  const keyOf = (/** @type {Choice} */ choice) => JSON.stringify(typedRequest(choice, {}));

  /** @param {Choice} choice */
  const adopt = (choice) => {
    const found = known.get(keyOf(choice));
    if (found) catalog.typed = found;
    return found !== undefined;
  };

  return {
    adopt,
    async read(choice, signal) {
      const key = keyOf(choice);
      const found =
        known.get(key) ??
        /** @type {Objective} */ (
          await post("./api/v1/expressions", { objective: typedRequest(choice, {}) }, signal)
        );
      known.set(key, found);
      return found;
    },
  };
}
