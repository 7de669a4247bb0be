import assert from "node:assert/strict";
import { test } from "node:test";

import { lastAtMost, valueAt } from "../../frontend/core/geometry/sequences.js";
import { near } from "./near.js";

test("the last entry that is at most a value is found at the ends, between and on entries", () => {
  const steps = Int32Array.of(0, 2, 4, 100);
  assert.deepEqual([-1, 0, 1, 4, 99, 100, 1e9].map((v) => lastAtMost(steps, v)), [-1, 0, 0, 2, 2, 3, 3]);
});

test("a thinned path is exact at its own steps and straight between", () => {
  const steps = Int32Array.of(0, 10, 20);
  const values = Float64Array.of(1, 2, -4);
  assert.equal(valueAt(steps, values, 10), 2);
  near(valueAt(steps, values, 15), -1);
  assert.equal(valueAt(steps, values, -5), 1);
  assert.equal(valueAt(steps, values, 500), -4);
  assert.equal(valueAt(steps, values, Infinity), -4);
});
