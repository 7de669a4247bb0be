import assert from "node:assert/strict";
import { test } from "node:test";

import { createStore, watch } from "../../frontend/core/store.js";

test("a store tells its listeners what changed, and nothing when nothing did", () => {
  const store = createStore({ a: 1, b: 2 });
  /** @type {unknown[]} */
  const heard = [];
  const leave = store.subscribe((state, previous, mode) => heard.push([state, previous, mode]));
  store.set({ a: 1 });
  assert.deepEqual(heard, []);
  store.set({ a: 3 }, "push");
  assert.deepEqual(heard, [[{ a: 3, b: 2 }, { a: 1, b: 2 }, "push"]]);
  leave();
  store.set({ a: 4 });
  assert.equal(heard.length, 1);
});

test("who watches some keys is called once for each change that touches any of them", () => {
  const store = createStore({ a: 1, b: 2, c: 3 });
  /** @type {unknown[]} */
  const heard = [];
  watch(store, ["a", "b"], (state, previous, mode) => heard.push([state, previous, mode]));
  store.set({ c: 4 });
  store.set({ a: 1, c: 5 });
  assert.deepEqual(heard, []);
  store.set({ a: 6, b: 7 }, "push");
  store.set({ b: 8 }, "none");
  assert.deepEqual(heard, [
    [{ a: 6, b: 7, c: 5 }, { a: 1, b: 2, c: 5 }, "push"],
    [{ a: 6, b: 8, c: 5 }, { a: 6, b: 7, c: 5 }, "none"],
  ]);
});

test("a value counts as changed unless it is the same, NaN and all", () => {
  const store = createStore({ a: NaN, list: [1] });
  let count = 0;
  watch(store, ["a"], () => count++);
  watch(store, ["list"], () => count++);
  store.set({ a: NaN });
  assert.equal(count, 0);
  store.set({ list: [1] });
  assert.equal(count, 1);
});

test("who watches is called in the order in which it began, subscribers among them", () => {
  const store = createStore({ a: 1, b: 2 });
  /** @type {string[]} */
  const heard = [];
  watch(store, ["b"], () => heard.push("first"));
  store.subscribe(() => heard.push("second"));
  watch(store, ["a", "b"], () => heard.push("third"));
  store.set({ a: 3, b: 4 });
  assert.deepEqual(heard, ["first", "second", "third"]);
});

test("who has ended a watch hears nothing more; the others go on", () => {
  const store = createStore({ a: 1 });
  /** @type {string[]} */
  const heard = [];
  const end = watch(store, ["a"], () => {
    heard.push("once");
    end();
  });
  watch(store, ["a"], () => heard.push("always"));
  store.set({ a: 2 });
  store.set({ a: 3 });
  assert.deepEqual(heard, ["once", "always", "always"]);
});
