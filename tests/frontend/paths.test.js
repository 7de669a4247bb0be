import assert from "node:assert/strict";
import { test } from "node:test";

import { contains } from "../../frontend/core/geometry/bounds.js";
import { linearMap } from "../../frontend/core/geometry/linear-map.js";
import { exitPoint, lastExit, nearestVertex } from "../../frontend/core/geometry/paths.js";
import { near } from "./near.js";

const AREA = { left: 44, top: 1, width: 600, height: 400 };
const BOUNDS = { x0: -3, x1: 3, y0: -2, y1: 2 };

test("a path leaves the bounds where its segment crosses the edge", () => {
  const exit = exitPoint(BOUNDS, { x: 0, y: 0 }, { x: 6, y: 2 });
  near(exit.x, 3);
  near(exit.y, 1);
  near(exit.angle, Math.atan2(2, 6));
  assert.ok(contains(BOUNDS, 3, 1));
  assert.ok(!contains(BOUNDS, 3.01, 1));
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

test("a path's last exit is where it left the bounds for good, if it is outside then", () => {
  // Out to the right, back in, out at the top, where a further step is drawn.
  const path = { steps: [0, 1, 2, 3, 4], xs: [0, 6, 1, 1, 1], ys: [0, 0, 0, 4, 5] };
  assert.equal(lastExit(BOUNDS, path, 0), null);
  assert.deepEqual(lastExit(BOUNDS, path, 1), { x: 3, y: 0, angle: 0 });
  assert.equal(lastExit(BOUNDS, path, 2), null);
  assert.deepEqual(lastExit(BOUNDS, path, 4), { x: 1, y: 2, angle: Math.PI / 2 });
});

test("a path that was never inside has no exit", () => {
  assert.equal(lastExit(BOUNDS, { steps: [0, 1], xs: [5, 6], ys: [0, 0] }, 1), null);
});
