import assert from "node:assert/strict";
import { test } from "node:test";

import { appearanceOf } from "../../frontend/core/optimizer-style.js";
import { fromQuery, toQuery } from "../../frontend/core/url-query.js";
import { MAX_VARIANTS, parseVariantId, readVariantId, variantId } from "../../frontend/core/variant-id.js";
import { optimizerOf } from "../../frontend/playground/model/playground-catalog.js";
import { DEFAULTS, FIELDS } from "../../frontend/playground/model/playground-state.js";
import { descentsRequest } from "../../frontend/playground/model/requests.js";
import { sanitized } from "../../frontend/playground/model/sanitize.js";
import { labelOf, optimizerIdOf } from "../../frontend/playground/model/variants.js";
import { catalog, objective, optimizer } from "./playground_tables.js";

/** @typedef {import("../../frontend/playground/model/playground-state.js").State} State */

const CATALOG = catalog([objective("bowl")], [optimizer("gd"), optimizer("adam")]);

/** @type {State} */
const TWO = {
  ...DEFAULTS,
  objective: "bowl",
  bar: ["gd", "adam", "adam~2"],
  hyperparameters: { "adam~2": { lr: 0.1 } },
  stepsOf: { "adam~2": 200 },
  basins: "adam~2",
};

const roundTrip = (/** @type {State} */ state) => fromQuery(FIELDS, toQuery(FIELDS, state), DEFAULTS);

test("a variant's id tells its optimizer and its place, and is read as it is written", () => {
  for (let place = 1; place <= MAX_VARIANTS; place++) {
    const id = variantId("adam", place);
    assert.deepEqual(readVariantId(id), { optimizer: "adam", place, pinned: false });
    assert.equal(optimizerIdOf(id), "adam");
  }
  assert.deepEqual(readVariantId("adam~2~pin"), { optimizer: "adam", place: 2, pinned: true });
  assert.deepEqual(parseVariantId("own-0:Mine"), { optimizer: "own-0:Mine", place: 1, pinned: false });
  for (const text of ["", "adam~1", "adam~0", "adam~25", "adam~x", "~2", "adam~2~2", "<b>"]) {
    assert.equal(readVariantId(text), null, text);
  }
});

test("two variants of one optimizer are asked for, each with its settings", () => {
  assert.deepEqual(descentsRequest(TWO, CATALOG).optimizers.map(({ id, steps, hyperparameters }) => [id, steps, hyperparameters.lr]), [
    ["gd", 1000, 0.05],
    ["adam", 1000, 0.05],
    ["adam", 200, 0.1],
  ]);
  assert.equal(optimizerOf(CATALOG, "adam~2"), optimizerOf(CATALOG, "adam"));
  assert.equal(appearanceOf("adam~2").label, "Adam");
});

test("variants come back from their link", () => {
  const state = { ...TWO, off: ["adam~2"] };
  assert.equal(
    toQuery(FIELDS, state),
    "?objective=bowl&optimizers=gd,adam,-adam~2&adam~2.lr=0.1&adam~2.steps=200&basins=adam~2",
  );
  assert.deepEqual(roundTrip(state), state);
  assert.deepEqual(sanitized(state, CATALOG, DEFAULTS), state);
});

test("a name says what differs from the first variant of the optimizer", () => {
  assert.equal(labelOf(TWO, "adam", CATALOG), "Adam");
  assert.equal(labelOf(TWO, "adam~2", CATALOG), "Adam, lr 0.1, 200 steps");
  const three = { ...TWO, bar: [...TWO.bar, "adam~3"] };
  assert.equal(labelOf(three, "adam~3", CATALOG), "Adam (3)");
  assert.equal(labelOf({ ...TWO, bar: ["adam~2"] }, "adam~2", CATALOG), "Adam");
});
