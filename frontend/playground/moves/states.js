/**
 * What optimizers saw and remembered, step by step, from the server: pieces of successive steps, asked
 * for as they are needed. They are of the descents that are drawn, never of those under way.
 */

import { newest, post } from "../../core/api.js";
import { optimizersRequest } from "../model/requests.js";

/** @typedef {import("./vector-stroke.js").VectorKind} VectorKind */

/**
 * A piece as it arrives.
 * @typedef {object} Piece
 * @property {Int32Array} step
 * @property {{x: Float64Array, y: Float64Array}} seen_at
 * @property {{id: string, text: string, numbers: Float64Array}[]} scalars
 * @property {{id: string, text: string, x: Float64Array, y: Float64Array}[]} vectors
 * @property {{kind: VectorKind, text: string, at: {x: Float64Array, y: Float64Array} | null, x: Float64Array,
 *   y: Float64Array}[]} moves  each from where it begins; null: where the gradient was seen
 */

/**
 * One step of an optimizer.
 * @typedef {object} StepState
 * @property {number} step
 * @property {{x: number, y: number}} seenAt  where it saw the gradient of the step
 * @property {{text: string, value: number}[]} scalars
 * @property {{id: string, text: string, x: number, y: number}[]} vectors
 * @property {{kind: VectorKind, text: string, at: {x: number, y: number}, x: number, y: number}[]} moves
 */

/**
 * What a descent is of: a key of all of it, and its parts of a request.
 * @typedef {object} Drawn
 * @property {string} key
 * @property {ReturnType<typeof optimizersRequest>[number]} choice
 * @property {object} ground
 */

/**
 * @typedef {object} States
 * @property {(id: string, step: number) => StepState | null} at  what is known of a step
 * @property {(ids: readonly string[], step: number) => void} ask  for what is not known of it
 */

/** Steps of a piece: a second of playback at the usual budget. */
const PIECE = 256;
/** The server's limit. */
const LONGEST_PIECE = 2048;
/** A descent plays in a few seconds, whatever its length: so many pieces are enough for it. */
const PIECES = 8;
/** Pieces that are kept of a variant. */
const KEPT = 24;
/** What could not be had is asked for again after this long. */
const RETRY_MS = 3000;

/**
 * How many steps are asked for at once.
 * @param {number} budget  of the longest descent
 */
export function pieceLength(budget) {
  const fitting = 2 ** Math.ceil(Math.log2(Math.max(budget, 1) / PIECES));
  return Math.min(Math.max(fitting, PIECE), LONGEST_PIECE);
}

/**
 * @param {Piece} piece
 * @param {number} step
 * @returns {StepState | null}
 */
export function readStep(piece, step) {
  const i = step - Number(piece.step[0]);
  if (!(i >= 0 && i < piece.step.length)) return null;
  const pair = (/** @type {{x: Float64Array, y: Float64Array}} */ { x, y }) => ({ x: Number(x[i]), y: Number(y[i]) });
  return {
    step,
    seenAt: pair(piece.seen_at),
    scalars: piece.scalars.map(({ text, numbers }) => ({ text, value: Number(numbers[i]) })),
    vectors: piece.vectors.map((one) => ({ id: one.id, text: one.text, ...pair(one) })),
    moves: piece.moves.map((one) => ({
      kind: one.kind,
      text: one.text,
      at: pair(one.at ?? piece.seen_at),
      ...pair(one),
    })),
  };
}

/**
 * @param {object} source
 * @param {import("../../core/store.js").Store<import("../model/playground-state.js").State>} source.store
 * @param {import("../model/settings.js").Catalog} source.catalog
 * @param {Pick<import("../model/computed.js").Model, "request">} source.model
 * @param {() => void} onArrive  more is known
 * @param {typeof post} [send]
 * @returns {States}
 */
export function createStates({ store, catalog, model }, onArrive, send = post) {
  /** Pieces by their first step, and what they are of. @type {Map<string, {key: string, pieces: Map<number, Piece>}>} */
  const known = new Map();
  /** What was asked for last and is on its way. */
  let wanted = "";
  /** What could not be had, and since when. */
  let failed = { wanted: "", since: 0 };

  /** What the drawn descents are of, found once for a request and a state: every frame asks. */
  let found = {
    request: model.request(),
    state: store.get(),
    choices: new Set(),
    of: /** @type {Map<string, Drawn | null>} */ (new Map()),
  };

  /**
   * @param {string} id
   * @returns {Drawn | null}
   */
  const find = (id) => {
    const { request, state, choices } = found;
    if (!request || state.file?.own || !state.bar.includes(id)) return null;
    const [choice] = optimizersRequest(state, catalog, [id]);
    const key = JSON.stringify(choice);
    if (!choice || !choices.has(key)) return null;
    const { optimizers: _all, ...ground } = request;
    return { key: JSON.stringify(ground) + key, choice, ground };
  };

  /**
   * What a variant's drawn descent is of; null while another one is under way.
   * @param {string} id
   * @returns {Drawn | null}
   */
  const drawn = (id) => {
    const request = model.request();
    const state = store.get();
    if (request !== found.request || state !== found.state || found.choices.size === 0) {
      const choices = new Set((request?.optimizers ?? []).map((one) => JSON.stringify(one)));
      found = { request, state, choices, of: new Map() };
    }
    let of = found.of.get(id);
    if (of === undefined) {
      of = find(id);
      found.of.set(id, of);
    }
    return of;
  };

  const length = () => pieceLength(Math.max(...(model.request()?.optimizers ?? []).map(({ steps }) => steps)));

  /** @param {number} step */
  const firstOf = (step) => step - ((step - 1) % length());

  const pieces = newest(
    (/** @type {{body: object, asked: {id: string, key: string}[], first: number}} */ { body }, signal) =>
      /** @type {Promise<{states: Piece[]}>} */ (send("./api/v1/states", body, signal)),
    ({ states }, { asked, first }) => {
      if (JSON.stringify([asked, first]) === wanted) wanted = "";
      asked.forEach(({ id, key }, i) => {
        const piece = states[i];
        if (!piece || drawn(id)?.key !== key) return;
        const before = known.get(id);
        const own = before?.key === key ? before : { key, pieces: new Map() };
        own.pieces.set(first, piece);
        const [oldest] = own.pieces.keys();
        if (own.pieces.size > KEPT && oldest !== undefined) own.pieces.delete(oldest);
        known.set(id, own);
      });
      onArrive();
    },
    // What the pointer passes over is no request of the person's; silence is better than an alarm.
    () => {
      failed = { wanted, since: performance.now() };
      wanted = "";
    },
  );

  return {
    at(id, step) {
      const of = drawn(id);
      const own = known.get(id);
      const piece = of && own?.key === of.key ? own.pieces.get(firstOf(step)) : undefined;
      return piece ? readStep(piece, step) : null;
    },
    ask(ids, step) {
      const first = firstOf(step);
      const missing = ids.flatMap((id) => {
        const of = drawn(id);
        const own = known.get(id);
        if (!of || (own?.key === of.key && own.pieces.has(first))) return [];
        return [{ id, ...of }];
      });
      const [one] = missing;
      if (!one) return;
      const asked = missing.map(({ id, key }) => ({ id, key }));
      const next = JSON.stringify([asked, first]);
      if (next === wanted) return;
      if (next === failed.wanted && performance.now() - failed.since < RETRY_MS) return;
      wanted = next;
      const body = { ...one.ground, optimizers: missing.map(({ choice }) => choice), first, count: length() };
      pieces.ask({ body, asked, first }, { abort: false });
    },
  };
}

/**
 * A number for the readout, or a dash where the rule has none.
 * @param {StepState} state
 * @param {(value: number) => string} write
 */
export function describeStep({ step, scalars, vectors }, write) {
  const numbers = scalars.map(({ text, value }) => `${text} = ${write(value)}`);
  const pairs = vectors
    // Where it is stands above.
    .filter(({ id }) => id !== "theta")
    .map(({ text, x, y }) => `${text} = (${write(x)}, ${write(y)})`);
  return [[`t = ${step}`, ...numbers].join("   "), ...pairs].join("\n");
}
