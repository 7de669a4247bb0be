import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import { test } from "node:test";

import { fromQuery, toQuery } from "../../frontend/core/url-query.js";
import { DEFAULTS, FIELDS } from "../../frontend/playground/model/playground-state.js";
import { typedId } from "../../frontend/playground/model/typed-function.js";

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
  schedules: {
    adam: { id: "cosine", values: { eta_min: 0, T_max: 400 } },
    "adam~2": { id: "multistep", values: { milestones: [50, 75], gamma: 0.5 } },
    gd: { id: "onecycle", values: { anneal_strategy: "linear", three_phase: true, pct_start: 0.25 } },
    momentum: { id: "exponential", values: {} },
  },
  noise: { std: 0.5, batch_size: 16, seed: 7, all: true },
  playhead: 42,
  speed: 0.5,
  surface: "3d",
  bounds: { x0: -1.5, x1: 1.5, y0: -0.5, y1: 2.25 },
  camera: { eye: { x: 1.25, y: -1, z: 0.5 }, center: { x: 0, y: 0, z: -0.2 } },
  lossScale: "log",
  heightScale: "linear",
  basins: "adam",
  arrows: 10,
  preview: "off",
  guess: "adam",
  ensemble: { id: "adam", seeds: 50 },
  rates: "momentum",
  across: "weight_decay",
  stability: "adam",
  story: "different-minima",
  lesson: "momentum-and-damping",
  lessonStep: 3,
  present: "text",
  hide: ["header", "panels"],
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

test("presenting is a plain word in a link", () => {
  assert.equal(toQuery(FIELDS, { ...DEFAULTS, present: "plot" }), "?present=true");
  assert.equal(fromQuery(FIELDS, "?present=true", DEFAULTS).present, "plot");
  assert.equal(fromQuery(FIELDS, "?present=yes&lesson-step=0.5", DEFAULTS).present, "off");
  assert.equal(fromQuery(FIELDS, "?lesson-step=-1", DEFAULTS).lessonStep, 1);
});

test("the names of a link's parameters are those by which lessons are checked", async () => {
  const file = new URL("../../backend/descent_atlas/lessons/link_names.json", import.meta.url);
  const known = JSON.parse(await readFile(file, "utf8"));
  const states = [
    RICH,
    { ...RICH, objective: typedId({ expression: "x^2+y^2", domain: { x0: -1, x1: 1, y0: -1, y1: 1 } }) },
  ];
  const written = new Set(states.flatMap((state) => [...new URLSearchParams(toQuery(FIELDS, state)).keys()]));
  const plain = [...known.names, ...known.of_pages];
  const isKnown = (/** @type {string} */ name) => {
    const [owner, part, inner] = name.split(".");
    if (inner !== undefined) return part === "schedule"; // its parameters are the schedule's own
    if (part === undefined) return plain.includes(name);
    if (owner === "p") return true;
    if (owner === "n") return known.prefixes.n.includes(part);
    return ["lr", "bias_correction", ...known.of_variants].includes(part);
  };
  assert.deepEqual([...written].filter((name) => !isKnown(name)), []);
  assert.deepEqual(plain.filter((name) => !written.has(name)), []);
  assert.deepEqual(known.prefixes.n.toSorted(), Object.keys(RICH.noise).toSorted());
});
