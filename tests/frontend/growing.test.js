/** Landscapes that are being computed: what is shown of them, what is said, and how finer versions come. */

import assert from "node:assert/strict";
import { test } from "node:test";

import { kindOf } from "../../frontend/landscapes/gallery/cards.js";
import { withState } from "../../frontend/landscapes/gallery/gallery.js";
import { formOf } from "../../frontend/landscapes/model/catalog.js";
import { planeText, surfaceText } from "../../frontend/landscapes/model/descriptions.js";
import { watchGrowth } from "../../frontend/landscapes/single/growing.js";
import { partText, progressText, shownPart } from "../../frontend/surfaces/grid-progress.js";
import { loadLandscape, loadNewer, readLandscape } from "../../frontend/surfaces/landscape-data.js";
import { entry } from "./landscape_entries.js";

/** A grid of 5 × 3 points, whose losses are their numbers. */
const GRID = { x: Float64Array.of(-2, -1, 0, 1, 2), y: Float64Array.of(-1, 0, 1) };
const LOSS = Float64Array.from({ length: 15 }, (_, i) => i);

/** @type {import("../../frontend/surfaces/grid-progress.js").GridProgress} */
const COARSE = { computed: 3, points: 15, rows: [1, 2], columns: [0, 2] };

/**
 * What the server sends; without progress it is complete.
 * @param {string} version
 * @param {object | null} progress
 */
function sent(version, progress) {
  const counted = progress ? null : 1;
  const manifest = {
    title: "Mine",
    figures: [],
    dataset: {},
    network: {},
    runs: [],
    metrics: [{ id: "loss", label: "loss", higher_is_better: false, unit: "number" }],
    plane: { kind: "random", origin: null },
    grid: { x: "x", y: "y" },
    surfaces: [{ id: "train", arrays: { loss: "loss" }, images: 90, lowest: counted, highest: counted, minima: counted, minima_on_border: counted, correlation: null }],
    trajectories: [],
    arrows: [],
    results: {},
    ...(progress ? { complete: false, progress } : {}),
  };
  return { version, manifest, arrays: { ...GRID, loss: LOSS } };
}

/**
 * An entry of its own for each test, since what is loaded stays.
 * @param {string} id
 */
const growing = (id) => entry(id, { is_paper: false, complete: false, runs: [], origin: null, surfaces: ["train"] });

test("of what is incomplete the rows and columns that are there are shown, in their places", () => {
  const { x, y, crop } = shownPart(COARSE, GRID);
  assert.deepEqual([x, y], [Float64Array.of(-2, 0, 2), Float64Array.of(0)]);
  assert.deepEqual(crop(LOSS), Float64Array.of(5, 7, 9));
  const whole = shownPart(null, GRID);
  assert.equal(whole.x, GRID.x);
  assert.equal(whole.crop(LOSS), LOSS);
});

test("an incomplete landscape covers what the whole one will", () => {
  const landscape = readLandscape(growing("coarse"), sent("1", COARSE));
  assert.deepEqual(landscape.whole, { x0: -2, x1: 2, y0: -1, y1: 1 });
  assert.deepEqual(landscape.surfaces.get("train")?.loss, Float64Array.of(5, 7, 9));
  assert.equal(readLandscape(growing("coarse"), sent("2", null)).progress, null);
});

test("what is incomplete is called so, and nothing is read off it", () => {
  assert.equal(progressText({ ...COARSE, computed: 14 }), "computed: 93 % of points");
  assert.equal(progressText({ computed: 9999, points: 10_000, rows: [0, 1], columns: [0, 2] }), "computed: 99 % of points");
  assert.equal(progressText(null), "");
  assert.equal(
    partText({ ...COARSE, columns: [1, 8], rows: [1, 4] }),
    "Incomplete: 20 % of its points are computed; every 8th column and every 4th row are shown, and nothing is read off them yet.",
  );
  assert.match(partText({ ...COARSE, columns: [0, 2], rows: [0, 1] }), /every 2nd column and every row are shown/);
  const landscape = readLandscape(growing("said"), sent("1", COARSE));
  assert.match(planeText(landscape), /is the network that was drawn\. Incomplete: 20 %/);
  const [surface] = landscape.surfaces.values();
  const [metric] = landscape.metrics;
  assert.ok(surface && metric);
  assert.equal(surfaceText(surface, "Train", metric, "contour"), "Train, 90 images: incomplete.");
  assert.equal(kindOf(growing("card")), "Shared plane · incomplete");
  assert.equal(kindOf(entry("card")), "Shared plane");
  assert.equal(withState("Figure 3", growing("card")), "Figure 3 · incomplete");
  assert.equal(withState(kindOf(growing("card")), growing("card")), "Shared plane · incomplete");
  assert.equal(withState("Figure 3", entry("card")), "Figure 3");
});

test("figures with statistics wait until their landscape is complete", () => {
  const figure = { figures: ["2"], surfaces: ["batch-64", "train"] };
  assert.equal(formOf(entry("two", figure)), "twin-figure");
  assert.equal(formOf(entry("two", { ...figure, complete: false })), "landscape");
});

/** @param {Float64Array} values */
function encode(values) {
  const bdata = Buffer.from(values.buffer, values.byteOffset, values.byteLength).toString("base64");
  return { dtype: "f8", bdata, shape: String(values.length) };
}

/**
 * Let the server have versions one after another, each until it is asked for with its tag.
 * @param {import("node:test").TestContext} context
 * @param {(object | null | number)[]} progresses  a number is the status of an answer without one
 */
function serve(context, progresses) {
  let at = 0;
  /** @type {string[]} */
  const asked = [];
  context.mock.method(globalThis, "fetch", (/** @type {string} */ path, /** @type {RequestInit} */ init) => {
    const known = /** @type {Record<string, string>} */ (init.headers)["If-None-Match"];
    asked.push(`${new URL(path).search}${known ?? "-"}`);
    if (known === `"${at}"`) at++;
    const progress = progresses[at];
    if (progress === undefined) return Promise.resolve(new Response(null, { status: 304 }));
    if (typeof progress === "number") return Promise.resolve(new Response("{}", { status: progress }));
    const { arrays, ...rest } = sent(String(at), progress);
    const encoded = Object.entries(arrays).map(([name, values]) => [name, encode(values)]);
    const answer = { ...rest, arrays: Object.fromEntries(encoded) };
    return Promise.resolve(Response.json(answer, { headers: { ETag: `"${at}"` } }));
  });
  return asked;
}

test("a newer version is asked for by its tag, and the catalog's row becomes its own", async (context) => {
  const asked = serve(context, [COARSE, null]);
  const row = growing("newer");
  assert.deepEqual(await loadNewer(row, ""), { tag: '"0"', landscape: null });
  const { tag, landscape } = await loadNewer(row, '"0"');
  assert.equal(tag, '"1"');
  assert.equal(landscape?.progress, null);
  assert.deepEqual([row.version, row.complete], ["1", true]);
  assert.match(row.url, /landscapes\/newer\?v=1$/);
  assert.equal(await loadLandscape(row), landscape);
  assert.deepEqual(asked, ["-", '"0"']);
  assert.deepEqual(await loadNewer(row, '"1"'), { tag: '"1"', landscape: null });
});

/** @param {import("node:test").TestContext} context */
function stage(context) {
  /** @type {(() => void)[]} */
  const heard = [];
  const document = {
    hidden: false,
    addEventListener: (/** @type {string} */ _name, /** @type {() => void} */ fn) => heard.push(fn),
    removeEventListener: () => heard.splice(0),
  };
  context.mock.timers.enable({ apis: ["setTimeout"] });
  for (const [name, value] of Object.entries({ document, window: globalThis })) {
    Object.defineProperty(globalThis, name, { value, configurable: true });
  }
  context.after(() => {
    for (const name of ["document", "window"]) Reflect.deleteProperty(globalThis, name);
  });
  return { document, show: () => heard.forEach((fn) => fn()), watching: () => heard.length > 0 };
}

/** Until what was begun has come. */
const settled = () => new Promise((done) => setImmediate(done));

test("the watch ends with the complete landscape", async (context) => {
  const { watching } = stage(context);
  const asked = serve(context, [COARSE, { ...COARSE, computed: 8 }, null]);
  /** @type {(number | undefined)[]} */
  const shown = [];
  watchGrowth(growing("watched"), ({ progress }) => shown.push(progress?.computed));
  for (let i = 0; i < 6; i++) {
    context.mock.timers.tick(30_000);
    await settled();
  }
  assert.deepEqual(shown, [8, undefined]);
  assert.equal(asked.length, 3);
  assert.equal(watching(), false);
});

test("nobody asks while the page is hidden, nor for what was removed", async (context) => {
  const { document, show, watching } = stage(context);
  const asked = serve(context, [404]);
  document.hidden = true;
  watchGrowth(growing("hidden"), () => assert.fail("nothing came"));
  context.mock.timers.tick(60_000);
  await settled();
  assert.equal(asked.length, 0);
  document.hidden = false;
  show();
  context.mock.timers.tick(60_000);
  await settled();
  context.mock.timers.tick(60_000);
  await settled();
  assert.equal(asked.length, 1);
  assert.equal(watching(), false);
});
