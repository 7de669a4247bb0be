import assert from "node:assert/strict";
import { test } from "node:test";

import { luminance } from "../../frontend/core/colors.js";
import {
  cellSentence,
  colorsOf,
  contentOf,
  differenceColors,
  durationText,
  explainedSentence,
  factsOf,
  passingOf,
  rangeText,
  tableOf,
  tellingOf,
} from "../../frontend/landscapes/table/cells.js";
import { markOf, standingOf, standingsRule, standingText } from "../../frontend/landscapes/table/standings.js";
import { cell, run } from "./landscape_entries.js";

/** @typedef {import("../../frontend/landscapes/table/standings.js").RunStanding} RunStanding */

/**
 * @param {RunStanding["standing"]} standing
 * @param {number | null} difference
 * @param {number | null} low
 * @param {number | null} high
 * @returns {RunStanding}
 */
function makeStanding(standing, difference = null, low = null, high = null) {
  return { run: "sgd", standing, difference, low, high };
}

const SEEDED = cell({ seeds: [0, 1, 2], status: ["completed"], mean: 47.9, low: 47.2, high: 48.8, paper: 48.16 });

test("rows and columns stand in the order of the cells", () => {
  const [a, b] = [cell({ row: "one", column: "x" }), cell({ row: "two", column: "y" })];
  const { rows, columns, cell: find } = tableOf([a, b]);
  assert.deepEqual([rows, columns], [["one", "two"], ["x", "y"]]);
  assert.equal(find("two", "y"), b);
  assert.equal(find("one", "y"), undefined);
});

test("a cell tells ours with its range, the paper's, or how far they are apart", () => {
  const told = (/** @type {"ours" | "paper" | "difference"} */ compare) => {
    const { main, notes } = contentOf(SEEDED, compare, "light");
    return [main, ...notes];
  };
  assert.deepEqual(told("ours"), ["47.9", "47.2–48.8 · 3\u00a0seeds", "paper 48.16"]);
  assert.deepEqual(told("paper"), ["48.16", "ours 47.9"]);
  assert.deepEqual(told("difference"), ["−0.3", "47.9 − 48.16"]);
});

test("what the paper does not print is said to be missing, and has no colour", () => {
  const missing = cell({ paper: null });
  assert.deepEqual(contentOf(missing, "ours", "dark").notes, ["not in the paper"]);
  assert.deepEqual(contentOf(missing, "difference", "dark").colors, null);
  assert.deepEqual(contentOf(missing, "paper", "dark").main, "—");
  assert.equal(contentOf(cell({ mean: null }), "ours", "dark").main, "—");
});

test("one seed has no range", () => {
  assert.equal(rangeText(cell()), "");
});

test("every background leaves its text a contrast of at least 4.5 in both themes", () => {
  for (const theme of /** @type {const} */ (["light", "dark"])) {
    for (let i = -40; i <= 100; i++) {
      for (const { background, text } of [colorsOf(i, theme), differenceColors(i, theme)]) {
        const rgb = /** @type {[number, number, number]} */ (background.match(/\d+/g)?.map(Number));
        const [high, low] = [luminance(rgb), text === "#ffffff" ? 1 : 0].toSorted((a, b) => b - a);
        assert.ok((Number(high) + 0.05) / (Number(low) + 0.05) >= 4.5, `${i} in ${theme}`);
      }
    }
  }
});

test("a cell is a sentence for who does not see it", () => {
  assert.equal(
    cellSentence({ ...SEEDED, status: ["completed", "diverged", "completed"] }, null),
    "batch 64, lr 0.002: 47.9 % (47.2 to 48.8 over 3 seeds), the paper 48.16 %, diverged",
  );
  assert.equal(
    cellSentence(cell(), makeStanding("lower", -1.26, -2, -0.5)),
    "batch 64, lr 0.002: 45.0 %; lower than the highest: −1.3 points (−2.0 to −0.5).",
  );
});

test("a standing is a mark in the cell, and a sentence with its difference and interval", () => {
  const told = (/** @type {RunStanding} */ one) => [markOf(one), standingText(one)];
  assert.deepEqual(told(makeStanding("best")), ["▲", "best of the table: every other is lower"]);
  assert.equal(markOf(makeStanding("highest")), "△");
  assert.deepEqual(told(makeStanding("comparable", -0.2, -1.1, 0.7)), [
    "≈",
    "comparable with the highest: −0.2 points (−1.1 to 0.7)",
  ]);
  assert.deepEqual(told(makeStanding("cannot be told", -3, -9, 3)), [
    "?",
    "−3.0 points from the highest (−9.0 to 3.0): whether it is lower cannot be told",
  ]);
  assert.equal(
    standingText(makeStanding("cannot be told", -39.7)),
    "−39.7 points from the highest; too few seeds to tell whether it is lower",
  );
  assert.equal(standingText(makeStanding("cannot be told")), "no accuracy to compare");
  assert.deepEqual([markOf(null), standingText(null), standingOf(null, "sgd")], ["", "", null]);
});

test("the rule under a table explains the marks that are in it, and no others", () => {
  const runs = [makeStanding("highest"), { ...makeStanding("lower", -1, -2, -0.5), run: "gd" }];
  const standings = { highest: "sgd", comparisons: 1, rule: "The rule.", runs };
  assert.equal(standingsRule(standings), "△ highest mean, ▽ lower. The rule.");
  assert.equal(standingOf(standings, "gd")?.standing, "lower");
  assert.equal(standingsRule(null), "");
});

test("what explains the spread is told in its order, and what is left with it", () => {
  assert.equal(
    explainedSentence({ batch_size: 0.086, lr: 0.61, momentum: 0.0002 }),
    "Of the spread between these accuracies the learning rate alone explains 61 % (η²), " +
      "the batch size 9 %, momentum less than 1 %; the remaining 30 % is how they act together.",
  );
  assert.equal(explainedSentence({}), "");
  assert.equal(explainedSentence({ lr: null }), "");
});

test("a run's facts say why it ended and what it cost", () => {
  const facts = Object.fromEntries(factsOf(run("sgd", { seconds: 5400, train_loss: null, turning: null })));
  assert.deepEqual(facts, {
    Ended: "all 20 epochs were made",
    Steps: "200 (10 an epoch)",
    "Images seen": "12,800",
    Time: "90 min",
    "Training loss": "not finite",
  });
});

test("a cell names the steps between which its run passed the paper's number", () => {
  assert.deepEqual(passingOf({ paper_reached: { before: 10_000, step: 15_000 } }), [
    ["Passed the paper’s number", "between steps 10,000 and 15,000"],
  ]);
  assert.deepEqual(passingOf({ paper_reached: null }), []);
  assert.deepEqual(passingOf({}), []);
});

test("durations have the unit in which one speaks of them", () => {
  assert.deepEqual([0.21, 42.4, 300, 9000].map(durationText), ["0.2 s", "42 s", "5 min", "2.5 h"]);
});

test("a table of which the paper prints nothing says nothing of it, in colours of its own range", () => {
  const cells = [cell({ mean: 91, paper: null }), cell({ mean: 97, paper: null })];
  const telling = tellingOf(cells);
  assert.deepEqual(telling, { isPrinted: false, low: 91, high: 97 });
  const [low, high] = cells.map((one) => contentOf(one, "ours", "light", telling));
  assert.deepEqual(low?.notes, []);
  assert.notEqual(low?.colors?.background, high?.colors?.background);
  assert.equal(tellingOf([...cells, cell({ paper: 48.16 })]).isPrinted, true);
  assert.deepEqual(contentOf(cell({ paper: null }), "ours", "light").notes, ["not in the paper"]);
});
