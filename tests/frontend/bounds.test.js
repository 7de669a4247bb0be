import assert from "node:assert/strict";
import { test } from "node:test";

import { containBounds, coverBounds, panBounds, stretchBounds, zoomBounds } from "../../frontend/core/geometry/bounds.js";
import { linearMap } from "../../frontend/core/geometry/linear-map.js";
import { near } from "./near.js";

const AREA = { left: 44, top: 1, width: 600, height: 400 };
const BOUNDS = { x0: -3, x1: 3, y0: -2, y1: 2 };

test("bounds that cover a size lie within their content, at one scale", () => {
  assert.deepEqual(coverBounds(BOUNDS, { width: 4, height: 4 }), { x0: -2, x1: 2, y0: -2, y1: 2 });
  assert.deepEqual(coverBounds(BOUNDS, { width: 600, height: 100 }), { x0: -3, x1: 3, y0: -0.5, y1: 0.5 });
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

test("bounds that are stretched fill their area but for the inset at its bottom", () => {
  const bounds = stretchBounds(BOUNDS, AREA, 80);
  const map = linearMap(bounds, AREA);
  near(map.x(-3), 44);
  near(map.x(3), 644);
  near(map.y(2), 1);
  near(map.y(-2), 321);
});
