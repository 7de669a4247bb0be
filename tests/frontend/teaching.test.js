import assert from "node:assert/strict";
import { test } from "node:test";

import { createStore } from "../../frontend/core/store.js";
import { fromQuery, toQuery } from "../../frontend/core/url-query.js";
import { DEFAULTS, FIELDS } from "../../frontend/playground/model/playground-state.js";
import { frameOf, wholePageOf } from "../../frontend/playground/teaching/embedding.js";
import { setKeysOn } from "../../frontend/playground/teaching/key-setting.js";
import { parseText } from "../../frontend/playground/teaching/lesson-text.js";
import { namesOnlyLesson, stateOfStep } from "../../frontend/playground/teaching/lesson-view.js";
import { presentingZoom } from "../../frontend/playground/teaching/presenting.js";
import { OTHER_KEYS, SHORTCUTS, press } from "../../frontend/playground/teaching/shortcuts.js";
import { Teaching, isForPage } from "../../frontend/playground/teaching/teaching.js";
import { catalog, objective, optimizer } from "./playground_tables.js";

const CATALOG = catalog([objective("bowl", { a: 2 })], [optimizer("gd"), optimizer("adam")]);

/** @param {Partial<import("../../frontend/playground/model/playground-state.js").State>} [state] */
function desk(state = {}) {
  const store = createStore({ ...DEFAULTS, objective: "bowl", bar: ["gd", "adam", "adam~2"], ...state });
  /** @type {string[]} */
  const done = [];
  const teaching = new Teaching({
    store,
    catalog: CATALOG,
    open: () => done.push("open"),
    learn: async () => null,
    step: (by) => done.push(`step ${by}`),
    seek: (at) => done.push(`seek ${at}`),
    redraw: () => done.push("redraw"),
    stories: {
      go: async (by) => void done.push(`story ${by}`),
      fold: () => done.push("fold"),
    },
  });
  return { store, done, type: (/** @type {string} */ key) => press(key, false, teaching), teaching };
}

test("scripts in a lesson, and marks that nothing ends, stay texts", () => {
  const script = "<script>alert(1)</script><img src=x onerror=alert(1)>";
  assert.deepEqual(parseText(`*${script}*`), [[{ kind: "emphasis", text: script }]]);
  for (const mark of ["*", "`", "* ", "*a ", "`a ", "\n \n"]) {
    const spans = parseText(mark.repeat(Math.floor(4000 / mark.length))).flat();
    assert.ok(spans.every((span) => span.text.length <= 4000));
  }
});

test("keys step, go to the start, and go through the stories", async () => {
  const { done, type } = desk();
  for (const key of [".", ",", "r", "n", "b"]) await type(key);
  assert.deepEqual(done, ["step 1", "step -1", "seek 0", "story 1", "story -1"]);
});

test("keys make it slower and faster, as far as there are speeds", async () => {
  const { store, type } = desk({ speed: 0.5 });
  await type("s");
  await type("s");
  assert.equal(store.get().speed, 0.25);
  for (let i = 0; i < 9; i++) await type("f");
  assert.equal(store.get().speed, 4);
});

test("a digit shows and hides the variant in its place, and no other", async () => {
  const { store, type } = desk();
  await type("3");
  assert.deepEqual(store.get().off, ["adam~2"]);
  await type("1");
  await type("3");
  assert.deepEqual(store.get().off, ["gd"]);
  await type("9");
  assert.deepEqual(store.get().off, ["gd"]);
});

test("a key that is held down steps on, and toggles nothing again", async () => {
  const { store, done, teaching } = desk();
  await press(".", true, teaching);
  await press("1", true, teaching);
  assert.deepEqual([done, store.get().off], [["step 1"], []]);
});

test("a presenter's remote turns the pages only while something is presented", async () => {
  const { store, done, type } = desk();
  await type("PageDown");
  assert.deepEqual(done, []);
  store.set({ present: "plot" });
  await type("PageDown");
  await type("PageUp");
  assert.deepEqual(done, ["story 1", "story -1"]);
});

test("the text comes and goes while a story or a lesson is presented", async () => {
  const { store, type } = desk({ story: "one" });
  await type("i");
  assert.equal(store.get().present, "off");
  store.set({ present: "text" });
  await type("i");
  assert.equal(store.get().present, "plot");
  await type("i");
  assert.equal(store.get().present, "text");
  store.set({ story: null, present: "plot" });
  await type("i");
  assert.equal(store.get().present, "plot");
});

test("single keys can be switched off; a remote's keys stay", async () => {
  const { store, done, type } = desk({ present: "plot" });
  setKeysOn(false);
  try {
    for (const key of [".", "1", "?"]) await type(key);
    await type("PageDown");
  } finally {
    setKeysOn(true);
  }
  assert.deepEqual([done, store.get().off], [["story 1"], []]);
});

test("no two keys of the sheet are the same", () => {
  const keys = SHORTCUTS.flatMap((one) => one.keys);
  assert.equal(new Set(keys).size, keys.length);
  const shown = [...SHORTCUTS, ...OTHER_KEYS].map((one) => one.shown.join(" "));
  assert.equal(new Set(shown).size, shown.length);
});

/**
 * @param {string | null} within  what the selector would find around the target
 * @param {object} [more]
 */
function pressed(within, more = {}) {
  const closest = (/** @type {string} */ selector) => (within && selector.includes(within) ? {} : null);
  return /** @type {KeyboardEvent} */ (/** @type {unknown} */ ({ target: { closest }, ...more }));
}

test("keys do nothing while somebody types, in menus, in dialogs, and with modifiers", () => {
  assert.ok(isForPage(pressed(null)));
  for (const place of ["input", "select", "textarea", "[contenteditable]", '[role="menu"]', "dialog"]) {
    assert.ok(!isForPage(pressed(place)), place);
  }
  for (const mark of ["ctrlKey", "metaKey", "altKey", "isComposing", "defaultPrevented"]) {
    assert.ok(!isForPage(pressed(null, { [mark]: true })), mark);
  }
});

test("what is presented grows with the window, and never below its usual size", () => {
  assert.equal(presentingZoom({ width: 1280, height: 720 }), 1.5);
  assert.equal(presentingZoom({ width: 3840, height: 2160 }), 4.5);
  assert.equal(presentingZoom({ width: 3840, height: 720 }), 1.5);
  assert.equal(presentingZoom({ width: 390, height: 844 }), 1);
});

test("a frame's line names the page for frames, escapes its address, and leaves the panels out", () => {
  const state = { ...DEFAULTS, start: { x: 1, y: 2 }, off: ["gd"], present: /** @type {const} */ ("plot") };
  const line = frameOf(state, "https://example.com/atlas/?x=1", 'A "bowl"');
  assert.equal(
    line,
    '<iframe src="https://example.com/atlas/embed?start=1,2&amp;optimizers=-gd,sgd,momentum,rmsprop,adam' +
      '&amp;hide=header,panels" title="Descent Atlas: A &quot;bowl&quot;" width="720" height="640"' +
      ' style="border: 0" loading="lazy" allow="fullscreen"></iframe>',
  );
});

test("a frame's link leads to the whole page with the same view", () => {
  const state = { ...DEFAULTS, objective: "rosenbrock", hide: ["bar"], lesson: "one" };
  const link = wholePageOf(state, "https://example.com/atlas/embed?hide=bar");
  assert.equal(link, "https://example.com/atlas/?objective=rosenbrock&lesson=one");
});

test("a lesson's text has paragraphs, emphasis and code, and no markup else", () => {
  assert.deepEqual(parseText("One *two three* and `a * b`.\nGoes on.\n\n \n<b>Not</b> 2 * 3 * 4\n"), [
    [
      { kind: "text", text: "One " },
      { kind: "emphasis", text: "two three" },
      { kind: "text", text: " and " },
      { kind: "code", text: "a * b" },
      { kind: "text", text: ". Goes on." },
    ],
    [{ kind: "text", text: "<b>Not</b> 2 * 3 * 4" }],
  ]);
  assert.deepEqual(parseText("a ` b * c"), [[{ kind: "text", text: "a ` b * c" }]]);
  assert.deepEqual(parseText(" \n\n "), []);
});

test("a step opens its view, and leaves how the page shows it as it is", () => {
  const current = { ...DEFAULTS, speed: 2, present: /** @type {const} */ ("text"), hide: ["bar"], story: "one" };
  const state = stateOfStep("objective=bowl&optimizers=gd&gd.lr=0.5&p.a=3&step=4", CATALOG, current, {
    lesson: "damping",
    lessonStep: 2,
  });
  assert.deepEqual(state, {
    ...DEFAULTS,
    objective: "bowl",
    bar: ["gd"],
    hyperparameters: { gd: { lr: 0.5 } },
    parameters: { a: 3 },
    playhead: 4,
    speed: 2,
    present: "text",
    hide: ["bar"],
    lesson: "damping",
    lessonStep: 2,
  });
  assert.deepEqual(fromQuery(FIELDS, toQuery(FIELDS, state), DEFAULTS), state);
});

test("a link to a lesson alone opens the step's own view; one with a view opens that", () => {
  const read = (/** @type {string} */ query) => namesOnlyLesson(fromQuery(FIELDS, query, DEFAULTS));
  assert.ok(read("?lesson=damping"));
  assert.ok(read("?lesson=damping&lesson-step=2&present=text&hide=bar"));
  assert.ok(!read("?lesson=damping&start=1,1"));
  assert.ok(!read("?start=1,1"));
  assert.ok(!read(""));
});
