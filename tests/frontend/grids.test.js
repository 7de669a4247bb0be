import assert from "node:assert/strict";
import { test } from "node:test";

import { cropGrid, gridValue, rows } from "../../frontend/core/geometry/grids.js";
import { linspace } from "../../frontend/core/geometry/sequences.js";
import { near } from "./near.js";

test("rows of a grid share its memory", () => {
  const values = Float64Array.of(1, 2, 3, 4, 5, 6);
  const grid = rows(values, 3);
  assert.deepEqual(grid.map((row) => [...row]), [[1, 2, 3], [4, 5, 6]]);
  assert.equal(grid[1]?.buffer, values.buffer);
});

test("a cropped grid covers the bounds with whole cells and keeps its values", () => {
  const x = linspace(0, 5, 6);
  const y = linspace(0, 3, 4);
  const values = Float64Array.from({ length: 24 }, (_, i) => i);
  const { x: left, y: low, crop } = cropGrid({ x, y }, { x0: 1, x1: 2.5, y0: 0.5, y1: 2 });
  assert.deepEqual([...left], [1, 2, 3]);
  assert.deepEqual([...low], [0, 1, 2]);
  assert.deepEqual([...crop(values)], [1, 2, 3, 7, 8, 9, 13, 14, 15]);
  const all = cropGrid({ x, y }, { x0: -9, x1: 9, y0: -9, y1: 9 });
  assert.deepEqual(all.crop(values), values);
});

test("a bilinear surface is met exactly between grid points, and nothing is said outside", () => {
  const x = linspace(-1, 2, 7);
  const y = linspace(0, 1, 5);
  const f = (/** @type {number} */ a, /** @type {number} */ b) => 2 * a - 3 * b + a * b;
  const z = Float64Array.from([...y].flatMap((b) => [...x].map((a) => f(a, b))));
  near(gridValue({ x, y, z }, 0.37, 0.81), f(0.37, 0.81));
  near(gridValue({ x, y, z }, 2, 1), f(2, 1));
  assert.ok(Number.isNaN(gridValue({ x, y, z }, 2.1, 0.5)));
});
