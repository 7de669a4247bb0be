import assert from "node:assert/strict";
import { test } from "node:test";

import { facets, levelSegments, linearShades, rangeOf } from "../../frontend/surfaces/surface-geometry.js";

test("level lines of a slope run straight, one at each whole number", () => {
  // The value is 2 i: from 0 over 2 to 4.
  const numbers = [0, 2, 4, 0, 2, 4];
  const found = [];
  const segments = levelSegments(numbers, 3, 2);
  for (let k = 0; k < segments.length; k += 4) found.push(segments.slice(k, k + 4));
  assert.deepEqual(
    found.map(([x0, , x1]) => [x0, x1]),
    [
      [0.5, 0.5],
      [1, 1],
      [1.5, 1.5],
      [2, 2],
    ],
  );
  assert.deepEqual(found.map(([, y0, , y1]) => [y0, y1].toSorted()), found.map(() => [0, 1]));
});

test("level lines of a bowl lie at their distance from its middle", () => {
  const n = 41;
  const numbers = Float64Array.from({ length: n * n }, (_, k) =>
    Math.hypot((k % n) - 20, Math.floor(k / n) - 20),
  );
  const segments = levelSegments(numbers, n, n);
  assert.ok(segments.length > 100);
  for (let k = 0; k < segments.length; k += 2) {
    const distance = Math.hypot(Number(segments[k]) - 20, Number(segments[k + 1]) - 20);
    assert.ok(Math.abs(distance - Math.round(distance)) < 0.13, String(distance));
  }
});

test("in a saddle the level lines part the corners that differ from the middle", () => {
  /** Whether a line cuts off the lower left corner. @param {number[]} numbers */
  const apart = (numbers) => {
    const segments = levelSegments(numbers, 2, 2);
    const lines = [segments.slice(0, 4), segments.slice(4)];
    return lines.some((line) => line.every((value) => value < 1));
  };
  // The lower left and the upper right are high; the middle lies below the line, then above it.
  assert.ok(apart([1.4, 0.4, 0.4, 1.4]));
  assert.ok(!apart([1.9, 0.9, 0.9, 1.9]));
});

test("no level line runs through what is not finite", () => {
  assert.deepEqual(levelSegments([0, 3, NaN, 3], 2, 2), []);
});

test("linear shades are clipped to the range", () => {
  assert.deepEqual([...linearShades([-1, 0, 1, 4, Infinity, NaN], [0, 2])], [0, 0, 0.5, 1, NaN, NaN]);
});

test("a range leaves out what is not finite", () => {
  assert.deepEqual(rangeOf([NaN, 3, Infinity], [-2]), [-2, 3]);
  assert.deepEqual(rangeOf([NaN]), [0, 1]);
});

test("a surface from the side is drawn from the farthest square to the nearest", () => {
  const found = facets(new Float64Array(25).fill(0.5), 5, 5, 2);
  assert.equal(found.length, 4);
  const tops = found.map(({ corners }) => Math.min(...corners.filter((_, i) => i % 2 === 1)));
  assert.equal(tops[0], Math.min(...tops));
  assert.ok(found.every(({ light, shade }) => light === 1 && shade === 0.5));
});
