import assert from "node:assert/strict";
import { readdir } from "node:fs/promises";
import { test } from "node:test";

import { lensOf } from "../../frontend/landscapes/figures/origin-lens.js";
import { bicubicValue, fallAlong } from "../../frontend/surfaces/bicubic.js";
import { minimaOf } from "../../frontend/surfaces/minima.js";
import { SHIPPED, shippedLandscape, shippedManifest } from "./shipped-landscape.js";

/** Tables and measurements of curvature are no landscapes. */
const kinds = new Map(
  await Promise.all((await readdir(SHIPPED)).map(async (id) => /** @type {const} */ ([id, (await shippedManifest(id)).kind]))),
);
const ids = [...kinds.keys()].filter((id) => kinds.get(id) === "landscape");

test("as many minima are marked on every shipped surface as its manifest counts", async () => {
  assert.ok(ids.length > 30);
  for (const id of ids) {
    const { x, y, surfaces } = await shippedLandscape(id);
    for (const { id: surface, loss, minima, minimaOnBorder } of surfaces.values()) {
      const found = minimaOf(loss, x.length, y.length);
      assert.equal(found.length, minima, `${id} ${surface}`);
      assert.equal(found.filter(({ border }) => border).length, minimaOnBorder, `${id} ${surface}`);
    }
  }
});

test("around the origin of every shipped batch the level lines show that its arrow points down", async () => {
  for (const id of ["batches-early", "batches-end"]) {
    const landscape = await shippedLandscape(id);
    assert.equal(landscape.arrows.length, 4);
    for (const arrow of landscape.arrows) {
      const surface = landscape.surfaces.get(arrow.surface);
      assert.ok(surface && arrow.x !== null && arrow.y !== null);
      const angle = Math.atan2(arrow.y, arrow.x);
      const { origin, tip, reach, factor } = lensOf(landscape, surface, angle);
      assert.ok(tip < origin, `${id} ${arrow.surface}: ${origin} to ${tip}`);
      assert.ok(Math.abs(factor * reach - 1) < 1e-9);
      // It leaves the origin's level line at right angles: the surface falls as fast nowhere else.
      const fallen = (/** @type {number} */ turn) =>
        bicubicValue({ ...landscape, z: surface.loss }, 1e-3 * Math.cos(angle + turn), 1e-3 * Math.sin(angle + turn));
      const turns = Array.from({ length: 72 }, (_, k) => (k * Math.PI) / 36);
      const steepest = turns.reduce((best, turn) => (fallen(turn) < fallen(best) ? turn : best));
      assert.ok(Math.cos(steepest) > Math.cos((10 * Math.PI) / 180), `${id} ${arrow.surface}: ${steepest}`);
    }
  }
});

test("between its points a surface is smooth, and a quadratic one is met exactly", () => {
  const axis = Float64Array.from({ length: 9 }, (_, i) => (i - 4) / 4);
  const f = (/** @type {number} */ x, /** @type {number} */ y) => 2 * x * x - x * y + 3 * y * y + x;
  const z = Float64Array.from({ length: 81 }, (_, k) => f(Number(axis[k % 9]), Number(axis[Math.floor(k / 9)])));
  const grid = { x: axis, y: axis, z };
  for (const [x, y] of /** @type {const} */ ([[0, 0], [0.1, -0.3], [-0.61, 0.47]])) {
    assert.ok(Math.abs(bicubicValue(grid, x, y) - f(x, y)) < 1e-12);
  }
  assert.ok(Number.isNaN(bicubicValue(grid, 1.01, 0)));
  // Along -x from the origin it falls until 4 x + 1 = 0.
  assert.ok(Math.abs(fallAlong(grid, { x: 0, y: 0 }, Math.PI, 1) - 0.25) < 0.003);
  assert.equal(fallAlong(grid, { x: 0, y: 0 }, 0, 1), 0);
});
