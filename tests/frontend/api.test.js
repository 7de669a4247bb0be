import assert from "node:assert/strict";
import { test } from "node:test";

import { Problem, decodeArray, newest, post, postWithProgress } from "../../frontend/core/api.js";

/**
 * What Python sends: little endian bytes in base64.
 * @param {ArrayBufferView} array
 */
function encode(array) {
  return Buffer.from(array.buffer, array.byteOffset, array.byteLength).toString("base64");
}

/**
 * Let one fetch answer with this response.
 * @param {import("node:test").TestContext} context
 * @param {() => Response} answer
 */
function answerWith(context, answer) {
  context.mock.method(globalThis, "fetch", () => Promise.resolve(answer()));
}

test("typed arrays arrive bit for bit", () => {
  const doubles = Float64Array.of(0.1, -1e300, 5e-324, Number.MAX_VALUE);
  assert.deepEqual(decodeArray({ dtype: "f8", bdata: encode(doubles), shape: "4" }), doubles);
  const numbers = Int32Array.of(-1, 2147483647);
  assert.deepEqual(decodeArray({ dtype: "i4", bdata: encode(numbers), shape: "2" }), numbers);
  const labels = Int16Array.of(-1, 7);
  assert.deepEqual(decodeArray({ dtype: "i2", bdata: encode(labels), shape: "1, 2" }), labels);
});

test("typed arrays are decoded wherever they are in an answer", async (context) => {
  const x = { dtype: "f8", bdata: encode(Float64Array.of(1, 2)), shape: "2" };
  answerWith(context, () => Response.json({ descents: [{ optimizer: "gd", x }] }));
  const answer = await post("./api/v1/descents", {});
  assert.deepEqual(answer, { descents: [{ optimizer: "gd", x: Float64Array.of(1, 2) }] });
});

test("a refused request is thrown as a problem that names field and limit", async (context) => {
  const body = {
    title: "Unprocessable",
    status: 422,
    detail: "A value is out of range.",
    errors: [{ field: "steps", message: "must be at most 100000" }],
  };
  answerWith(context, () => Response.json(body, { status: 422 }));
  await assert.rejects(post("./api/v1/descents", {}), (error) => {
    assert.ok(error instanceof Problem);
    assert.equal(error.status, 422);
    assert.equal(error.message, "A value is out of range. · steps: must be at most 100000");
    return true;
  });
});

test("an answer that is not a problem document is a problem all the same", async (context) => {
  answerWith(context, () => new Response("<h1>Bad gateway</h1>", { status: 502 }));
  await assert.rejects(post("./api/v1/descents", {}), /The server answered 502/);
});

test("an answer that cannot be read is said to be so, one that ends early to have broken off", async (context) => {
  answerWith(context, () => new Response('{"descents": ['));
  await assert.rejects(post("./api/v1/descents", {}), /cannot be read/);
  const lost = new ReadableStream({ start: (controller) => controller.error(new TypeError("lost")) });
  context.mock.method(globalThis, "fetch", () => Promise.resolve(new Response(lost)));
  await assert.rejects(post("./api/v1/descents", {}), /broke off/);
});

test("a server that cannot be reached is said to be so", async (context) => {
  context.mock.method(globalThis, "fetch", () => Promise.reject(new TypeError("fetch failed")));
  await assert.rejects(post("./api/v1/descents", {}), /cannot be reached/);
});

/** @param {string[]} chunks */
function streamed(chunks) {
  const body = new ReadableStream({
    start(controller) {
      for (const chunk of chunks) controller.enqueue(new TextEncoder().encode(chunk));
      controller.close();
    },
  });
  return new Response(body);
}

test("progress is told row by row, wherever the network cuts, and the result returned", async (context) => {
  answerWith(context, () =>
    streamed(['{"progress":0.5,"opti', 'mizer":"adam"}\n{"progress":1,"optimizer":"adam"}\n{"res', 'ult":{"basins":[]}}\n']),
  );
  /** @type {number[]} */
  const heard = [];
  const { signal } = new AbortController();
  const result = await postWithProgress("./api/v1/basins", {}, signal, (row) => heard.push(row.progress));
  assert.deepEqual(heard, [0.5, 1]);
  assert.deepEqual(result, { basins: [] });
});

test("a result without a newline at its end is a result", async (context) => {
  answerWith(context, () => streamed(['{"result":{"basins":[]}}']));
  const { signal } = new AbortController();
  assert.deepEqual(await postWithProgress("./api/v1/basins", {}, signal, () => undefined), { basins: [] });
});

test("a problem in the middle of a stream, or a stream that breaks off, is thrown", async (context) => {
  const { signal } = new AbortController();
  const ask = () => postWithProgress("./api/v1/basins", {}, signal, () => undefined);
  answerWith(context, () => streamed(['{"problem":{"title":"Too much","status":422}}\n']));
  await assert.rejects(ask(), /Too much/);
  context.mock.restoreAll();
  answerWith(context, () => streamed(['{"progress":0.1,"optimizer":"gd"}\n']));
  await assert.rejects(ask(), /broke off/);
});

/** A request whose answers the test gives by hand. */
function byHand() {
  /** @type {{argument: string, signal: AbortSignal, answer: (text: string) => void}[]} */
  const asked = [];
  /** @type {string[]} */
  const shown = [];
  /** @type {string[]} */
  const failed = [];
  const request = newest(
    (/** @type {string} */ argument, signal) =>
      /** @type {Promise<string>} */ (
        new Promise((resolve, reject) => {
          asked.push({ argument, signal, answer: resolve });
          signal.addEventListener("abort", () => reject(new DOMException("stop", "AbortError")));
        })
      ),
    (answer) => shown.push(answer),
    (error) => failed.push(error.message),
  );
  const settle = () => new Promise((resolve) => setImmediate(resolve));
  return { asked, shown, failed, request, settle };
}

test("a newer request stops the older one, whose answer is never shown", async () => {
  const { asked, shown, failed, request, settle } = byHand();
  request.ask("first");
  request.ask("second");
  await settle();
  assert.ok(asked[0]?.signal.aborted);
  asked[1]?.answer("second");
  await settle();
  assert.deepEqual([shown, failed], [["second"], []]);
});

test("without stopping, every answer is shown and of the waiting only the newest is sent", async () => {
  const { asked, shown, request, settle } = byHand();
  for (const text of ["a", "b", "c"]) request.ask(text, { abort: false });
  assert.equal(asked.length, 1);
  asked[0]?.answer("a");
  await settle();
  assert.deepEqual(asked.map(({ argument }) => argument), ["a", "c"]);
  asked[1]?.answer("c");
  await settle();
  assert.deepEqual(shown, ["a", "c"]);
});

test("after cancelling nothing is shown and a new request goes out at once", async () => {
  const { asked, shown, failed, request, settle } = byHand();
  request.ask("a", { abort: false });
  request.ask("b", { abort: false });
  request.cancel();
  await settle();
  request.ask("c", { abort: false });
  assert.deepEqual(asked.map(({ argument }) => argument), ["a", "c"]);
  asked[1]?.answer("c");
  await settle();
  assert.deepEqual([shown, failed], [["c"], []]);
});
