import assert from "node:assert/strict";
import { test } from "node:test";

import { fromQuery, toQuery } from "../../frontend/core/url-query.js";
import { foundSentence, originOfSettings } from "../../frontend/playground/model/captions.js";
import { fileStem } from "../../frontend/playground/model/descent-records.js";
import { outcomeOf } from "../../frontend/playground/model/outcome.js";
import { DEFAULTS, FIELDS } from "../../frontend/playground/model/playground-state.js";
import { descentsRequest } from "../../frontend/playground/model/requests.js";
import { sanitized } from "../../frontend/playground/model/sanitize.js";
import { DEFAULT_DOMAIN, isTyped, readable, titleOf, typedId, typedOf } from "../../frontend/playground/model/typed-function.js";
import { catalog, objective, optimizer } from "./playground_tables.js";

const EXPRESSION = "(a - x)^2 + b*(y - x^2)^2; a = 1: 2";
const DOMAIN = { x0: -2, x1: 2, y0: -1, y1: 3.5 };
const ID = typedId({ expression: EXPRESSION, domain: DOMAIN });

const CATALOG = catalog([objective("bowl")], [optimizer("gd")]);
CATALOG.typed = new Map([[ID, { ...objective("own", { a: 1, b: 2 }), id: ID }]]);

/** @param {Partial<typeof DEFAULTS>} change */
const state = (change) => ({ ...DEFAULTS, objective: ID, bar: ["gd"], ...change });

test("an id holds the whole function, whatever its text", () => {
  assert.deepEqual(typedOf(ID), { expression: EXPRESSION, domain: DOMAIN });
  assert.equal(typedOf("two-gaussian-bowl"), null);
  assert.ok(isTyped(ID) && !isTyped("saddle"));
});

test("a link holds a typed function, and its domain where it is not the usual one", () => {
  const search = toQuery(FIELDS, state({ parameters: { b: 3 } }));
  assert.equal(new URLSearchParams(search).get("f"), EXPRESSION);
  const read = fromQuery(FIELDS, search, DEFAULTS);
  assert.equal(read.objective, ID);
  assert.deepEqual(read.parameters, { b: 3 });
  const usual = typedId({ expression: "x", domain: DEFAULT_DOMAIN });
  assert.equal(toQuery(FIELDS, { ...DEFAULTS, objective: usual }), "?f=x");
  assert.equal(fromQuery(FIELDS, "?f=x&domain=3,2,1,0", DEFAULTS).objective, usual);
  assert.equal(fromQuery(FIELDS, `?f=${"x".repeat(501)}`, DEFAULTS).objective, DEFAULTS.objective);
});

test("a request names a typed function by its text", () => {
  const request = descentsRequest(state({ parameters: { b: 3 } }), CATALOG);
  assert.deepEqual(request.objective, {
    expression: EXPRESSION,
    domain: { x: { min: -2, max: 2 }, y: { min: -1, max: 3.5 } },
    parameters: { a: 1, b: 3 },
  });
});

test("a link to a function that the server does not take opens the default one", () => {
  const defaults = { ...DEFAULTS, objective: "bowl" };
  const known = sanitized(state({ parameters: { a: 5, b: 99, c: 1 } }), CATALOG, defaults);
  assert.deepEqual([known.objective, known.parameters], [ID, { a: 5 }]);
  const unknown = typedId({ expression: "x +", domain: DOMAIN });
  assert.equal(sanitized({ ...state({}), objective: unknown }, CATALOG, defaults).objective, "bowl");
});

test("titles print a function as people write it, and files have a short name", () => {
  assert.equal(readable("-2*x**2 + y^10 - x^-1; a = 1"), "−2·x² + y¹⁰ − x^−1");
  const own = { ...objective("own"), id: ID };
  assert.equal(titleOf(own), "f(x, y) = (a − x)² + b·(y − x²)²");
  assert.equal(titleOf({ ...own, reference: { text: "Booth", url: "https://example.com" } }), "OWN");
  assert.equal(fileStem(state({ start: { x: 1, y: 2 } }), own), "own-function_from_1_2");
});

test("nothing measured is claimed of a typed function", () => {
  assert.equal(
    originOfSettings(state({}), CATALOG),
    "Each learning rate is the optimizer’s default: for a typed function none was measured.",
  );
  const where = "x from −2 to 2 and y from −1 to 3.5";
  assert.equal(
    foundSentence([], false, DOMAIN),
    `No isolated minimum was found for ${where}; beyond, none was searched.`,
  );
  assert.match(foundSentence([], true, DOMAIN), /too many minima to list/);
  assert.match(
    foundSentence([{ x: 1, y: 1, value: 0, global: true }], false, DOMAIN),
    /^One minimum in the domain, at \(1\.00, 1\.00\), .* beyond, none was searched\.$/,
  );
});

test("a descent that lands on a kink says so", () => {
  const descent = /** @type {const} */ ({
    status: "exhausted",
    steps: 10,
    minimum: null,
    arrived: false,
    arrival: null,
    visit: null,
    kink: "There is no derivative.",
  });
  const { status, meaning } = outcomeOf(descent, [], 0.01);
  assert.equal(status, "out of steps, on a kink");
  assert.match(meaning, /There is no derivative\.$/);
});
