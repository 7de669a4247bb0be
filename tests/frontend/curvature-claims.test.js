import assert from "node:assert/strict";
import { test } from "node:test";

import { MEASURES, groupsOf } from "../../frontend/about/claim-measures.js";
import { bandOf, limitsText, linesOf, rangeOfRatios, ratioTicks, scatterOf, starsOf } from "../../frontend/about/curvature-illustrations.js";
import { rescaledText, rowsOf } from "../../frontend/landscapes/table/rescaled-networks.js";
import { run } from "./landscape_entries.js";

/** @typedef {import("../../frontend/core/api-types.d.ts").ClaimNumber} ClaimNumber */

/**
 * @param {string} id
 * @param {number[]} values
 * @param {any} [given]
 */
const path = (id, values, given = {}) =>
  /** @type {any} */ ({
    run: id,
    seed: 0,
    limit: 20,
    limit_of: "sharpness",
    steps: Int32Array.from(values, (_, i) => 10 * i),
    sharpness: { values: Float64Array.from(values) },
    preconditioned: { values: Float64Array.from(values, (value) => 1000 * value) },
    ...given,
  });

const numbersOf = (/** @type {ClaimNumber["unit"]} */ unit, /** @type {Record<string, number | null>} */ labelled) =>
  Object.entries(labelled).map(([label, value]) => ({ label, value, unit }));

test("each seed of gradient descent is a line in units of its limit", () => {
  const runs = [run("gd", { label: "GD", steps_per_epoch: 1 }), run("adam-full", { label: "Adam", spec: { optimizer: "Adam" } })];
  const curvature = [path("gd", [2, NaN, 30]), path("gd", [4, 20, 40], { seed: 1 }), path("adam-full", [1, 2])];
  const lines = linesOf("edge-of-stability", curvature, { runs });
  assert.deepEqual(
    lines.map(({ label, optimizer, limit }) => [label, optimizer, limit]),
    [["GD, seed 0", "gd", 20], ["GD, seed 1", "gd", 20]],
  );
  assert.deepEqual([...(lines[0]?.values ?? [])], [0.1, NaN, 1.5]);
  assert.deepEqual([...(lines[0]?.shares ?? [])], [0, 0.5, 1]);
  assert.notDeepEqual(lines[0]?.look.dash, lines[1]?.look.dash);
  assert.equal(limitsText(lines), "1 is the full-batch limit of the rule, here 20.");
  assert.deepEqual(linesOf("flatness", curvature, { runs }), []);
});

test("adaptive optimizers are drawn in their own metric, each by its own limit", () => {
  const runs = [run("adam-full", { label: "Adam", spec: { optimizer: "Adam" } }), run("rmsprop-full", { label: "RMSProp" })];
  const scaled = { limit_of: "preconditioned" };
  const curvature = [
    path("adam-full", [76, 80], { ...scaled, limit: 76_000 }),
    path("rmsprop-full", [2, 4], { ...scaled, limit: 4000 }),
    path("adam-full", [1, 1], { limit: null, limit_of: null, seed: 1 }),
  ];
  const lines = linesOf("adaptive-edge", curvature, { runs });
  assert.deepEqual(lines.map(({ label, values }) => [label, values[0]]), [["Adam", 1], ["RMSProp", 0.5]]);
  assert.equal(limitsText(lines), "1 is the full-batch limit of each rule: Adam 76,000; RMSProp 4,000.");
});

test("the band that is shaded is the rule's, and the scale holds it, the limit and every value", () => {
  const band = bandOf([
    ...numbersOf("ratio", { "Band, in units of the limit: lowest": 0.8, "Band, in units of the limit: highest": 2.5 }),
    ...numbersOf("share", { "Band: from this share of the steps": 0.5 }),
  ]);
  assert.deepEqual(band, { low: 0.8, high: 2.5, from: 0.5 });
  assert.equal(bandOf([]), null);
  const [line] = linesOf("edge-of-stability", [path("gd", [1, -3, 20])], { runs: [run("gd")] });
  assert.ok(line);
  const [low, high] = rangeOfRatios([line], band);
  assert.ok(10 ** low < 0.05 && 10 ** high > 2.5, "what is not above zero has no place");
  assert.deepEqual(ratioTicks([low, high]), [0.05, 0.1, 0.2, 0.5, 1, 2].filter((tick) => tick >= 10 ** low));
  assert.deepEqual(ratioTicks([-3.5, 1.2]), [0.001, 0.01, 0.1, 1, 10]);
});

test("a run of both numbers is a dot, joined with those of its setting", () => {
  const runs = scatterOf([
    ...numbersOf("curvature", { "SGD, lr 0.02, seed 3: sharpness": 10, "SGD, lr 0.02, seed 4: sharpness": 14, "Adam, seed 3: sharpness": 5 }),
    ...numbersOf("accuracy", { "SGD, lr 0.02, seed 3: test accuracy": 40, "SGD, lr 0.02, seed 4: test accuracy": 44 }),
    ...numbersOf("count", { runs: 3 }),
  ]);
  assert.deepEqual(runs, [
    { setting: "SGD, lr 0.02", seed: "3", sharpness: 10, accuracy: 40 },
    { setting: "SGD, lr 0.02", seed: "4", sharpness: 14, accuracy: 44 },
  ]);
  assert.deepEqual(starsOf(runs).map(({ middle, own }) => [middle, own.length]), [[{ sharpness: 12, accuracy: 42 }, 2]]);
});

test("batch sizes, rescaled networks and random planes are rows of numbers", () => {
  const groupsIn = (/** @type {string} */ claim, /** @type {ClaimNumber[]} */ numbers, at = 0) => {
    const measure = MEASURES[claim]?.[at];
    assert.ok(measure);
    return groupsOf(numbers, measure).map(({ title, rows }) => [title, rows.map(({ name, low, value, high }) => [name, low, value, high])]);
  };
  const ends = (/** @type {string} */ rate) => numbersOf("curvature", {
    [`${rate}, 1 image: sharpness at the end, mean`]: 20,
    [`${rate}, 1 image: sharpness at the end, lowest`]: 18,
    [`${rate}, 1 image: sharpness at the end, highest`]: 22,
  });
  assert.deepEqual(groupsIn("flat-batches", [...ends("lr 0.02"), ...ends("lr 0.002"), ...numbersOf("loss", { "lr 0.02: the loss compared at": 1.5 })]), [
    ["lr 0.02, sharpness at the end", [["1 image", 18, 20, 22]]],
    ["lr 0.002, sharpness at the end", [["1 image", 18, 20, 22]]],
  ]);
  const rescaled = [
    ...numbersOf("curvature", { "GD, lr 0.1, times 1: sharpness": 24, "GD, lr 0.1, times 4: sharpness": 384 }),
    ...numbersOf("accuracy", { "GD, lr 0.1, times 1: test accuracy": 38, "GD, lr 0.1, times 4: test accuracy": 38 }),
  ];
  assert.deepEqual(groupsIn("reparametrisation", rescaled), [["", [["times 1", null, 24, null], ["times 4", null, 384, null]]]]);
  assert.deepEqual(groupsIn("reparametrisation", rescaled, 1), [["", [["times 1", null, 38, null], ["times 4", null, 38, null]]]]);
  const planes = numbersOf("share", {
    "At GD’s end: share of the sharpness, lowest": 0.01,
    "At GD’s end: share of the sharpness, median": 0.03,
    "At GD’s end: share of the sharpness, highest": 0.05,
  });
  assert.deepEqual(groupsIn("random-planes", planes), [["", [["At GD’s end", 0.01, 0.03, 0.05]]]]);
});

test("a table tells of rescaled networks what changed and what did not", () => {
  const network = (/** @type {number} */ factor, /** @type {number | null} */ sharpness) => ({
    factor, sharpness, residual: 0.1, difference: 0, train_loss: 1, train_accuracy: 0.5, test_loss: 1, test_accuracy: 0.375,
  });
  const rescaling = {
    run: "gd", seed: 0, layer: 0, images: 2000, images_seed: 0, tolerance: 0.01, products: 9, rounding: 3e-6, rule: "One layer is multiplied.",
    networks: [network(1, 24), network(4, null)],
  };
  assert.deepEqual(rowsOf(rescaling), [
    { factor: "× 1", cells: ["24.00", "37.50 %", "none"], isOwn: true },
    { factor: "× 4", cells: ["—", "37.50 %", "none"], isOwn: false },
  ]);
  assert.match(rescaledText(rescaling), /^One layer is multiplied\. Here rounding changes an output by up to .* Sharpness on 2,000 training images \(drawn with seed 0\)/);
});
