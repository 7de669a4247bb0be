import assert from "node:assert/strict";
import { test } from "node:test";

import { containBounds, contains, coverBounds, panBounds, zoomBounds } from "../../frontend/core/geometry/bounds.js";
import { cutFar } from "../../frontend/core/geometry/canvas-reach.js";
import { cropGrid, gridValue, rows } from "../../frontend/core/geometry/grids.js";
import { levelNumber, levelNumbers } from "../../frontend/core/geometry/levels.js";
import { linearMap } from "../../frontend/core/geometry/linear-map.js";
import { exitPoint, nearestVertex } from "../../frontend/core/geometry/paths.js";
import { lastAtMost, linspace, valueAt } from "../../frontend/core/geometry/sequences.js";

const AREA = { left: 44, top: 1, width: 600, height: 400 };
const BOUNDS = { x0: -3, x1: 3, y0: -2, y1: 2 };

/**
 * @param {number} actual
 * @param {number} expected
 */
function near(actual, expected) {
  assert.ok(Math.abs(actual - expected) <= 1e-9 * Math.max(1, Math.abs(expected)), `${actual} is not ${expected}`);
}

test("bounds that cover a size lie within their content, at one scale", () => {
  assert.deepEqual(coverBounds(BOUNDS, { width: 4, height: 4 }), { x0: -2, x1: 2, y0: -2, y1: 2 });
  assert.deepEqual(coverBounds(BOUNDS, { width: 600, height: 100 }), { x0: -3, x1: 3, y0: -0.5, y1: 0.5 });
});

test("the corners of bounds lie in the corners of their area, with y upwards", () => {
  const map = linearMap(BOUNDS, AREA);
  near(map.x(-3), 44);
  near(map.x(3), 644);
  near(map.y(2), 1);
  near(map.y(-2), 401);
});

test("a pixel's data coordinates map back to that pixel", () => {
  const map = linearMap(BOUNDS, AREA);
  for (const [px, py] of [[44, 1], [100.5, 33.25], [-20, 900]]) {
    near(map.x(map.dataX(Number(px))), Number(px));
    near(map.y(map.dataY(Number(py))), Number(py));
  }
});

test("contained bounds hold all of their content above the inset, at one scale", () => {
  const content = { x0: -2, x1: 2, y0: -2, y1: 2 };
  for (const inset of [0, 60]) {
    for (const area of [AREA, { ...AREA, width: 200 }]) {
      const bounds = containBounds(content, area, inset);
      const map = linearMap(bounds, area);
      near((bounds.x1 - bounds.x0) / area.width, (bounds.y1 - bounds.y0) / area.height);
      assert.ok(map.x(-2) >= area.left - 1e-9 && map.x(2) <= area.left + area.width + 1e-9);
      assert.ok(map.y(2) >= area.top - 1e-9);
      assert.ok(map.y(-2) <= area.top + area.height - inset + 1e-9);
    }
  }
});

test("containing bounds that already fill their area changes nothing", () => {
  const bounds = containBounds(BOUNDS, AREA);
  for (const key of /** @type {const} */ (["x0", "x1", "y0", "y1"])) near(bounds[key], BOUNDS[key]);
});

test("zooming keeps the point under the pointer where it is", () => {
  const fixed = { x: 1, y: -0.5 };
  const zoomed = zoomBounds(BOUNDS, 0.3, fixed);
  near(linearMap(zoomed, AREA).x(1), linearMap(BOUNDS, AREA).x(1));
  near(linearMap(zoomed, AREA).y(-0.5), linearMap(BOUNDS, AREA).y(-0.5));
  near(zoomed.x1 - zoomed.x0, 0.3 * 6);
});

test("panning moves bounds without changing their size", () => {
  assert.deepEqual(panBounds(BOUNDS, 1, -1), { x0: -2, x1: 4, y0: -3, y1: 1 });
});

test("a path leaves the bounds where its segment crosses the edge", () => {
  const exit = exitPoint(BOUNDS, { x: 0, y: 0 }, { x: 6, y: 2 });
  near(exit.x, 3);
  near(exit.y, 1);
  near(exit.angle, Math.atan2(2, 6));
  assert.ok(contains(BOUNDS, 3, 1));
  assert.ok(!contains(BOUNDS, 3.01, 1));
});

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

test("the vertex nearest to the pointer is found among those that are drawn", () => {
  const map = linearMap(BOUNDS, AREA);
  const xs = [0, 1, 2];
  const ys = [0, 0, 0];
  assert.equal(nearestVertex(map, xs, ys, map.x(1.9), map.y(0), 3).index, 2);
  assert.equal(nearestVertex(map, xs, ys, map.x(1.9), map.y(0), 2).index, 1);
  near(nearestVertex(map, xs, ys, map.x(1) + 3, map.y(0) + 4, 3).distance, 5);
  assert.equal(nearestVertex(map, xs, ys, 0, 0, 0).index, -1);
});

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

test("a segment to the far distance is cut on its own line", () => {
  const cut = cutFar(0, 0, 1e300, 2e300);
  assert.ok(cut);
  const [ax, ay, bx, by] = cut;
  assert.deepEqual([ax, ay], [0, 0]);
  near(by / bx, 2);
  assert.ok(Math.abs(bx) < 1e5 && Math.abs(by) < 1e5);
  assert.equal(cutFar(1e6, 0, 2e6, 5), null);
});
