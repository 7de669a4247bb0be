import assert from "node:assert/strict";
import { test } from "node:test";

import { originOfSettings, typedMinimaSentence } from "../../frontend/playground/model/captions.js";
import { DEFAULTS } from "../../frontend/playground/model/playground-state.js";
import { objectiveRequest } from "../../frontend/playground/model/requests.js";
import { sanitized } from "../../frontend/playground/model/sanitize.js";
import { presetValues } from "../../frontend/playground/model/settings.js";
import { createReader, TYPED } from "../../frontend/playground/model/typed-functions.js";
import { catalog, objective, optimizer } from "./playground_tables.js";

const GD = optimizer("gd");
GD.learning_rates = { bowl: 0.1, bumps: 0.001, hill: 0.01 };
const STATE = { ...DEFAULTS, objective: TYPED, expression: "a*x", bar: ["gd"] };

/** A catalog in which a typed function with the parameter a was read. */
const read = () => ({ ...catalog([objective("bowl")], [GD]), typed: objective(TYPED, { a: 1 }) });

test("a request has the expression, its parameters and its domain", () => {
  assert.deepEqual(objectiveRequest({ ...STATE, parameters: { a: 3 } }, read()), {
    id: TYPED,
    expression: "a*x",
    parameters: { a: 3 },
    domain: { x: { min: -5, max: 5 }, y: { min: -5, max: 5 } },
  });
});

test("a link to a typed function that could not be read opens the usual objective", () => {
  const unread = catalog([objective("bowl")], [GD]);
  const defaults = { ...DEFAULTS, objective: "bowl" };
  assert.equal(sanitized(STATE, unread, defaults).objective, "bowl");
  assert.equal(sanitized(STATE, read(), defaults).objective, TYPED);
});

test("the rate on a typed function is the median of those that won a sweep, and the page says so", () => {
  assert.equal(presetValues(GD, "swept", TYPED).lr, 0.01);
  assert.match(originOfSettings(STATE, read()), /^Each learning rate is the median of those that won the sweep/);
});

test("what was searched for minima is said with where nobody looked", () => {
  const domain = { x0: -5, x1: 5, y0: 0, y1: 2 };
  assert.equal(
    typedMinimaSentence([], domain, true),
    "No single point in the domain was found to be a minimum. Beyond x −5 to 5, y 0 to 2 none were searched.",
  );
  const minimum = { x: 0, y: 1, value: 2, global: true };
  assert.match(
    typedMinimaSentence([minimum], domain, false),
    /^One minimum in the domain, at .* There are more; these are the lowest\. Beyond x −5/,
  );
});

test("a function that was read is adopted without asking again", async () => {
  const tables = catalog([objective("bowl")], [GD]);
  const reader = createReader(tables);
  const asked = /** @type {string[]} */ ([]);
  globalThis.fetch = async (_path, init) => {
    asked.push(String(init?.body));
    return new Response(JSON.stringify(objective(TYPED, { a: 1 })));
  };
  const choice = { expression: "a*x", domain: null };
  assert.equal(reader.adopt(choice), false);
  await reader.read(choice);
  await reader.read(choice);
  assert.equal(asked.length, 1);
  assert.equal(JSON.parse(String(asked[0])).objective.expression, "a*x");
  assert.equal(reader.adopt(choice), true);
  assert.equal(tables.typed?.id, TYPED);
});
