import assert from "node:assert/strict";
import { test } from "node:test";

import {
  arrowText,
  cosinesText,
  drawnAngle,
  lotteryText,
} from "../../frontend/landscapes/model/arrow-text.js";
import { momentText } from "../../frontend/landscapes/model/descriptions.js";
import { scatter } from "../../frontend/surfaces/cosines.js";
import { openingCamera, turned } from "../../frontend/plot/camera.js";
import { convexityText } from "../../frontend/landscapes/model/descriptions.js";
import { lensText } from "../../frontend/landscapes/figures/origin-lens.js";
import { entry, run } from "./landscape_entries.js";

/**
 * @param {string} surface
 * @param {number} x
 * @param {number} y
 * @param {number | null} cosine
 */
const arrow = (surface, x, y, cosine) => ({ surface, x, y, norm: 0.5, cosine });
const WHOLE = arrow("train", 0, 2, 1);
const BATCH = arrow("batch-64", 1, 0, 0.5);

test("the angle between two arrows does not depend on their lengths", () => {
  assert.equal(Math.round(Number(drawnAngle(BATCH, WHOLE))), 90);
  assert.equal(drawnAngle(BATCH, { ...WHOLE, y: null }), null);
  assert.equal(drawnAngle(BATCH, { ...WHOLE, y: 0 }), null);
});

test("an arrow's text tells its length, and a batch's its cosine", () => {
  assert.equal(arrowText(BATCH), "gradient 0.5000 long, cosine 0.50");
  assert.equal(arrowText(WHOLE), "gradient 0.5000 long");
  assert.equal(arrowText(undefined), "");
});

test("that one plane is a lottery is said with the angles of this one", () => {
  const text = lotteryText([BATCH, WHOLE], 203242);
  assert.match(text, /two of 203,242 dimensions/);
  assert.match(text, /the batch of 64 stands at 90° to the whole set’s; .* make 60°\.$/);
  assert.match(lotteryText([], 10), /one plane is a lottery\.$/);
});

test("cosines are told by batch size", () => {
  const quartiles = /** @type {[number, number]} */ ([0.3, 0.5]);
  const values = new Float64Array();
  assert.equal(
    cosinesText([
      { images: 1, batches: 100, mean: 0, median: 0.04, quartiles: [-0.06, 0.12], values },
      { images: 64, batches: 100, mean: 0, median: 0.4, quartiles, values },
    ]),
    "The median cosine of 100 batches with the gradient of the whole set is 0.04 for single images " +
      "(half of them between −0.06 and 0.12), 0.40 for batches of 64 (half of them between 0.30 and 0.50).",
  );
  assert.equal(cosinesText([]), "");
});

test("a moment of a training is its end, an epoch or a step", () => {
  const at = (/** @type {number} */ step) => momentText(entry("x", { origin: { run: "sgd", step }, runs: [run("sgd")] }));
  assert.deepEqual([200, 10, 15, 0].map(at), ["End of training", "After epoch 1", "After step 15", "Before training"]);
});

test("the dots of a strip lie within it and apart", () => {
  const places = Array.from({ length: 100 }, (_, i) => scatter(i));
  assert.ok(places.every((place) => place >= -1 && place <= 1));
  assert.equal(new Set(places.map((place) => place.toFixed(3))).size, 100);
});

test("convexity is told in a line", () => {
  const text = (/** @type {number[]} */ share, /** @type {number} */ minima, /** @type {number} */ minimaOnBorder) =>
    convexityText({
      convexity: { radius: new Float64Array(), share: Float64Array.from(share), cells: new Int32Array() },
      minima,
      minimaOnBorder,
    });
  assert.equal(text([0.9, 0.425], 1, 0), "42.5 % of the cells are convex; one minimum.");
  assert.equal(text([1], 1, 1), "100 % of the cells are convex; one minimum, at the border.");
  assert.equal(text([0], 3, 2), "0 % of the cells are convex; 3 minima, 2 of them at the border.");
  assert.equal(text([NaN], 2, 2), "No cell can be judged; 2 minima, all at the border.");
});

test("keys turn the camera around the middle and bring it nearer", () => {
  const camera = openingCamera({ clientWidth: 1000, clientHeight: 500 });
  const reach = (/** @type {import("../../frontend/core/geometry/space.js").Camera} */ { eye }) => Math.hypot(eye.x, eye.y, eye.z);
  const angle = (/** @type {import("../../frontend/core/geometry/space.js").Camera} */ { eye }) => Math.atan2(eye.y, eye.x);
  const right = turned(camera, "ArrowRight");
  assert.ok(right);
  assert.ok(Math.abs(reach(right) - reach(camera)) < 1e-12);
  assert.ok(angle(right) > angle(camera));
  assert.ok(reach(/** @type {any} */ (turned(camera, "+"))) < reach(camera));
  assert.equal(turned(camera, "Enter"), null);
  let steep = camera;
  for (let i = 0; i < 50; i++) steep = turned(steep, "ArrowUp") ?? steep;
  assert.ok(steep.eye.z < reach(steep));
  const narrow = openingCamera({ clientWidth: 300, clientHeight: 300 });
  assert.ok(reach(narrow) > reach(camera));
  assert.ok(narrow.center.x < camera.center.x && narrow.center.y < camera.center.y);
  assert.deepEqual(openingCamera(undefined), camera);
});

test("what the loss does along an arrow is told with the digits that tell it", () => {
  const told = (/** @type {number} */ origin, /** @type {number} */ tip, factor = 66.4) => lensText({ origin, tip, factor });
  assert.equal(
    told(1.96823, 1.96781),
    "The origin, 66 times as large: along the arrow the loss falls from 1.96823 to 1.96781.",
  );
  assert.match(told(2.31, 2.116, 3.14), /3\.1 times as large: along the arrow the loss falls from 2\.31 to 2\.12\.$/);
  assert.match(told(1, 1.5), /goes from 1\.00 to 1\.50/);
  assert.match(told(1, 1), /goes from 1\.0+ to 1\.0+\.$/);
  assert.match(told(3.5e12, 1e12), /falls from 3\.5e12 to 1\.0e12/);
});
