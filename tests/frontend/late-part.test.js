import assert from "node:assert/strict";
import { test } from "node:test";

import { createLatePart } from "../../frontend/playground/openers/late-part.js";

test("a part is loaded once, and not before somebody needs it", async () => {
  let loads = 0;
  const part = createLatePart(() => Promise.resolve({ number: ++loads }));
  assert.deepEqual([loads, part.now()], [0, null]);
  const [first, second] = await Promise.all([part.get(), part.get()]);
  assert.equal(first, second);
  assert.deepEqual([loads, part.now()], [1, { number: 1 }]);
});

test("a part that did not come is loaded again for the next", async () => {
  let loads = 0;
  const part = createLatePart(() => (++loads === 1 ? Promise.reject(new Error("lost")) : Promise.resolve("there")));
  await assert.rejects(part.get(), /lost/);
  assert.equal(part.now(), null);
  assert.equal(await part.get(), "there");
});

test("a button that is pressed again while its part is on its way is pressed once", async () => {
  /** @type {(part: string) => void} */
  let arrive = () => undefined;
  const part = createLatePart(() => new Promise((resolve) => (arrive = resolve)));
  /** @type {string[]} */
  const pressed = [];
  const act = (/** @type {string} */ loaded) => void pressed.push(loaded);
  const presses = [part.press(act), part.press(act)];
  arrive("there");
  await Promise.all(presses);
  assert.deepEqual(pressed, ["there"]);
  await part.press(act);
  assert.deepEqual(pressed, ["there", "there"]);
});
