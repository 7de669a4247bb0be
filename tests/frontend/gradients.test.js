/** Optimizers whose steps take several gradients, or whose path is an average: what the page says of them. */

import assert from "node:assert/strict";
import { test } from "node:test";

import { drawsNoise } from "../../frontend/playground/ensemble/ensemble-request.js";
import { commonBudget, originOfSettings } from "../../frontend/playground/model/captions.js";
import { outcomeOf } from "../../frontend/playground/model/outcome.js";
import { exactNames } from "../../frontend/playground/model/playground-catalog.js";
import { DEFAULTS } from "../../frontend/playground/model/playground-state.js";
import { descentsRequest } from "../../frontend/playground/model/requests.js";
import { sanitized } from "../../frontend/playground/model/sanitize.js";
import { scheduledStepsOf, settingsText } from "../../frontend/playground/model/settings.js";
import { describeCell } from "../../frontend/playground/model/race.js";
import { rateRequest } from "../../frontend/playground/rates/rate-requests.js";
import { rowRequests } from "../../frontend/playground/rates/row-panel.js";
import { catalog, objective, optimizer } from "./playground_tables.js";

const CATALOG = catalog(
  [objective("bowl")],
  [
    optimizer("adam"),
    { ...optimizer("sam"), evaluations: 2 },
    { ...optimizer("newton"), evaluations: null, is_exact: true, takes_schedule: false },
    { ...optimizer("sf"), draws_average: true, takes_schedule: false },
    optimizer("gd"),
  ],
);

/** @type {import("../../frontend/playground/model/playground-state.js").State} */
const STATE = {
  ...DEFAULTS,
  objective: "bowl",
  bar: ["adam", "sam", "newton", "sf"],
  noise: { std: 1, all: true },
};

const cosine = { id: "cosine", values: {} };

test("a budget is told in gradients where a step does not take one", () => {
  assert.match(settingsText(STATE, "adam", CATALOG), /1,000 steps$/);
  assert.match(settingsText(STATE, "sam", CATALOG), /1,000 gradients$/);
  assert.match(settingsText(STATE, "newton", CATALOG), /1,000 gradients$/);
  assert.match(settingsText(STATE, "sf", CATALOG), /1,000 steps$/);
  assert.equal(commonBudget(STATE, CATALOG).caption, "gradients, one a step for most");
  assert.equal(commonBudget({ ...STATE, bar: ["adam", "sf"] }, CATALOG).caption, "");
});

test("all have the same budget in gradients, and a schedule goes over the steps that it pays for", () => {
  const scheduled = { ...STATE, schedules: { adam: cosine, sam: cosine } };
  const { optimizers } = descentsRequest(scheduled, CATALOG);
  assert.deepEqual(optimizers.map(({ steps }) => steps), [1000, 1000, 1000, 1000]);
  assert.deepEqual([optimizers[0], optimizers[1]].map((one) => one?.schedule?.T_max), [1000, 500]);
  assert.equal(scheduledStepsOf({ ...STATE, steps: 1 }, "sam", CATALOG), 1);
});

test("a link's schedule is dropped from an optimizer that takes none", () => {
  const linked = { ...STATE, schedules: { adam: cosine, sam: cosine, newton: cosine, sf: cosine } };
  assert.deepEqual(Object.keys(sanitized(linked, CATALOG, DEFAULTS).schedules), ["adam", "sam"]);
});

test("what searches lines was not swept", () => {
  const said = originOfSettings({ ...STATE, noise: {} }, CATALOG);
  assert.match(said, /^Adam, SAM and sf: the learning rate won a sweep/);
  assert.match(said, /Newton: the full step first; a line search finds the length of each step\.$/);
});

test("what searches lines has no curve over the learning rate, and its result was not tuned", () => {
  assert.equal(sanitized({ ...STATE, rates: "newton" }, CATALOG, DEFAULTS).rates, null);
  assert.equal(sanitized({ ...STATE, rates: "sam" }, CATALOG, DEFAULTS).rates, "sam");
  assert.ok(rowRequests(STATE, CATALOG).every((one) => one.optimizer.id !== "newton"));
  /** @type {import("../../frontend/core/api-types.d.ts").SweepCell} */
  const cell = {
    objective: "bowl",
    optimizer: "newton",
    lr: 1,
    works: true,
    at_edge: false,
    tuned: { arrived: 300, descents: 400, distance: 0, good_low: null, good_high: null },
    arrived: 1024,
    share: 0.5,
    low: 0.4,
    high: 0.6,
    steps: 10,
    rank: 1,
    ties: [],
    decays_to_minimum: false,
  };
  const sweep = /** @type {import("../../frontend/core/api-types.d.ts").SweepResponse} */ (
    /** @type {unknown} */ ({ scoring: { starts: 2048, confidence: 0.95 }, tuning: { rates: [1] } })
  );
  assert.match(describeCell(cell, sweep, CATALOG), /in a median of 10 gradients; 1st\. Not tuned: a line search/);
});

test("those that are exact meet no noise, whatever is set for all", () => {
  assert.equal(exactNames(CATALOG), "NEWTON and GD");
  assert.deepEqual(STATE.bar.map((id) => drawsNoise(STATE, id, CATALOG)), [true, true, false, true]);
  assert.deepEqual(STATE.bar.map((id) => "noise" in rateRequest(STATE, CATALOG, id)), [true, true, false, true]);
});

test("an outcome tells the gradients beside the steps where they differ", () => {
  const minima = [{ x: 0, y: 0, value: 0, global: true }];
  const descent = {
    status: /** @type {const} */ ("converged"),
    steps: 500,
    evaluations: 1000,
    minimum: 0,
    arrived: true,
    arrival: 12,
    visit: null,
    step: Int32Array.from({ length: 501 }, (_, k) => k),
    spent: Int32Array.from({ length: 501 }, (_, k) => 2 * k),
  };
  const told = outcomeOf(descent, minima, 0.01);
  assert.match(told.meaning, /to its last, 500 \(1,000 gradients\), it stayed/);
  assert.match(told.place, /at step 12, after 24 gradients\.$/);
  const usual = outcomeOf({ ...descent, evaluations: 500, spent: null }, minima, 0.01);
  assert.match(usual.meaning, /to its last, 500, it stayed/);
  assert.match(usual.place, /at step 12\.$/);
});
