/**
 * The only module that talks to the server.
 *
 * Arrays arrive as `{dtype, bdata, shape}` and leave as typed arrays. An answer that is not a
 * success is thrown as a `Problem`, whose message is meant for the person at the page.
 *
 * Paths are relative to the page, `./api/v1/sweep`, so that they hold below a proxy's prefix too.
 */

import { Failure } from "./failure.js";

/** @typedef {import("./api-types.d.ts").TypedArray} TypedArraySpec */

/** @type {Record<TypedArraySpec["dtype"], new (buffer: ArrayBuffer) => AnyArray>} */
const ARRAYS = { f8: Float64Array, f4: Float32Array, i4: Int32Array, i2: Int16Array, u1: Uint8Array };

/** @typedef {Float64Array | Float32Array | Int32Array | Int16Array | Uint8Array} AnyArray */

/** @typedef {import("./api-types.d.ts").Problem} WholeProblem */
/** @typedef {Pick<WholeProblem, "title" | "status"> & Partial<WholeProblem>} ProblemBody */

/** What the server says when it does not give what was asked for (RFC 9457). */
export class Problem extends Failure {
  /** @param {ProblemBody} body */
  constructor(body) {
    const errors = (body.errors ?? []).map((error) => `${error.field}: ${error.message}`);
    super([body.detail ?? body.title, ...errors].join(" · "));
    this.name = "Problem";
    this.status = body.status;
  }
}

/**
 * @param {TypedArraySpec} spec
 * @returns {AnyArray}
 */
export function decodeArray(spec) {
  return new ARRAYS[spec.dtype](bytesOf(spec.bdata).buffer);
}

/** @typedef {typeof Uint8Array & {fromBase64?: (text: string) => Uint8Array<ArrayBuffer>}} Decoder */

/** Newer browsers decode base64 themselves, many times as fast. */
const decoder = /** @type {Decoder} */ (Uint8Array);

/** @param {string} base64 */
function bytesOf(base64) {
  if (decoder.fromBase64) return decoder.fromBase64(base64);
  const binary = atob(base64);
  const bytes = new Uint8Array(binary.length);
  for (let i = 0; i < binary.length; i++) bytes[i] = binary.charCodeAt(i);
  return bytes;
}

/**
 * @param {string} _key
 * @param {unknown} value
 * @returns {unknown}
 */
function revive(_key, value) {
  if (value !== null && typeof value === "object" && "bdata" in value) {
    return decodeArray(/** @type {TypedArraySpec} */ (value));
  }
  return value;
}

/**
 * @param {Response} response
 * @returns {Promise<Problem>}
 */
async function problemOf(response) {
  const fallback = { title: `The server answered ${response.status}.`, status: response.status };
  try {
    return new Problem({ ...fallback, .../** @type {object} */ (await response.json()) });
  } catch {
    return new Problem(fallback);
  }
}

/**
 * @param {string} path
 * @param {RequestInit} init
 * @returns {Promise<Response>}
 */
async function send(path, init) {
  let response;
  try {
    response = await fetch(path, init);
  } catch (error) {
    if (isAbort(error)) throw error;
    throw new Problem({ title: "The server cannot be reached.", status: 0 });
  }
  if (!response.ok) throw await problemOf(response);
  return response;
}

/**
 * What is still on its way of an answer; where the connection is lost meanwhile, a problem.
 * @template T
 * @param {Promise<T>} part
 * @returns {Promise<T>}
 */
async function arriving(part) {
  try {
    return await part;
  } catch (error) {
    if (isAbort(error)) throw error;
    throw new Problem({ title: "The answer broke off.", status: 0 });
  }
}

/**
 * @param {string} text
 * @returns {any}
 */
function parse(text) {
  try {
    // Looking at every value takes seconds of a catalog of ten thousand landscapes, which has no array.
    return text.includes('"bdata"') ? JSON.parse(text, revive) : JSON.parse(text);
  } catch {
    throw new Problem({ title: "The server’s answer cannot be read.", status: 0 });
  }
}

/**
 * @template T
 * @param {string} path
 * @returns {Promise<T>}
 */
export async function get(path) {
  const response = await send(path, { headers: { Accept: "application/json" } });
  return parse(await arriving(response.text()));
}

/**
 * An answer and its tag; null: it is the one that has this tag.
 * @param {string} path
 * @param {string} tag  empty: no answer is known
 * @returns {Promise<{tag: string, answer: any} | null>}
 */
export async function getOther(path, tag) {
  const known = tag ? { "If-None-Match": tag } : {};
  const response = await fetch(path, { headers: { Accept: "application/json", ...known }, cache: "no-store" });
  if (response.status === 304) return null;
  if (!response.ok) throw await problemOf(response);
  return { tag: response.headers.get("ETag") ?? "", answer: parse(await arriving(response.text())) };
}

/**
 * @template T
 * @param {string} path
 * @param {object} body
 * @param {AbortSignal} [signal]
 * @returns {Promise<T>}
 */
export async function post(path, body, signal) {
  const response = await send(path, request(body, "application/json", signal));
  return parse(await arriving(response.text()));
}

/**
 * @param {string} path
 * @param {object} body
 * @param {string} type  the media type wanted
 * @returns {Promise<string>} the answer's text
 */
export async function postForText(path, body, type) {
  const response = await send(path, request(body, type));
  return arriving(response.text());
}

/**
 * Post, and hear how far the work has come. Aborting the signal stops the work on the server.
 * @template T
 * @param {string} path
 * @param {object} body
 * @param {AbortSignal} signal
 * @param {(row: {progress: number, optimizer: string}) => void} onProgress
 * @returns {Promise<T>}
 */
export async function postWithProgress(path, body, signal, onProgress) {
  const response = await send(path, request(body, "application/x-ndjson", signal));
  if (!response.body) throw new Problem({ title: "The answer was empty.", status: 0 });
  const reader = response.body.pipeThrough(new TextDecoderStream()).getReader();
  let rest = "";
  for (;;) {
    const { done, value } = await arriving(reader.read());
    const lines = (rest + (value ?? "")).split("\n");
    rest = done ? "" : /** @type {string} */ (lines.pop());
    for (const line of lines) {
      if (!line.trim()) continue;
      const row = parse(line);
      if (row.problem) throw new Problem(row.problem);
      if (row.result) return row.result;
      onProgress(row);
    }
    if (done) throw new Problem({ title: "The answer broke off.", status: 0 });
  }
}

/**
 * @param {object} body
 * @param {string} accept
 * @param {AbortSignal} [signal]
 * @returns {RequestInit}
 */
function request(body, accept, signal) {
  return {
    method: "POST",
    headers: { "Content-Type": "application/json", Accept: accept },
    body: JSON.stringify(body),
    signal: signal ?? null,
  };
}

/**
 * The address of what an answer names, which it does relative to its own address.
 * @param {string} reference
 * @param {string} path  of the answer
 * @returns {string}
 */
export function resolve(reference, path) {
  return new URL(reference, new URL(path, document.baseURI)).href;
}

/** @param {unknown} error */
export function isAbort(error) {
  return error instanceof DOMException && error.name === "AbortError";
}

/**
 * Make a request of which only the newest matters.
 *
 * With `abort` a newer call stops the older one. Without it the one under way finishes and is
 * shown, and of those that came meanwhile only the newest is sent: while something is dragged,
 * aborting would mean that no answer ever arrives.
 * @template A, T
 * @param {(argument: A, signal: AbortSignal) => Promise<T>} ask
 * @param {(answer: T, argument: A) => void} onAnswer
 * @param {(error: Error) => void} onError
 * @returns {{ask: (argument: A, options?: {abort?: boolean}) => void, cancel: () => void}}
 */
export function newest(ask, onAnswer, onError) {
  /** @type {AbortController | null} */
  let running = null;
  /** @type {{argument: A} | null} */
  let waiting = null;

  /** @param {A} argument */
  const start = async (argument) => {
    const controller = new AbortController();
    running = controller;
    try {
      const answer = await ask(argument, controller.signal);
      if (!controller.signal.aborted) onAnswer(answer, argument);
    } catch (error) {
      if (!controller.signal.aborted) onError(/** @type {Error} */ (error));
    }
    if (running !== controller) return;
    running = null;
    const next = waiting;
    waiting = null;
    if (next) start(next.argument);
  };

  return {
    ask(argument, { abort = true } = {}) {
      if (running && !abort) {
        waiting = { argument };
        return;
      }
      waiting = null;
      running?.abort();
      start(argument);
    },
    cancel() {
      waiting = null;
      running?.abort();
      running = null;
    },
  };
}
