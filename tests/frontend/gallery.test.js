import assert from "node:assert/strict";
import { test } from "node:test";

import { finderOf, sectionsOf } from "../../frontend/landscapes/gallery/cards.js";
import { choicesOf, isFiltered, passes } from "../../frontend/landscapes/gallery/gallery-filters.js";
import { PAGE_CARDS, linkedPages, pageOf } from "../../frontend/landscapes/gallery/gallery-pages.js";
import { entryOf } from "../../frontend/landscapes/model/catalog.js";
import { hrefOf, readState } from "../../frontend/landscapes/model/routes.js";
import { planesOf } from "../../frontend/landscapes/single/switches.js";
import { MOST_LOADED, loadOnce } from "../../frontend/surfaces/landscape-data.js";
import { catalogOf, entry, foreign, run, table } from "./landscape_entries.js";

/** @param {number} count */
const manyOf = (count) =>
  catalogOf(
    ...Array.from({ length: count }, (_, i) =>
      foreign(`l${i}`, {
        plane: i % 2 ? "pca" : "random",
        optimizers: [i % 3 ? "adam" : "gd"],
        runs: [run(`run-${i % 50}`)],
        origin: { run: `run-${i % 50}`, step: 200 },
      }),
    ),
  );

const NOTHING = { find: "", study: "", kind: "", optimizer: "", page: null };

test("a gallery of ten thousand has pages, which hold every card once and in order", () => {
  const catalog = manyOf(10_000);
  const sections = sectionsOf(catalog, "");
  const { last } = pageOf(sections, null);
  assert.equal(last, Math.ceil(10_000 / PAGE_CARDS));
  const ids = Array.from({ length: last }, (_, i) => pageOf(sections, i + 1)).flatMap(({ sections: shown, number }, i) => {
    assert.equal(number, i + 1);
    return shown.flatMap(({ cards }) => cards.map(({ lead }) => lead.id));
  });
  assert.deepEqual(ids, catalog.landscapes.map(({ id }) => id));
});

test("a study that spans pages has its title and its whole number on each of them", () => {
  const sections = [100, 200, 3].map((count, i) => ({ name: i, entries: count, cards: Array.from({ length: count }, (_, k) => k) }));
  const on = (/** @type {number} */ page) => pageOf(sections, page).sections.map(({ name, entries, cards }) => [name, entries, cards.length]);
  assert.deepEqual([on(1), on(2), on(3)], [[[0, 100, 100], [1, 200, 20]], [[1, 200, 120]], [[1, 200, 60], [2, 3, 3]]]);
});

test("a page that is not there is the nearest one", () => {
  const sections = sectionsOf(manyOf(PAGE_CARDS + 1), "");
  const numbers = [null, -3, 0, 1.4, 2, 99].map((wanted) => pageOf(sections, wanted).number);
  assert.deepEqual(numbers, [1, 1, 1, 1, 2, 2]);
  assert.deepEqual(pageOf([], 4), { sections: [], number: 1, last: 1 });
});

test("links lead to the first page, the last one and the neighbours, and never leave out a single page", () => {
  assert.deepEqual(linkedPages(1, 1), [1]);
  assert.deepEqual(linkedPages(1, 84), [1, 2, null, 84]);
  assert.deepEqual(linkedPages(4, 84), [1, 2, 3, 4, 5, null, 84]);
  assert.deepEqual(linkedPages(40, 84), [1, null, 39, 40, 41, null, 84]);
  assert.deepEqual(linkedPages(84, 84), [1, null, 83, 84]);
});

test("filters and their counts are over all landscapes, not over the page in sight", () => {
  const catalog = manyOf(10_000);
  const wanted = { ...NOTHING, kind: "pca", page: 7 };
  const [section] = sectionsOf(catalog, "", wanted);
  assert.equal(section?.entries.length, 5_000);
  /** @type {(entry: import("../../frontend/surfaces/landscape-data.js").Entry) => boolean} */
  const all = () => true;
  const counts = (/** @type {import("../../frontend/landscapes/gallery/gallery-filters.js").Facet} */ facet, find = all) =>
    Object.fromEntries(choicesOf(catalog, wanted, facet, find).map(({ name, count }) => [name, count]));
  // What another facet leaves; a facet does not narrow its own choices.
  assert.deepEqual(counts("kind"), { "Random plane": 5_000, "PCA plane": 5_000 });
  assert.deepEqual(counts("optimizer"), { GD: 1_667, Adam: 3_333 });
  assert.deepEqual(counts("study"), { "The study mine": 5_000 });
  const found = finderOf(catalog.studies, "l77");
  assert.deepEqual(counts("optimizer", found), { GD: 19, Adam: 37 });
});

test("a filter that nothing passes is among its choices", () => {
  const catalog = manyOf(2);
  const wanted = { ...NOTHING, optimizer: "lion" };
  assert.deepEqual(sectionsOf(catalog, "", wanted), []);
  assert.deepEqual(choicesOf(catalog, wanted, "optimizer", () => true).at(-1), { value: "lion", name: "lion", count: 0 });
  assert.equal(isFiltered(wanted), true);
  assert.equal(isFiltered(NOTHING), false);
});

test("what is no plane has a kind of its own", () => {
  assert.equal(passes(table("table-1"), { kind: "table" }), true);
  assert.equal(passes(entry("bowl", { plane: "pca" }), { kind: "table" }), false);
  assert.equal(passes(entry("bowl", { plane: "pca" }), { kind: "table" }, "kind"), true);
});

test("page and filters are in the link", () => {
  const catalog = manyOf(2);
  const wanted = { find: "seed 3", study: "mine", kind: "pca", optimizer: "adam", page: 3 };
  const href = hrefOf(wanted);
  assert.equal(href, "./landscapes?find=seed%203&study=mine&kind=pca&optimizer=adam&page=3");
  const { find, study, kind, optimizer, page } = readState(href.slice(href.indexOf("?")), catalog);
  assert.deepEqual({ find, study, kind, optimizer, page }, wanted);
  assert.equal(hrefOf(NOTHING), "./landscapes");
});

test("a landscape is found by its id among ten thousand", () => {
  const catalog = manyOf(10_000);
  assert.equal(entryOf(catalog, "l9999"), catalog.landscapes[9_999]);
  assert.equal(entryOf(catalog, "nothing"), undefined);
  assert.equal(entryOf(catalog, null), undefined);
});

test("of a study of thousands a menu offers the planes that share a run, and says how many it leaves out", () => {
  const catalog = manyOf(10_000);
  const open = /** @type {import("../../frontend/surfaces/landscape-data.js").Entry} */ (catalog.landscapes[4_321]);
  const [group] = planesOf(catalog, open);
  assert.equal(group?.name, "Of the study (200 of 10,000)");
  assert.equal(group?.entries[0]?.entry, open);
  assert.ok(group?.entries.every(({ entry: one }) => one.runs[0]?.id === "run-21"));
});

test("what was read last is kept, and not all that somebody has leafed through", async (context) => {
  /** @type {string[]} */
  const asked = [];
  context.mock.method(globalThis, "fetch", (/** @type {string} */ url) => {
    asked.push(String(url));
    return Promise.resolve(new Response("{}", { headers: { "content-type": "application/json" } }));
  });
  const { landscapes } = manyOf(MOST_LOADED + 1);
  const [first, ...others] = landscapes;
  assert.ok(first);
  const read = () => ({});
  for (const one of [first, ...others.slice(0, -1)]) await loadOnce(one, read);
  await loadOnce(first, read); // used again, so that the second is the oldest
  assert.equal(asked.length, MOST_LOADED);
  await loadOnce(/** @type {typeof first} */ (others.at(-1)), read);
  await loadOnce(first, read);
  assert.equal(asked.length, MOST_LOADED + 1);
  await loadOnce(/** @type {typeof first} */ (others[0]), read);
  assert.equal(asked.length, MOST_LOADED + 2);
});
