import assert from "node:assert/strict";
import { test } from "node:test";

import { DEFAULTS } from "../../frontend/playground/model/playground-state.js";
import { regionAbove } from "../../frontend/playground/stability/region-path.js";
import { rangeOf, ratiosOf } from "../../frontend/playground/stability/sharpness-chart.js";
import { mannerColor, planeScale } from "../../frontend/playground/stability/stability-plane.js";
import { linearisationRequest, stabilityRequest } from "../../frontend/playground/stability/stability-source.js";
import { limitText, modesText, statusText } from "../../frontend/playground/stability/stability-text.js";
import { catalog, objective, optimizer } from "./playground_tables.js";

/**
 * @param {number} actual
 * @param {number} expected
 * @param {number} tolerance
 */
const near = (actual, expected, tolerance) => assert.ok(Math.abs(actual - expected) <= tolerance, `${actual} is not ${expected}`);

/** @typedef {import("../../frontend/playground/stability/stability-source.js").StabilityPath} StabilityPath */
/** @typedef {import("../../frontend/playground/stability/stability-source.js").Crossing} Crossing */

/**
 * @param {Partial<Crossing> | null} crossing
 * @param {number} limit
 * @returns {StabilityPath}
 */
const path = (crossing, limit = 2) => ({
  optimizer: "gd",
  limit: { value: limit, of: "sharpness", text: "2" },
  reason: null,
  step: Int32Array.of(1, 2, 500),
  product: Float64Array.of(1, 3, 4),
  crossing: crossing && { first: 12, value: 3.14, count: 489, highest: 7, stays: true, ...crossing },
  linearised: null,
});

test("a status says from which step on it is unstable, and by how much", () => {
  assert.equal(statusText(path({})), "unstable from step 12: 3.1 of 2");
  assert.equal(statusText(path({ value: null })), "unstable from step 12: ∞ of 2");
  assert.equal(statusText(path({ stays: false, count: 1 })), "unstable at step 12: 3.1 of 2");
  assert.equal(statusText(path({ value: 2.0026 })), "unstable from step 12: 2.003 of 2");
  assert.equal(statusText(path({ value: 2 + 1e-9 })), "unstable from step 12: just over 2");
  assert.equal(
    statusText(path({ stays: false, count: 30 })),
    "unstable in 30 of 500 steps, first at 12: at most 7 of 2",
  );
  assert.equal(statusText(path(null)), "");
  assert.equal(statusText({ ...path({}), limit: null }), "");
});

test("a limit is told with its formula, and why there is none", () => {
  assert.equal(limitText("GD", path(null)), "GD: unstable above 2.");
  const momentum = { ...path(null), limit: { value: 3.8, of: /** @type {const} */ ("sharpness"), text: "2(1+μ)" } };
  assert.equal(limitText("Momentum", momentum), "Momentum: unstable above 2(1+μ) = 3.8.");
  const none = { ...path(null), limit: null, reason: "Lion steps by signs alone." };
  assert.equal(limitText("Lion", none), "Lion: Lion steps by signs alone.");
});

test("how a rule behaves at a minimum is told direction by direction", () => {
  const text = modesText([
    { curvature: 8, radius: 0.949, manner: "spirals", period: 21.4 },
    { curvature: 0.5, radius: 1.2, manner: "diverges", period: null },
  ]);
  assert.match(text, /curvature 8 it swings through the minimum, there and back in 21.4 steps/);
  assert.match(text, /each step multiplies the distance by 0.949/);
  assert.match(text, /curvature 0.5 it diverges; .* multiplies the distance by 1.2/);
});

/**
 * The area of polygons, by the shoelace formula.
 * @param {[number, number][][]} polygons
 */
const areaOf = (polygons) =>
  polygons.reduce((sum, polygon) => {
    const twice = polygon.reduce((total, [x, y], k) => {
      const [nx, ny] = /** @type {[number, number]} */ (polygon[(k + 1) % polygon.length]);
      return total + x * ny - nx * y;
    }, 0);
    return sum + Math.abs(twice) / 2;
  }, 0);

test("the region above a level has the area and the border of where the values are above it", () => {
  const x = Float64Array.from({ length: 41 }, (_, i) => -1 + i / 20);
  const values = Float32Array.from({ length: 41 * 41 }, (_, k) => {
    const [i, j] = [k % 41, Math.floor(k / 41)];
    return Number(x[i]) ** 2 + Number(x[j]) ** 2;
  });
  const { polygons, edge } = regionAbove({ x, y: x, values }, 0.5);
  near(areaOf(polygons), 4 - Math.PI / 2, 0.01);
  const length = edge.reduce((sum, [x0, y0, x1, y1]) => sum + Math.hypot(x1 - x0, y1 - y0), 0);
  near(length, 2 * Math.PI * Math.SQRT1_2, 0.05);
  assert.deepEqual(regionAbove({ x, y: x, values }, 9).polygons, []);
  near(areaOf(regionAbove({ x, y: x, values }, -1).polygons), 4, 1e-9);
});

test("infinite sharpness at a cusp lies in the region, and what is not known counts as such", () => {
  const x = Float64Array.of(0, 1, 2);
  const values = Float64Array.of(0, 0, 0, 0, Infinity, 0, 0, 0, NaN);
  const { polygons, share } = regionAbove({ x, y: x, values }, 1);
  assert.equal(share, 1);
  for (const polygon of polygons) for (const [px, py] of polygon) assert.ok(Number.isFinite(px + py));
});

test("ratios to the limit share one axis, which ends where spikes would flatten the rest", () => {
  const ratios = ratiosOf(path(null));
  assert.deepEqual([...(ratios ?? [])], [0.5, 1.5, 2]);
  assert.equal(ratiosOf({ ...path(null), limit: null }), null);
  assert.deepEqual(rangeOf([Float64Array.of(0.2, 0.4)]), [0, 1.25]);
  assert.deepEqual(rangeOf([Float64Array.of(-9, 1e6, NaN, Infinity)]), [-0.5, 2.5]);
});

test("the plane leads from rate and momentum to pixels and back, and keeps within its ends", () => {
  const map = {
    rate: Float64Array.of(0.001, 0.1, 10),
    momentum: Float64Array.of(0, 0.99),
    radius: new Float32Array(6),
    manner: new Uint8Array(6),
  };
  const scale = planeScale(map, 400, 200);
  near(scale.rate(scale.x(0.1)), 0.1, 1e-9);
  near(scale.momentum(scale.y(0.5)), 0.5, 1e-3);
  assert.equal(scale.rate(-50), 0.001);
  assert.equal(scale.momentum(-50), 0.99);
  assert.ok(scale.holds(1) && !scale.holds(20));
});

test("each manner has its own colour in both themes, and faster is stronger", () => {
  for (const theme of /** @type {const} */ (["light", "dark"])) {
    const colors = [0, 1, 2, 3].map((manner) => mannerColor(manner, 0.5, theme).join());
    assert.equal(new Set(colors).size, 4);
    assert.notDeepEqual(mannerColor(2, 0.2, theme), mannerColor(2, 0.99, theme));
  }
});

test("a link to the panel names the variant", async () => {
  const { FIELDS } = await import("../../frontend/playground/model/playground-state.js");
  const written = FIELDS.flatMap((field) => field.write({ ...DEFAULTS, stability: "momentum~2" }));
  assert.deepEqual(written, [["stability", "momentum~2"]]);
  const read = (/** @type {string} */ text) =>
    Object.assign({}, ...FIELDS.map((field) => field.read(new URLSearchParams(text)))).stability;
  assert.equal(read("stability=gd"), "gd");
  assert.equal(read("stability=%3Cb%3E"), undefined);
});

test("the server is asked for the bar’s variants, and for one of them at a minimum", () => {
  const tables = catalog([objective("bowl", { a: 1 })], ["gd", "momentum"].map((id) => optimizer(id)));
  const state = { ...DEFAULTS, objective: "bowl", bar: ["gd", "momentum"], off: ["gd"] };
  assert.deepEqual(stabilityRequest(state, tables).optimizers.map(({ id }) => id), ["gd", "momentum"]);
  const asked = linearisationRequest(
    { ...state, schedules: { momentum: /** @type {any} */ ({ id: "cosine", values: {} }) } },
    tables,
    "momentum",
    { x: 1, y: 2 },
  );
  assert.deepEqual(asked.minimum, { x: 1, y: 2 });
  assert.equal(asked.optimizers[0].steps, 1);
  assert.equal("schedule" in asked.optimizers[0], false);
});
