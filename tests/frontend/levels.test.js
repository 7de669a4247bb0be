import assert from "node:assert/strict";
import { test } from "node:test";

import { levelNumber, levelNumbers } from "../../frontend/core/geometry/levels.js";
import { linspace } from "../../frontend/core/geometry/sequences.js";
import { near } from "./near.js";

test("level numbers are whole at the levels and rise with the value", () => {
  const levels = [1, 10, 100, 1000];
  levels.forEach((value, i) => assert.equal(levelNumber(levels, value), i));
  near(levelNumber(levels, 55), 1.5);
  const values = linspace(-50, 3000, 200);
  const numbers = levelNumbers(values, levels);
  for (let i = 1; i < numbers.length; i++) assert.ok(Number(numbers[i]) >= Number(numbers[i - 1]));
});

test("level numbers end one beyond the first and the last level", () => {
  assert.equal(levelNumber([1, 2, 3], -1e300), -1);
  assert.equal(levelNumber([1, 2, 3], 1e300), 3);
});
