import assert from "node:assert/strict";
import { test } from "node:test";

import { endsAsCsv, lossesAsCsv } from "../../frontend/playground/ensemble/ensemble-records.js";
import {
  arrivalsSentence,
  drawingSentence,
  histogramOf,
  rowsOf,
  summaryOf,
  withoutNoise,
} from "../../frontend/playground/ensemble/ensemble-text.js";
import { cloudTraces, placesOf } from "../../frontend/playground/ensemble/cloud.js";
import { quantileBands } from "../../frontend/playground/ensemble/quantile-bands.js";
import { drawsNoise, ensembleOf, ensembleRequest } from "../../frontend/playground/ensemble/ensemble-request.js";
import { DEFAULTS, FIELDS } from "../../frontend/playground/model/playground-state.js";
import { sanitized } from "../../frontend/playground/model/sanitize.js";
import { fromQuery } from "../../frontend/core/url-query.js";
import { catalog, objective, optimizer } from "./playground_tables.js";

/** @typedef {import("../../frontend/playground/ensemble/ensemble-text.js").Answer} Answer */
/** @typedef {import("../../frontend/playground/model/playground-state.js").State} State */

const CATALOG = catalog([objective("bowl")], ["gd", "sgd", "adam"].map((id) => optimizer(id)));
/** @type {State} */
const STATE = { ...DEFAULTS, objective: "bowl", bar: ["gd", "sgd", "adam", "adam~2"] };

const part = (/** @type {number} */ count) => ({ count, share: count / 4, low: count / 8, high: (count + 4) / 8 });

/** Four seeds, of which the last diverges at step 4. @type {Answer} */
const ANSWER = {
  optimizer: "sgd",
  first_seed: 7,
  seeds: 4,
  statuses: { converged: 0, stationary: 0, exhausted: 3, diverged: 1 },
  shares: [
    { minimum: 1, global: false, ended: part(2), arrived: part(1) },
    { minimum: 0, global: true, ended: part(1), arrived: part(1) },
  ],
  none: part(0),
  diverged: part(1),
  minima: [
    { x: -1, y: 0, value: -2, global: true },
    { x: 1, y: 0, value: -1, global: false },
  ],
  too_many_minima: false,
  step: Int32Array.of(0, 1, 4, 9),
  x: Float32Array.of(0, 1, 2, 3, 0, 1, 2, 3, 0, -1, -2, -3, 0, 9, NaN, NaN),
  y: Float32Array.of(0, 0, 0, 0, 0, 1, 1, 1, 0, 2, 2, 2, 0, 9, NaN, NaN),
  ends: {
    x: Float64Array.of(3, 3, -3, NaN),
    y: Float64Array.of(0, 1, 2, NaN),
    steps: Int32Array.of(9, 9, 9, 4),
    minimum: Int16Array.of(1, 1, 0, -1),
    arrival: Int32Array.of(8, -1, 3, -1),
  },
  losses: {
    levels: [0.05, 0.25, 0.5, 0.75, 0.95],
    loss: Float64Array.of(1, 2, 3, NaN, 2, 3, 4, NaN, 3, 4, 5, NaN, 4, 5, 6, NaN, 5, 6, 7, NaN),
    running: Int32Array.of(4, 4, 3, 0),
  },
};

test("gradient descent never draws noise, SGD does, the others where the noise is for all", () => {
  const drawing = (/** @type {Partial<State>} */ changes) =>
    STATE.bar.filter((id) => drawsNoise({ ...STATE, ...changes }, id, CATALOG));
  assert.deepEqual(drawing({}), ["sgd"]);
  assert.deepEqual(drawing({ noise: { all: true } }), ["sgd", "adam", "adam~2"]);
  assert.deepEqual(drawing({ noise: { std: 0, all: true } }), []);
  assert.deepEqual(drawing({ preset: "article" }), []);
});

test("an ensemble is shown while its variant is in the bar and draws noise", () => {
  const ensemble = { id: "sgd", seeds: 50 };
  assert.equal(ensembleOf({ ...STATE, ensemble }, CATALOG), ensemble);
  assert.equal(ensembleOf({ ...STATE, ensemble, bar: ["gd"] }, CATALOG), null);
  assert.equal(ensembleOf({ ...STATE, ensemble, noise: { std: 0 } }, CATALOG), null);
  assert.equal(ensembleOf({ ...STATE, ensemble: { id: "adam", seeds: 50 } }, CATALOG), null);
});

test("the request is of one variant with its own settings", () => {
  const state = { ...STATE, noise: { all: true, seed: 3 }, hyperparameters: { "adam~2": { lr: 0.7 } } };
  const body = ensembleRequest(state, CATALOG, { id: "adam~2", seeds: 20 });
  assert.equal(body.optimizer?.id, "adam");
  assert.equal(body.optimizer?.hyperparameters.lr, 0.7);
  assert.deepEqual([body.seeds, body.noise.seed], [20, 3]);
});

test("a link holds a variant and a number of seeds, and drops what is not offered", () => {
  const read = (/** @type {string} */ search) =>
    sanitized({ ...fromQuery(FIELDS, search, DEFAULTS), objective: "bowl" }, CATALOG, DEFAULTS).ensemble;
  assert.deepEqual(read("?optimizers=sgd,adam&ensemble=sgd,200"), { id: "sgd", seeds: 200 });
  assert.deepEqual(read("?optimizers=sgd,adam,adam~2&ensemble=adam~2,10"), { id: "adam~2", seeds: 10 });
  for (const text of ["sgd", "sgd,9", "sgd,501", "sgd,20.5", "adam,20", "sgd~pin,20", ",20", "sgd,x"]) {
    assert.equal(read(`?optimizers=sgd&ensemble=${text}`), null, text);
  }
});

test("what became of an ensemble is told in sentences, with intervals", () => {
  assert.deepEqual(
    rowsOf(ANSWER).map(({ name, ended }) => [name, ended.count]),
    [["(1.00, 0.00)", 2], ["(−1.00, 0.00)", 1], ["diverged", 1]],
  );
  assert.equal(
    summaryOf(ANSWER, "SGD"),
    "SGD under 4 seeds, 7 to 10: 50.0 % (25.0 % to 75.0 %) end in the basin of the local minimum (1.00, 0.00), " +
      "25.0 % (12.5 % to 62.5 %) end in the basin of the global minimum (−1.00, 0.00) and 25.0 % (12.5 % to " +
      "62.5 %) diverge, with 95 % intervals. 2 of 4 arrived at a minimum and stayed, between step 3 and 8; the " +
      "median is 5.5.",
  );
});

test("where none arrives that is said", () => {
  const ends = { ...ANSWER.ends, arrival: Int32Array.of(-1, -1, -1, -1) };
  assert.equal(arrivalsSentence({ ...ANSWER, ends }), "None of the 4 arrived at a minimum and stayed.");
});

test("the histogram counts each arrival once, over all steps", () => {
  assert.deepEqual(histogramOf(ANSWER), { width: 1, counts: [0, 0, 0, 1, 0, 0, 0, 0, 1, 0] });
  const step = Int32Array.of(0, 1000);
  const { width, counts } = histogramOf({ ...ANSWER, step });
  assert.equal(width, 41);
  assert.deepEqual([counts.length, counts[0]], [25, 2]);
});

test("the drawing says how many descents are left and what is kept", () => {
  const text = drawingSentence(ANSWER, 3);
  assert.match(text, /at the latest of 4 steps kept of 9/);
  assert.match(text, /the trails of the first 3/);
  assert.match(text, /at the last step 0 are left/);
});

test("who draws no noise is named, and why", () => {
  assert.equal(withoutNoise([], false, false), "");
  assert.equal(withoutNoise(["GD"], false, false), "Not for GD: it sees the exact gradient.");
  assert.equal(
    withoutNoise(["GD", "Adam"], false, false),
    "Not for GD and Adam: they see the exact gradient, unless the noise is for all.",
  );
  assert.equal(withoutNoise(["GD"], true, false), "σ is 0: without noise all seeds draw one descent.");
});

test("the cloud of a picture has the dots of the last step kept, and none that diverged", () => {
  const cloud = { ...ANSWER, color: "#123456" };
  const [trails, dots] = /** @type {{x: (number | null)[]}[]} */ (cloudTraces(placesOf(cloud)(5.5), "white"));
  assert.deepEqual(dots?.x, [2, 2, -2, null]);
  assert.deepEqual(trails?.x.slice(0, 4), [0, 1, 2, null]);
  assert.deepEqual(trails?.x.slice(-4), [0, 9, null, null]);
});

test("a cloud stays the same object between two steps that are kept, with gaps between its trails", () => {
  const places = placesOf({ ...ANSWER, color: "#123456" });
  const before = places(4);
  assert.equal(places(8.9), before);
  assert.notEqual(places(9), before);
  assert.deepEqual(before.trails.x.slice(0, 4), [0, 1, 2, NaN]);
});

test("bands end where no descent is left", () => {
  const { step, losses } = ANSWER;
  const { low, high, ground } = quantileBands({ step, loss: losses.loss, color: "#123456" }, () => 0);
  assert.deepEqual([...low], [1, 2, 3]);
  assert.deepEqual([...high], [5, 6, 7]);
  const traces = /** @type {{x: number[], y: number[]}[]} */ (ground((loss) => loss.map(Math.log10)).traces(true));
  assert.deepEqual(traces.at(-1)?.x, [0, 1, 4]);
  traces.at(-1)?.y.forEach((value, k) => assert.ok(Math.abs(value - (3 + k)) < 1e-12));
});

test("a CSV has a row for each seed, below the settings", () => {
  const request = ensembleRequest({ ...STATE, noise: { seed: 7 } }, CATALOG, { id: "sgd", seeds: 4 });
  const lines = endsAsCsv(request, ANSWER, "http://atlas/").trimEnd().split("\r\n");
  assert.deepEqual(lines, [
    "# Descent Atlas: http://atlas/",
    "# objective bowl",
    "# start: x = 0.5, y = 1.5",
    "# sgd: lr = 0.05, bias_correction = true, steps = 1000",
    "# gradient noise: std = 1, batch_size = 1, seed = 7, all = false",
    "# seeds: 7 to 10",
    "seed,steps,diverged,x,y,minimum,arrival",
    "7,9,false,3,0,1,8",
    "8,9,false,3,1,1,",
    "9,9,false,-3,2,0,3",
    "10,4,true,,,,",
  ]);
});

test("a CSV of losses has the quantiles at each step kept", () => {
  const request = ensembleRequest(STATE, CATALOG, { id: "sgd", seeds: 4 });
  const lines = lossesAsCsv(request, ANSWER, "").trimEnd().split("\r\n").filter((line) => !line.startsWith("#"));
  assert.deepEqual(lines, ["step,running,q5,q25,q50,q75,q95", "0,4,1,2,3,4,5", "1,4,2,3,4,5,6", "4,3,3,4,5,6,7", "9,0,,,,,"]);
});
