import assert from "node:assert/strict";
import { test } from "node:test";

import { divergingColor } from "../../frontend/core/colors.js";
import { farthestOf, fadeText, opacitiesOf } from "../../frontend/landscapes/model/plane-distance.js";
import { LEAST_OPACITY, piecesOf } from "../../frontend/landscapes/model/faded-path.js";
import { readState } from "../../frontend/landscapes/model/routes.js";
import { divergingColoring } from "../../frontend/surfaces/coloring.js";
import { saddlesOf } from "../../frontend/surfaces/minima.js";
import { GAP, gapOf, gapText, hasGap, withGap } from "../../frontend/surfaces/train-test-gap.js";
import { catalogOf, entry } from "./landscape_entries.js";

/** @typedef {import("../../frontend/surfaces/landscape-data.js").Surface} Surface */

/** @param {string} id @param {number[]} loss @returns {Surface} */
const surface = (id, loss) =>
  /** @type {Surface} */ (/** @type {Partial<Surface>} */ ({ id, images: 3, loss: Float64Array.from(loss), values: new Map() }));

test("the gap is the test loss less the training loss, and nothing where one of them is not finite", () => {
  const gap = gapOf(surface("train", [1, 2, Infinity, NaN]), surface("test", [1.5, 1, Infinity, 1]));
  assert.deepEqual([...gap], [0.5, -1, NaN, NaN]);
});

test("only a landscape with both surfaces has the gap, and none that has a metric of that name", () => {
  const metrics = [{ id: "loss", label: "loss", higher_is_better: false, unit: /** @type {const} */ ("number") }];
  const both = [surface("train", [1]), surface("test", [3])];
  assert.deepEqual(withGap(both, metrics).map(({ id }) => id), ["loss", GAP.id]);
  assert.deepEqual(both.map(({ values }) => values.get(GAP.id)?.[0]), [2, 2]);
  assert.deepEqual(withGap([surface("train", [1]), surface("batch-64", [1])], metrics), metrics);
  assert.equal(hasGap({ surfaces: ["train", "test"], metrics: ["loss"] }), true);
  assert.equal(hasGap({ surfaces: ["train"], metrics: ["loss"] }), false);
  assert.equal(hasGap({ surfaces: ["train", "test"], metrics: ["loss", GAP.id] }), false);
});

test("a link asks for the gap where there is one, and gets the loss elsewhere", () => {
  const catalog = catalogOf(entry("both"), entry("train-only", { surfaces: ["train"] }));
  assert.equal(readState(`?show=both&metric=${GAP.id}`, catalog).metric, GAP.id);
  assert.equal(readState(`?show=train-only&metric=${GAP.id}`, catalog).metric, "loss");
});

test("the gap's text says of how many images each loss is the mean", () => {
  assert.match(gapText(new Map([["train", surface("train", [])], ["test", surface("test", [])]]), "image"), /test set \(3 images\) less that on the whole training set \(3 images\)/);
});

test("colours about zero reach equally far to both sides, pale at zero, whatever range is asked for", () => {
  const { range, levels, palette } = divergingColoring(Float64Array.of(-1, 0, 3), [-1, 3]);
  assert.deepEqual([range, levels[10], palette], [[-3, 3], 0, "diverging"]);
  const [below, zero, above] = [0, 0.5, 1].map(divergingColor);
  assert.ok(Number(below?.[2]) > Number(below?.[0]) && Number(above?.[0]) > Number(above?.[2]));
  assert.equal(new Set(zero).size, 1);
});

test("a path is opaque in the plane and faintest at the farthest snapshot of any run", () => {
  const near = { distance: Float64Array.of(0, 1, NaN) };
  const far = { distance: Float64Array.of(4) };
  assert.equal(farthestOf([near, far]), 4);
  assert.deepEqual([...(opacitiesOf(near, 4) ?? [])], [1, 1 - (1 - LEAST_OPACITY) / 4, LEAST_OPACITY]);
  assert.equal(opacitiesOf({ distance: new Float64Array() }, 4), null);
  assert.equal(opacitiesOf(near, 0), null);
  assert.match(fadeText(4), /opaque at 0, 12\.0 % opaque at 4\.000, the farthest snapshot/);
});

test("pieces of one opacity are drawn together, and share their ends", () => {
  assert.deepEqual(piecesOf([1, 1, 1, 0.5, 0.5], 5).map(({ from, to }) => [from, to]), [[0, 2], [2, 3], [3, 4]]);
  assert.deepEqual(piecesOf([1, 1, 1], 2), [{ from: 0, to: 1, opacity: 1 }]);
});

const places = (/** @type {number[][]} */ rows) =>
  saddlesOf(rows.flat(), Number(rows[0]?.length), rows.length).map(({ i, j }) => [i, j]);

test("a saddle is where two basins first meet, or two hills, inside the grid", () => {
  const basins = [
    [9, 9, 9, 9, 9],
    [9, 1, 5, 2, 9],
    [9, 9, 9, 9, 9],
  ];
  assert.deepEqual(places(basins), [[2, 1]]);
  assert.deepEqual(places(basins.map((row) => row.map((value) => -value))), [[2, 1]]);
  // The corners of a bowl are hills, which meet on its border.
  assert.deepEqual(places([[3, 2, 3], [2, 1, 2], [3, 2, 3]]), []);
});

test("dips no deeper than rounding meet in no saddle", () => {
  assert.deepEqual(places([[9, 9, 9, 9, 9], [9, 1, 1 + 1.5e-5, 1 + 1.2e-5, 9], [9, 9, 9, 9, 9]]), []);
});
