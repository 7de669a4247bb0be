import assert from "node:assert/strict";
import { test } from "node:test";

import { basinColor, heatmapColor, oklch } from "../../frontend/core/colors.js";
import { SECONDS_AT_SPEED_1, advance } from "../../frontend/core/playback.js";
import { APPEARANCES } from "../../frontend/core/optimizer-style.js";
import { sliderScale } from "../../frontend/widgets/controls.js";
import { coordinate, integer, number, percent, setting } from "../../frontend/core/format.js";
import { descentsRequest, isAskedBy } from "../../frontend/playground/model/requests.js";
import { hyperparametersOf, noiseOf, settingsText, stepsOf } from "../../frontend/playground/model/settings.js";
import { sanitized } from "../../frontend/playground/model/sanitize.js";
import { DEFAULTS } from "../../frontend/playground/model/playground-state.js";

const formula = { latex: "", mathml: "" };
const reference = { text: "", url: "" };

/**
 * @param {string} id
 * @param {number | boolean} value
 * @returns {import("../../frontend/playground/model/playground-catalog.js").Hyperparameter}
 */
const hyperparameter = (id, value) => ({
  id,
  name: id,
  symbol: formula,
  default: value,
  min: 0,
  max: 10,
  scale: typeof value === "boolean" ? "switch" : "log",
  description: "",
});

/**
 * @param {string} id
 * @param {import("../../frontend/playground/model/settings.js").Optimizer["article"]} article
 * @returns {import("../../frontend/playground/model/settings.js").Optimizer}
 */
const optimizer = (id, article) => ({
  id,
  name: id,
  description: "",
  formula,
  hyperparameters: [hyperparameter("lr", 0.001), hyperparameter("bias_correction", true)],
  draws_noise: id === "sgd",
  is_exact: id === "gd",
  evaluations: 1,
  draws_average: false,
  takes_schedule: true,
  torch: null,
  reference,
  learning_rates: { bowl: 0.05 },
  no_rate_works: [],
  article,
});

/** @type {import("../../frontend/playground/model/settings.js").Catalog} */
const CATALOG = {
  objectives: [
    {
      id: "bowl",
      name: "Bowl",
      description: "",
      formula,
      parameters: [{ id: "a", symbol: formula, default: 2, min: 0, max: 10, description: "" }],
      domain: { x: { min: -2, max: 2 }, y: { min: -2, max: 2 } },
      start: { x: 0.5, y: 1.5 },
      opening: null,
      valley: null,
      stories: [],
      scale: "linear",
      reference,
    },
  ],
  optimizers: [
    optimizer("gd", null),
    optimizer("adam", { hyperparameters: { lr: 0.01, bias_correction: false }, steps: 100 }),
  ],
  schedules: [],
  steps: { default: 500, min: 1, max: 100000 },
  noise: {
    std: { default: 1, min: 0, max: 100 },
    batch_size: { default: 1, min: 1, max: 1e6 },
    seed: { default: 0, min: 0, max: 2 ** 53 - 1 },
  },
  seeds: { default: 200, min: 10, max: 500 },
  arrival_distance: 0.01,
};
const BOWL = { ...DEFAULTS, objective: "bowl", bar: ["gd", "adam"] };

test("the swept rate of the objective is the default, and what was set by hand comes first", () => {
  assert.deepEqual(hyperparametersOf(BOWL, "adam", CATALOG), { lr: 0.05, bias_correction: true });
  const set = { ...BOWL, hyperparameters: { adam: { lr: 1 } } };
  assert.deepEqual(hyperparametersOf(set, "adam", CATALOG), { lr: 1, bias_correction: true });
});

test("the article's preset has the article's values, steps and no noise", () => {
  /** @type {import("../../frontend/playground/model/playground-state.js").State} */
  const state = { ...BOWL, preset: "article" };
  assert.deepEqual(hyperparametersOf(state, "adam", CATALOG), { lr: 0.01, bias_correction: false });
  assert.equal(stepsOf(state, "adam", CATALOG), 100);
  assert.equal(noiseOf(state, CATALOG).std, 0);
  assert.equal(stepsOf(state, "gd", CATALOG), 500);
  assert.equal(noiseOf(BOWL, CATALOG).std, 1);
});

test("a budget of one optimizer comes before the budget of all", () => {
  const state = { ...BOWL, steps: 50, stepsOf: { adam: 7 } };
  assert.equal(stepsOf(state, "adam", CATALOG), 7);
  assert.equal(stepsOf(state, "gd", CATALOG), 50);
});

test("a setting may be a number, a pair, a switch or a word", () => {
  assert.deepEqual([0.1, [0.9, 0.999], true, "mean"].map(setting), ["0.1", "(0.9, 0.999)", "true", "mean"]);
});

test("an optimizer's settings are told as they stand, a switch where it is on", () => {
  assert.equal(settingsText(BOWL, "adam", CATALOG), `lr 0.05, bias_correction, ${CATALOG.steps.default} steps`);
  /** @type {import("../../frontend/playground/model/playground-state.js").State} */
  const article = { ...BOWL, preset: "article", hyperparameters: { adam: { lr: 0.25 } } };
  assert.equal(settingsText(article, "adam", CATALOG), "lr 0.25, 100 steps");
});

test("a request is for a variant's descent as long as nothing that it depends on has changed", () => {
  const request = descentsRequest(BOWL, CATALOG);
  assert.ok(isAskedBy(request, { ...BOWL, off: ["adam"] }, CATALOG, "adam"));
  assert.ok(isAskedBy(request, { ...BOWL, bar: ["adam"] }, CATALOG, "adam"));
  assert.ok(!isAskedBy(request, { ...BOWL, start: { x: 0.25, y: 0.75 } }, CATALOG, "adam"));
  assert.ok(!isAskedBy(request, { ...BOWL, hyperparameters: { adam: { lr: 0.7 } } }, CATALOG, "adam"));
});

test("descents are asked for every optimizer of the bar, so that showing one computes nothing", () => {
  const shown = descentsRequest(BOWL, CATALOG);
  const hidden = descentsRequest({ ...BOWL, off: ["adam"] }, CATALOG);
  assert.deepEqual(hidden, shown);
  assert.deepEqual(shown.start, { x: 0.5, y: 1.5 });
  assert.deepEqual(shown.objective, { id: "bowl", parameters: { a: 2 } });
  assert.deepEqual(shown.optimizers.map(({ id, steps }) => [id, steps]), [["gd", 500], ["adam", 500]]);
});

test("what the server does not know is dropped from a link", () => {
  const state = {
    ...BOWL,
    parameters: { a: 3, z: 1 },
    bar: ["gd", "sorcery"],
    off: ["sorcery"],
    hyperparameters: { gd: { lr: 1, magic: 2 }, sorcery: { lr: 1 } },
    stepsOf: { sorcery: 3 },
    basins: "sorcery",
  };
  const clean = sanitized(state, CATALOG, BOWL);
  assert.deepEqual(clean, { ...BOWL, parameters: { a: 3 }, bar: ["gd"], hyperparameters: { gd: { lr: 1 } } });
  assert.equal(sanitized({ ...BOWL, objective: "moon" }, CATALOG, BOWL).objective, "bowl");
});

test("what the server would refuse is dropped from a link", () => {
  const state = {
    ...BOWL,
    parameters: { a: 1e9 },
    hyperparameters: { gd: { lr: 99 }, adam: { lr: true, bias_correction: 1 } },
    steps: 1.5,
    stepsOf: { gd: 1e9 },
    noise: { std: -5, batch_size: 0.5, seed: 3 },
    speed: 1000,
    start: { x: 1e300, y: 0 },
    bounds: { x0: 0, x1: 1e5, y0: 0, y1: 1 },
  };
  assert.deepEqual(sanitized(state, CATALOG, BOWL), { ...BOWL, noise: { seed: 3 } });
});

test("playback ends after its seconds, however it is cut into frames", () => {
  for (const frames of [10, 480]) {
    let step = 0;
    for (let i = 0; i < frames; i++) step = advance(step, 500, SECONDS_AT_SPEED_1 / frames);
    assert.ok(Math.abs(step - 500) < 1e-6);
  }
  assert.ok(advance(0, 500, 1) < 500 / SECONDS_AT_SPEED_1);
  assert.equal(advance(500, 500, 1), 500);
  assert.equal(advance(0, 0, 1), 0);
});

test("a slider's ends are the limits, and a position's value has that position", () => {
  for (const limits of /** @type {const} */ ([
    { min: 0, max: 10, scale: "linear" },
    { min: 1e-6, max: 10, scale: "log" },
    { min: 0, max: 100, scale: "log" },
  ])) {
    const { value, position } = sliderScale(limits);
    assert.equal(value(0), limits.min);
    assert.equal(value(1), limits.max);
    assert.equal(position(limits.min), 0);
    for (const t of [0.25, 0.5, 0.9]) assert.ok(Math.abs(position(value(t)) - t) < 0.01);
  }
});

test("numbers keep about four digits and never a hyphen for a minus", () => {
  assert.deepEqual(
    [0, -2.0631, 17.909, 125.93, 2048.6, 1e9, -3.5e-7, NaN].map(number),
    ["0.0000", "−2.063", "17.91", "125.9", "2049", "1.0e9", "−3.5e−7", "—"],
  );
  assert.equal(coordinate(-0.001), "0.00");
  assert.equal(setting(0.0010000000001), "0.001");
});

test("a share is nothing or all only if it is", () => {
  assert.deepEqual([0, 1e-6, 0.5, 0.99999, 1].map(percent), ["0 %", "<0.1 %", "50.0 %", ">99.9 %", "100 %"]);
});

/** @param {[number, number, number]} rgb */
function luminance([r, g, b]) {
  const linear = [r, g, b].map((v) => (v / 255 <= 0.04045 ? v / 255 / 12.92 : ((v / 255 + 0.055) / 1.055) ** 2.4));
  return 0.2126 * Number(linear[0]) + 0.7152 * Number(linear[1]) + 0.0722 * Number(linear[2]);
}

test("the heatmap's colours rise evenly from dark to light", () => {
  const lightness = Array.from({ length: 21 }, (_, i) => Math.cbrt(luminance(heatmapColor(i / 20))));
  const steps = lightness.slice(1).map((value, i) => value - Number(lightness[i]));
  assert.ok(Math.min(...steps) > 0.5 * Math.max(...steps));
});

test("a basin is the lighter the sooner its minimum is reached", () => {
  for (const theme of /** @type {const} */ (["light", "dark"])) {
    for (const minimum of [0, 1, 2, 13]) {
      assert.ok(luminance(basinColor(minimum, 1, theme)) > luminance(basinColor(minimum, 0, theme)));
    }
  }
});

/** The distance of two colours in OKLab; a just noticeable one is about 0.02. */
function oklabDistance(/** @type {number[]} */ a, /** @type {number[]} */ b) {
  const lab = (/** @type {number[]} */ bytes) => {
    const [r = 0, g = 0, b = 0] = bytes.map((byte) =>
      byte <= 0.04045 * 255 ? byte / 255 / 12.92 : ((byte / 255 + 0.055) / 1.055) ** 2.4,
    );
    const l = Math.cbrt(0.4122214708 * r + 0.5363325363 * g + 0.0514459929 * b);
    const m = Math.cbrt(0.2119034982 * r + 0.6806995451 * g + 0.1073969566 * b);
    const s = Math.cbrt(0.0883024619 * r + 0.2817188376 * g + 0.6299787005 * b);
    return [
      0.2104542553 * l + 0.793617785 * m - 0.0040720468 * s,
      1.9779984951 * l - 2.428592205 * m + 0.4505937099 * s,
      0.0259040371 * l + 0.7827717662 * m - 0.808675766 * s,
    ];
  };
  const [one, other] = [lab(a), lab(b)];
  return Math.hypot(...one.map((value, i) => value - Number(other[i])));
}

test("no optimizer has the colour of a basin, in neither theme, at no speed", () => {
  assert.ok(Object.keys(APPEARANCES).length >= 12);
  for (const theme of /** @type {const} */ (["light", "dark"])) {
    for (const [id, appearance] of Object.entries(APPEARANCES)) {
      const path = [1, 3, 5].map((i) => parseInt(appearance[theme].slice(i, i + 2), 16));
      for (let minimum = -1; minimum < 12; minimum++) {
        for (const speed of [0, 0.25, 0.5, 0.75, 1]) {
          const apart = oklabDistance(path, basinColor(minimum, speed, theme));
          assert.ok(apart > 0.12, `${id} on basin ${minimum} at ${speed}, ${theme}: ${apart}`);
        }
      }
    }
  }
});

test("thousands are parted as Intl parts them, and what follows a point is not", () => {
  const { format } = new Intl.NumberFormat("en-US");
  for (const value of [0, 1, -1, 999, 1000, -1000, 12345, 1234567.891, 12.5, -0.125, 123456789012]) {
    assert.equal(integer(value), format(value));
  }
});

test("black and white are black and white in OKLCH", () => {
  assert.deepEqual(oklch(0, 0, 0), [0, 0, 0]);
  assert.deepEqual(oklch(1, 0, 0), [255, 255, 255]);
});
