import assert from "node:assert/strict";
import { test } from "node:test";

import { pairText } from "../../frontend/landscapes/curvature/eigenvalue-section.js";
import { curvatureText, groupsOf, statisticText } from "../../frontend/landscapes/measured/lottery-view.js";
import { batchPathAsCsv, lotteryAsCsv, segmentsAsCsv } from "../../frontend/landscapes/measured/measured-records.js";
import { viewText } from "../../frontend/landscapes/measured/batch-path-view.js";
import { axesOf, spokenText } from "../../frontend/landscapes/measured/segments-view.js";
import { borderLines, excessOf, linesOf, modelValues } from "../../frontend/landscapes/model/quadratic-model.js";
import { galleryHref, readState, routeOf } from "../../frontend/landscapes/model/routes.js";
import { coverAlike, joinedOpening } from "../../frontend/landscapes/pair/pair-shared.js";
import { catalogOf, entry, table } from "./landscape_entries.js";
import { near } from "./near.js";

const AXES = { x: Float64Array.of(-1, 0, 1), y: Float64Array.of(-1, 0, 1) };
/** @type {{loss: number, gradient: [number, number], hessian: number[][], share: number}} */
const MODEL = { loss: 1, gradient: [0.5, 0], hessian: [[2, 0], [0, -2]], share: 0.1 };

test("the quadratic model has the loss, the gradient and the Hessian at the origin", () => {
  const values = modelValues(MODEL, AXES);
  assert.equal(values[4], 1);
  assert.deepEqual([values[3], values[5], values[1], values[7]], [1.5, 2.5, 0, 0]);
});

test("the model fails where the loss leaves it by more than its share of what the parabolas change", () => {
  const loss = modelValues(MODEL, AXES);
  loss[5] = Number(loss[5]) + 0.2;
  loss[0] = Infinity;
  const excess = excessOf(MODEL, AXES, loss, 1);
  near(Number(excess[5]), 0.2 - 0.1);
  near(Number(excess[3]), -0.1);
  assert.ok(Number.isNaN(excess[0]));
  assert.ok(borderLines(excess, AXES).length > 0);
});

test("segments that meet become one line, a ring among them", () => {
  const open = linesOf([0, 0, 1, 0, 2, 0, 1, 0], AXES);
  assert.deepEqual(open.map(({ x }) => x), [[-1, 0, 1]]);
  const ring = linesOf([0, 0, 1, 0, 1, 0, 1, 1, 1, 1, 0, 1, 0, 1, 0, 0], AXES);
  assert.equal(ring.length, 1);
  assert.deepEqual([ring[0]?.x[0], ring[0]?.y[0]], [ring[0]?.x.at(-1), ring[0]?.y.at(-1)]);
});

test("an eigenvalue is told with its place in the spectrum and its residual", () => {
  const pair = { end: /** @type {const} */ ("largest"), rank: 2, value: 12.5, residual: 0.0625, converged: true, length: 0.4 };
  assert.equal(pairText(pair, 0.01), "λ = 12.50, the second largest; residual 0.5 %. One unit is 0.4000 long.");
  assert.match(pairText({ ...pair, converged: false, residual: 1 }, 0.01), /not converged: its residual 1\.000 is above 1\.0 % of it/);
});

test("planes come in nines, those that are shown at first before the others", () => {
  const seeds = Array.from({ length: 20 }, (_, i) => i);
  const groups = groupsOf({ seeds, shown: [3, 1, 2, 0, 4, 5, 6, 7, 8] });
  assert.deepEqual(groups.map(({ length }) => length), [9, 9, 2]);
  assert.deepEqual(groups[0]?.slice(0, 2), [3, 1]);
});

test("what a lottery shows of the sharpness says on which samples, and what has not converged", () => {
  const curvature = {
    images: 320, images_seed: 0, tolerance: 0.01, products: 1, sharpness: 50, residual: 0.25, converged: true,
    array: "a", highest: 2.5, ratio: 0.05, rule: "", values: new Float64Array(),
  };
  const seeds = [0, 1];
  assert.equal(
    curvatureText({ curvature, seeds }),
    "The sharpness there is 50.00 on 320 training samples (drawn with seed 0), residual 0.5 %; the steepest of all directions in 2 planes has 2.500, 5.0 % of it.",
  );
  assert.match(curvatureText({ curvature: { ...curvature, sharpness: null }, seeds }), /has not converged on 320 training samples/);
  assert.equal(curvatureText({ curvature: null, seeds }), "");
});

test("a statistic of the draws is told with its range, and with what holds in all dimensions", () => {
  const one = { id: "a", label: "angle of the arrow", unit: /** @type {const} */ ("degrees"), rule: "", array: "", lowest: 5, median: 80, highest: 175, truth: 60, values: new Float64Array() };
  assert.equal(statisticText(one), "Angle of the arrow: 5° to 175°, median 80°; in all dimensions 60°.");
  assert.match(statisticText({ ...one, unit: "share", lowest: 0.5, truth: null }), /^Angle of the arrow: 50\.0 % to/);
});

const LOSS = { id: "loss", label: "loss", higher_is_better: false, unit: /** @type {const} */ ("number") };

/** @param {number} height */
const profile = (height) =>
  /** @type {import("../../frontend/landscapes/model/measured-data.js").PairProfile} */ ({
    id: "a..b", label: "A to B", kind: "ends", first: { run: "a", step: 1 }, second: { run: "b", step: 2 }, length: 3, connected: false, note: "",
    curves: [{
      surface: "train", split: "train", images: 4, climb: 0, values: new Map([["loss", Float64Array.of(1, 1 + height)]]),
      barriers: { loss: { height, at: 0.5, rule: "" } },
    }],
  });

test("the profile of a pair is told with its barrier, and all have one scale", () => {
  assert.equal(spokenText(profile(0.5), LOSS), "A to B: loss barrier on the training set 0.5000 at t = 0.50, not linearly connected.");
  assert.match(spokenText(profile(0), LOSS), /training set none/);
  const segments = /** @type {any} */ ({ profiles: [profile(0.5), profile(3)] });
  const { y } = axesOf(segments, LOSS);
  near(y[0], 1 - 0.24);
  near(y[1], 4 + 0.24);
});

test("what is measured goes home as rows", () => {
  assert.equal(
    segmentsAsCsv({ profiles: [profile(0.5)], metrics: [LOSS], t: Float64Array.of(0, 1) }),
    "segment,kind,from,from_step,to,to_step,surface,t,loss\r\na..b,ends,a,1,b,2,train,0,1\r\na..b,ends,a,1,b,2,train,1,1.5\r\n",
  );
  const statistics = /** @type {any} */ ([{ id: "minima", values: Float64Array.of(2, NaN) }]);
  assert.equal(lotteryAsCsv({ seeds: [4, 7], statistics, curvature: null, arrows: [] }), "seed,minima\r\n4,2\r\n7,nan\r\n");
  const arrow = { x: Float64Array.of(1), y: Float64Array.of(2), norm: Float64Array.of(3), cosine: Float64Array.of(NaN) };
  const view = { surface: "batch-1", images: 1, arrow, map: () => new Float64Array() };
  const moments = [{ step: 5, epoch: null, x: 0, y: 0, distance: 0.5 }];
  assert.equal(batchPathAsCsv({ moments, views: [view] }).split("\r\n")[1], "5,,0,0,0.5,batch-1,1,1,2,3,nan");
  assert.equal(viewText(view, 0), "gradient 3.000 long");
});

test("two landscapes stand side by side only if both are there and are planes", () => {
  const catalog = catalogOf(entry("left"), entry("right"), table("rows"));
  const viewOf = (/** @type {string} */ query) => routeOf(readState(query, catalog), catalog).view;
  assert.equal(viewOf("?show=left&beside=right"), "pair");
  assert.equal(viewOf("?show=left&beside=left"), "landscape");
  assert.equal(viewOf("?show=left&beside=rows"), "landscape");
  assert.equal(viewOf("?show=rows&beside=left"), "table");
  assert.equal(viewOf("?show=left&beside=gone"), "landscape");
});

test("two landscapes are chosen in the gallery one after the other, by links", () => {
  const catalog = catalogOf(entry("left"), entry("right"), table("rows"));
  const hrefIn = (/** @type {string} */ query, /** @type {string} */ id) => galleryHref(entry(id), readState(query, catalog));
  assert.equal(hrefIn("?find=sgd", "left"), "./landscapes?show=left");
  assert.equal(hrefIn("?find=sgd&pick=true", "left"), "./landscapes?find=sgd&beside=left&pick=true");
  assert.equal(hrefIn("?pick=true&beside=left", "right"), "./landscapes?show=left&beside=right");
  assert.equal(hrefIn("?find=sgd&pick=true&beside=left", "left"), "./landscapes?find=sgd&pick=true", "who chose one takes it back");
  for (const query of ["?beside=left", "?pick=true&beside=rows", "?pick=true&beside=gone"]) {
    assert.equal(readState(query, catalog).beside, null, query);
  }
  assert.equal(readState("?show=left&beside=right&pick=true", catalog).pick, false);
});

test("both have the range from the lower lowest to the higher highest end", () => {
  assert.deepEqual(joinedOpening([{ range: [1, 3], end: "fence" }, { range: [0, 2], end: "highest" }]), { range: [0, 3], end: "fence" });
  assert.equal(coverAlike(AXES, { x: Float64Array.of(-1, 1), y: Float64Array.of(-1, 1) }), true);
  assert.equal(coverAlike(AXES, { x: Float64Array.of(-1, 2), y: Float64Array.of(-1, 1) }), false);
});
