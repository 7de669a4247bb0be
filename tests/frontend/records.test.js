import assert from "node:assert/strict";
import { test } from "node:test";

import { fileStem, isThinned, pathsAsCsv, pathsAsJson, pictureName } from "../../frontend/playground/model/descent-records.js";
import { DEFAULTS } from "../../frontend/playground/model/playground-state.js";
import { objective } from "./playground_tables.js";

/** @type {import("../../frontend/playground/model/computed.js").Descent} */
const DESCENT = {
  optimizer: "adam",
  status: "converged",
  steps: 2,
  evaluations: 2,
  minimum: 0,
  arrived: true,
  arrival: 1,
  visit: null,
  kink: null,
  step: Int32Array.of(0, 1, 2),
  x: Float64Array.of(0.1 + 0.2, -1e-300, 5e-324),
  y: Float64Array.of(1 / 3, 2 / 3, -0),
  loss: Float64Array.of(1.7976931348623157e308, 12345678.901234567, 0),
};

const RASTRIGIN = objective("rastrigin", { A: 10 });

const ADAM = { id: "adam", hyperparameters: { lr: 0.1 }, steps: 2 };

const REQUEST = {
  objective: { id: "rastrigin", parameters: { A: 10 } },
  start: { x: 2.25, y: -1 },
  optimizers: [ADAM],
  noise: { std: 0, batch_size: 1, seed: 0, all: false },
};

test("a CSV carries its settings in lines that begin with #", () => {
  const lines = pathsAsCsv(REQUEST, [DESCENT], "http://atlas/?start=2.25,-1").split("\r\n");
  assert.deepEqual(lines.slice(0, 6), [
    "# Descent Atlas: http://atlas/?start=2.25,-1",
    "# objective rastrigin: A = 10",
    "# start: x = 2.25, y = -1",
    "# adam: lr = 0.1, steps = 2",
    "# gradient noise: std = 0, batch_size = 1, seed = 0, all = false",
    "optimizer,step,x,y,loss",
  ]);
});

test("two variants of one optimizer are told apart in CSV and JSON", () => {
  const request = { ...REQUEST, optimizers: [ADAM, { ...ADAM, hyperparameters: { lr: 0.5 } }] };
  const variants = [
    { id: "adam", name: "Adam" },
    { id: "adam~2", name: "Adam, lr 0.5" },
  ];
  const descents = [DESCENT, { ...DESCENT, optimizer: "adam~2" }];
  const lines = pathsAsCsv(request, descents, "", null, variants).split("\r\n");
  assert.deepEqual(lines.slice(3, 5), ["# adam: lr = 0.1, steps = 2", "# adam~2 (Adam, lr 0.5): lr = 0.5, steps = 2"]);
  assert.deepEqual(lines.slice(7, -1).map((line) => line.split(",")[0]), [...Array(3).fill("adam"), ...Array(3).fill("adam~2")]);
  const whole = JSON.parse(pathsAsJson(request, descents, [], null, variants));
  assert.deepEqual(whole.variants, variants);
  // The request and its answer are as the API has them.
  assert.deepEqual(whole.request, request);
  assert.deepEqual(whole.answer.descents.map((/** @type {any} */ one) => one.optimizer), ["adam", "adam"]);
});

test("a CSV says the domain of a typed function, and which points are left out", () => {
  const domain = { x: { min: -2, max: 3 }, y: { min: -1, max: 1 } };
  const objective = { expression: "a*x^2 + y^2", domain, parameters: { a: 2 } };
  const long = { ...DESCENT, step: Int32Array.of(0, 500, 1000) };
  const lines = pathsAsCsv({ ...REQUEST, objective }, [long], "").split("\r\n");
  assert.equal(lines[1], "# objective a*x^2 + y^2 for x from -2 to 3 and y from -1 to 1: a = 2");
  assert.equal(lines[5], "# adam: 3 of 1001 points; the steps tell which");
  assert.equal(lines[6], "optimizer,step,x,y,loss");
});

test("contour, basins and 3D have file names of their own", () => {
  assert.equal(pictureName(DEFAULTS), "contour");
  assert.equal(pictureName({ ...DEFAULTS, basins: "adam" }), "basins-of-adam");
  assert.equal(pictureName({ ...DEFAULTS, basins: "adam~2" }), "basins-of-adam-2");
  assert.equal(pictureName({ ...DEFAULTS, basins: "adam", surface: "3d" }), "3d");
});

test("a CSV row of a path is read back as the same doubles", () => {
  const lines = pathsAsCsv(REQUEST, [DESCENT], "").trimEnd().split("\r\n");
  const [head, ...rows] = lines.filter((line) => !line.startsWith("#"));
  assert.equal(head, "optimizer,step,x,y,loss");
  assert.equal(rows.length, 3);
  rows.forEach((row, i) => {
    const [optimizer, step, x, y, loss] = row.split(",");
    assert.equal(optimizer, "adam");
    assert.equal(Number(step), DESCENT.step[i]);
    assert.equal(Number(x), DESCENT.x[i]);
    assert.equal(Number(y) + 0, Number(DESCENT.y[i]) + 0);
    assert.equal(Number(loss), DESCENT.loss[i]);
  });
});

test("the JSON holds the request and its answer with plain lists", () => {
  const minima = [{ x: 0, y: 0, value: 0, global: true }];
  const { request, answer } = JSON.parse(pathsAsJson(REQUEST, [DESCENT], minima));
  assert.deepEqual(request, REQUEST);
  assert.deepEqual(answer.minima, minima);
  const [descent] = answer.descents;
  assert.deepEqual(descent.step, [0, 1, 2]);
  assert.deepEqual(descent.x, Array.from(DESCENT.x));
  assert.deepEqual(descent.loss, Array.from(DESCENT.loss));
  assert.equal(descent.status, "converged");
});

test("a descent is thinned if step numbers are missing", () => {
  assert.equal(isThinned(DESCENT), false);
  assert.equal(isThinned({ ...DESCENT, step: Int32Array.of(0, 5, 10) }), true);
});

test("a file's name says the objective, its parameters and the start", () => {
  assert.equal(fileStem(DEFAULTS, RASTRIGIN), "rastrigin_from_0.5_1.5");
  assert.equal(
    fileStem({ ...DEFAULTS, parameters: { A: 2.5 }, start: { x: 1 / 3, y: 0 } }, RASTRIGIN),
    "rastrigin_A2.5_from_0.3333_0",
  );
});
