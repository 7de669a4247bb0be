import assert from "node:assert/strict";
import { test } from "node:test";

import { Failure } from "../../frontend/core/failure.js";
import { appearanceOf, isOwn } from "../../frontend/core/optimizer-style.js";
import { toQuery } from "../../frontend/core/url-query.js";
import { pathsAsCsv, pathsAsJson } from "../../frontend/playground/model/descent-records.js";
import { readDescentsFile } from "../../frontend/playground/model/descents-file.js";
import { contentOf, fileDescents, gistOf, membersOf, settingsOfOwn } from "../../frontend/playground/model/members.js";
import { outcomeOf } from "../../frontend/playground/model/outcome.js";
import { DEFAULTS, FIELDS } from "../../frontend/playground/model/playground-state.js";
import { catalog, objective, optimizer } from "./playground_tables.js";

const CATALOG = catalog([objective("bowl", { a: 1 }), objective("saddle")], [optimizer("gd")]);

const DESCENT = {
  label: "Mine (2, 1)",
  optimizer: "Mine",
  settings: { lr: 0.1, betas: [0.9, 0.99], nesterov: true, foreach: false, mode: "min" },
  schedule: "StepLR",
  seed: 3,
  status: "exhausted",
  steps: 2,
  minimum: 0,
  arrived: true,
  arrival: 1,
  visit: null,
  step: [0, 1, 2],
  x: [2, 1, 0.5],
  y: [1, 1, 1],
  loss: [4, 2, 1],
  gradients: [0, 2, 4],
};

const BUILT_IN = {
  format: "descent-atlas-descents",
  schema: 1,
  software: { descent_atlas: "0.1.0", torch: "2.14.1" },
  objective: { id: "bowl", parameters: { a: 2 } },
  minima: [{ x: 0, y: 0, value: 0, global: true }],
  descents: [DESCENT],
};

const { objective: _objective, minima: _minima, ...REST } = BUILT_IN;

const FOREIGN = {
  ...REST,
  function: {
    name: "f(x, y)",
    grid: {
      x: { min: -1, max: 1, count: 3 },
      y: { min: 0, max: 1, count: 2 },
      values: [0, 1, 2, 3, 4, null],
      levels: [1, 3],
      scale: "log",
    },
  },
  descents: [{ ...DESCENT, minimum: null, arrived: null, arrival: null }],
};

const read = (/** @type {unknown} */ file) => readDescentsFile(JSON.stringify(file), "mine.json", CATALOG);

/** @param {import("../../frontend/playground/model/descents-file.js").DescentsFile} file */
const opened = (file) => ({ ...DEFAULTS, objective: "bowl", file: { ...file, before: DEFAULTS } });

test("a file on one of the page's objectives is read whole", () => {
  const file = read(BUILT_IN);
  assert.deepEqual(file.objective, { id: "bowl", parameters: { a: 2 } });
  assert.equal(file.own, null);
  const [one] = file.descents;
  assert.ok(one && isOwn(one.optimizer));
  assert.equal(appearanceOf(one.optimizer).label, "Mine (2, 1)");
  assert.deepEqual(Array.from(one.x), DESCENT.x);
  assert.deepEqual(Array.from(one.gradients), DESCENT.gradients);
  assert.equal(gistOf(one), "lr 0.1 · 2 steps · 4 gradients");
  assert.equal(
    settingsOfOwn(one),
    "Mine: lr 0.1, betas (0.9, 0.99), nesterov, mode min, schedule StepLR, seed 3, 2 steps, 4 gradients",
  );
  assert.equal(outcomeOf(one, one.minima, 0.01).status, "arrived at step 1, stayed");
});

test("a function of one's own comes with its values", () => {
  const { own, objective: none } = read(FOREIGN);
  assert.equal(none, null);
  assert.ok(own);
  assert.deepEqual(Array.from(own.surface.x), [-1, 0, 1]);
  assert.deepEqual(Array.from(own.surface.z), [0, 1, 2, 3, 4, NaN]);
  assert.deepEqual(Array.from(own.surface.numbers.slice(0, 4)), [-0.5, 0, 0.5, 1]);
  assert.deepEqual(contentOf(opened(read(FOREIGN)), CATALOG), { x0: -1, x1: 1, y0: 0, y1: 1 });
});

test("where minima are not known, nothing is said of them", () => {
  const [one] = read(FOREIGN).descents;
  assert.ok(one);
  const { status, basin, arrival } = outcomeOf({ ...one, status: "stationary" }, [], 0.01);
  assert.deepEqual([status, basin, arrival], ["at rest", "", ""]);
  assert.equal(outcomeOf({ ...one, status: "diverged" }, [], 0.01).status, "diverged at step 2");
});

test("a file's descents are shown on their own function alone", () => {
  const state = opened(read(BUILT_IN));
  assert.deepEqual(fileDescents(state, CATALOG), []);
  assert.deepEqual(membersOf({ ...state, bar: ["gd"], parameters: { a: 2 } }, CATALOG), [
    "gd",
    "own-0:Mine (2, 1)",
  ]);
  assert.deepEqual(membersOf(opened(read(FOREIGN)), CATALOG), ["own-0:Mine (2, 1)"]);
});

test("a link to a function of one's own opens the view from before", () => {
  const state = { ...opened(read(FOREIGN)), bounds: { x0: 0, x1: 1, y0: 0, y1: 1 } };
  assert.equal(toQuery(FIELDS, state), "");
  assert.equal(toQuery(FIELDS, { ...state, file: null }), "?objective=bowl&window=0,1,0,1");
});

test("exported rows carry the label, quoted where it has a comma", () => {
  const { name, descents } = read(FOREIGN);
  const source = { name, function: "f(x, y)", descents };
  const lines = pathsAsCsv(null, [], "http://atlas/", source).split("\r\n");
  assert.equal(lines[1], "# file mine.json, function f(x, y)");
  assert.equal(lines[4], '"Mine (2, 1)",0,2,1,4');
  const json = JSON.parse(pathsAsJson(null, [], [], source));
  assert.deepEqual(Object.keys(json), ["opened"]);
  assert.deepEqual(json.opened.descents[0].x, DESCENT.x);
});

/** @type {[string, unknown][]} */
const REFUSED = [
  ["it is no file of descents", 3],
  ["it is no file of descents", { request: {}, answer: {} }],
  ["it has schema 2, and this page reads 1; a newer Descent Atlas wrote it", { ...BUILT_IN, schema: 2 }],
  ["schema must be 1", { ...BUILT_IN, schema: "1" }],
  ['the file has "colour", which is not known', { ...BUILT_IN, colour: 1 }],
  ["the file has no minima", { ...REST, objective: BUILT_IN.objective }],
  ["the file has no function", REST],
  ['objective.id: this page has no objective "cup"', { ...BUILT_IN, objective: { id: "cup", parameters: {} } }],
  ["objective.parameters.a must be 0 to 10", { ...BUILT_IN, objective: { id: "bowl", parameters: { a: 11 } } }],
  ["descents must have 1 to 16 values, not 17", { ...BUILT_IN, descents: Array(17).fill(DESCENT) }],
  ["descents: two have the same label", { ...BUILT_IN, descents: [DESCENT, DESCENT] }],
  ["function.grid.values must have 6 values, not 5", withGrid({ values: [1, 2, 3, 4, 5] })],
  ["function.grid.x.count must be a whole number, 2 to 301", withGrid({ x: { min: 0, max: 1, count: 302 } })],
  ["function.grid.y: min must be below max", withGrid({ y: { min: 1, max: 1, count: 2 } })],
  ["function.grid.levels must ascend", withGrid({ levels: [3, 1] })],
  ["function.grid.scale must be linear or log", withGrid({ scale: "root" })],
  ["descents.0.status must be one of", withDescent({ status: "lost" })],
  ["descents.0.x must have 3 values, not 2", withDescent({ x: [1, 2] })],
  ["descents.0.y.1 must be a finite number", withDescent({ y: [1, null, 1] })],
  ["descents.0.step must ascend", withDescent({ step: [0, 2, 2] })],
  ["descents.0.step must begin with 0", withDescent({ step: [1, 2, 3] })],
  ["descents.0.step must end with steps, 3", withDescent({ steps: 3 })],
  ["descents.0.gradients must not descend", withDescent({ gradients: [0, 2, 1] })],
  ["descents.0: the start must be within 10000", withDescent({ x: [1e5, 1, 1] })],
  ["descents.0.label must be a text of 1 to 60 characters", withDescent({ label: "" })],
  ["descents.0.settings.lr must be a finite number", withDescent({ settings: { lr: {} } })],
  ["descents.0.minimum must be a whole number, 0 to 0", withDescent({ minimum: 1 })],
  ["descents.0.arrived is told where minima are known", withDescent({ arrived: null, arrival: null })],
  ["descents.0.arrival belongs to a descent that has arrived", withDescent({ arrived: false })],
];

/** @param {object} change */
function withGrid(change) {
  return { ...FOREIGN, function: { name: "f", grid: { ...FOREIGN.function.grid, ...change } } };
}

/** @param {object} change */
function withDescent(change) {
  return { ...BUILT_IN, descents: [{ ...DESCENT, ...change }] };
}

for (const [fault, file] of REFUSED) {
  test(`refused: ${fault} (${JSON.stringify(file).length})`, () => {
    assert.throws(() => read(file), (error) => {
      assert.ok(error instanceof Failure);
      assert.ok(String(error).includes(`mine.json cannot be opened: ${fault}`), String(error));
      return true;
    });
  });
}

test("what is not JSON is refused", () => {
  assert.throws(() => readDescentsFile('{"format": NaN}', "a.json", CATALOG), /a\.json cannot be opened: it is not JSON\./);
});
