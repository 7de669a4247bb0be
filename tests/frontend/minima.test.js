import assert from "node:assert/strict";
import { test } from "node:test";

import { minimaOf } from "../../frontend/surfaces/minima.js";

const places = (/** @type {ReturnType<typeof minimaOf>} */ minima) => minima.map(({ i, j }) => [i, j]);

test("minima are cells below all that surrounds them, the lowest first", () => {
  const loss = [
    [9, 9, 9, 9, 9],
    [9, 2, 9, 1, 9],
    [9, 9, 9, 9, 9],
  ];
  const minima = minimaOf(loss.flat(), 5, 3);
  assert.deepEqual(places(minima), [[3, 1], [1, 1]]);
  assert.deepEqual(minima.map(({ lowest, border, value }) => [lowest, border, value]), [[true, false, 1], [false, false, 2]]);
});

test("a dip no deeper than rounding is none, and touching corners connect", () => {
  assert.deepEqual(places(minimaOf([1, 1 + 2e-5, 1 + 1.5e-5], 3, 1)), [[0, 0]]);
  assert.deepEqual(places(minimaOf([1, 1 + 4e-5, 1 + 1.5e-5], 3, 1)), [[0, 0], [2, 0]]);
  assert.deepEqual(places(minimaOf([1, 9, 9, 1.5], 2, 2)), [[0, 0]]);
});

test("no way leads through what is not finite, and what is not finite is no minimum", () => {
  assert.deepEqual(places(minimaOf([2, NaN, 1], 3, 1)), [[2, 0], [0, 0]]);
  assert.deepEqual(minimaOf([NaN, Infinity], 2, 1), []);
});

test("a slope ends at the border", () => {
  assert.deepEqual(minimaOf([3, 2, 1], 3, 1).map(({ i, border }) => [i, border]), [[2, true]]);
});
