import assert from "node:assert/strict";
import { test } from "node:test";

import { plotArea } from "../../frontend/core/geometry/areas.js";

const MARGINS = { left: 44, top: 1, right: 6, bottom: 20 };

test("a plot's area is what its margins leave of the size", () => {
  assert.deepEqual(plotArea({ width: 650, height: 421 }, MARGINS), { left: 44, top: 1, width: 600, height: 400 });
});

test("a plot's area has a pixel even where its margins take everything", () => {
  assert.deepEqual(plotArea({ width: 10, height: 10 }, MARGINS), { left: 44, top: 1, width: 1, height: 1 });
});
