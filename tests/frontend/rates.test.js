import assert from "node:assert/strict";
import { test } from "node:test";

import { Problem } from "../../frontend/core/api.js";
import { DEFAULTS } from "../../frontend/playground/model/playground-state.js";
import { withHyperparameter } from "../../frontend/playground/model/settings.js";
import { logAxis, topOfShares } from "../../frontend/playground/rates/rate-axis.js";
import { curvesDrawing, layoutOf } from "../../frontend/playground/rates/rate-drawing.js";
import { ratesAsCsv } from "../../frontend/playground/rates/rate-export.js";
import { rateRequest, valuesOf } from "../../frontend/playground/rates/rate-requests.js";
import { rowRequests } from "../../frontend/playground/rates/row-panel.js";
import { createRateSource } from "../../frontend/playground/rates/rate-source.js";
import { brief, describePoint, rangeText } from "../../frontend/playground/rates/rate-texts.js";
import { stabilityLimit } from "../../frontend/playground/rates/stability-limit.js";
import { near } from "./near.js";
import { catalog, objective, optimizer } from "./playground_tables.js";

/** @typedef {import("../../frontend/playground/rates/rate-requests.js").RatePoint} RatePoint */
/** @typedef {import("../../frontend/playground/rates/rate-requests.js").Curve} Curve */

/**
 * @param {number} lr
 * @param {number} arrived  of 512
 * @param {number | null} [steps]
 * @returns {RatePoint}
 */
const point = (lr, arrived, steps = arrived ? 20 : null) => ({
  lr,
  value: null,
  arrived,
  share: arrived / 512,
  low: Math.max(arrived / 512 - 0.04, 0),
  high: Math.min(arrived / 512 + 0.04, 1),
  steps,
  steps_low: steps && steps - 1,
  steps_high: steps && steps + 1,
});

/**
 * @param {RatePoint[]} points
 * @returns {Curve}
 */
const curve = (points) => ({
  optimizer: "adam",
  across: null,
  starts: 512,
  scramble: 0,
  confidence: 0.95,
  points,
  best: null,
  sharpness: [],
});

const tables = catalog([objective("bowl", { a: 1 })], ["gd", "sgd", "adam"].map((id) => optimizer(id)));
const state = { ...DEFAULTS, objective: "bowl" };

test("a logarithmic axis leads from rates to pixels and back", () => {
  const axis = logAxis({ min: 1e-8, max: 1000 }, 50, 380);
  assert.deepEqual([axis.at(1e-8), axis.at(1000)].map(Math.round), [50, 380]);
  for (const rate of [1e-8, 0.00123, 0.5, 1000]) assert.equal(axis.value(axis.at(rate)), rate);
  assert.deepEqual([axis.value(0), axis.value(999)], [1e-8, 1000]);
});

test("ticks stand at powers of ten, and fewer where room is scarce", () => {
  const texts = (/** @type {number} */ width) =>
    logAxis({ min: 1e-8, max: 1000 }, 0, width).ticks.map(({ text }) => text);
  assert.deepEqual(texts(400).slice(0, 3), ["10⁻⁸", "10⁻⁷", "10⁻⁶"]);
  assert.deepEqual(texts(200), ["10⁻⁸", "10⁻⁶", "10⁻⁴", "10⁻²", "1", "10²"]);
});

test("the axis of shares ends above the highest of them, at a round share", () => {
  assert.deepEqual([0, 0.004, 0.011, 0.02, 0.34, 0.51, 1].map(topOfShares), [0.01, 0.01, 0.02, 0.02, 0.5, 1, 1]);
});

/**
 * Whether a rule on f = λ θ²/2 comes to rest, by taking its steps.
 * @param {(theta: number, v: number) => [number, number]} step
 */
const rests = (step) => {
  let [theta, v] = [1, 0];
  for (let k = 0; k < 4000 && Math.abs(theta) < 1e6; k++) [theta, v] = step(theta, v);
  return Math.abs(theta) < 1;
};

test("a rule is stable on a quadratic just below its limit, and not just above", () => {
  const sharpness = 3.7;
  const heavy = (/** @type {number} */ lr, mu = 0, tau = 0) =>
    rests((theta, v) => {
      const next = mu * v + (1 - tau) * sharpness * theta;
      return [theta - lr * next, next];
    });
  const nesterov = (/** @type {number} */ lr, mu = 0) =>
    rests((theta, v) => {
      const g = sharpness * theta;
      const next = mu * v + g;
      return [theta - lr * (g + mu * next), next];
    });
  for (const mu of [0, 0.5, 0.9]) {
    const ball = Number(stabilityLimit("momentum", { momentum: mu, dampening: 0 }, sharpness)?.rate);
    const looking = Number(stabilityLimit("nesterov", { momentum: mu }, sharpness)?.rate);
    assert.deepEqual([heavy(0.99 * ball, mu), heavy(1.01 * ball, mu)], [true, false]);
    assert.deepEqual([nesterov(0.99 * looking, mu), nesterov(1.01 * looking, mu)], [true, false]);
  }
  const damped = Number(stabilityLimit("momentum", { momentum: 0.9, dampening: 0.9 }, sharpness)?.rate);
  assert.deepEqual([heavy(0.99 * damped, 0.9, 0.9), heavy(1.01 * damped, 0.9, 0.9)], [true, false]);
  const plain = Number(stabilityLimit("gd", {}, sharpness)?.rate);
  assert.deepEqual([heavy(0.99 * plain), heavy(1.01 * plain)], [true, false]);
});

test("no limit is told where none is known", () => {
  assert.equal(stabilityLimit("adam", { lr: 1 }, 4), null);
  assert.equal(stabilityLimit("momentum", { momentum: 0.9, weight_decay: 0.1 }, 4), null);
  assert.equal(stabilityLimit("momentum", { momentum: 0.9, dampening: 1 }, 4), null);
  // Without momentum PyTorch's rule does not dampen.
  near(Number(stabilityLimit("momentum", { momentum: 0, dampening: 0.5 }, 4)?.rate), 0.5);
});

test("a request has no rate, and noise only where the variant meets it", () => {
  const tuned = { ...state, hyperparameters: { adam: { lr: 0.3 } }, noise: { seed: 4 } };
  assert.deepEqual(rateRequest(tuned, tables, "adam"), rateRequest(state, tables, "adam"));
  assert.deepEqual(rateRequest(state, tables, "adam"), {
    objective: { id: "bowl", parameters: { a: 1 } },
    optimizer: { id: "adam", hyperparameters: { bias_correction: true }, steps: 1000 },
  });
  assert.equal(rateRequest(tuned, tables, "sgd").noise?.seed, 4);
  const all = { ...state, noise: { all: true } };
  assert.deepEqual(["gd", "adam"].map((id) => "noise" in rateRequest(all, tables, id)), [false, true]);
});

test("the values of a second hyperparameter follow its scale and its limits", () => {
  const limits = { id: "x", name: "", symbol: { latex: "", mathml: "" }, default: 0, description: "" };
  assert.deepEqual(
    valuesOf({ ...limits, min: 0, max: 0.999999, scale: "linear" }),
    [0, 0.5, 0.8, 0.9, 0.95, 0.99, 0.995, 0.999],
  );
  assert.deepEqual(valuesOf({ ...limits, min: 0, max: 10, scale: "linear" }), [0, 0.01, 0.1, 1, 2.5, 5, 7.5, 10]);
  const eps = valuesOf({ ...limits, min: 1e-16, max: 1, scale: "log" });
  assert.deepEqual([eps[0], eps.at(-1), eps.length], [1e-16, 1, 9]);
  assert.deepEqual(valuesOf({ ...limits, min: 1, max: 1000, scale: "log" }), [1, 10, 100, 1000]);
});

test("a row asks for every optimizer at its defaults, with the page's budget and noise", () => {
  const bodies = rowRequests({ ...state, steps: 300, hyperparameters: { adam: { lr: 5 } } }, tables);
  assert.deepEqual(bodies.map(({ optimizer: { id } }) => id), ["gd", "sgd", "adam"]);
  assert.ok(bodies.every(({ optimizer: { steps } }) => steps === 300));
  assert.deepEqual(bodies.map((body) => Object.keys(body.optimizer.hyperparameters)), [[], [], []]);
  assert.deepEqual(bodies.map((body) => "noise" in body), [false, true, false]);
});

/**
 * A server that answers when it is told to.
 */
function fakeServer() {
  /** @type {{body: any, signal: AbortSignal, row: (row: any) => void, answer: (curve: Curve) => void, fail: (error: Error) => void}[]} */
  const asked = [];
  /** @type {any} */
  const ask = (/** @type {string} */ _path, /** @type {object} */ body, /** @type {AbortSignal} */ signal, /** @type {(row: any) => void} */ row) =>
    new Promise((answer, fail) => {
      signal.addEventListener("abort", () => fail(new DOMException("", "AbortError")));
      asked.push({ body, signal, row, answer, fail });
    });
  return { asked, ask };
}

const settled = () => new Promise((resolve) => setTimeout(resolve));

test("curves come one after the other, and points are known before the whole", async () => {
  const { asked, ask } = fakeServer();
  const source = createRateSource(() => undefined, ask);
  const [first, second] = ["gd", "adam"].map((id) => rateRequest(state, tables, id));
  assert.ok(first && second);
  source.want([first, second]);
  assert.deepEqual(asked.map(({ body }) => body), [first]);
  asked[0]?.row({ progress: 0.5, optimizer: "gd", point: point(0.1, 5) });
  asked[0]?.row({ progress: 1, optimizer: "gd", point: point(0.01, 9) });
  assert.deepEqual(source.find(first)?.points.map(({ lr }) => lr), [0.01, 0.1]);
  assert.equal(source.progress()?.part, 1);
  asked[0]?.answer(curve([point(0.01, 9), point(0.1, 5)]));
  await settled();
  assert.deepEqual(asked.map(({ body }) => body), [first, second]);
  asked[1]?.answer(curve([]));
  await settled();
  source.want([second, first]);
  assert.equal(asked.length, 2, "what is known is not asked for again");
  assert.equal(source.progress(), null);
});

test("another question stops what is no longer wanted, and a cancelled one waits", async () => {
  const { asked, ask } = fakeServer();
  const source = createRateSource(() => undefined, ask);
  const [first, second] = ["gd", "adam"].map((id) => rateRequest(state, tables, id));
  assert.ok(first && second);
  source.want([first]);
  source.want([second]);
  assert.deepEqual(asked.map(({ signal }) => signal.aborted), [true, false]);
  source.cancel();
  assert.ok(asked[1]?.signal.aborted && source.isStopped());
  source.want([second]);
  await settled();
  assert.equal(asked.length, 2);
  source.resume();
  assert.equal(asked.length, 3);
  asked[2]?.fail(new Problem({ title: "It cannot be.", status: 422 }));
  await settled();
  assert.deepEqual([source.problem(), source.isStopped()], ["It cannot be.", true]);
  source.want([]);
  assert.equal(source.problem(), "");
});

test("a value that the preset has is not one set by hand", () => {
  assert.deepEqual(withHyperparameter(state, tables, "adam", "lr", 0.2), { adam: { lr: 0.2 } });
  const set = { ...state, hyperparameters: { adam: { lr: 0.2 }, gd: { lr: 1 } } };
  assert.deepEqual(withHyperparameter(set, tables, "adam", "lr", 0.05), { gd: { lr: 1 } });
});

test("the drawing has a band, a line and a mark for each curve, and gaps where nothing arrives", () => {
  const drawn = {
    id: "gd",
    color: "#123456",
    dash: [],
    points: [point(0.001, 0), point(0.01, 200), point(0.1, 400), point(1, 0), point(10, 90)],
    rate: 0.05,
    limit: { rate: 0.5, formula: "2/λ" },
    faded: false,
  };
  const layout = layoutOf(440, 1, { min: 1e-8, max: 1000, steps: { min: 1, max: 1000 } });
  const theme = { strong: "#000", ink: "#222", faint: "#ccc", line: "#999", page: "#fff" };
  const { svg, width, height } = curvesDrawing([drawn], layout, theme);
  assert.deepEqual([width, height], [440, layout.height]);
  assert.equal(svg.match(/fill-opacity="0.16"/g)?.length, 3, "one band of shares, two of steps");
  assert.ok(svg.includes("2/λ") && svg.includes("learning rate η") && svg.includes("100 %"));
  assert.ok(!svg.includes("NaN"));
});

test("a point says its share with its interval, and its median with its own", () => {
  assert.equal(
    describePoint(point(0.1, 256, 40)),
    "At 0.1, 50.0 % of starts arrive (46.0 % to 54.0 %), in a median of 40 (39 to 41) gradients.",
  );
  assert.equal(describePoint(point(1, 0)), "At 1, 0 % of starts arrive (0 % to 4.0 %).");
  assert.deepEqual([brief(0.05623), brief(0.0001), rangeText(0.01, 0.1)], ["0.056", "1e−4", "0.01 – 0.1"]);
});

test("a CSV begins with its settings and has one row a point", () => {
  const request = rateRequest(state, tables, "adam");
  const points = [point(0.01, 9), point(0.1, 0)];
  /** @type {any} */
  const shown = { curves: [], ranges: null, map: null, wholes: [{ id: "adam", request, known: { points, whole: curve(points) } }] };
  const lines = ratesAsCsv(shown, "http://x/?rates=adam").split("\r\n");
  assert.ok(lines.slice(0, 4).every((line) => line.startsWith("# ")));
  assert.equal(lines[0], "# Descent Atlas: http://x/?rates=adam");
  assert.equal(lines[5], "adam,adam,,,0.01,512,9,0.017578125,0,0.057578125,20,19,21");
  assert.equal(lines[6], "adam,adam,,,0.1,512,0,0,0,0.04,,,");
});
