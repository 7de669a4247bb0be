import assert from "node:assert/strict";
import { readFile, readdir } from "node:fs/promises";
import { test } from "node:test";

import { Problem } from "../../frontend/core/api.js";
import { Failure, UNEXPECTED, sentenceOf } from "../../frontend/core/failure.js";
import { undrawable } from "../../frontend/plot/surface-3d.js";

const FRONTEND = new URL("../../frontend/", import.meta.url);

test("a person reads what was written for people, and of anything else that it was unforeseen", () => {
  assert.equal(sentenceOf(new Failure("The answer broke off.")), "The answer broke off.");
  assert.equal(sentenceOf(new Problem({ title: "The server cannot be reached.", status: 0 })), "The server cannot be reached.");
  const raw = new TypeError("Cannot read properties of undefined (reading '_redrawFromAutoMarginCount')");
  for (const error of [raw, "a string", undefined, null, { message: "x" }]) assert.equal(sentenceOf(error), UNEXPECTED);
});

test("no module shows an error's message itself", async () => {
  const files = await readdir(FRONTEND, { recursive: true });
  for (const file of files.filter((one) => one.endsWith(".js") && !one.startsWith("vendor/") && one !== "core/failure.js")) {
    const source = await readFile(new URL(file, FRONTEND), "utf8");
    assert.doesNotMatch(source, /\b(?:error|reason)\)?\??\.message\b(?!\}`)/, file);
  }
});

test("what has no height is said, not drawn in 3D", () => {
  const [x, y] = [Float64Array.of(0, 1), Float64Array.of(0, 1)];
  assert.equal(undrawable({ x, y, z: Float64Array.of(1, NaN, NaN, NaN) }), null);
  assert.match(String(undrawable({ x, y, z: Float64Array.of(NaN, NaN, NaN, NaN) })), /No value in view is finite/);
  assert.match(String(undrawable({ x: x.subarray(0, 1), y, z: Float64Array.of(1, 2) })), /Nothing of the grid/);
});
