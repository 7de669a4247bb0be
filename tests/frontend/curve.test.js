import assert from "node:assert/strict";
import test from "node:test";
import { LEAST_PX, withoutStraight } from "../../frontend/core/geometry/curve.js";

/**
 * How far a point lies from a segment.
 * @param {number[]} point
 * @param {number[]} a
 * @param {number[]} b
 */
function distance([px = 0, py = 0], [ax = 0, ay = 0], [bx = 0, by = 0]) {
  const [dx, dy] = [bx - ax, by - ay];
  const squared = dx * dx + dy * dy;
  const t = squared ? Math.min(Math.max(((px - ax) * dx + (py - ay) * dy) / squared, 0), 1) : 0;
  return Math.hypot(px - ax - t * dx, py - ay - t * dy);
}

/**
 * Assert that a line through what is kept passes all vertices, and return how many it keeps.
 * @param {number[]} xs
 * @param {number[]} ys
 */
function checked(xs, ys) {
  const kept = [0, ...withoutStraight(xs, ys, 0, xs.length - 1)];
  assert.equal(kept.at(-1), xs.length - 1);
  const at = (/** @type {number} */ i) => [Number(xs[i]), Number(ys[i])];
  kept.slice(1).forEach((to, k) => {
    const from = Number(kept[k]);
    assert.ok(to > from);
    for (let i = from; i <= to; i++) {
      // Beyond an end a vertex may lie further on as well as aside.
      const off = distance(at(i), at(from), at(to));
      assert.ok(off <= 1.5 * LEAST_PX, `vertex ${i} lies ${off} from the line`);
    }
  });
  return kept.length;
}

const COUNT = 1001;
const numbers = Array.from({ length: COUNT }, (_, i) => i);

test("a straight line keeps its ends, however many vertices it has", () => {
  assert.equal(checked(numbers.map((i) => i / 5), numbers.map((i) => i / 7)), 2);
});

test("a smooth curve keeps so many that none is seen to be missing", () => {
  const angle = numbers.map((i) => (i / COUNT) * 2 * Math.PI);
  const count = checked(angle.map((a) => 100 * Math.cos(a)), angle.map((a) => 100 * Math.sin(a)));
  assert.ok(count > 60 && count < 250, `${count} vertices`);
});

test("what stays in one place is one vertex, and what leaves it again is drawn", () => {
  const xs = numbers.map((i) => (i === 600 ? 3 : 1e-3 * Math.sin(i)));
  assert.ok(checked(xs, numbers.map(() => 0)) <= 6);
  assert.ok(withoutStraight(xs, xs, 0, COUNT - 1).includes(600));
});

test("a line that goes back over itself reaches each turn", () => {
  const xs = numbers.map((i) => Math.abs((i % 20) - 10));
  const kept = withoutStraight(xs, numbers.map(() => 1), 0, COUNT - 1);
  assert.deepEqual(kept, numbers.filter((i) => i > 0 && i % 10 === 0));
});

test("a walk of random steps of any size keeps to its vertices", () => {
  let state = 1;
  const random = () => (state = (state * 48271) % 2147483647) / 2147483647 - 0.5;
  for (const size of [1e-3, 0.02, 0.3, 10]) {
    let [x, y] = [0, 0];
    const xs = numbers.map(() => (x += size * random()));
    const ys = numbers.map(() => (y += size * random()));
    checked(xs, ys);
  }
});
