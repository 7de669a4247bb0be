import assert from "node:assert/strict";
import { test } from "node:test";

import { coloring, crossedValues, extentWithin, isHatchedWithin, openingColoring, openingRange, scaleTicks } from "../../frontend/surfaces/coloring.js";
import { colorsText } from "../../frontend/landscapes/model/descriptions.js";
import { percentFormat } from "../../frontend/plot/chart.js";

/** Quartiles 3 and 7: outliers begin at 7 + 1.5 (7 - 3) = 13. */
const STEEP = Float64Array.of(1, 2, 3, 4, 5, 6, 7, 8, 1000);

test("colours end where outliers begin, by Tukey's rule", () => {
  assert.deepEqual(openingRange(STEEP, []), { range: [1, 13], end: "fence" });
  assert.deepEqual(openingRange(STEEP, [5, NaN, 13]), { range: [1, 13], end: "fence" });
});

test("all that a path crosses is in the colours", () => {
  assert.deepEqual(openingRange(STEEP, [2, 20]), { range: [1, 20], end: "path" });
  assert.deepEqual(openingRange(STEEP, [1000]), { range: [1, 1000], end: "highest" });
});

test("a surface without outliers has all its values in the colours", () => {
  const even = Float64Array.from({ length: 101 }, (_, i) => i);
  assert.deepEqual(openingRange(even, []), { range: [0, 100], end: "highest" });
  assert.deepEqual(openingRange(Float64Array.of(2, 2, 2), []), { range: [2, 2], end: "highest" });
});

test("what is not finite has no part in the range, and alone it has none", () => {
  assert.deepEqual(openingRange(Float64Array.of(...STEEP, NaN, Infinity), [Infinity]), { range: [1, 13], end: "fence" });
  assert.deepEqual(openingRange(Float64Array.of(NaN, Infinity), []), { range: [0, 1], end: "highest" });
});

test("values under paths are those of the surface, and none outside", () => {
  const grid = { x: Float64Array.of(0, 1), y: Float64Array.of(0, 1) };
  const path = { x: Float64Array.of(0, 0.5, 3), y: Float64Array.of(1, 0.5, 0) };
  assert.deepEqual(crossedValues(grid, Float64Array.of(0, 2, 4, 6), [path]), [4, 3, NaN]);
});

test("a small map opens with the colours of the large one, and marks what is not finite", () => {
  const loss = Float64Array.of(...STEEP.subarray(0, 7), NaN, 1000);
  const landscape = { x: Float64Array.of(0, 1, 2), y: Float64Array.of(0, 1, 2), trajectories: [] };
  const { range, levels, counts, numbers } = openingColoring(landscape, { loss }, 5);
  assert.deepEqual(range, openingRange(loss, []).range);
  assert.equal(levels.length, 5);
  assert.deepEqual(counts, { cells: 9, below: 0, above: 1, notFinite: 1 });
  assert.ok(Number.isNaN(numbers[7]));
});

test("the rule by which the colours end is told with what it leaves out", () => {
  const colors = coloring(STEEP, "linear", [1, 13]);
  const left = "1 of 9 points is above 13.00 (up to 1000), hatched /.";
  assert.equal(
    colorsText(colors, { unit: "number" }, "contour", "fence"),
    `Colours end where outliers begin, 1.5 interquartile ranges above the third quartile: ${left}`,
  );
  assert.equal(colorsText(colors, { unit: "number" }, "contour", null), `Not in the colours: ${left}`);
  assert.equal(colorsText(coloring(STEEP, "linear", null), { unit: "number" }, "contour", "highest"), "");
});

test("a map that is cropped is hatched only where it shows", () => {
  const grid = { x: Float64Array.of(0, 1, 2), y: Float64Array.of(0, 1, 2) };
  const colors = coloring(STEEP, "linear", [1, 13]);
  assert.ok(isHatchedWithin(grid, colors, { x0: 0, x1: 2, y0: 0, y1: 2 }));
  assert.ok(!isHatchedWithin(grid, colors, { x0: 0, x1: 2, y0: 0, y1: 1.9 }));
});

test("what is in view is fitted to its own points", () => {
  const grid = { x: Float64Array.of(0, 1, 2), y: Float64Array.of(0, 1, 2) };
  assert.deepEqual(extentWithin(grid, STEEP, { x0: 0, x1: 1, y0: 0.5, y1: 1 }), [4, 5]);
  assert.equal(extentWithin(grid, STEEP, { x0: 0.2, x1: 0.8, y0: 0, y1: 2 }), null);
});

test("no two values beside the colour bar read alike", () => {
  const spans = [1e-9, 1e-6, 1e-4, 0.003, 0.07, 1, 40, 1e3, 1e6, 1e12];
  for (const low of [0.0997, 2.3026, 1e-7, 54_321, 3e11]) {
    for (const span of spans) {
      for (const unit of /** @type {const} */ (["number", "share"])) {
        const { levels, ...rest } = coloring(Float64Array.of(low, low + span), "linear", null);
        const texts = scaleTicks({ levels, ...rest }, { unit }).map(({ text }) => text);
        assert.equal(new Set(texts).size, texts.length, `${low} ${span} ${unit}: ${texts}`);
        assert.ok(texts.every((text) => text.length <= 20), texts.join());
      }
    }
  }
});

test("no two ticks of a chart of shares read alike", () => {
  assert.equal(percentFormat([0, 0.5]), ".0%");
  assert.equal(percentFormat([0.1, 0.15]), ".1%");
  assert.equal(percentFormat([0.099, 0.104]), ".2%");
});
