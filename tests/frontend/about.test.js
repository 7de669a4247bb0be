import assert from "node:assert/strict";
import { test } from "node:test";

import { MEASURES, checksSentence, groupsOf, scaleOf } from "../../frontend/about/claim-measures.js";
import { CLAIMS_OF, chaptersOf } from "../../frontend/about/chapters.js";
import { choose } from "../../frontend/about/choice.js";
import { dateText, figuresText, repeatSummaryOf, summaryOf } from "../../frontend/about/claims.js";
import { captionOf } from "../../frontend/about/loss-illustration.js";
import { factsOf, layersText, runFacts, runText } from "../../frontend/about/training-facts.js";
import { farthestOf, lastTenths, longestBar, momentOf, profiles, quantity, share, tellDot, tellMoment, ticks } from "../../frontend/about/numbers.js";
import { catalogOf, entry, own, run, table } from "./landscape_entries.js";

/** @typedef {import("../../frontend/surfaces/landscape-data.js").Landscape} Landscape */
/** @typedef {import("../../frontend/surfaces/landscape-data.js").Trajectory} Trajectory */


test("the paper's landscapes illustrate what they are of", () => {
  const runs = ["gd", "sgd"].map((id) => run(id));
  const catalog = catalogOf(
    entry("batches-end", { plane: "random", arrows: true, surfaces: ["batch-1", "train"] }),
    entry("bowl", { plane: "random" }),
    entry("momentum", { plane: "shared", runs }),
    entry("optimizers", { plane: "shared", runs }),
    entry("three-minima", { plane: "minima", runs }),
    ...["gd", "sgd", "slow"].flatMap((id) => [own(id, "random", ["3"]), own(id, "pca", ["3"])]),
    table("table-1"),
  );
  const { bowl, joint, batches, own: alone, convex } = choose(catalog);
  assert.deepEqual([bowl?.id, joint?.id, batches?.id], ["bowl", "optimizers", "batches-end"]);
  assert.deepEqual(alone.map(({ run: id, random, pca }) => [id, random.id, pca.id]), [
    ["gd", "gd-random", "gd-pca"],
    ["sgd", "sgd-random", "sgd-pca"],
  ]);
  assert.deepEqual(
    convex.map(({ id }) => id),
    ["gd-random", "sgd-random", "gd-pca", "sgd-pca", "three-minima", "optimizers"],
  );
});

test("other landscapes illustrate the same; without any nothing does", () => {
  const catalog = catalogOf(own("mine", "random", []), own("mine", "pca", []));
  const { bowl, joint, batches, own: alone } = choose(catalog);
  assert.deepEqual([bowl?.id, joint, batches], ["mine-random", null, null]);
  assert.deepEqual(alone.map(({ run: id }) => id), ["mine"]);
  assert.deepEqual(choose(catalogOf()), { bowl: null, joint: null, own: [], batches: null, convex: [], moments: [], rates: null, trained: null });
});

test("a quantity has the digits and the unit of its kind", () => {
  assert.equal(quantity(48.16, "accuracy"), "48.16%");
  assert.equal(quantity(25.84, "angle"), "25.8°");
  assert.equal(quantity(-0.0561, "cosine"), "−0.056");
  assert.equal(quantity(50_000_000, "images"), "50,000,000");
  assert.equal(quantity(1234.5, "loss").slice(0, 6), "1234.5");
  assert.equal(quantity(1e30, "loss"), "1.0e+30");
  assert.equal(quantity(null, "loss"), "not finite");
  assert.equal(quantity(658.4, "seconds"), "658 s");
  assert.equal(quantity(0.25, "share"), "25.0%");
});

test("a small share keeps two digits that count", () => {
  assert.equal(share(9.84e-6), "0.00098%");
  assert.equal(share(0.0042), "0.42%");
  assert.equal(share(0), "0.0%");
  assert.equal(share(1), "100.0%");
});

/** @returns {Trajectory} */
function path() {
  const steps = Int32Array.of(0, 10, 40, 100);
  return /** @type {any} */ ({
    run: "sgd",
    steps,
    x: Float64Array.of(-3, -2, -1, 0),
    y: Float64Array.of(4, 1, 0.5, 0),
    length: Float64Array.of(13, 5, 2, 0),
    distance: Float64Array.of(12, 4, 2, 0),
    loss: Float64Array.of(2.3, 1.996, 1.75, 1.5),
    lossInPlane: Float64Array.of(2.25, 2.1, 1.9, NaN),
    energyAboutEnd: 9.84e-6,
  });
}

test("a moment is told at the nearest snapshot, by Pythagoras within the plane", () => {
  assert.deepEqual(momentOf(path(), 0), { step: 0, inside: 5, outside: 12, length: 13, loss: 2.3, lossInPlane: 2.25 });
  assert.equal(momentOf(path(), 0.12).step, 10);
  assert.equal(momentOf(path(), 0.12).inside, 3);
  assert.equal(momentOf(path(), 0.4).inside, 0);
  assert.equal(
    tellMoment(momentOf(path(), 0.1)),
    "step 10 · 3.00 in the plane, 4.00 out of it · loss 2.00, under its shadow 2.10",
  );
  assert.match(tellMoment(momentOf(path(), 1)), /under its shadow not finite$/);
});

test("the longest of the bars is that whose two parts together are longest", () => {
  // Within the plane 5, 3, 0, 0; out of it 12, 4, 2, 0.
  assert.equal(longestBar([path()]), 17);
  assert.ok(longestBar([]) > 0);
});

test("a dot is told by how far it reaches, and by 2/P", () => {
  assert.equal(farthestOf(path()), 4);
  const landscape = /** @type {any} */ ({
    manifest: { network: { parameters: 200_000 } },
    plane: { origin: { run: "sgd" } },
    trajectories: [path()],
  });
  assert.equal(
    tellDot(landscape),
    "Here 2/P is 0.0010%. The path began 13.00 from where it ended, and on the random plane it keeps within 4.0 of a unit from there: 0.00098% of its energy.",
  );
});

test("a share that was not measured about the run's own end is not told", () => {
  const landscape = /** @type {any} */ ({
    manifest: { network: { parameters: 200_000 } },
    plane: { origin: { run: "sgd" } },
    trajectories: [{ ...path(), energyAboutEnd: null }],
  });
  assert.match(tellDot(landscape), /within 4\.0 of a unit from there\.$/);
});

test("the day of the rules is told in words", () => {
  assert.equal(dateText("2026-11-26T18:41:00Z"), "on 26 November 2026");
});

test("profiles run through the point next to the origin", () => {
  const landscape = /** @type {any} */ ({ x: Float64Array.of(-1, 0.1, 1), y: Float64Array.of(-0.5, 0) });
  const { along, up, middle } = profiles(landscape, Float64Array.of(1, 2, 3, 4, 5, 6));
  assert.deepEqual([[...along], [...up], middle], [[4, 5, 6], [2, 5], 5]);
});

test("ticks are round numbers within their range", () => {
  assert.deepEqual(ticks(0.1, 2.6), [0.5, 1, 1.5, 2, 2.5]);
  assert.deepEqual(ticks(-7, 30), [0, 10, 20, 30]);
});

test("a summary counts the verdicts that there are", () => {
  const of = (/** @type {any[]} */ ...verdicts) => verdicts.map((verdict) => ({ verdict }));
  assert.equal(
    summaryOf(of("holds", "holds in part", "holds", "does not hold", "holds in part")),
    "Of 5 claims 2 hold, 2 hold in part and 1 does not hold.",
  );
  assert.equal(summaryOf(of("cannot be told", "cannot be told")), "Of 2 claims 2 cannot be told.");
  assert.equal(summaryOf(of("contested", "holds")), "Of 2 claims 1 holds and 1 is contested.");
  assert.equal(summaryOf(of("contested", "contested")), "Of 2 claims 2 are contested.");
});

test("claims that come out alike on other images are counted, where others are judged", () => {
  const images = "handwritten digits";
  const claim = (/** @type {any} */ verdict, /** @type {any[]} */ ...others) => ({
    verdict,
    repeats: others.map((other) => /** @type {any} */ ({ images, verdict: other })),
  });
  assert.equal(repeatSummaryOf([claim("holds"), claim("contested")]), "");
  assert.equal(
    repeatSummaryOf([claim("holds", "holds"), claim("contested", "holds"), claim("cannot be told", "cannot be told")]),
    "The same design and rules on handwritten digits give the same verdict to 2 of 3.",
  );
});

test("figures and tables are named as the paper names them", () => {
  assert.equal(figuresText(["1"]), "Figure 1");
  assert.equal(figuresText(["2", "3"]), "Figures 2 and 3");
  assert.equal(figuresText(["6", "Table II"]), "Figure 6 and Table II");
  assert.equal(figuresText(["Table I"]), "Table I");
});

/** @typedef {import("../../frontend/core/api-types.d.ts").ClaimNumber} ClaimNumber */

/**
 * @param {ClaimNumber["unit"]} unit
 * @param {Record<string, number | null>} labelled
 * @returns {ClaimNumber[]}
 */
const numbersOf = (unit, labelled) => Object.entries(labelled).map(([label, value]) => ({ label, value, unit }));

const measureOf = (/** @type {string} */ claim, at = 0) => {
  const measure = MEASURES[claim]?.[at];
  assert.ok(measure);
  return measure;
};

test("a chart's rows are those who were measured, its groups what was measured", () => {
  const numbers = numbersOf("correlation", {
    "1 image, after 782 steps, whole plane: lower quartile": 0.05,
    "1 image, after 782 steps, whole plane: median": 0.07,
    "64 images, after 782 steps, whole plane: median": 0.81,
    "1 image, after 782 steps, within 0.25": -0.2,
  });
  const nothing = { low: null, high: null, to: null, before: null, reference: null };
  assert.deepEqual(groupsOf(numbers, measureOf("batch-surfaces")), [
    {
      title: "after 782 steps, whole plane",
      rows: [
        { name: "1 image", value: 0.07, from: 0.05, ...nothing },
        { name: "64 images", value: 0.81, from: null, ...nothing },
      ],
    },
    { title: "after 782 steps, within 0.25", rows: [{ name: "1 image", value: -0.2, from: null, ...nothing }] },
  ]);
});

test("a chart has the numbers of its unit, and none that its claim does not judge", () => {
  const numbers = [
    ...numbersOf("angle", {
      "With momentum, momentum: angle of the path drawn, mean": 4,
      "With momentum, momentum: angle of the path drawn, highest": 5,
      "momentum: angle between updates": 30,
      "Momentum over pure noise": 26,
    }),
    ...numbersOf("share", { "With momentum, momentum: snapshots whose loss rises, mean": 0.4 }),
  ];
  const [group, ...others] = groupsOf(numbers, measureOf("momentum-smoothness"));
  assert.deepEqual(others, []);
  assert.deepEqual(
    group?.rows.map(({ name, value, high }) => [name, value, high]),
    [["momentum", 4, 5]],
  );
  assert.equal(groupsOf(numbers, measureOf("momentum-smoothness", 1))[0]?.rows[0]?.value, 0.4);
});

test("what momentum changes is one row with both of its ends", () => {
  const numbers = numbersOf("accuracy", { "Batch 1, lr 0.002, without": 48.7, "Batch 1, lr 0.002, with": 10 });
  const [row] = groupsOf(numbers, measureOf("momentum-accuracy")).flatMap(({ rows }) => rows);
  assert.deepEqual([row?.name, row?.before, row?.value], ["lr 0.002", 48.7, 10]);
});

test("what a plane shows stands beside what it would show of a random walk", () => {
  const numbers = numbersOf("share", {
    "GD, PCA plane: energy held": 0.98,
    "GD, PCA plane: a random walk’s": 0.9,
    "GD, principal plane: displacement from start to end": 0.5,
  });
  const [row, ...others] = groupsOf(numbers, measureOf("trajectories")).flatMap(({ rows }) => rows);
  assert.deepEqual([row?.name, row?.value, row?.reference, others.length], ["GD", 0.98, 0.9, 0]);
});

test("a scale begins at zero or below it, ends at a round number, and holds every number", () => {
  const scale = (/** @type {ClaimNumber["unit"]} */ unit, /** @type {number[]} */ ...values) => {
    const labelled = Object.fromEntries(values.map((value, i) => [`run ${i}`, value]));
    const { low, high, ticks: marks } = scaleOf(
      groupsOf(numbersOf(unit, labelled), { unit, name: "first", says: "" }),
      unit,
    );
    assert.deepEqual([marks[0], marks.at(-1)], [low, high]);
    assert.ok(marks.length <= 6);
    return [low, high];
  };
  assert.deepEqual(scale("accuracy", 38.7, 49.7), [0, 60]);
  assert.deepEqual(scale("correlation", -0.2, 0.7), [-0.5, 1]);
  assert.deepEqual(scale("share", 0.98), [0, 1]);
  assert.deepEqual(scale("share", 0.05, 0.017), [0, 0.06]);
  assert.deepEqual(scale("angle", 107.5), [0, 150]);
  assert.deepEqual(scale("share", 0), [0, 1]);
  assert.deepEqual(scale("count", 1, 2), [0, 2]);
});

test("one sentence says how the checks came out", () => {
  const says = (/** @type {(boolean | null)[]} */ ...passed) => checksSentence(passed.map((one) => ({ passed: one })));
  assert.equal(says(true), "Its one check is true.");
  assert.equal(says(null), "Its one check cannot be told.");
  assert.equal(says(true, true), "Both checks are true.");
  assert.equal(says(false, false, false), "All 3 checks are false.");
  assert.equal(says(true, false, false), "1 of 3 checks is true.");
  assert.equal(says(true, true, null), "2 of 3 checks are true, and 1 cannot be told.");
  assert.equal(says(false, null), "None of 2 checks is true, and 1 cannot be told.");
});

test("the last tenths are those of evenly spaced snapshots, as the claims count them", () => {
  const loss = Float64Array.from({ length: 22 }, (_, i) => (i === 0 ? 99 : 21 - i));
  const uniform = Uint8Array.from({ length: 22 }, (_, i) => (i === 0 ? 0 : 1));
  assert.deepEqual(lastTenths({ uniform, loss }), { before: 2.5, last: 0.5 });
  assert.equal(lastTenths({ uniform: new Uint8Array(2).fill(1), loss: new Float64Array(2) }), null);
  assert.equal(lastTenths({ uniform, loss: loss.map((value, i) => (i === 21 ? NaN : value)) }), null);
});

test("the manifest tells images, layers and how a run was trained and ended", () => {
  const network = { factory: "descent_atlas.training.networks:mlp", options: { sizes: [3072, 64, 10] }, parameters: 197322 };
  assert.equal(layersText(network), "3072 → 64 → 10: linear layers with a ReLU between each two; ");
  assert.equal(layersText({ factory: "mine:resnet", options: {} }), "resnet; ");
  assert.deepEqual(factsOf({ dataset: { name: "CIFAR-10", train: 50000, test: 10000, classes: ["a", "b"] }, network })[0], [
    "Images",
    "CIFAR-10: 50,000 for training, 10,000 for testing, in 2 classes",
  ]);
  const told = runText(run("sgd", { spec: { optimizer: "SGD", hyperparameters: { lr: 0.002 }, seed: 0 } }));
  assert.equal(told, "SGD, lr 0.002, batches of 64, 200 steps, seed 0. It ended because all 20 epochs were made.");
});

test("of many runs, those trained alike are told of together", () => {
  const few = ["a", "b"].map((id) => run(id, { label: id }));
  assert.deepEqual(runFacts({ runs: few, is_paper: false }).map(([name]) => name), ["a", "b"]);
  const many = Array.from({ length: 8 }, (_, i) => run(`r${i}`, { label: `seed ${i}`, steps: i === 7 ? 40 : 200 }));
  const [alike, other, ...more] = runFacts({ runs: many, is_paper: false });
  assert.equal(alike?.[0], "7 runs");
  assert.match(String(alike?.[1]), /^seed 0, seed 1, .* and seed 6: .*200 steps/);
  assert.equal(other?.[0], "seed 7");
  assert.deepEqual(more, []);
});

test("the loss along two directions is that of the surface, in the unit of its directions", () => {
  const of = (/** @type {string | null} */ label, /** @type {any} */ evaluation) =>
    captionOf({ surfaces: new Map([["train", /** @type {any} */ ({ id: "train", label })]]), evaluation });
  assert.equal(of(null, null), "Whole training set: the loss; the unit is the network’s own filters.");
  assert.equal(of("the batches given", { normalization: "layer" }), "The batches given: the loss; the unit is the network’s own layers.");
});

test("chapters stand in the atlas's order, each with the landscape that leads it where it is there", () => {
  const study = (/** @type {string} */ id, /** @type {import("../../frontend/core/api-types.d.ts").CatalogStudy["chapter"]} */ chapter, /** @type {string | null} */ lead) => ({
    id,
    title: id,
    text: "One. Two. Three.",
    is_paper: false,
    chapter,
    lead,
  });
  const studies = [study("digits", "digits", null), study("mine", null, null), study("skips", "skips", "plain56-pca"), study("paper", "paper", "gone")];
  const found = chaptersOf({ studies, landscapes: [own("plain56", "pca", [])] });
  assert.deepEqual(found.map(({ name, lead }) => [name, lead?.id ?? null]), [
    ["paper", null],
    ["skips", "plain56-pca"],
    ["digits", null],
  ]);
  assert.equal(CLAIMS_OF.digits, CLAIMS_OF.paper);
  assert.deepEqual(chaptersOf({ studies: [study("mine", null, null)], landscapes: [] }), []);
});

test("what is said of networks is drawn by median and range, and gaps by their seeds", () => {
  const [share] = groupsOf(
    ["median", "lowest", "highest"].map((part, i) => ({ label: `Plain-56: convex cells, ${part}`, value: [0.4, 0.3, 0.5][i] ?? null, unit: /** @type {const} */ ("share") })),
    /** @type {import("../../frontend/about/claim-measures.js").Measure} */ (MEASURES["skips-convex"]?.[0]),
  );
  assert.deepEqual(share?.rows.map(({ name, value, low, high }) => [name, value, low, high]), [["Plain-56", 0.4, 0.3, 0.5]]);
  const gaps = groupsOf(
    ["frequent", "rare"].map((kind) => ({ label: `Seed 2: gap of ${kind} tokens`, value: 0.1, unit: /** @type {const} */ ("loss") })),
    /** @type {import("../../frontend/about/claim-measures.js").Measure} */ (MEASURES["rare-tokens"]?.[0]),
  );
  assert.deepEqual(gaps.map(({ title }) => title), ["gap of frequent tokens", "gap of rare tokens"]);
});
