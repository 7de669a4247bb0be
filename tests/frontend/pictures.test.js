import assert from "node:assert/strict";
import { test } from "node:test";

import { along } from "../../frontend/landscapes/single/landscape-space.js";

test("in 3D a path has a point in every cell that it crosses, and its own vertices", () => {
  const { x, y } = along([0, 1, 1], [0, 0, 0.1], 0.25);
  assert.deepEqual(x, [0, 0.25, 0.5, 0.75, 1, 1]);
  assert.deepEqual(y, [0, 0, 0, 0, 0, 0.1]);
  assert.deepEqual(along([2], [3], 0.1), { x: [2], y: [3] });
  assert.deepEqual(along([0, NaN], [0, 0], 0.1), { x: [0, NaN], y: [0, 0] });
});
