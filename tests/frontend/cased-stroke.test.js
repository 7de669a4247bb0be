import assert from "node:assert/strict";
import { test } from "node:test";

import { GAP_OPACITY, PATH_WIDTH, strokeCased } from "../../frontend/plot/cased-stroke.js";

/** @typedef {{color: string, width: number, opacity: number, dash: number[]}} Stroke */

/**
 * The strokes that a path makes, at half the context's opacity.
 * @param {number[]} dash
 * @param {number} width
 */
function strokesOf(dash, width) {
  /** @type {Stroke[]} */
  const strokes = [];
  /** @type {number[]} */
  let pattern = [];
  const context = {
    globalAlpha: 0.5,
    strokeStyle: "",
    lineWidth: 0,
    lineCap: "round",
    setLineDash: (/** @type {number[]} */ lengths) => (pattern = lengths),
    stroke() {
      const { strokeStyle: color, lineWidth, globalAlpha: opacity } = context;
      strokes.push({ color, width: lineWidth, opacity, dash: pattern });
    },
  };
  strokeCased(/** @type {any} */ (context), /** @type {any} */ ({}), { color: "red", dash }, "white", width);
  return { strokes, context, pattern };
}

test("a solid path is one stroke on its casing, and keeps the opacity it is drawn at", () => {
  const { strokes, context } = strokesOf([], PATH_WIDTH);
  assert.deepEqual(strokes.map(({ color }) => color), ["white", "red"]);
  assert.equal(strokes[1]?.opacity, 0.5);
  assert.equal(context.globalAlpha, 0.5);
});

test("a dashed path keeps its hue between its dashes", () => {
  const { strokes, context, pattern } = strokesOf([9, 4], PATH_WIDTH);
  assert.deepEqual(strokes.map(({ color, dash }) => [color, dash]), [["white", []], ["red", []], ["red", [9, 4]]]);
  assert.equal(strokes[1]?.opacity, 0.5 * GAP_OPACITY);
  assert.deepEqual([context.lineCap, pattern], ["round", []]);
});

test("the dashes of a thin path are shorter, those of a thick one are not longer", () => {
  assert.deepEqual(strokesOf([9, 4], PATH_WIDTH / 2).strokes.at(-1)?.dash, [4.5, 2]);
  assert.deepEqual(strokesOf([9, 4], 2 * PATH_WIDTH).strokes.at(-1)?.dash, [9, 4]);
});
