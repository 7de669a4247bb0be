import assert from "node:assert/strict";
import { test } from "node:test";

import { cardsOf, ownPlanes } from "../../frontend/landscapes/gallery/cards.js";
import { formOf, landscapeOf, mainSurface, siblingsOf, twinsOf } from "../../frontend/landscapes/model/catalog.js";
import { hrefOf, readState, routeOf } from "../../frontend/landscapes/model/routes.js";
import { surfaceName } from "../../frontend/surfaces/surface-names.js";
import { DEFAULTS } from "../../frontend/landscapes/model/landscapes-state.js";
import { catalogOf, cell, entry, own, run, table } from "./landscape_entries.js";

const FOUR = ["batch-1", "batch-64", "batch-256", "train"];
const EARLY = entry("batches-early", { figures: ["1"], plane: "random", surfaces: FOUR, arrows: true });
const END = entry("batches-end", { figures: ["1"], plane: "random", surfaces: FOUR, arrows: true });
const BOWL = entry("bowl", { figures: ["2"], plane: "random", surfaces: ["batch-64", "train"] });
const RUNS = [run("gd"), run("sgd"), run("adam")];
const OPTIMIZERS = entry("optimizers", { figures: ["3"], runs: RUNS });
const MINIMA = entry("three-minima", { figures: ["3"], plane: "minima", runs: RUNS });
const RATES = entry("learning-rates", { figures: ["4"], runs: [run("slow"), run("fast")] });
const CATALOG = catalogOf(
  ...[EARLY, END, BOWL, OPTIMIZERS, MINIMA],
  ...[own("adam", "pca", ["3"]), own("adam", "random", ["3"]), own("gd", "pca", ["3"])],
  ...[RATES, own("fast", "pca", ["4"]), own("sgd", "random", ["3", "4"])],
  ...[table("controls"), table("table-1"), table("table-2"), table("my-own")],
);

const ids = (/** @type {{id: string}[]} */ entries) => entries.map(({ id }) => id);

test("figures and tables stand in the order of the paper, what it does not have comes last", () => {
  const further = [entry("momentum", { figures: ["6"] }), entry("beyond")];
  const cards = cardsOf([...CATALOG.landscapes, ...further]);
  assert.deepEqual(
    cards.map(({ heading, lead }) => `${heading}: ${lead.id}`),
    [
      "Figure 1: batches-early",
      "Figure 2: bowl",
      "Figure 3: optimizers",
      "Table I: table-1",
      "Figure 4: learning-rates",
      "Table II: table-2",
      "Figure 6: momentum",
      "Beside Figure 6: controls",
      "Table: my-own",
      ": beyond",
    ],
  );
});

test("Figure 4 leads with the plane that shows the jitter, Figure 5 with its caption's learning rate", () => {
  const jitter = own("b64-lr2-m0", "pca", ["4"]);
  const text = entry("batch-sizes", { figures: ["5"] });
  const caption = entry("batch-sizes-caption", { figures: ["5"] });
  const cards = cardsOf([RATES, jitter, own("fast", "pca", ["4"]), text, caption]);
  assert.deepEqual(
    cards.map(({ lead, others, own: alone }) => [lead.id, ids(others), ids(alone)]),
    [
      ["b64-lr2-m0-pca", ["learning-rates"], ["fast-pca"]],
      ["batch-sizes-caption", ["batch-sizes"], []],
    ],
  );
});

test("own planes stand below the landscape on which their runs are compared", () => {
  const [card] = cardsOf(CATALOG.landscapes).filter(({ heading }) => heading === "Figure 3");
  assert.ok(card);
  assert.deepEqual(ids(card.others), ["three-minima"]);
  const groups = ownPlanes(card).map(({ joint, planes }) => [joint?.id, planes.map(ids)]);
  assert.deepEqual(groups, [
    ["optimizers", [["gd-pca"], ["sgd-random"], ["adam-pca", "adam-random"]]],
  ]);
});

test("an own plane whose run is compared nowhere is shown all the same", () => {
  const [card] = cardsOf(CATALOG.landscapes).filter(({ heading }) => heading === "Figure 4");
  assert.ok(card);
  const groups = ownPlanes(card).map(({ joint, planes }) => [joint?.id ?? null, planes.map(ids)]);
  assert.deepEqual(groups, [
    ["learning-rates", [["fast-pca"]]],
    [null, [["sgd-random"]]],
  ]);
});

test("a figure that has own planes only is led by the first of them", () => {
  const [card] = cardsOf([own("sgd", "pca", ["7"]), own("sgd", "random", ["7"])]);
  assert.equal(card?.lead.id, "sgd-pca");
  assert.deepEqual(ids(card?.own ?? []), ["sgd-random"]);
});

test("Figures 1 and 2 and tables have a form of their own", () => {
  assert.deepEqual([EARLY, BOWL, OPTIMIZERS, table("table-1")].map(formOf), [
    "batch-figure",
    "twin-figure",
    "landscape",
    "table",
  ]);
  assert.equal(formOf({ ...EARLY, arrows: false }), "landscape");
  assert.deepEqual(ids(siblingsOf(CATALOG, END)), ["batches-early", "batches-end"]);
});

test("Figure 2 has one batch, the first or a chosen one, beside the whole set", () => {
  const three = ["batch-1", "batch-64", "train"];
  assert.equal(formOf({ ...BOWL, surfaces: three }), "twin-figure");
  assert.deepEqual(twinsOf(three, null), ["batch-1", "train"]);
  assert.deepEqual(twinsOf(three, "batch-64"), ["batch-64", "train"]);
  assert.deepEqual(twinsOf(three, "train"), ["batch-1", "train"]);
  assert.deepEqual(twinsOf(["batch-64", "train"], null), ["batch-64", "train"]);
});

test("an address leads to a view and back", () => {
  const route = (/** @type {string} */ search) => {
    const { view, entry: found } = routeOf(readState(search, CATALOG), CATALOG);
    return [view, found?.id ?? null];
  };
  assert.deepEqual(route(""), ["gallery", null]);
  assert.deepEqual(route("?show=batches-end"), ["batch-figure", "batches-end"]);
  assert.deepEqual(route("?show=batches-end&layout=single"), ["landscape", "batches-end"]);
  assert.deepEqual(route("?show=bowl"), ["twin-figure", "bowl"]);
  assert.deepEqual(route("?show=table-1&layout=single"), ["table", "table-1"]);
  assert.deepEqual(route("?show=nowhere"), ["missing", null]);
  assert.equal(hrefOf({ show: "bowl", layout: "single" }), "./landscapes?show=bowl&layout=single");
  assert.equal(hrefOf({}), "./landscapes");
});

test("a link's surfaces and runs that its landscape has not are forgotten", () => {
  const { surface, off, cell: told } = readState("?show=optimizers&surface=moon&off=gd,yeti&cell=yeti", CATALOG);
  assert.deepEqual([surface, off, told], [null, ["gd"], null]);
  assert.deepEqual(readState("?show=optimizers&surface=test", CATALOG), {
    ...DEFAULTS,
    show: "optimizers",
    surface: "test",
  });
});

test("a run is shown on its principal directions, or at random, or where it is compared", () => {
  const cells = table("t", [cell()]);
  const found = (/** @type {import("./landscape_entries.js").Entry[]} */ ...others) =>
    landscapeOf(catalogOf(cells, ...others), cells, "sgd")?.id;
  assert.equal(found(OPTIMIZERS, own("sgd", "random", []), own("sgd", "pca", [])), "sgd-pca");
  assert.equal(found(OPTIMIZERS, own("sgd", "random", [])), "sgd-random");
  assert.equal(found(OPTIMIZERS), "optimizers");
  assert.equal(found(), undefined);
  // A run of the same name in another study is another run.
  assert.equal(found({ ...own("sgd", "pca", []), study: "mine" }), undefined);
  assert.equal(found({ ...own("sgd", "pca", []), id: "sgd-pca.2" }), "sgd-pca.2");
});

test("surfaces are called by what they are the loss of", () => {
  assert.equal(surfaceName("train", "All sentences"), "All sentences");
  assert.deepEqual(["train", "test", "batch-1", "batch-64", "odd"].map((id) => surfaceName(id)), [
    "Whole training set",
    "Test set",
    "One image",
    "Batch of 64",
    "odd",
  ]);
  assert.equal(mainSurface(["batch-64", "train", "test"]), "train");
  assert.equal(mainSurface(["batch-64", "test"]), "test");
});
