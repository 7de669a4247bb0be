import assert from "node:assert/strict";
import { test } from "node:test";

import { coincidentStretches } from "../../frontend/plot/coincidence.js";

const SIZE = { width: 400, height: 300 };

/** @param {...[number, number]} points */
const line = (...points) => ({ xs: points.map(([x]) => x), ys: points.map(([, y]) => y) });

/** @param {{xs: number[]}} stretch */
const span = ({ xs }) => [Math.min(...xs), Math.max(...xs)].map((x) => Math.round(x / 10) * 10);

test("a line coincides with an earlier one exactly where it runs over it", () => {
  const flat = line([0, 100], [300, 100]);
  const bent = line([50, 20], [100, 100], [200, 101], [300, 250]);
  const [first, second] = coincidentStretches([flat, bent], SIZE);
  assert.deepEqual(first, []);
  assert.equal(second?.length, 1);
  assert.deepEqual(span(/** @type {any} */ (second?.[0])), [100, 200]);
  assert.deepEqual(second?.[0]?.below, [0]);
});

test("lines that cross, or run beside each other, do not coincide", () => {
  const lines = [line([0, 100], [300, 100]), line([150, 0], [150, 200]), line([0, 108], [300, 108])];
  assert.deepEqual(coincidentStretches(lines, SIZE), [[], [], []]);
});

test("where three run together the last names both that it covers", () => {
  const same = line([10, 10], [200, 150]);
  const [, second, third] = coincidentStretches([same, same, same], SIZE);
  assert.deepEqual(second?.map(({ below }) => below), [[0]]);
  assert.deepEqual(third?.map(({ below }) => below), [[0, 1]]);
});

test("a line does not coincide with itself, nor with one that left the canvas", () => {
  const back = line([10, 10], [200, 10], [10, 10]);
  const outside = line([-300, 10], [-20, 10]);
  assert.deepEqual(coincidentStretches([back, outside, outside], SIZE), [[], [], []]);
});

test("what is not finite or endlessly far breaks a line and hides nothing", () => {
  const flat = line([0, 50], [400, 50]);
  const broken = line([20, 50], [120, 50], [NaN, NaN], [220, 50], [320, 50], [1e12, 50]);
  const [, second] = coincidentStretches([flat, broken], SIZE);
  assert.deepEqual(second?.map(span), [[20, 120], [220, 400]]);
});
