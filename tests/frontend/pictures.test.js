import assert from "node:assert/strict";
import { test } from "node:test";

import { along, minimaIn3d } from "../../frontend/landscapes/single/landscape-space.js";
import { figure3d } from "../../frontend/plot/surface-3d.js";

test("in 3D a path has a point in every cell that it crosses, and its own vertices", () => {
  const { x, y } = along([0, 1, 1], [0, 0, 0.1], 0.25);
  assert.deepEqual(x, [0, 0.25, 0.5, 0.75, 1, 1]);
  assert.deepEqual(y, [0, 0, 0, 0, 0, 0.1]);
  assert.deepEqual(along([2], [3], 0.1), { x: [2], y: [3], values: [] });
  assert.deepEqual(along([0, NaN], [0, 0], 0.1), { x: [0, NaN], y: [0, 0], values: [] });
  assert.deepEqual(along([0, 1], [0, 0], 0.5, [1, 0]).values, [1, 0.5, 0]);
});

const GRID = { x: Float64Array.of(0, 1), y: Float64Array.of(0, 2), z: Float64Array.of(1, 2, 3, 4) };

test("in 3D the minima in view are marked above the surface and its paths, the others not", () => {
  const bounds = { x0: 0, x1: 1, y0: 0, y1: 2 };
  const minima = [
    { x: 1, y: 2 },
    { x: 0.5, y: 0 },
    { x: 3, y: 0 },
  ];
  assert.deepEqual(minimaIn3d(minima, GRID, bounds, 0.25), [
    { x: 1, y: 2, z: 4.625, global: false },
    { x: 0.5, y: 0, z: 2.125, global: false },
  ]);
});

test("in 3D the line that is pointed at is wider, and the others are dimmed", () => {
  const theme = /** @type {import("../../frontend/core/theme.js").Theme} */ ({ page: "#fff" });
  const line = { x: [0, 1], y: [0, 2], z: [1, 4], color: "#123456", dash: "solid" };
  const looks = (/** @type {number | undefined} */ front) => {
    const scene = {
      grid: { ...GRID, numbers: Float64Array.of(0, 0, 0, 0), levels: 2 },
      bounds: { x0: 0, x1: 1, y0: 0, y1: 2 },
      heightTitle: "loss",
      lines: [line, line],
      ...(front === undefined ? {} : { front }),
      heads: { x: [], y: [], z: [], color: [] },
      camera: { eye: { x: 1, y: 1, z: 1 }, center: { x: 0, y: 0, z: 0 } },
    };
    const [, ...lines] = /** @type {{line: {width: number}, opacity: number}[]} */ (figure3d(scene, theme));
    return lines.slice(0, 2).map(({ line: { width }, opacity }) => [width, opacity]);
  };
  const [usual, same] = looks(undefined);
  assert.deepEqual([usual, same], looks(-1));
  assert.deepEqual(usual, same);
  assert.equal(usual?.[1], 1);
  const [behind, front] = looks(1);
  assert.ok(Number(front?.[0]) > Number(behind?.[0]));
  assert.ok(front?.[1] === 1 && Number(behind?.[1]) < 1);
});
