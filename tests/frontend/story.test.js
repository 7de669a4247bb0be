import assert from "node:assert/strict";
import { test } from "node:test";

import { computedFor, measurement, stateOfView } from "../../frontend/playground/model/story.js";
import { descentsRequest } from "../../frontend/playground/model/requests.js";
import { sanitized } from "../../frontend/playground/model/sanitize.js";
import { DEFAULTS, FIELDS } from "../../frontend/playground/model/playground-state.js";
import { fromQuery, toQuery } from "../../frontend/core/url-query.js";
import { catalog, objective, optimizer } from "./playground_tables.js";

const QUIET = { std: 0, batch_size: 1, seed: 0, all: false };

const CATALOG = catalog(
  [objective("bowl", { a: 2, b: 3 })],
  [
    optimizer("gd", { hyperparameters: { lr: 0.02, bias_correction: true }, steps: 500 }),
    optimizer("adam", { hyperparameters: { lr: 0.01, bias_correction: false }, steps: 100 }),
  ],
);

/** @type {import("../../frontend/playground/model/story.js").View} */
const ARTICLE = {
  objective: "bowl",
  parameters: {},
  start: { x: 1, y: 1 },
  optimizers: [
    { id: "adam", hyperparameters: { lr: 0.01, bias_correction: false }, steps: 100 },
    { id: "gd", hyperparameters: { lr: 0.02, bias_correction: true }, steps: 500 },
  ],
  noise: QUIET,
  surface: "contour",
  basins: "adam",
};

/** @param {import("../../frontend/playground/model/story.js").View} view */
const opened = (view) => stateOfView(view, CATALOG, DEFAULTS, "tale");

/** @param {import("../../frontend/playground/model/story.js").View} view */
const askedFor = (view) => descentsRequest(opened(view), CATALOG);

test("a view at the article's settings opens the article's preset with nothing set by hand", () => {
  const state = opened(ARTICLE);
  assert.equal(state.preset, "article");
  assert.deepEqual(state.hyperparameters, {});
  assert.deepEqual(state.stepsOf, {});
  assert.equal(state.steps, null);
  assert.deepEqual(state.noise, {});
  assert.equal(
    toQuery(FIELDS, state),
    "?objective=bowl&start=1,1&optimizers=gd,adam&preset=article&basins=adam&story=tale",
  );
});

test("a view asks the server for exactly its own hyperparameters, steps and noise", () => {
  const views = [
    ARTICLE,
    {
      ...ARTICLE,
      parameters: { a: 4 },
      noise: { std: 2, batch_size: 8, seed: 3, all: true },
      optimizers: [
        { id: "gd", hyperparameters: { lr: 0.3, bias_correction: false }, steps: 70 },
        { id: "adam", hyperparameters: { lr: 0.05, bias_correction: true }, steps: 1000 },
      ],
    },
    {
      ...ARTICLE,
      optimizers: ARTICLE.optimizers.map((run) => ({ ...run, steps: 777 })),
    },
  ];
  for (const view of views) {
    const { objective, start, optimizers, noise } = askedFor(view);
    assert.deepEqual(objective, { id: "bowl", parameters: { a: 2, b: 3, ...view.parameters } });
    assert.deepEqual(start, view.start);
    assert.deepEqual(noise, view.noise);
    const byId = (/** @type {{id: string}} */ a, /** @type {{id: string}} */ b) =>
      a.id.localeCompare(b.id);
    assert.deepEqual([...optimizers].sort(byId), [...view.optimizers].sort(byId));
  }
});

test("steps that all optimizers share are the budget of all", () => {
  const view = { ...ARTICLE, optimizers: ARTICLE.optimizers.map((run) => ({ ...run, steps: 777 })) };
  assert.equal(opened(view).steps, 777);
  assert.deepEqual(opened(view).stepsOf, {});
});

test("a view opens the whole state: nothing of the former one remains but what serves the eyes", () => {
  const former = {
    ...DEFAULTS,
    bounds: { x0: 0, x1: 1, y0: 0, y1: 1 },
    playhead: 12,
    off: ["gd"],
    hyperparameters: { gd: { lr: 9 } },
    speed: 4,
    lossScale: /** @type {const} */ ("log"),
  };
  const state = stateOfView(ARTICLE, CATALOG, former, "tale");
  assert.deepEqual(state, { ...opened(ARTICLE), speed: 4, lossScale: "log" });
  assert.equal(state.bounds, null);
  assert.equal(state.playhead, null);
});

test("the link of a story's view opens the same view again", () => {
  const state = opened({ ...ARTICLE, parameters: { b: 5 }, surface: "3d", basins: null });
  const again = sanitized(fromQuery(FIELDS, toQuery(FIELDS, state), DEFAULTS), CATALOG, DEFAULTS);
  assert.deepEqual(again, state);
});

test("moving the start leaves the story's settings; hiding a path does not", () => {
  const state = opened(ARTICLE);
  const same = computedFor(state, CATALOG);
  assert.equal(computedFor({ ...state, off: ["gd"], playhead: 3 }, CATALOG), same);
  assert.notEqual(computedFor({ ...state, start: { x: 0, y: 0 } }, CATALOG), same);
});

test("measurements are written in their unit, and a missing one as a dash", () => {
  assert.equal(measurement(0.0364, "share"), "3.6 %");
  assert.equal(measurement(11329, "steps"), "11,329");
  assert.equal(measurement(1.15, "turns"), "1.15");
  assert.equal(measurement(0.0003802, "rate"), "0.0003802");
  assert.equal(measurement(0.138, "distance"), "0.138");
  assert.equal(measurement(null, "steps"), "—");
});

test("a view with an ensemble opens its cloud, and its link holds it", () => {
  const state = opened({ ...ARTICLE, ensemble: { optimizer: "adam", seeds: 100 } });
  assert.deepEqual(state.ensemble, { id: "adam", seeds: 100 });
  assert.match(toQuery(FIELDS, state), /ensemble=adam,100/);
  assert.equal(opened(ARTICLE).ensemble, null);
});

test("a view with stability opens its panel, and its link holds it", () => {
  const state = opened({ ...ARTICLE, stability: "adam" });
  assert.equal(state.stability, "adam");
  assert.match(toQuery(FIELDS, state), /stability=adam/);
  assert.equal(opened(ARTICLE).stability, null);
});
