import assert from "node:assert/strict";
import { test } from "node:test";

import { appearanceOf } from "../../frontend/core/optimizer-style.js";
import { axisRange } from "../../frontend/landscapes/single/charts.js";
import { UNITS, clocksOf, neighbor, openingClock, timeText, timesOf } from "../../frontend/landscapes/model/time-units.js";
import {
  ABOVE,
  BELOW,
  LEVELS,
  NOT_FINITE,
  SHOWN,
  coloring,
  fittingScale,
  nearestCell,
} from "../../frontend/surfaces/coloring.js";
import { landscapeAsJson, pythonLines, trajectoriesAsCsv } from "../../frontend/landscapes/model/landscape-records.js";
import { appearancesOf, labelsOf, runSettings } from "../../frontend/surfaces/run-style.js";
import { DEFAULTS, FIELDS } from "../../frontend/landscapes/model/landscapes-state.js";
import { fieldText, planesOf } from "../../frontend/landscapes/single/switches.js";
import { clippingText, dotOf, planeText, scalesText } from "../../frontend/landscapes/model/descriptions.js";
import { fromQuery, toQuery } from "../../frontend/core/url-query.js";
import { catalogOf, entry, run } from "./landscape_entries.js";

/** @typedef {import("../../frontend/surfaces/landscape-data.js").Landscape} Landscape */
/** @typedef {import("../../frontend/surfaces/landscape-data.js").Trajectory} Trajectory */
/** @typedef {import("../../frontend/landscapes/model/landscapes-state.js").State} State */

const GD = run("gd", { batch_size: 600, steps_per_epoch: 1, steps: 1000, spec: { optimizer: "SGD", hyperparameters: { lr: 0.1 } } });
const SGD = run("sgd", { spec: { optimizer: "SGD", hyperparameters: { lr: 0.002, momentum: 0.9 } } });
const ADAM = run("adam", { spec: { optimizer: "Adam", hyperparameters: { lr: 0.0005 } } });
/** @param {string} id @param {Record<string, number>} hyperparameters */
const tuned = (id, hyperparameters, batch_size = 64) =>
  run(id, { batch_size, spec: { optimizer: "SGD", hyperparameters } });

/**
 * @param {Partial<Trajectory>} given
 * @returns {Trajectory}
 */
const trajectory = (given = {}) => ({
  run: "sgd",
  label: "SGD",
  steps: Int32Array.of(0, 1, 15),
  uniform: Uint8Array.of(1, 0, 1),
  x: Float64Array.of(1, 0.5, 0),
  y: Float64Array.of(2, 1, 0),
  distance: Float64Array.of(0.25, 0.125, 0),
  length: Float64Array.of(3, 2, 0),
  loss: Float64Array.of(2.5, NaN, Infinity),
  lossInPlane: Float64Array.of(2, 1, -Infinity),
  epochs: Float64Array.of(1),
  trainLoss: Float64Array.of(2),
  testAccuracy: Float64Array.of(0.5),
  turningStep: Int32Array.of(),
  turningAngle: Float64Array.of(),
  energyAboutEnd: 0.9,
  displacement: 0.5,
  endDistance: 0,
  randomWalks: null,
  result: SGD,
  ...given,
});

/** @type {import("../../frontend/surfaces/landscape-data.js").Metric[]} */
const METRICS = [
  { id: "loss", label: "loss", higher_is_better: false, unit: "number" },
  { id: "accuracy", label: "accuracy", higher_is_better: true, unit: "share" },
];
const LOSS = /** @type {const} */ ({ unit: "number" });

/**
 * @param {Partial<Landscape>} given
 * @returns {Landscape}
 */
const landscape = (given = {}) => ({
  entry: entry("optimizers", { runs: [GD, SGD] }),
  title: "GD and SGD",
  shows: "",
  figures: ["3"],
  plane: {
    kind: "shared",
    origin: { run: "sgd", step: 200 },
    makers: [],
    seed: null,
    gram: [[1, 0], [0, 1]],
    cosine: 0,
    spectrum: [],
    origin_norm: 1,
  },
  x: Float64Array.of(-1, 0, 1),
  y: Float64Array.of(-1, 0, 1),
  whole: { x0: -1, x1: 1, y0: -1, y1: 1 },
  progress: null,
  surfaces: new Map(),
  trajectories: [trajectory()],
  metrics: METRICS,
  evaluation: null,
  ends: [],
  arrows: [],
  cosines: [],
  curvature: [],
  manifest: {
    id: "optimizers",
    dataset: { train: 630 },
    network: { parameters: 203242 },
    grid: { x: "grid.x", y: "grid.y" },
    surfaces: [{ id: "train", arrays: { loss: "surface.train.loss" } }],
    trajectories: [{ run: "sgd", arrays: { x: "trajectory.0.x", y: "trajectory.0.y" } }],
  },
  ...given,
});

test("an optimizer has the playground's colour, and runs that share one get others", () => {
  const looks = appearancesOf({ runs: [GD, SGD, ADAM], is_paper: true });
  for (const id of ["gd", "sgd", "adam"]) {
    assert.equal(looks.get(id)?.color("light"), appearanceOf(id).light);
    assert.equal(looks.get(id)?.color("dark"), appearanceOf(id).dark);
  }
  const plain = tuned("plain", { lr: 0.002 });
  const faster = tuned("faster", { lr: 0.02 });
  const shared = appearancesOf({ runs: [plain, SGD, faster], is_paper: true });
  assert.equal(shared.get("plain")?.color("light"), appearanceOf("sgd").light);
  assert.equal(shared.get("sgd")?.color("light"), appearanceOf("momentum").light);
  const colors = [...shared.values()].map((look) => look.color("dark"));
  assert.equal(new Set(colors).size, 3);
});

test("a run's settings are its optimizer's, its batch size and its seed", () => {
  const spec = { optimizer: "SGD", hyperparameters: { lr: 0.002, momentum: 0.9 }, seed: 0 };
  assert.equal(runSettings({ ...SGD, spec, batch_size: 50000 }), "SGD, lr 0.002, momentum 0.9, batch size 50,000, seed 0");
  assert.equal(runSettings({ ...SGD, spec: {}, batch_size: 64 }), "batch size 64");
});

test("labels say what tells the runs of a landscape apart, and nothing else", () => {
  const labels = (/** @type {import("../../frontend/surfaces/landscape-data.js").Run[]} */ ...runs) => [...labelsOf({ runs, is_paper: true }).values()];
  assert.deepEqual(labels(GD, SGD, ADAM), ["GD", "SGD", "Adam"]);
  assert.deepEqual(labels(SGD), ["SGD"]);
  assert.deepEqual(
    labels(tuned("a", { lr: 2 }), tuned("b", { lr: 0.002 }), tuned("c", { lr: 0.00001 })),
    ["lr 2", "lr 0.002", "lr 0.00001"],
  );
  assert.deepEqual(
    labels(tuned("a", { lr: 0.002 }, 1), tuned("b", { lr: 0.002 }), tuned("c", { lr: 0.002 }, 256)),
    ["batch 1", "batch 64", "batch 256"],
  );
  assert.deepEqual(labels(tuned("a", { lr: 0.002 }), tuned("b", { lr: 0.002, momentum: 0.9 })), ["SGD", "momentum 0.9"]);
});

test("each clock gives snapshots and epochs their times, and an epoch's last batch may be smaller", () => {
  const one = trajectory();
  assert.deepEqual([...timesOf("step", one, 630).snapshots], [0, 1, 15]);
  assert.deepEqual([...timesOf("epoch", one, 630).snapshots], [0, 0.1, 1.5]);
  assert.deepEqual([...timesOf("images", one, 630).snapshots], [0, 64, 630 + 5 * 64]);
  assert.deepEqual([...timesOf("images", one, 630).epochs], [630]);
  const full = trajectory({ steps: Int32Array.of(0, 1000), result: GD });
  assert.equal(timesOf("images", full, 600).end, 600_000);
});

test("a step of the playhead goes to the next snapshot of any run, and stays at the ends", () => {
  const lists = [Float64Array.of(0, 2, 4), Float64Array.of(0, 3)];
  assert.deepEqual([0, 2, 2.5, 3, 4].map((at) => neighbor(lists, at, 1)), [2, 3, 3, 4, 4]);
  assert.deepEqual([0, 2, 2.5, 4].map((at) => neighbor(lists, at, -1)), [0, 0, 2, 3]);
});

test("each run's training is shared out alike, whatever its length", () => {
  const full = trajectory({ steps: Int32Array.of(0, 250, 1000), epochs: Float64Array.of(1000), result: GD });
  const times = timesOf("share", full, 600);
  assert.deepEqual([[...times.snapshots], [...times.epochs], times.end], [[0, 0.25, 1], [1], 1]);
  assert.equal(timeText("share", 0.25), "25.0 % of training");
});

test("where one run has more than ten times another's epochs, the playhead counts the share of each", () => {
  const lasting = (/** @type {number} */ epochs) => trajectory({ result: run("r", { steps: 10 * epochs, steps_per_epoch: 10 }) });
  assert.equal(openingClock([lasting(20), lasting(200)]), "epoch");
  assert.equal(openingClock([lasting(20), lasting(201)]), "share");
  assert.equal(openingClock([lasting(20)]), "epoch");
  assert.equal(openingClock([]), "epoch");
});

test("scales are called equal where they are, and compared where they are not", () => {
  assert.equal(scalesText({ x: 200, y: 200 }), "Both axes have one scale.");
  assert.equal(scalesText({ x: 201.9, y: 200 }), "Both axes have one scale.");
  assert.match(scalesText({ x: 202.1, y: 200 }), /one unit of α is drawn 1\.01 times as long as one of β/);
  assert.match(scalesText({ x: 100, y: 180 }), /one unit of β is drawn 1\.8 times as long as one of α/);
});

test("a range's field shows large numbers in few characters", () => {
  assert.deepEqual([0.1234567, 99_999, 1e6, 1.2345678e12].map(fieldText), ["0.12346", "99999", "1e+6", "1.2346e+12"]);
});

test("where steps are not known, the playhead counts checkpoints", () => {
  const imported = trajectory({
    steps: Int32Array.of(0, 1, 2),
    epochs: new Float64Array(),
    result: run("r", { steps: 2, step_unit: "checkpoint", steps_per_epoch: null, batch_size: null }),
  });
  assert.equal(openingClock([imported]), "checkpoint");
  assert.deepEqual(clocksOf([imported], null), ["checkpoint", "share"]);
  assert.deepEqual([...timesOf("checkpoint", imported, null).snapshots], [0, 1, 2]);
  assert.equal(timeText("checkpoint", 2), "checkpoint 2");
});

test("times are written as their clock counts", () => {
  assert.equal(timeText("step", 1200), "step 1,200");
  assert.equal(timeText("epoch", 1.5), "epoch 1.5");
  assert.equal(timeText("images", 50_000_000), "50,000,000 images");
  assert.equal(UNITS.epoch.text(0.128, 20), "0.13");
  for (const end of [20, 1000, 15640, 5e7]) {
    const grain = UNITS.images.grain(end);
    assert.ok(end / grain >= 1000 && end / grain < 10_000, String(end));
  }
});

test("levels lie evenly between the range's ends, in value or in ratio", () => {
  const values = Float64Array.of(1, 10, 100, 16);
  const linear = coloring(values, "linear", null);
  assert.deepEqual([linear.levels.length, linear.levels[0], linear.levels.at(-1)], [LEVELS, 1, 100]);
  const gaps = linear.levels.slice(1).map((level, i) => level - Number(linear.levels[i]));
  assert.ok(gaps.every((gap) => Math.abs(gap - 6.6) < 1e-9));
  const log = coloring(values, "log", null);
  const ratios = log.levels.slice(1).map((level, i) => level / Number(log.levels[i]));
  assert.ok(ratios.every((ratio) => Math.abs(ratio - 100 ** (1 / 15)) < 1e-9));
});

test("what is beyond the range or not finite is counted, and nothing else is", () => {
  const values = Float64Array.of(0, 1, 2, 3, 4, NaN, Infinity, -Infinity);
  const all = coloring(values, "linear", null);
  assert.deepEqual(all.counts, { cells: 8, below: 0, above: 0, notFinite: 3 });
  assert.deepEqual(all.range, [0, 4]);
  const part = coloring(values, "linear", [1, 2]);
  assert.deepEqual(part.counts, { cells: 8, below: 1, above: 2, notFinite: 3 });
  assert.deepEqual([...part.kinds], [BELOW, SHOWN, SHOWN, ABOVE, ABOVE, NOT_FINITE, NOT_FINITE, NOT_FINITE]);
  assert.ok(Number.isNaN(part.numbers[5]) && !Number.isNaN(part.numbers[4]));
  assert.equal(
    clippingText(part, LOSS, "contour"),
    "2 of 8 points are above 2.000 (up to 4.000), hatched /; 1 of 8 points is below 1.000 (down to 0.0000), hatched \\; 3 of 8 points are not finite, grey and crossed.",
  );
  assert.equal(
    clippingText(part, LOSS, "3d"),
    "2 of 8 points are above 2.000 (up to 4.000), cut off; 1 of 8 points is below 1.000 (down to 0.0000), cut off; 3 of 8 points are not finite, left open.",
  );
  assert.equal(clippingText(coloring(Float64Array.of(1, 2), "linear", null), LOSS, "contour"), "");
});

test("a logarithmic scale leaves out zero, and says so", () => {
  const { range, counts } = coloring(Float64Array.of(0, 0.1, 1), "log", null);
  assert.deepEqual(range, [0.1, 1]);
  assert.equal(counts.below, 1);
});

test("a flat surface, and one without a finite value, can be drawn", () => {
  for (const values of [Float64Array.of(2, 2), Float64Array.of(0, 0), Float64Array.of(NaN, NaN)]) {
    for (const scale of /** @type {const} */ (["linear", "log"])) {
      const { levels } = coloring(values, scale, null);
      assert.ok(levels.every((level, i) => i === 0 || level > Number(levels[i - 1])), `${values} ${scale}`);
    }
  }
});

test("the nearest grid point is that of the cell around a place", () => {
  const grid = { x: Float64Array.of(-1, 0, 1), y: Float64Array.of(0, 2) };
  assert.equal(nearestCell(grid, 0.4, 0.9), 1);
  assert.equal(nearestCell(grid, 0.6, 1.1), 5);
  assert.equal(nearestCell(grid, -1.5, -1), 0);
  assert.equal(nearestCell(grid, 1.6, 0), -1);
  assert.equal(nearestCell(grid, 0, -1.1), -1);
});

test("a path that is a dot on its plane is called one, with both sizes", () => {
  const tiny = trajectory({ x: Float64Array.of(0.01, 0.005, 0), y: Float64Array.of(0.004, 0.001, 0) });
  const dot = dotOf(landscape({ trajectories: [tiny] }));
  assert.match(String(dot?.text), /0\.01 across on a plane 2 wide\. Of 203,242 dimensions/);
  assert.ok(dot && dot.bounds.x0 < 0 && dot.bounds.x1 > 0.01 && dot.bounds.x1 < 0.05);
  assert.equal(dotOf(landscape()), null);
});

test("a plane is told in words: directions, origin, grid", () => {
  assert.match(planeText(landscape()), /moved most.*the end of SGD.*3 × 3 points/);
  const early = landscape({ plane: { ...landscape().plane, kind: "random", origin: { run: "sgd", step: 100 } } });
  assert.match(planeText(early), /random directions.*SGD at step 100/);
});

test("the planes to choose from are those of the same figure, each once", () => {
  const joint = entry("optimizers", { figures: ["3"], runs: [GD, SGD] });
  const own = ["gd", "sgd"].map((id) =>
    entry(`${id}-pca`, { figures: ["3"], plane: "pca", origin: { run: id, step: 1 }, runs: [id === "gd" ? GD : SGD] }),
  );
  const other = entry("momentum", { figures: ["6"] });
  const groups = planesOf(catalogOf(joint, ...own, other), joint);
  assert.deepEqual(
    groups.map(({ entries }) => entries.map(({ entry: one }) => one.id)),
    [["optimizers"], ["gd-pca"], ["sgd-pca"]],
  );
});

test("a chart ends at calm values, and passes over what is not finite", () => {
  const line = (/** @type {number[]} */ ...ys) => ({
    id: "a",
    path: { steps: ys.map((_, i) => i), xs: ys.map((_, i) => i), ys, color: "", dash: [] },
  });
  const [low, high] = axisRange([line(2, 50, 1)], true);
  assert.ok(low < 1 && low > 0.9 && high > 2 && high < 2.1);
  assert.ok(axisRange([line(2, 50, 1)], false)[1] > 50);
  assert.ok(axisRange([line(2, NaN, Infinity)], true).every(Number.isFinite));
  assert.deepEqual(axisRange([], true), [0, 1]);
});

test("trajectories leave as rows with every clock, their numbers unharmed", () => {
  const [head, first, second, third, rest] = trajectoriesAsCsv(landscape(), [trajectory()]).split("\r\n");
  assert.equal(head, "run,step,epoch,images,x,y,distance_from_plane,loss,loss_in_plane");
  assert.equal(first, "sgd,0,0,0,1,2,0.25,2.5,2");
  assert.equal(second, "sgd,1,0.1,64,0.5,1,0.125,nan,1");
  assert.equal(third, "sgd,15,1.5,950,0,0,0,infinity,-infinity");
  assert.equal(rest, "");
});

test("JSON has lists, and null for what it cannot say", () => {
  /** @type {any} */
  const surface = { id: "train", loss: Float64Array.of(1, NaN), values: new Map([["loss", Float64Array.of(1, NaN)]]) };
  const read = JSON.parse(landscapeAsJson(landscape(), [trajectory()], surface));
  assert.deepEqual(read.surface.loss, [1, null]);
  assert.deepEqual(read.trajectories[0].steps, [0, 1, 15]);
});

test("there are three lines of Python", () => {
  assert.equal(pythonLines(landscape(), "train", "loss").split("\n").length, 3);
});

test("every field of the state comes back from its link", () => {
  /** @type {State} */
  const rich = {
    ...DEFAULTS,
    show: "b64-lr0.002-m0.9-d0.9-pca",
    find: "weight decay",
    layout: "single",
    surface: "batch-64",
    metric: "accuracy",
    scale: "log",
    range: [0.1, 0.5],
    view: "3d",
    off: ["b64-lr2-m0", "sgd"],
    clock: "images",
    playhead: 1234.5,
    speed: 0.5,
    bounds: { x0: -1, x1: 1, y0: 0, y1: 0.25 },
    camera: { eye: { x: 1, y: -1, z: 0.5 }, center: { x: 0, y: 0, z: 0 } },
    lossScale: "log",
    truth: true,
    axes: "equal",
  };
  assert.equal(toQuery(FIELDS, DEFAULTS), "");
  assert.deepEqual(fromQuery(FIELDS, toQuery(FIELDS, rich), DEFAULTS), rich);
  const garbled = "?show=../x&range=2,1&off=a,/&clock=years&at=soon&speed=99&truth=perhaps&window=1,0,0,1";
  assert.deepEqual(fromQuery(FIELDS, garbled, DEFAULTS), DEFAULTS);
});

test("a loss that spans more than four times its lowest value gets logarithmic colours", () => {
  assert.equal(fittingScale([1, 4]), "linear");
  assert.equal(fittingScale([1, 4.1]), "log");
  assert.equal(fittingScale([0, 9]), "linear");
});
