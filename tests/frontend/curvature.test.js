import assert from "node:assert/strict";
import { test } from "node:test";

import { ticksWithin, tracesOf } from "../../frontend/landscapes/curvature/sharpness-charts.js";
import {
  curvatureAsCsv,
  gapsText,
  limitFormula,
  limitsText,
  measureText,
  pointText,
  pointsOf,
  rangesOf,
} from "../../frontend/landscapes/curvature/sharpness-values.js";
import { run } from "./landscape_entries.js";

/** @typedef {import("../../frontend/surfaces/landscape-data.js").CurvaturePath} CurvaturePath */

/**
 * Three snapshots, of which the second has not converged.
 * @param {Partial<CurvaturePath>} [given]
 * @returns {CurvaturePath}
 */
const path = (given = {}) => ({
  run: "gd",
  seed: 0,
  images: 2000,
  subsets: 2,
  images_seed: 3,
  tolerance: 0.01,
  products: 100,
  limit: 20,
  limit_of: "sharpness",
  steps: Int32Array.of(0, 5, 10),
  sharpness: { values: Float64Array.of(5, NaN, 18), residuals: Float64Array.of(0.01, 4, 0.09) },
  preconditioned: { values: new Float64Array(3).fill(NaN), residuals: new Float64Array(3).fill(NaN) },
  spread: { steps: Int32Array.of(5, 10), values: Float64Array.of(NaN, 17, 18, 16) },
  ...given,
});

const labelOf = (/** @type {string} */ id) => id.toUpperCase();
const GD = run("gd", { spec: { optimizer: "SGD", hyperparameters: { lr: 0.1 } } });

test("a run without a scaling of its own has no preconditioned sharpness, and others a gap where none converged", () => {
  assert.deepEqual(pointsOf(path(), "preconditioned"), []);
  const adam = path({ preconditioned: { values: Float64Array.of(NaN, NaN, 3), residuals: Float64Array.of(NaN, 2, 0.01) } });
  assert.deepEqual(pointsOf(adam, "preconditioned").map(({ step, value }) => [step, value]), [[5, NaN], [10, 3]]);
});

test("a value is told with its step, its residual, and its part of the full-batch limit", () => {
  const [first, missing] = pointsOf(path(), "sharpness");
  assert.ok(first && missing);
  assert.equal(pointText(path(), "sharpness", first), "sharpness 5.000 at step 0, residual 0.2 %, 0.2500 of the full-batch limit");
  assert.equal(pointText(path({ limit: null, limit_of: null }), "sharpness", first), "sharpness 5.000 at step 0, residual 0.2 %");
  assert.equal(pointText(path(), "sharpness", missing), "sharpness at step 5 not converged (residual 4.000)");
});

test("what has not converged is told with its residual, and what the scale cannot show", () => {
  assert.equal(gapsText([path()], "sharpness", labelOf), "Not converged, and left open (×): GD at step 5 (residual 4.000).");
  const flat = path({ sharpness: { values: Float64Array.of(0, 1, 2), residuals: new Float64Array(3) } });
  assert.match(gapsText([flat], "sharpness", labelOf), /^Not above zero somewhere.*: GD\.$/);
  const none = path({ sharpness: { values: new Float64Array(3).fill(NaN), residuals: new Float64Array(3).fill(NaN) } });
  assert.match(gapsText([none], "sharpness", labelOf), /step 0 \(nothing found\), step 5/);
});

test("a chart says on which images it was measured, and how exactly", () => {
  const text = measureText([path()], "sharpness");
  assert.match(text, /on 2,000 training images \(drawn with seed 3\), at 3 snapshots of each run/);
  assert.match(text, /at most 1\.0 % of it\. Bars: the range over 2 disjoint sets/);
  assert.doesNotMatch(measureText([path({ spread: { steps: new Int32Array(), values: new Float64Array() } })], "sharpness"), /Bars/);
});

test("the spread over the images needs two subsets that converged", () => {
  assert.deepEqual(rangesOf(path()), [{ step: 10, low: 16, high: 18 }]);
});

test("the full-batch limit is called so, with the formula of its rule", () => {
  const sgd = (/** @type {Record<string, number | boolean>} */ hyperparameters) =>
    limitFormula({ spec: { optimizer: "SGD", hyperparameters: /** @type {Record<string, number>} */ (hyperparameters) } });
  assert.deepEqual(
    [sgd({ lr: 1 }), sgd({ lr: 1, dampening: 0.5 }), sgd({ lr: 1, momentum: 0.9 }), sgd({ lr: 1, momentum: 0.9, dampening: 0.5 }), sgd({ lr: 1, momentum: 0.9, nesterov: true })],
    ["2/η", "2/η", "2(1+μ)/η", "2(1+μ)/((1−d)η)", "2(1+μ)/((1+2μ)η)"],
  );
  assert.equal(limitFormula({ spec: { optimizer: "Adam" } }), "2(1+β₁)/((1−β₁)η)");
  assert.equal(limitFormula({ spec: { optimizer: "mine:Own" } }), "");
  assert.match(limitsText([path()], "sharpness", labelOf, () => GD), /^Dotted: the full-batch limit of each rule, GD 2\/η = 20\./);
  assert.match(limitsText([path()], "preconditioned", labelOf, () => GD), /^No full-batch limit/);
});

test("the axis has round ticks, as many as it has room for", () => {
  assert.deepEqual(ticksWithin([0.9, 3.4]), { at: [10, 30, 100, 300, 1000], text: ["10", "30", "100", "300", "1,000"] });
  assert.deepEqual(ticksWithin([4, 5]).at, [10_000, 20_000, 50_000, 100_000]);
  assert.ok(ticksWithin([-3, 9]).at.length <= 5);
});

test("rows hold every measured snapshot, with nan where nothing converged", () => {
  const [header, first, missing, ...rest] = curvatureAsCsv([path()]).trim().split("\r\n");
  assert.match(String(header), /^run,seed,step,images,images_seed,tolerance,sharpness,residual,preconditioned/);
  assert.equal(first, "gd,0,0,2000,3,0.01,5,0.01,,,20,sharpness");
  assert.match(String(missing), /^gd,0,5,2000,3,0.01,nan,4,,,/);
  assert.equal(rest.length, 1);
});

test("a picture marks at its lower edge what has not converged", () => {
  const traced = /** @type {any} */ ({
    points: [{ step: 0, value: 10 }, { step: 5, value: NaN }, { step: 9, value: 1000 }],
    times: Float64Array.of(0, 5, 9), heights: Float64Array.of(1, NaN, 3), look: { label: "GD", color: "black", dash: [] }, last: 9, limit: null, ranges: [],
  });
  const crosses = /** @type {any} */ (tracesOf([traced]).at(-1));
  assert.deepEqual([crosses.marker.symbol, crosses.x], ["x-thin", [5]]);
  assert.ok(crosses.y[0] > 0 && crosses.y[0] < 10, "below every value");
});
