/** How faithfully a plane shows a path, in words. */

import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";

import { LOSS_GAP, endMisleads, endsText, fidelityText, wayText } from "../../frontend/landscapes/model/fidelity.js";

const spread = { mean: 0.9, low: 0.85, high: 0.95 };
const walks = { sets: 100, seed: 0, energy: spread, displacement: spread };

test("energy is judged by the range of random walks, and by whether it is most", () => {
  const judged = (/** @type {number | null} */ energyAboutEnd) => fidelityText({ energyAboutEnd, randomWalks: walks }, 3);
  assert.equal(judged(0.951), "More than 95% of random walks.");
  assert.equal(judged(0.95), "Within the range of random walks: its shape proves little.");
  assert.equal(judged(0.85), "Within the range of random walks: its shape proves little.");
  // 75.5% is most: nothing is said to lie elsewhere.
  assert.equal(judged(0.755), "Less than 95% of random walks.");
  assert.equal(judged(0.5), "Less than 95% of random walks.");
  assert.equal(judged(0.499), "Less than 95% of random walks; most of it lies elsewhere.");
  assert.equal(judged(null), "The run never moved.");
});

test("on a random plane as good as nothing is shown of a path", () => {
  const none = { mean: 1e-5, low: 0, high: 2e-5 };
  const randomWalks = { ...walks, energy: none };
  assert.match(fidelityText({ energyAboutEnd: 1e-5, randomWalks }, 3), /^As good as nothing/);
  assert.equal(fidelityText({ energyAboutEnd: 0.2, randomWalks }, 3), "More than 95% of random walks; most of it lies elsewhere.");
});

test("an older landscape shows no share, and says why", () => {
  assert.match(fidelityText({ energyAboutEnd: null, randomWalks: null }, 2), /older version/);
  assert.equal(fidelityText({ energyAboutEnd: null, randomWalks: null }, 4), "Not compared with random walks.");
  assert.equal(wayText({ displacement: null, endDistance: null }), "");
});

test("the way from start to end and the end's distance are told in a line", () => {
  assert.equal(
    wayText({ displacement: 0.016, endDistance: 5.42 }),
    "1.6 % of the way from start to end · ends 5.420 outside the plane",
  );
  assert.match(wayText({ displacement: 1, endDistance: 1e-6 }), /ends in the plane$/);
});

test("an end is said to mislead where the plane's loss is more than a tenth off", () => {
  const at = (/** @type {number} */ truth, /** @type {number} */ drawn) => ({
    run: "sgd",
    loss: Float64Array.of(2.3, truth),
    lossInPlane: Float64Array.of(2.3, drawn),
  });
  assert.equal(endMisleads(at(2, 2.19)), false);
  assert.equal(endMisleads(at(2, 2.21)), true);
  assert.equal(endMisleads(at(2, 1.79)), true);
  assert.equal(endMisleads(at(2, Infinity)), true);
  assert.equal(endMisleads(at(NaN, 2)), false);
  assert.equal(endsText([at(2, 2.1)], (run) => run), "");
  assert.equal(
    endsText([at(2, 2.1), at(1.28, 2.2)], () => "SGD"),
    "The plane does not pass through every end: SGD ends at loss 1.280, but is drawn over 2.200.",
  );
});

test("of many ends that mislead those farthest off are told, and how many there are", () => {
  const ends = [1.2, 1.9, 1.5, Infinity, 1.4, 1.05].map((drawn, i) => ({
    run: `run ${i}`,
    loss: Float64Array.of(1),
    lossInPlane: Float64Array.of(drawn),
  }));
  assert.equal(
    endsText(ends, (run) => run),
    "The plane passes by 5 of 6 ends. Where the losses differ most: run 3 ends at loss 1.000, but is drawn over a loss that is not finite; " +
      "run 1 ends at loss 1.000, but is drawn over 1.900; run 2 ends at loss 1.000, but is drawn over 1.500.",
  );
});

test("the gap is that of the claims' rules", () => {
  const rules = readFileSync(
    new URL("../../backend/descent_atlas/landscapes/claims/rules.toml", import.meta.url),
    "utf8",
  );
  assert.match(rules, new RegExp(`^loss_gap = ${LOSS_GAP}$`, "m"));
});
