import assert from "node:assert/strict";
import { test } from "node:test";

import { along } from "../../frontend/landscapes/single/landscape-space.js";
import { wrapped } from "../../frontend/plot/picture.js";

test("a picture's caption has as many lines as it needs, and no word is lost", () => {
  assert.deepEqual(wrapped("one two three", 7), ["one two", "three"]);
  assert.deepEqual(wrapped("short", 80), ["short"]);
  assert.deepEqual(wrapped("abcdefgh ij", 5), ["abcde", "fgh", "ij"]);
  assert.deepEqual(wrapped("", 10), [""]);
  const text = "Colours end where outliers begin, 1.5 interquartile ranges above the third quartile".repeat(4);
  const lines = wrapped(text, 40.7);
  assert.ok(lines.every(({ length }) => length <= 40));
  assert.equal(lines.join(" "), text);
});

test("in 3D a path has a point in every cell that it crosses, and its own vertices", () => {
  const { x, y } = along([0, 1, 1], [0, 0, 0.1], 0.25);
  assert.deepEqual(x, [0, 0.25, 0.5, 0.75, 1, 1]);
  assert.deepEqual(y, [0, 0, 0, 0, 0, 0.1]);
  assert.deepEqual(along([2], [3], 0.1), { x: [2], y: [3] });
  assert.deepEqual(along([0, NaN], [0, 0], 0.1), { x: [0, NaN], y: [0, 0] });
});
