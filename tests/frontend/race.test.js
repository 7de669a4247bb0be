import assert from "node:assert/strict";
import { test } from "node:test";

import { cellColors, luminance } from "../../frontend/core/colors.js";
import {
  briefPercent,
  finding,
  method,
  ordinal,
  standings,
  stateOfRace,
} from "../../frontend/playground/model/race.js";
import { DEFAULTS } from "../../frontend/playground/model/playground-state.js";
import { catalog, objective, optimizer } from "./playground_tables.js";

/**
 * @param {string[]} optimizers
 * @param {string[]} objectives
 */
const catalogOf = (optimizers, objectives) =>
  catalog(
    objectives.map((id) => objective(id)),
    optimizers.map((id) => optimizer(id)),
  );

/**
 * @param {Record<string, Record<string, number | null>>} ranks  by objective and optimizer
 * @returns {import("../../frontend/playground/model/race.js").Sweep}
 */
const sweepOf = (ranks) => ({
  budget: 1000,
  starts: 400,
  rates: [1e-7, 0.1, 10],
  noise: { std: 1, batch_size: 1 },
  cells: Object.entries(ranks).flatMap(([id, row]) =>
    Object.entries(row).map(([name, rank]) => ({
      objective: id,
      optimizer: name,
      lr: 0.1,
      share: rank === null ? 0 : 1 / rank,
      steps: rank === null ? null : 10,
      rank,
    })),
  ),
});

const MIXED = sweepOf({
  bowl: { gd: 3, adam: 1, lion: 1 },
  hill: { gd: 1, adam: 2, lion: null },
  saddle: { gd: null, adam: null, lion: null },
});
const CATALOG = catalogOf(["gd", "adam", "lion"], ["bowl", "hill", "saddle"]);

test("optimizers stand in the order of their mean rank, who never arrives counted last", () => {
  const { optimizers, meanRank } = standings(MIXED);
  assert.deepEqual(optimizers, ["adam", "gd", "lion"]);
  assert.deepEqual(optimizers.map(meanRank), [1.5, 2, 2]);
});

test("equal optimizers win together, and nobody wins where nobody arrives", () => {
  const { winners } = standings(MIXED);
  assert.deepEqual(winners("bowl"), ["adam", "lion"]);
  assert.deepEqual(winners("hill"), ["gd"]);
  assert.deepEqual(winners("saddle"), []);
});

test("the finding counts winners, names the best on average and where it fails", () => {
  assert.equal(
    finding(standings(MIXED), CATALOG),
    "So it is here: 3 of the 3 are first somewhere, and none on more than 1 of 2 objectives " +
      "(ADAM, GD and LION each on 1). ADAM has the best mean rank, 1.5, and is 2nd on HILL. " +
      "On SADDLE nobody arrives anywhere.",
  );
});

test("the finding says when one optimizer does win everywhere", () => {
  const sweep = sweepOf({ bowl: { gd: 2, adam: 1 }, hill: { gd: 1, adam: 1 } });
  assert.equal(
    finding(standings(sweep), catalogOf(["gd", "adam"], ["bowl", "hill"])),
    "Not so here: ADAM is first on all 2 objectives.",
  );
});

test("the method gives the sweep's own numbers", () => {
  assert.match(
    method(MIXED),
    /3 learning rates from 1e−7 to 10, from 400 starts, with 1,000 gradients a descent/,
  );
});

test("a race has the cell's optimizer, the winners and the five of the bar, in one order", () => {
  const ids = ["gd", "sgd", "momentum", "rmsprop", "adam", "lion", "eve", "nadam"];
  const sweep = sweepOf({ bowl: { lion: 1, eve: 2, nadam: 3 } });
  const places = standings(sweep);
  const state = stateOfRace(places.cell("bowl", "eve"), places, catalogOf(ids, ["bowl"]), {
    ...DEFAULTS,
    story: "tale",
    speed: 2,
    start: { x: 1, y: 1 },
    hyperparameters: { gd: { lr: 1 } },
  });
  const bar = ["gd", "sgd", "momentum", "rmsprop", "adam", "lion", "eve"];
  assert.deepEqual(state, { ...DEFAULTS, objective: "bowl", bar, speed: 2 });
});

test("every cell's text has a contrast of at least 4.5 in both themes", () => {
  for (const theme of /** @type {const} */ (["light", "dark"])) {
    for (let i = 0; i <= 1000; i++) {
      const { background, text } = cellColors(i / 1000, theme);
      const rgb = /** @type {[number, number, number]} */ (background.match(/\d+/g)?.map(Number));
      const [high, low] = [luminance(rgb), text === "#ffffff" ? 1 : 0].toSorted((a, b) => b - a);
      const contrast = (Number(high) + 0.05) / (Number(low) + 0.05);
      assert.ok(contrast >= 4.5, `${contrast} at ${i / 1000} in ${theme}`);
    }
  }
});

test("a cell's background goes evenly from the page's lightness to its opposite", () => {
  const light = (/** @type {number} */ share, /** @type {"light" | "dark"} */ theme) =>
    luminance(/** @type {[number, number, number]} */ (
      cellColors(share, theme).background.match(/\d+/g)?.map(Number)
    ));
  for (let i = 0; i < 10; i++) {
    assert.ok(light(i / 10, "light") > light((i + 1) / 10, "light"));
    assert.ok(light(i / 10, "dark") < light((i + 1) / 10, "dark"));
  }
});

test("places are counted as one speaks", () => {
  assert.deepEqual([1, 2, 3, 4, 11, 12, 13, 21, 22, 111].map(ordinal), [
    "1st",
    "2nd",
    "3rd",
    "4th",
    "11th",
    "12th",
    "13th",
    "21st",
    "22nd",
    "111th",
  ]);
});

test("a brief share is 0 or 100 only if it is exactly that", () => {
  assert.deepEqual([0, 0.0025, 0.013, 0.05, 0.5465, 0.9975, 1].map(briefPercent), [
    "0 %",
    "0.3 %",
    "1.3 %",
    "5 %",
    "55 %",
    "99.8 %",
    "100 %",
  ]);
});
