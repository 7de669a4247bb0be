import assert from "node:assert/strict";
import { test } from "node:test";

import { outcomeOf } from "../../frontend/playground/model/outcome.js";

const MINIMA = [
  { x: -0.94, y: 0, value: -2.063, global: true },
  { x: 0.91, y: 0, value: -1.093, global: false },
];

/** @param {Partial<Parameters<typeof outcomeOf>[0]>} descent */
const outcome = (descent) =>
  outcomeOf(
    { status: "exhausted", steps: 1000, minimum: 0, arrived: false, arrival: null, visit: null, ...descent },
    MINIMA,
    0.01,
  );

test("a descent that arrived says when, and that it stayed, whether or not it came to rest", () => {
  const arrived = { arrived: true, arrival: 39 };
  assert.equal(outcome({ ...arrived }).status, "arrived at step 39, stayed");
  assert.equal(outcome({ ...arrived, status: "converged" }).status, "arrived at step 39, stayed");
  assert.match(outcome({ ...arrived, status: "converged" }).meaning, /, and came to rest\.$/);
});

test("the star belongs to the arrival at a global minimum, not to its basin", () => {
  const near = outcome({});
  assert.deepEqual([near.basin, near.arrival], ["(−0.94, 0.00)", "—"]);
  const there = outcome({ arrived: true, arrival: 1039 });
  assert.deepEqual([there.basin, there.arrival], ["(−0.94, 0.00)", "★ 1,039"]);
  const local = outcome({ minimum: 1, arrived: true, arrival: 0 });
  assert.deepEqual([local.basin, local.arrival], ["(0.91, 0.00)", "0"]);
});

test("every other end has a name of its own", () => {
  assert.equal(outcome({}).status, "out of steps");
  assert.equal(outcome({ status: "diverged", steps: 7, minimum: null }).status, "diverged at step 7");
  assert.equal(outcome({ status: "stationary", minimum: null }).status, "at rest at no minimum");
  assert.equal(outcome({ status: "stationary", minimum: null }).basin, "none");
});

test("a descent that left a minimum again says when", () => {
  const left = outcome({ visit: { minimum: 1, first: 41, last: 1326 } });
  assert.equal(left.status, "left again, out of steps");
  assert.match(left.meaning, / within 0\.01 of \(0\.91, 0\.00\) from step 41 to 1,326\.$/);
});

test("basin and arrival are told in a sentence", () => {
  assert.match(outcome({}).place, /^It ended in the basin of the global minimum .*without having arrived/);
  assert.match(outcome({ arrived: true, arrival: 4 }).place, /^It arrived at the global minimum .* at step 4\.$/);
  assert.equal(outcome({ minimum: null }).place, "It ended in no minimum’s basin.");
});

test("where minima form curves, a descent arrives at a curve", () => {
  const descent = /** @type {const} */ ({ status: "converged", steps: 9, minimum: 0, arrived: true, arrival: 4, visit: null });
  assert.match(
    outcomeOf(descent, MINIMA, 0.01, true).place,
    /^It arrived at the curve of global minima through \(−0\.94, 0\.00\), /,
  );
});
