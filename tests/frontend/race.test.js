import assert from "node:assert/strict";
import { test } from "node:test";

import { cellColors, luminance } from "../../frontend/core/colors.js";
import {
  briefPercent,
  briefWidth,
  describeCell,
  finding,
  legend,
  marksOf,
  method,
  ordinal,
  rankOf,
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
  rule: "The rule.",
  budget: 1000,
  tuning: { starts: 400, scatter: 0, rates: [1e-8, 0.1, 1000], seeds: [1, 2, 3, 4, 5] },
  scoring: { starts: 2048, scramble: 0, seed: 0, confidence: 0.95, resamples: 10000, resampling_seed: 0 },
  noise: { std: 1, batch_size: 1 },
  cells: Object.entries(ranks).flatMap(([id, row]) =>
    Object.entries(row).map(([name, rank]) => ({
      objective: id,
      optimizer: name,
      lr: 0.1,
      works: rank !== null,
      at_edge: false,
      tuned: { arrived: rank === null ? 0 : 4, descents: 400, distance: null, good_low: null, good_high: null },
      arrived: rank === null ? 0 : 1024 / rank,
      share: rank === null ? 0 : 0.5 / rank,
      low: rank === null ? 0 : 0.4 / rank,
      high: rank === null ? 0.002 : 0.6 / rank,
      steps: rank === null ? null : 10,
      rank,
      ties: Object.keys(row).filter((other) => other !== name && rank !== null && row[other] === rank),
      decays_to_minimum: false,
    })),
  ),
});

/**
 * @param {Partial<import("../../frontend/playground/model/race.js").Cell>} values
 * @returns {import("../../frontend/playground/model/race.js").Cell}
 */
const adamOnTheBowl = (values) => ({
  ...standings(MIXED).cell("bowl", "adam"),
  ...values,
});

const MIXED = sweepOf({
  bowl: { gd: 3, adam: 1, lion: 1 },
  hill: { gd: 1, adam: 2, lion: null },
  saddle: { gd: null, adam: null, lion: null },
});
const CATALOG = catalogOf(["gd", "adam", "lion"], ["bowl", "hill", "saddle"]);

test("optimizers stand in the order of their mean rank, for whom no rate works last", () => {
  const { optimizers, meanRank } = standings(MIXED);
  assert.deepEqual(optimizers, ["adam", "gd", "lion"]);
  assert.deepEqual(optimizers.map(meanRank), [1.5, 2, 2]);
});

test("all that tie with the best win, and nobody wins where no rate works", () => {
  const { winners } = standings(MIXED);
  assert.deepEqual(winners("bowl"), ["adam", "lion"]);
  assert.deepEqual(winners("hill"), ["gd"]);
  assert.deepEqual(winners("saddle"), []);
});

test("the finding counts winners, names the best on average and where it fails", () => {
  assert.equal(
    finding(standings(MIXED), CATALOG),
    "So it is here: 3 of the 3 are first somewhere, alone or tied, and none on more than 1 of 2 " +
      "objectives (ADAM, GD and LION each on 1). ADAM has the best mean rank, 1.5, and is 2nd on " +
      "HILL. On SADDLE no rate works for any of them.",
  );
});

test("the finding says when one optimizer does win everywhere", () => {
  const sweep = sweepOf({ bowl: { gd: 2, adam: 1 }, hill: { gd: 1, adam: 1 } });
  assert.equal(
    finding(standings(sweep), catalogOf(["gd", "adam"], ["bowl", "hill"])),
    "Not so here: ADAM is first, alone or tied, on all 2 objectives.",
  );
});

test("the method gives the sweep's own numbers", () => {
  assert.match(method(MIXED), /^A cell shows the share of 2,048 starts .* within 1,000 gradients .* from 400 other starts/);
});

test("a cell tells its share with the interval, its ties and what chose its rate", () => {
  assert.equal(
    describeCell(adamOnTheBowl({}), MIXED, CATALOG),
    "ADAM on BOWL: 50.0 % of 2,048 starts arrive (95 % interval 40.0 % to 60.0 %), in a median of " +
      "10 gradients; 1st, tied with LION. Learning rate 0.1, chosen by 4 of 400 tuning descents that arrive.",
  );
});

test("a cell says where its rate lies at the edge of those tried", () => {
  const edge = adamOnTheBowl({ lr: 1000, at_edge: true, ties: [] });
  assert.match(
    describeCell(edge, MIXED, CATALOG),
    /; 1st\. Learning rate 1000, chosen by .* that arrive; the last rate that was tried\.$/,
  );
  assert.equal(marksOf(edge), "⇥");
});

test("a cell says where no rate works", () => {
  const cell = standings(MIXED).cell("saddle", "gd");
  assert.equal(
    describeCell(cell, MIXED, CATALOG),
    "GD on SADDLE: no learning rate works. None of 3 arrives from any tuning start; the default is 0.1.",
  );
  assert.equal(rankOf(cell, standings(MIXED)), "no rate");
  assert.equal(marksOf(cell), "");
});

test("a rank that several share carries the mark of a tie", () => {
  const places = standings(MIXED);
  const of = (/** @type {string} */ objective, /** @type {string} */ optimizer) =>
    rankOf(places.cell(objective, optimizer), places);
  assert.deepEqual([of("bowl", "adam"), of("bowl", "lion"), of("bowl", "gd")], ["=1st", "=1st", "3rd"]);
  assert.equal(of("hill", "gd"), "1st");
});

test("the legend explains the marks that occur", () => {
  const marks = (/** @type {typeof MIXED} */ sweep) => legend(sweep, CATALOG).map(({ mark }) => mark);
  assert.deepEqual(marks(MIXED), ["=", "—"]);
  const decaying = { ...MIXED, cells: [adamOnTheBowl({ at_edge: true, decays_to_minimum: true })] };
  assert.deepEqual(marks(decaying), ["=", "⇥", "λ"]);
  assert.match(String(legend(decaying, CATALOG).at(-1)?.meaning), /^ADAM has weight decay/);
});

test("a race has the cell's optimizer, the one with the largest share and the five of the bar", () => {
  const ids = ["gd", "sgd", "momentum", "rmsprop", "adam", "lion", "eve", "nadam", "yellowfin"];
  const sweep = sweepOf({ bowl: { yellowfin: 1, lion: 1, eve: 2, nadam: 3 } });
  const best = sweep.cells.find(({ optimizer }) => optimizer === "lion");
  if (best) best.share = 0.51;
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
  assert.deepEqual([0, 0.0005, 0.0025, 0.013, 0.05, 0.5465, 0.9975, 0.9995, 1].map(briefPercent), [
    "0 %",
    "<0.1 %",
    "0.3 %",
    "1.3 %",
    "5 %",
    "55 %",
    "99.8 %",
    ">99.9 %",
    "100 %",
  ]);
});

test("a cell tells how wide its good rates are where enough descents arrive", () => {
  const sweep = sweepOf({ bowl: { adam: 1 } });
  const [cell] = sweep.cells;
  assert.ok(cell);
  const wide = { ...cell, tuned: { ...cell.tuned, arrived: 300, good_low: 0.01, good_high: 0.3162 } };
  assert.deepEqual([briefWidth(cell), briefWidth(wide)], ["", "×32"]);
  const tables = catalogOf(["adam"], ["bowl"]);
  assert.match(describeCell(wide, sweep, tables), / Good rates from 0\.01 to 0\.3162, a factor of 32\.$/);
  const alone = { ...wide, tuned: { ...wide.tuned, good_low: 0.1, good_high: 0.1 } };
  assert.deepEqual([briefWidth(alone), /No neighbouring rate is good/.test(describeCell(alone, sweep, tables))], ["×1", true]);
  assert.equal(legend({ ...sweep, cells: [wide] }, tables).at(-1)?.mark, "×");
  assert.equal(briefWidth({ ...wide, tuned: { ...wide.tuned, arrived: 12 } }), "");
});
