import assert from "node:assert/strict";
import { test } from "node:test";

import { fromQuery, toQuery } from "../../frontend/core/url-query.js";
import { DEFAULTS, FIELDS } from "../../frontend/playground/model/playground-state.js";

/** @typedef {import("../../frontend/playground/model/playground-state.js").State} State */

/** @type {State} */
const RICH = {
  objective: "rosenbrock",
  parameters: { a: 1.5, b: 0.1 + 0.2 },
  start: { x: -1.2, y: 1 / 3 },
  bar: ["gd", "momentum", "adam", "yellowfin"],
  off: ["momentum"],
  pins: ["adam"],
  names: { gd: "Plain, slow & “steady” = 1" },
  preset: "article",
  hyperparameters: { adam: { lr: 0.003, bias_correction: false }, gd: { lr: 1e-5 }, "adam~pin": { lr: 0.1 } },
  steps: 2000,
  stepsOf: { adam: 100 },
  noise: { std: 0.5, batch_size: 16, seed: 7, all: true },
  playhead: 42,
  speed: 0.5,
  surface: "3d",
  bounds: { x0: -1.5, x1: 1.5, y0: -0.5, y1: 2.25 },
  camera: { eye: { x: 1.25, y: -1, z: 0.5 }, center: { x: 0, y: 0, z: -0.2 } },
  lossScale: "log",
  heightScale: "linear",
  basins: "adam",
  rates: "momentum",
  across: "weight_decay",
  story: "different-minima",
  file: null,
};

const roundTrip = (/** @type {State} */ state) => fromQuery(FIELDS, toQuery(FIELDS, state), DEFAULTS);

test("an untouched page has a bare address", () => {
  assert.equal(toQuery(FIELDS, DEFAULTS), "");
  assert.deepEqual(fromQuery(FIELDS, "", DEFAULTS), DEFAULTS);
});

test("every field of the state comes back from its link", () => {
  assert.deepEqual(roundTrip(RICH), RICH);
});

test("each field alone comes back from its link", () => {
  for (const key of /** @type {(keyof State)[]} */ (Object.keys(RICH))) {
    // What is off is a mark on the bar's members.
    const also = key === "off" ? { bar: RICH.bar } : {};
    const state = { ...DEFAULTS, ...also, [key]: RICH[key] };
    assert.deepEqual(roundTrip(state), state, key);
  }
});

test("links are readable", () => {
  const state = { ...DEFAULTS, start: { x: 0.5, y: -1 }, off: ["sgd"], hyperparameters: { adam: { lr: 0.01 } } };
  assert.equal(
    toQuery(FIELDS, state),
    "?start=0.5,-1&optimizers=gd,-sgd,momentum,rmsprop,adam&adam.lr=0.01",
  );
});

test("what a link garbles stays at its default", () => {
  const query =
    "?objective=../etc&start=1&optimizers=gd,%3Cb%3E&steps=many&window=2,1,0,1&camera=1,2&speed=" +
    "&surface=4d&n.std=Infinity&adam.lr=fast&p.a=&step=1e999";
  assert.deepEqual(fromQuery(FIELDS, query, DEFAULTS), DEFAULTS);
});

test("an optimizer that a link names twice stands in the bar once", () => {
  assert.deepEqual(fromQuery(FIELDS, "?optimizers=adam,gd,adam", DEFAULTS).bar, ["adam", "gd"]);
});
