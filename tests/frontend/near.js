/** Numbers that agree but for rounding. */

import assert from "node:assert/strict";

/**
 * Fail unless a number is the expected one, to nine digits.
 * @param {number} actual
 * @param {number} expected
 */
export function near(actual, expected) {
  assert.ok(Math.abs(actual - expected) <= 1e-9 * Math.max(1, Math.abs(expected)), `${actual} is not ${expected}`);
}
