import assert from "node:assert/strict";
import { test } from "node:test";

import { fromQuery, toQuery } from "../../frontend/core/url-query.js";
import { originOfSettings } from "../../frontend/playground/model/captions.js";
import { pathsAsCsv, pathsAsJson } from "../../frontend/playground/model/descent-records.js";
import { outcomeOf } from "../../frontend/playground/model/outcome.js";
import { DEFAULTS, FIELDS } from "../../frontend/playground/model/playground-state.js";
import { basinsRequest, descentsRequest } from "../../frontend/playground/model/requests.js";
import { sanitized } from "../../frontend/playground/model/sanitize.js";
import { isPreset, settingsText } from "../../frontend/playground/model/settings.js";
import { labelOf } from "../../frontend/playground/model/variants.js";
import { readCounts } from "../../frontend/playground/schedule-controls/counts-field.js";
import { ratePath, rateText } from "../../frontend/playground/schedule-controls/rate-curve.js";
import { scheduleName, scheduleOf } from "../../frontend/playground/schedules/schedule-settings.js";
import { duplicated, pinned } from "../../frontend/playground/variants/variant-changes.js";
import { catalog, objective, optimizer } from "./playground_tables.js";

/** @typedef {import("../../frontend/playground/model/playground-state.js").State} State */

const CATALOG = catalog([objective("bowl")], [optimizer("gd"), optimizer("adam")]);

/** @type {State} */
const BOWL = { ...DEFAULTS, objective: "bowl", bar: ["gd", "adam", "adam~2"] };

/** @type {State} */
const COSINE = { ...BOWL, schedules: { adam: { id: "cosine", values: { eta_min: 0.01 } } } };

const opened = (/** @type {string} */ query) =>
  sanitized(fromQuery(FIELDS, query, { ...BOWL, bar: DEFAULTS.bar }), CATALOG, BOWL);

test("a link names the schedule of each variant and its parameters by PyTorch's names", () => {
  assert.equal(
    toQuery(FIELDS, { ...DEFAULTS, schedules: COSINE.schedules }),
    "?adam.schedule=cosine&adam.schedule.eta_min=0.01",
  );
  const query = "?adam~2.schedule=multistep&adam~2.schedule.milestones=10,20&adam~2.schedule.gamma=0.5";
  assert.deepEqual(fromQuery(FIELDS, query, DEFAULTS).schedules, {
    "adam~2": { id: "multistep", values: { milestones: [10, 20], gamma: 0.5 } },
  });
});

test("a link without schedules opens as before", () => {
  assert.deepEqual(opened("?adam.lr=0.1").schedules, {});
});

test("of a link's schedule stays what the server would take", () => {
  assert.deepEqual(opened("?adam.schedule=multistep&adam.schedule.milestones=500").schedules, {
    adam: { id: "multistep", values: { milestones: [500] } },
  });
  for (const [query, values] of /** @type {[string, object][]} */ ([
    ["adam.schedule=cosine&adam.schedule.eta_min=2", {}],
    ["adam.schedule=cosine&adam.schedule.T_max=1.5", {}],
    ["adam.schedule=cosine&adam.schedule.T_max=many&adam.schedule.eta_min=0.5", { eta_min: 0.5 }],
    ["adam.schedule=cosine&adam.schedule.sharpness=1", {}],
    ["adam.schedule=multistep&adam.schedule.milestones=5,0", {}],
    ["adam.schedule=onecycle&adam.schedule.anneal_strategy=sine&adam.schedule.three_phase=1", {}],
    ["adam.schedule=onecycle&adam.schedule.anneal_strategy=linear", { anneal_strategy: "linear" }],
  ])) {
    assert.deepEqual(opened(`?${query}`).schedules["adam"]?.values, values, query);
  }
  for (const query of ["adam.schedule=sine", "adam.schedule=constant", "sam.schedule=cosine", "adam.schedule.eta_min=0"]) {
    assert.deepEqual(opened(`?${query}`).schedules, {}, query);
  }
});

test("a request has all parameters of a schedule, those of the budget among them", () => {
  const state = { ...COSINE, stepsOf: { adam: 300 } };
  const [gd, adam, other] = descentsRequest(state, CATALOG).optimizers;
  assert.deepEqual(adam?.schedule, { id: "cosine", T_max: 300, eta_min: 0.01 });
  assert.ok(gd && other && !("schedule" in gd) && !("schedule" in other));
  assert.deepEqual(basinsRequest(state, CATALOG, "adam").optimizers[0]?.schedule, adam?.schedule);
  const milestones = scheduleOf({ ...BOWL, schedules: { gd: { id: "multistep", values: {} } } }, "gd", 250, CATALOG);
  assert.deepEqual(milestones?.values, { milestones: [125, 188], gamma: 0.1 });
});

test("texts about settings name the schedule", () => {
  assert.equal(
    settingsText(COSINE, "adam", CATALOG),
    "lr 0.05, bias_correction, schedule cosine (T_max 1000, eta_min 0.01), 1,000 steps",
  );
  assert.equal(settingsText(COSINE, "gd", CATALOG), "lr 0.05, bias_correction, 1,000 steps");
  assert.equal(scheduleName(COSINE, "adam", CATALOG), "cosine");
  assert.equal(scheduleName(COSINE, "gd", CATALOG), "");
  assert.match(originOfSettings({ ...COSINE, bar: ["gd", "adam"] }, CATALOG), /Adam: set by hand\.$/);
  assert.ok(isPreset(BOWL) && !isPreset(COSINE));
});

test("a variant is called by its schedule where that is what differs", () => {
  assert.equal(labelOf(COSINE, "adam~2", CATALOG), "Adam, constant rate");
  const second = { ...BOWL, schedules: { "adam~2": COSINE.schedules["adam"] ?? { id: "", values: {} } } };
  assert.equal(labelOf(second, "adam~2", CATALOG), "Adam, cosine");
  const both = { ...BOWL, schedules: { ...COSINE.schedules, "adam~2": { id: "cosine", values: {} } } };
  assert.equal(labelOf(both, "adam~2", CATALOG), "Adam, eta_min default");
});

test("a copy of a variant and its pin have its schedule", () => {
  const { id, change } = duplicated({ ...COSINE, bar: ["gd", "adam"] }, "adam");
  assert.deepEqual(change.schedules?.[id], COSINE.schedules["adam"]);
  assert.deepEqual(pinned(COSINE, "adam", CATALOG).schedules?.["adam~pin"], COSINE.schedules["adam"]);
  const link = toQuery(FIELDS, { ...COSINE, ...pinned(COSINE, "adam", CATALOG) });
  assert.match(link, /adam~pin\.schedule=cosine&adam~pin\.schedule\.eta_min=0\.01/);
});

test("exports have the schedule", () => {
  const request = descentsRequest({ ...COSINE, bar: ["adam"] }, CATALOG);
  assert.match(
    pathsAsCsv(request, [], "http://link"),
    /# adam: lr = 0\.05, bias_correction = true, steps = 1000, schedule = cosine, schedule\.T_max = 1000, schedule\.eta_min = 0\.01\r\n/,
  );
  const { optimizers } = JSON.parse(pathsAsJson(request, [], [])).request;
  assert.deepEqual(optimizers[0].schedule, { id: "cosine", T_max: 1000, eta_min: 0.01 });
});

test("that a scheduled descent is at rest is said of its unscheduled rate", () => {
  const descent = /** @type {const} */ ({
    status: "stationary", steps: 10, minimum: null, arrived: false, arrival: null, visit: null,
  });
  const told = (/** @type {object | null} */ rates) => outcomeOf({ ...descent, rates }, [], 0.01).meaning;
  assert.match(told({}), /last step, at the unscheduled rate, are at most/);
  assert.match(told(null), /last step are at most/);
});

test("the curve goes from the first step to the last, its top at the highest rate", () => {
  const rates = { step: Int32Array.of(1, 2, 3), rate: Float64Array.of(0.5, 1, 0) };
  assert.equal(ratePath(rates), "M0.00 28.00L150.00 2.00L300.00 54.00");
  assert.equal(rateText(rates), "0.5 in step 1 → 1 in step 2 → 0 in step 3");
  const single = { step: Int32Array.of(1), rate: Float64Array.of(0) };
  assert.equal(ratePath(single), "M0.00 54.00L300 54.00");
  assert.equal(rateText(single), "0 in step 1");
  const rising = { step: Int32Array.of(1, 9), rate: Float64Array.of(0.1, 0.2) };
  assert.equal(rateText(rising), "0.1 in step 1 → 0.2 in step 9");
});

test("milestones are whole numbers with commas or blanks between them", () => {
  const limits = { min: 1, max: 1000 };
  assert.deepEqual(readCounts("500, 750", limits), { value: [500, 750] });
  assert.deepEqual(readCounts("5 7;9", limits), { value: [5, 7, 9] });
  for (const text of ["", "0", "1.5", "1001", "five", "1,".repeat(21)]) {
    assert.ok("problem" in readCounts(text, limits), text);
  }
});
