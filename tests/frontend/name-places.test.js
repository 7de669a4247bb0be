import assert from "node:assert/strict";
import { test } from "node:test";

import { placeNames, shortened } from "../../frontend/core/geometry/name-places.js";

const AREA = { left: 0, top: 0, width: 260, height: 350 };

test("a name stands to the right of its mark, or to the left where that is too narrow", () => {
  const [first, second] = placeNames([{ px: 20, py: 40, width: 100 }, { px: 250, py: 200, width: 100 }], AREA);
  assert.deepEqual([first?.left, second?.right], [32, 238]);
});

test("names that would cover one another, or be cut, stand above or below", () => {
  const marks = [
    { px: 30, py: 320, width: 140 },
    { px: 235, py: 320, width: 140 },
    { px: 130, py: 40, width: 140 },
  ];
  const boxes = placeNames(marks, AREA);
  boxes.forEach((box, i) => {
    assert.ok(box.left >= 0 && box.right <= AREA.width && box.top >= 0 && box.bottom <= AREA.height);
    for (const other of boxes.slice(i + 1)) {
      assert.ok(box.right <= other.left || other.right <= box.left || box.bottom <= other.top || other.bottom <= box.top);
    }
    for (const { px, py } of marks) assert.ok(px < box.left || px > box.right || py < box.top || py > box.bottom);
  });
});

test("a name for which there is no room stays within the area", () => {
  const flat = { left: 0, top: 0, width: 100, height: 12 };
  const boxes = placeNames([{ px: 90, py: 6, width: 95 }, { px: 10, py: 6, width: 95 }], flat);
  for (const { left, right } of boxes) assert.ok(left >= 0 && right <= 100);
});

test("what is wider than allowed loses its middle", () => {
  const measure = (/** @type {string} */ text) => 10 * text.length;
  assert.equal(shortened("a.pt", 40, measure), "a.pt");
  assert.equal(shortened("seed-0/step-100.pt", 110, measure), "seed-…00.pt");
  assert.equal(shortened("abc", 5, measure), "…");
});
