import assert from "node:assert/strict";
import { test } from "node:test";

import { cutFar, isFar } from "../../frontend/core/geometry/canvas-reach.js";
import { near } from "./near.js";

test("a segment to the far distance is cut on its own line", () => {
  const cut = cutFar(0, 0, 1e300, 2e300);
  assert.ok(cut);
  const [ax, ay, bx, by] = cut;
  assert.deepEqual([ax, ay], [0, 0]);
  near(by / bx, 2);
  assert.ok(Math.abs(bx) < 1e5 && Math.abs(by) < 1e5);
  assert.equal(cutFar(1e6, 0, 2e6, 5), null);
});

test("what is not finite is as far as what lies beyond a canvas's reach", () => {
  assert.deepEqual([0, -4000, 4096, -1e9, Infinity, NaN].map(isFar), [false, false, true, true, true, true]);
});
