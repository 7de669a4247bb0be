import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import { test } from "node:test";

const CORE = new URL("../../frontend/core/", import.meta.url);
const storedTheme = await readFile(new URL("stored-theme.js", CORE), "utf8");

/** A browser's storage that refuses everything, as some do for a page in a frame. */
const REFUSING = {
  getItem() {
    throw new Error("The operation is insecure.");
  },
  setItem() {
    throw new Error("The operation is insecure.");
  },
};

/** A storage in memory. */
function memory() {
  const held = new Map();
  return {
    getItem: (/** @type {string} */ key) => held.get(key) ?? null,
    setItem: (/** @type {string} */ key, /** @type {string} */ value) => void held.set(key, value),
  };
}

/**
 * Open a page on a light system: run the script of its head, then bind a button.
 * @param {{getItem: (key: string) => string | null, setItem: (key: string, value: string) => void}} localStorage
 */
async function open(localStorage) {
  /** @type {{theme?: string}} */
  const dataset = {};
  const document = { documentElement: { dataset } };
  const media = { matches: false, addEventListener: () => {} };
  Object.assign(globalThis, { document, matchMedia: () => media });
  Object.defineProperty(globalThis, "localStorage", { value: localStorage, configurable: true });
  new Function(storedTheme)();
  const opened = dataset.theme;
  const { bindTheme } = await import("../../frontend/core/theme.js");
  const listeners = /** @type {(() => void)[]} */ ([]);
  const button = {
    title: "",
    setAttribute: () => {},
    addEventListener: (/** @type {string} */ _, /** @type {() => void} */ listener) => void listeners.push(listener),
  };
  let changes = 0;
  bindTheme(/** @type {any} */ (button), () => changes++);
  return { opened, dataset, button, changes: () => changes, click: () => listeners.forEach((listener) => listener()) };
}

test("a choice of the theme holds on the next page, from its head on", async () => {
  const storage = memory();
  const first = await open(storage);
  assert.equal(first.opened, undefined);
  assert.equal(first.button.title, "Switch to the dark theme");
  first.click();
  assert.deepEqual([first.dataset.theme, first.changes()], ["dark", 1]);
  const second = await open(storage);
  assert.equal(second.opened, "dark");
  assert.equal(second.button.title, "Switch to the light theme");
  second.click();
  assert.equal((await open(storage)).opened, "light");
});

test("what is stored and names no theme leaves the system's", async () => {
  assert.equal((await open({ ...memory(), getItem: () => "sepia" })).opened, undefined);
});

test("a browser that refuses its storage still shows the page and switches its theme", async () => {
  const page = await open(REFUSING);
  assert.equal(page.opened, undefined);
  page.click();
  assert.deepEqual([page.dataset.theme, page.changes()], ["dark", 1]);
});
