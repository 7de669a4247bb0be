import assert from "node:assert/strict";
import { test } from "node:test";

import { commonBudget, minimaSentence, originOfSettings } from "../../frontend/playground/model/captions.js";
import { DEFAULTS } from "../../frontend/playground/model/playground-state.js";
import { isPreset, openingOf } from "../../frontend/playground/model/settings.js";
import { catalog, objective, optimizer } from "./playground_tables.js";

const ARTICLE = { hyperparameters: { lr: 0.02 }, steps: 500 };
const CATALOG = catalog(
  [objective("bowl"), objective("bumps")],
  [optimizer("gd"), optimizer("adam"), optimizer("lion")],
);
for (const [i, optimizer] of CATALOG.optimizers.entries()) {
  optimizer.learning_rates = { bowl: 0.1, bumps: 0.1 };
  optimizer.no_rate_works = optimizer.id === "lion" ? ["bowl"] : [];
  optimizer.article = optimizer.id === "lion" ? null : { ...ARTICLE, steps: 500 - 100 * i };
}
const [BOWL, BUMPS] = /** @type {[typeof CATALOG.objectives[0], typeof CATALOG.objectives[0]]} */ (CATALOG.objectives);
BUMPS.opening = { parameters: { A: 1 }, start: { x: 4.8, y: 3.6 }, preset: "article" };

/** @param {Partial<typeof DEFAULTS>} change */
const origin = (change) =>
  originOfSettings({ ...DEFAULTS, objective: BOWL.id, bar: ["gd", "adam"], ...change }, CATALOG);

test("rates that won the sweep are said to have, and those set by hand are not", () => {
  const won = "won a sweep: the largest share of starts that arrive at the global minimum.";
  assert.equal(origin({}), `Each learning rate ${won}`);
  assert.equal(
    origin({ hyperparameters: { adam: { lr: 1 } } }),
    `GD: the learning rate ${won} Adam: set by hand.`,
  );
  assert.equal(origin({ hyperparameters: { adam: { lr: 1 } }, stepsOf: { gd: 7 } }), "GD and Adam: set by hand.");
  assert.match(origin({ parameters: { a: 8.85 } }), / won a sweep at this objective’s default parameters: /);
  assert.match(origin({ bar: ["gd", "lion"] }), /Lion: the default learning rate; none arrives here from any start\.$/);
});

test("the article is named for what it shows and for nothing else", () => {
  assert.equal(
    origin({ preset: "article" }),
    "The rates, constants and step counts of the article’s own page, without noise.",
  );
  assert.equal(
    origin({ preset: "article", steps: 1000, noise: { std: 1 } }),
    "The rates and constants of the article’s own page.",
  );
  assert.match(
    origin({ preset: "article", objective: BUMPS.id, bar: ["gd", "lion"] }),
    /^GD: the rates, constants and step counts .* Lion: the learning rate won a sweep/,
  );
});

test("where budgets differ, no single one is said to be the budget", () => {
  const budget = (/** @type {Partial<typeof DEFAULTS>} */ change) =>
    commonBudget({ ...DEFAULTS, objective: BOWL.id, bar: ["gd", "adam"], ...change }, CATALOG);
  const usual = CATALOG.steps.default;
  assert.deepEqual(budget({}), { steps: usual, caption: "" });
  assert.deepEqual(budget({ preset: "article" }), { steps: 500, caption: "400 to 500: each optimizer has its own" });
  assert.deepEqual(budget({ steps: 77 }), { steps: 77, caption: "" });
});

test("the minima are those of the parameters of the moment", () => {
  const left = { x: -0.94, y: 0, value: -2.063, global: true };
  const right = { x: 0.98, y: 0, value: -7.87, global: true };
  assert.equal(
    minimaSentence([left, { ...right, global: false }]),
    "2 minima in the domain. The lowest is at (−0.94, 0.00), f = −2.063.",
  );
  assert.equal(
    minimaSentence([right, { ...left, global: false }]),
    "2 minima in the domain. The lowest is at (0.98, 0.00), f = −7.870.",
  );
  assert.equal(minimaSentence([left]), "One minimum in the domain, at (−0.94, 0.00), f = −2.063.");
  assert.match(minimaSentence([left, right]), /2 of them are lowest at \(−0\.94, 0\.00\), \(0\.98, 0\.00\)/);
  assert.equal(minimaSentence([]), "There is no minimum in the domain.");
});

test("an objective opens at its opening, whose preset gives way to what a person chose", () => {
  const state = { ...DEFAULTS, objective: BOWL.id };
  const { opening } = BUMPS;
  const opened = openingOf(state, CATALOG, BUMPS.id);
  assert.deepEqual(opened, { objective: BUMPS.id, parameters: opening?.parameters, start: opening?.start, bounds: null, preset: "article" });
  assert.deepEqual(openingOf({ ...state, ...opened }, CATALOG, BOWL.id), {
    objective: BOWL.id,
    parameters: {},
    start: null,
    bounds: null,
    preset: "swept",
  });
  const set = { ...state, hyperparameters: { gd: { lr: 1 } } };
  assert.equal(openingOf(set, CATALOG, BUMPS.id).preset, "swept");
  /** @type {typeof DEFAULTS} */
  const chosen = { ...state, preset: "article" };
  assert.equal(openingOf({ ...chosen, ...openingOf(chosen, CATALOG, BUMPS.id) }, CATALOG, BUMPS.id).preset, "article");
});

test("a preset is what it says while nothing but the seed of the noise is set", () => {
  assert.ok(isPreset(DEFAULTS) && isPreset({ ...DEFAULTS, noise: { seed: 3 } }));
  for (const change of [{ steps: 5 }, { noise: { std: 2 } }, { stepsOf: { gd: 3 } }, { hyperparameters: { gd: { lr: 1 } } }]) {
    assert.equal(isPreset({ ...DEFAULTS, ...change }), false);
  }
});
