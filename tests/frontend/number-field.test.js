import assert from "node:assert/strict";
import { test } from "node:test";

import { decimals, readNumber } from "../../frontend/widgets/number-field.js";

const REAL = { min: 0, max: 2000 };
const WHOLE = { min: 1, max: 100000, whole: true };

test("a number is read with a point, a comma, an exponent, a real minus or spaces", () => {
  const read = (/** @type {string} */ text) => readNumber(text, { min: -10, max: 2000 });
  for (const [text, value] of /** @type {const} */ ([
    ["0.5", 0.5],
    ["0,5", 0.5],
    [",5", 0.5],
    ["0,500", 0.5],
    ["12,25", 12.25],
    ["1e-3", 0.001],
    ["2,5e-3", 0.0025],
    ["−3", -3],
    [" 1 000 ", 1000],
    ["1.5", 1.5],
  ])) {
    assert.deepEqual(read(text), { value }, text);
  }
});

test("a comma that may part thousands is asked about, unless only whole numbers make sense", () => {
  assert.deepEqual(readNumber("1,000", REAL), { problem: "“1,000” can mean 1.000 or 1000: write one of these." });
  assert.deepEqual(readNumber("1,000", WHOLE), { value: 1000 });
  assert.deepEqual(readNumber("12,500", WHOLE), { value: 12500 });
});

test("what is no number is quoted, with the limits", () => {
  for (const text of ["abc", "1.2.3", "1,2,3", "0x10", "Infinity", "NaN", "--1"]) {
    assert.deepEqual(readNumber(text, REAL), {
      problem: `“${text}” is not a number. Enter a number between 0 and 2000.`,
    });
  }
  assert.deepEqual(readNumber("  ", WHOLE), { problem: "Enter a whole number between 1 and 100000." });
});

test("a number beyond its limits, or not whole, is answered with the limits", () => {
  assert.deepEqual(readNumber("-1", REAL), { problem: "Enter a number between 0 and 2000, not −1." });
  assert.deepEqual(readNumber("2000.5", REAL), { problem: "Enter a number between 0 and 2000, not 2000.5." });
  assert.deepEqual(readNumber("2000", REAL), { value: 2000 });
  assert.deepEqual(readNumber("1.5", WHOLE), { problem: "Enter a whole number between 1 and 100000, not 1.5." });
});

test("assistive technology is given numbers without exponents", () => {
  assert.deepEqual([1e-8, 2.5e-7, 0.005, 1000, 0].map(decimals), ["0.00000001", "0.00000025", "0.005", "1000", "0"]);
});
