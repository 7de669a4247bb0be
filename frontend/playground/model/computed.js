/**
 * What the server computed for the state: the surface and the descents. A change of the state asks
 * for what it makes stale and for nothing else.
 */

import { newest, post } from "../../core/api.js";
import { levelNumbers } from "../../core/geometry/levels.js";
import { touches } from "../../core/store.js";
import { fileDescents, groundOf } from "./members.js";
import { descentsRequest, surfaceRequest } from "./requests.js";
import { variantsAndPins } from "./variants.js";

/** @typedef {import("./playground-state.js").State} State */
/** @typedef {import("./settings.js").Catalog} Catalog */
/** @typedef {import("../../core/geometry/bounds.js").Bounds} Bounds */
/** @typedef {import("../../core/api-types.d.ts").Minimum} Minimum */
/** @typedef {import("../../core/api-types.d.ts").Descent} DescentAnswer */

/** What makes all descents stale. @type {(keyof State)[]} */
const COMPUTED_FROM = [
  "objective",
  "parameters",
  "start",
  "preset",
  "hyperparameters",
  "steps",
  "stepsOf",
  "schedules",
  "noise",
];

/**
 * @typedef {object} Surface
 * @property {Float64Array} x
 * @property {Float64Array} y
 * @property {Float64Array | Float32Array} z  true values, row by row
 * @property {Float64Array} numbers  the same as level numbers
 * @property {number[]} levels  true values, ascending
 * @property {Minimum[]} minima
 * @property {Bounds} bounds  for which it was asked
 */

/**
 * A descent as the page keeps it: its `optimizer` is the id of the variant that was asked for.
 * @typedef {{step: Int32Array, rate: Float64Array}} Rates
 * @typedef {Omit<DescentAnswer, "step" | "spent" | "x" | "y" | "loss" | "rates">
 *   & {step: Int32Array, spent?: Int32Array | null, x: Float64Array, y: Float64Array, loss: Float64Array, rates?: Rates | null}} ServerDescent
 * @typedef {ServerDescent | import("./descents-file.js").FileDescent} Descent
 */

/**
 * A request, and the ids of the variants that its optimizers are, by position.
 * @typedef {{body: ReturnType<typeof descentsRequest>, ids: readonly string[]}} Asked
 */

/**
 * @typedef {object} Model
 * @property {() => Surface | null} surface
 * @property {() => ReadonlyMap<string, Descent>} descents  by variant, those of a file among them
 * @property {() => ServerDescent[]} answered  those that the server has computed, in the order of the request
 * @property {() => Minimum[]} minima
 * @property {() => boolean} tooManyMinima  so that none is listed
 * @property {() => ReturnType<typeof descentsRequest> | null} request  what the descents answer
 * @property {(bounds: Bounds, delay?: number) => void} showBounds  ask for the surface within
 */

/**
 * @param {object} options
 * @param {import("../../core/store.js").Store<State>} options.store
 * @param {Catalog} options.catalog
 * @param {(surface: Surface) => void} options.onSurface
 * @param {() => void} options.onDescents
 * @param {(error: Error | null) => void} options.onProblem  null: the last requests went well
 * @returns {Model}
 */
export function createModel({ store, catalog, onSurface, onDescents, onProblem }) {
  /** @type {Surface | null} */
  let surface = null;
  /** @type {Map<string, ServerDescent>} */
  let computed = new Map();
  /** The same with those of the file. @type {ReadonlyMap<string, Descent>} */
  let descents = computed;
  /** @type {Minimum[]} */
  let minima = [];
  let tooMany = false;
  /** @type {ReturnType<typeof descentsRequest> | null} */
  let request = null;
  /** @type {Bounds | null} */
  let shown = null;
  let timer = 0;

  /** What went wrong last, by kind of request. @type {Record<"surface" | "descents", Error | null>} */
  const problems = { surface: null, descents: null };
  const report = (/** @type {keyof typeof problems} */ kind, /** @type {Error | null} */ error) => {
    problems[kind] = error;
    onProblem(problems.descents ?? problems.surface);
  };

  const surfaces = newest(
    (/** @type {ReturnType<typeof surfaceRequest>} */ body, signal) =>
      /** @type {Promise<Omit<Surface, "numbers" | "bounds"> & {too_many_minima: boolean}>} */ (
        post("./api/v1/surfaces", body, signal)
      ),
    (answer, { x, y }) => {
      const bounds = { x0: x.min, x1: x.max, y0: y.min, y1: y.max };
      surface = { ...answer, numbers: levelNumbers(answer.z, answer.levels), bounds };
      minima = surface.minima;
      tooMany = answer.too_many_minima;
      report("surface", null);
      onSurface(surface);
    },
    (error) => report("surface", error),
  );

  const paths = newest(
    (/** @type {Asked} */ { body }, signal) =>
      /** @type {Promise<{descents: ServerDescent[], minima: Minimum[], too_many_minima: boolean}>} */ (
        post("./api/v1/descents", body, signal)
      ),
    (answer, { body, ids }) => {
      request = body;
      // The answer names optimizers, of which several variants may have been asked for.
      computed = new Map(
        answer.descents.map((descent, i) => {
          const id = ids[i] ?? descent.optimizer;
          return [id, { ...descent, optimizer: id }];
        }),
      );
      join();
      minima = answer.minima;
      tooMany = answer.too_many_minima;
      report("descents", null);
      onDescents();
    },
    (error) => report("descents", error),
  );

  /** Put the file's descents beside those of the server, once these are there. */
  const join = () => {
    const state = store.get();
    if (!state.file?.own && computed.size === 0) {
      descents = computed;
      return;
    }
    /** @type {Map<string, Descent>} */
    const joined = new Map(computed);
    for (const descent of fileDescents(state, catalog)) joined.set(descent.optimizer, descent);
    descents = joined;
  };

  const askPaths = (/** @type {State} */ state, /** @type {{abort?: boolean}} */ options = {}) =>
    paths.ask({ body: descentsRequest(state, catalog), ids: variantsAndPins(state) }, options);

  const askSurface = () => {
    if (store.get().file?.own) {
      if (surface) onSurface(surface);
    } else if (shown) surfaces.ask(surfaceRequest(store.get(), catalog, shown), { abort: false });
  };

  store.subscribe((state, previous, mode) => {
    const moved = groundOf(state) !== groundOf(previous);
    if (moved) {
      surfaces.cancel();
      paths.cancel();
      surface = state.file?.own?.surface ?? null;
      computed = new Map();
      minima = [];
      request = null;
    } else if (touches(state, previous, ["parameters"])) askSurface();
    join();
    if (moved && surface) onSurface(surface);
    if (touches(state, previous, ["file"])) {
      onDescents();
      if (state.file?.own) {
        report("surface", null);
        report("descents", null);
      }
    }
    if (state.file?.own) return;
    // A variant that comes to the bar may have been computed already.
    if (moved || touches(state, previous, COMPUTED_FROM) || variantsAndPins(state).some((id) => !computed.has(id))) {
      askPaths(state, { abort: mode === "push" });
    }
  });
  askPaths(store.get());

  return {
    surface: () => surface,
    descents: () => descents,
    answered: () => [...computed.values()],
    minima: () => minima,
    tooManyMinima: () => tooMany,
    request: () => request,
    showBounds(next, delay = 0) {
      shown = next;
      clearTimeout(timer);
      if (delay > 0) timer = window.setTimeout(askSurface, delay);
      else askSurface();
    },
  };
}
