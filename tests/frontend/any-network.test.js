/** Landscapes of networks and studies that are not the paper's: names, metrics, evaluation, gallery. */

import assert from "node:assert/strict";
import { test } from "node:test";

import { factsOf, layersText, runText } from "../../frontend/about/training-facts.js";
import { choose } from "../../frontend/about/choice.js";
import { appearanceOf } from "../../frontend/core/optimizer-style.js";
import { kindOf, sectionsOf } from "../../frontend/landscapes/gallery/cards.js";
import { formOf, headingOf } from "../../frontend/landscapes/model/catalog.js";
import { directionText, metricName, planeText, surfaceText, valueText, withLossUnit } from "../../frontend/landscapes/model/descriptions.js";
import { endText, evaluationFacts } from "../../frontend/landscapes/model/evaluation-text.js";
import { landscapeAsJson, pythonLines, trajectoriesAsCsv } from "../../frontend/landscapes/model/landscape-records.js";
import { readState, routeOf } from "../../frontend/landscapes/model/routes.js";
import { clocksOf, openingClock } from "../../frontend/landscapes/model/time-units.js";
import { planesOf } from "../../frontend/landscapes/single/switches.js";
import { metricsOf, readLandscape, wholeSurface } from "../../frontend/surfaces/landscape-data.js";
import { appearancesOf, labelsOf } from "../../frontend/surfaces/run-style.js";
import { surfaceName } from "../../frontend/surfaces/surface-names.js";
import { catalogOf, entry, foreign, own, run, table } from "./landscape_entries.js";

/** @typedef {import("../../frontend/surfaces/landscape-data.js").Evaluation} Evaluation */
/** @typedef {import("../../frontend/surfaces/landscape-data.js").Metric} Metric */

/** @param {string} id @param {number} weight_decay @param {string} label */
const decayed = (id, weight_decay, label) =>
  run(id, { label, spec: { optimizer: "SGD", hyperparameters: { lr: 0.1, weight_decay } } });
const DECAYS = [decayed("none", 0, "no decay"), decayed("some", 1e-4, "decay 1e-4"), decayed("much", 1e-2, "decay 1e-2")];

/** A run of which only its checkpoints are known. */
const CHECKPOINTS = run("mine", { label: "mine", spec: {}, batch_size: null, steps_per_epoch: null, images: null, steps: 900 });

/** @type {Metric} */
const PERPLEXITY = { id: "perplexity", label: "perplexity", higher_is_better: false, unit: "number" };

/** @type {Evaluation} */
const EVALUATION = {
  loss: "output_loss",
  unit: "nats",
  samples: 1234,
  batches: 20,
  weight: "tokens",
  composition: "independent",
  precision: "float32",
  device: "cpu",
  parameters: { patterns: null, varying: 100, total: 100, frozen: 0 },
  buffers: { policy: "none", batches: null, why: "" },
  normalization: "filter",
  one_dimensional: "zero",
  points_at_once: 1,
  notes: [],
  torch: "2.14.1",
};

/** A landscape of two surfaces' points, as the server sends it. */
const SENT = {
  version: "0",
  arrays: {
    "grid.x": Float64Array.of(-1, 1),
    "grid.y": Float64Array.of(-1, 1),
    loss: Float64Array.of(1, 2, 3, 4),
    perplexity: Float64Array.of(2.7, 7.4, 20.1, 54.6),
    step: Int32Array.of(0, 900),
    x: Float64Array.of(1, 0),
    y: Float64Array.of(1, 0),
  },
  manifest: {
    id: "mine",
    schema: 4,
    title: "Mine",
    shows: "",
    figures: [],
    metrics: [{ id: "loss", label: "loss", higher_is_better: false, unit: "number" }, PERPLEXITY],
    evaluation: EVALUATION,
    dataset: { name: "sentences" },
    network: { parameters: 100 },
    runs: [CHECKPOINTS],
    plane: { kind: "pca", origin: null },
    grid: { x: "grid.x", y: "grid.y" },
    surfaces: [{ id: "loss", label: "All sentences", arrays: { loss: "loss", perplexity: "perplexity" } }],
    trajectories: [{ run: "mine", arrays: { step: "step", x: "x", y: "y", distance: "x", loss: "x", loss_in_plane: "y" } }],
    arrows: [],
    results: {},
  },
};
const MINE = foreign("mine", { plane: "pca", origin: null, runs: [CHECKPOINTS], surfaces: ["loss"], metrics: ["loss", "perplexity"] });

test("runs are called by their own labels, and of one label by their ids too", () => {
  const labels = [...labelsOf({ runs: DECAYS, is_paper: false }).values()];
  assert.deepEqual(labels, ["no decay", "decay 1e-4", "decay 1e-2"]);
  const alike = [run("a", { label: "SGD" }), run("b", { label: "SGD" }), run("c", { label: "Adam" })];
  assert.deepEqual([...labelsOf({ runs: alike, is_paper: false }).values()], ["SGD (a)", "SGD (b)", "Adam"]);
});

test("thirty runs of one optimizer differ in colour or dash, in both themes", () => {
  const runs = Array.from({ length: 27 }, (_, i) => run(`r${i}`));
  const looks = [...appearancesOf({ runs, is_paper: false }).values()];
  for (const theme of /** @type {const} */ (["light", "dark"])) {
    const seen = looks.map(({ color, dash }) => `${color(theme)} ${dash.join()}`);
    assert.equal(new Set(seen).size, runs.length);
    const in3d = looks.map(({ color, dash3d }) => `${color(theme)} ${dash3d}`);
    assert.equal(new Set(in3d).size, runs.length);
  }
  assert.ok(looks.slice(0, 9).every(({ dash }) => dash.length === 0));
});

test("beyond all looks they come round again, each as often as any other", () => {
  const runs = Array.from({ length: 54 }, (_, i) => run(`r${i}`));
  /** @type {Map<string, number>} */
  const counts = new Map();
  for (const { color, dash } of appearancesOf({ runs, is_paper: false }).values()) {
    const look = `${color("light")} ${dash.join()}`;
    counts.set(look, (counts.get(look) ?? 0) + 1);
  }
  assert.deepEqual([...new Set(counts.values())], [2]);
});

test("a run without an optimizer has a colour all the same", () => {
  const look = appearancesOf({ runs: [CHECKPOINTS], is_paper: false }).get("mine");
  assert.equal(look?.color("light"), appearanceOf("sgd").light);
  assert.equal(look?.label, "mine");
});

test("a study that is not the paper's has a card for each landscape, under its own title", () => {
  const mine = [
    foreign("joint", { runs: DECAYS, figures: ["3"] }),
    ...["none", "some"].map((id) => foreign(`${id}-pca`, { plane: "pca", origin: { run: id, step: 200 } })),
    { ...table("accuracies"), study: "mine", is_paper: false },
    foreign("way", { kind: "profile", plane: null, origin: null }),
  ];
  const sections = sectionsOf(catalogOf(...mine, entry("optimizers", { figures: ["3"] }), own("sgd", "pca", ["3"])), "");
  assert.deepEqual(
    sections.map(({ study, cards }) => [study.title, cards.map(({ lead }) => lead.id)]),
    [
      ["The study mine", ["joint", "none-pca", "some-pca", "accuracies", "way"]],
      ["A visual analysis of optimization algorithms", ["optimizers"]],
    ],
  );
  assert.deepEqual(mine.map(kindOf), ["Shared plane · 3 runs", "PCA plane", "PCA plane", "Table", "Profile"]);
});

test("a search finds what holds all words, in titles, runs, kinds and studies", () => {
  const decays = foreign("decays", { title: "Weight decay", runs: DECAYS });
  const catalog = catalogOf(decays, foreign("other", { title: "Dropout" }), entry("optimizers", { title: "GD and SGD" }));
  const found = (/** @type {string} */ query) =>
    sectionsOf(catalog, query).flatMap(({ cards }) => cards.map(({ lead }) => lead.id));
  assert.deepEqual(found("DECAY weight"), ["decays"]);
  assert.deepEqual(found("1e-4"), ["decays"]);
  assert.deepEqual(found("study mine"), ["decays", "other"]);
  assert.deepEqual(found("visual analysis"), ["optimizers"]);
  assert.deepEqual(found("decay dropout"), []);
  assert.deepEqual(found("  "), ["decays", "other", "optimizers"]);
});

test("the planes to choose from are those of the landscape's own study", () => {
  const [first, second] = [foreign("a", { runs: DECAYS }), foreign("b", { runs: DECAYS })];
  const none = foreign("none-pca", { plane: "pca", origin: { run: "none", step: 200 }, runs: DECAYS.slice(0, 1) });
  const groups = planesOf(catalogOf(entry("optimizers"), first, second, none), first);
  assert.deepEqual(
    groups.map(({ name, entries }) => [name, entries.map(({ entry: one }) => one.id)]),
    [
      ["Of the study", ["a", "b"]],
      ["Of no decay alone", ["none-pca"]],
    ],
  );
});

test("over a title stands the paper's figure, or the study's title", () => {
  const catalog = catalogOf(foreign("a", { figures: ["3"] }), entry("optimizers", { figures: ["3", "4"] }));
  assert.deepEqual(catalog.landscapes.map((one) => headingOf(catalog, one)), ["The study mine", "Figures 3, 4"]);
});

test("a profile has a view of its own, whatever layout its link names", () => {
  const way = foreign("way", { kind: "profile", plane: null, origin: null });
  assert.equal(formOf(way), "profile");
  const catalog = catalogOf(way);
  for (const search of ["?show=way", "?show=way&layout=single"]) {
    assert.equal(routeOf(readState(search, catalog), catalog).view, "profile");
  }
});

test("a link's metric is one of its landscape's, or the loss", () => {
  const catalog = catalogOf(MINE);
  assert.equal(readState("?show=mine&metric=perplexity", catalog).metric, "perplexity");
  assert.equal(readState("?show=mine&metric=accuracy", catalog).metric, "loss");
});

test("metrics have their own names, units and directions; older landscapes have loss and accuracy", () => {
  assert.deepEqual(metricsOf({}).map(({ id }) => id), ["loss", "accuracy"]);
  assert.equal(metricName(PERPLEXITY), "Perplexity");
  assert.equal(directionText(PERPLEXITY), "lower is better");
  assert.equal(directionText({ higher_is_better: true }), "higher is better");
  assert.equal(directionText({ higher_is_better: null }), "");
  assert.equal(valueText(0.25, { unit: "share" }), "25.0 %");
  assert.equal(valueText(0.25, { unit: "number" }), "0.2500");
  const surface = /** @type {any} */ ({ id: "loss", images: 2, lowest: 1, highest: 4, minima: 1, minimaOnBorder: 0, correlation: null });
  assert.equal(
    surfaceText(surface, "All sentences", PERPLEXITY, "contour", "sample"),
    "All sentences, 2 samples: loss 1.000 to 4.000, 1 minimum inside the grid. The colours show perplexity: lower is better.",
  );
});

test("a landscape of checkpoints alone is read without epochs, accuracies or random walks", () => {
  const landscape = readLandscape(MINE, SENT);
  const [trajectory] = landscape.trajectories;
  assert.ok(trajectory);
  assert.deepEqual([trajectory.epochs.length, trajectory.trainLoss.length, trajectory.testAccuracy.length], [0, 0, 0]);
  assert.deepEqual([...(landscape.surfaces.get("loss")?.values.keys() ?? [])], ["loss", "perplexity"]);
  assert.deepEqual(clocksOf(landscape.trajectories, null), ["step", "share"]);
  assert.equal(openingClock(landscape.trajectories), "step");
  assert.match(planeText(landscape), /moved most\. Its origin, marked \+, is the network that was drawn\./);
});

test("what leaves has the names of its own arrays, and nothing where nothing is known", () => {
  const landscape = readLandscape(MINE, SENT);
  assert.equal(trajectoriesAsCsv(landscape, landscape.trajectories).split("\r\n")[2], "mine,900,,,0,0,0,0,0");
  assert.match(pythonLines(landscape, "loss", "perplexity"), /z=arrays\["perplexity"\]\)\)\.add_scatter\(x=arrays\["x"\]/);
  const surface = /** @type {any} */ (landscape.surfaces.get("loss"));
  const read = JSON.parse(landscapeAsJson(landscape, [], surface));
  assert.deepEqual(read.surface.perplexity, [2.7, 7.4, 20.1, 54.6]);
  assert.equal(read.evaluation.loss, "output_loss");
});

test("the evaluation is told in words: loss, batches, buffers, parameters, directions", () => {
  const facts = Object.fromEntries(evaluationFacts(EVALUATION));
  assert.equal(facts.Loss, "output_loss (nats): the mean over 1,234 samples in 20 batches, weighted by tokens");
  assert.equal(facts.Batches, "A sample’s loss does not depend on its batch");
  assert.equal(facts.Buffers, "The network has none.");
  assert.equal(facts.Parameters, "All 100 vary");
  assert.equal(facts.Directions, "Each filter as long as the network’s; biases and other one-dimensional parameters stay as they are");
  assert.equal(facts.Computed, "in float32 on cpu, PyTorch 2.14.1");
  const other = Object.fromEntries(
    evaluationFacts({
      ...EVALUATION,
      unit: null,
      weight: "samples",
      composition: "as given",
      points_at_once: 8,
      notes: ["The last batch is smaller."],
      parameters: { patterns: ["layer4.*"], varying: 40, total: 100, frozen: 10 },
      buffers: { policy: "recalibrated", batches: 8, why: "The checkpoints’ statistics differ." },
      normalization: null,
      one_dimensional: null,
    }),
  );
  assert.equal(other.Loss, "output_loss: the mean over 1,234 samples in 20 batches");
  assert.match(String(other.Batches), /depends on its batch, and batches are taken as given$/);
  assert.equal(other.Buffers, "Recalibrated: computed anew at each point from 8 batches. The checkpoints’ statistics differ.");
  assert.equal(other.Parameters, "40 of 100 vary, those named layer4.*; 10 are frozen");
  assert.equal(other.Directions, undefined);
  const whole = Object.fromEntries(evaluationFacts({ ...EVALUATION, normalization: "none", one_dimensional: null }));
  assert.equal(whole.Directions, "Each direction as long as all of the network’s weights together");
  assert.equal(other.Computed, "in float32 on cpu, 8 points at once, PyTorch 2.14.1");
  assert.equal(other.Note, "The last batch is smaller.");
});

test("what is told of the loss has its unit, where that is known", () => {
  const [earlier, manifest] = [{}, { metrics: [{ id: "loss" }] }];
  assert.equal(withLossUnit("loss", { evaluation: EVALUATION, manifest }), "loss (nats)");
  assert.equal(withLossUnit("loss", { evaluation: null, manifest: earlier }), "loss (nats)");
  assert.equal(withLossUnit("loss", { evaluation: null, manifest }), "loss");
  assert.equal(withLossUnit("loss", { evaluation: { ...EVALUATION, unit: null }, manifest }), "loss");
});

test("an end's own loss stands beside the drawn one where the two differ", () => {
  assert.equal(endText({ loss: 0.5, own_loss: null }), "loss 0.5000");
  assert.equal(endText({ loss: 0.5, own_loss: 0.50001 }), "loss 0.5000");
  assert.equal(endText({ loss: 0.5, own_loss: 0.3 }), "loss 0.5000; with its own buffers 0.3000");
  assert.equal(endText({ loss: null, own_loss: 0.3 }), "loss not finite; with its own buffers 0.3000");
});

test("About's pictures are the paper's where it is, and never of two studies at once", () => {
  const mine = ["random", "pca"].map((plane) =>
    foreign(`sgd-${plane}`, { plane: /** @type {"random" | "pca"} */ (plane), id: `sgd-${plane}.2` }),
  );
  const paper = [own("sgd", "random", ["3"]), own("sgd", "pca", ["3"])];
  assert.deepEqual(choose(catalogOf(...mine, ...paper)).own.map(({ random }) => random.id), ["sgd-random"]);
  assert.deepEqual(choose(catalogOf(...mine)).own.map(({ random }) => random.id), ["sgd-random.2"]);
});

test("a surface without the name of a set is the whole one", () => {
  assert.equal(wholeSurface(readLandscape(MINE, SENT)).id, "loss");
  assert.equal(surfaceName("batches", "the batches given"), "The batches given");
});

test("what is not known of a training is not told", () => {
  assert.deepEqual(factsOf({ dataset: { name: "sentences" }, network: { parameters: 100 } }), [
    ["Data", "sentences"],
    ["Network", "100 parameters"],
  ]);
  assert.equal(layersText({}), "");
  assert.equal(runText({ ...CHECKPOINTS, stop_reason: null }), "900 steps.");
});
