/** Profiles: what is read, said and exported of the segment between two networks. */

import assert from "node:assert/strict";
import { test } from "node:test";

import { chordAt, profileAsCsv, readProfile } from "../../frontend/landscapes/profile/profile-data.js";
import { barrierText, chartTitle, gapsText, pointText, segmentText } from "../../frontend/landscapes/profile/profile-text.js";
import { foreign } from "./landscape_entries.js";

const METRICS = [
  { id: "loss", label: "loss", higher_is_better: false, unit: "number" },
  { id: "error", label: "top-5 error", higher_is_better: false, unit: "share" },
];

/** @param {Partial<import("../../frontend/landscapes/profile/profile-data.js").Profile>} given */
function profile(given = {}) {
  const read = readProfile(foreign("way", { kind: "profile" }), {
    version: "0",
    arrays: { "profile.t": Float64Array.of(0, 0.5, 1), a: Float64Array.of(1, 3, 2), b: Float64Array.of(0.1, 0.9, NaN) },
    manifest: {
      title: "From a to b",
      shows: "",
      metrics: METRICS,
      ends: [
        { label: "a.pt", step: null, x: 0, y: 0, loss: 1, own_loss: null },
        { label: "b.pt", step: null, x: 1, y: 0, loss: 2, own_loss: null },
      ],
      segment: {
        arrays: { t: "profile.t", loss: "a", error: "b" },
        length: 12.5,
        barrier: { height: 1.5, at: 0.5, rule: "The largest excess." },
        note: "It may be a permutation only.",
      },
    },
  });
  return { ...read, ...given };
}

test("a profile has the values of each metric, and the line from which its barrier is measured", () => {
  const read = profile();
  assert.deepEqual([...(read.values.get("error") ?? [])].slice(0, 2), [0.1, 0.9]);
  assert.equal(chordAt(read, 0.5), 1.5);
  assert.equal(read.evaluation, null);
});

test("the barrier is told with its height and place, or that there is none, or that nobody knows", () => {
  assert.match(barrierText(profile()), /^The barrier is 1\.500 high, at t = 0\.50: .* 1\.000 and 2\.000\.$/);
  assert.match(barrierText(profile({ barrier: { height: 0, at: 0, rule: "" } })), /^No barrier/);
  assert.match(barrierText(profile({ barrier: { height: null, at: null, rule: "" } })), /^The barrier cannot be told/);
});

test("the segment is told from end to end", () => {
  assert.match(segmentText(profile()), /from a\.pt \(t = 0\) to b\.pt \(t = 1\), 12\.50 long in parameter space, at 3 points/);
});

test("charts have the metric's name with its unit or direction", () => {
  const [loss, error] = profile().metrics;
  assert.ok(loss && error);
  assert.deepEqual([chartTitle(loss, "nats"), chartTitle(loss, null), chartTitle(error, "nats")], [
    "Loss (nats)",
    "Loss",
    "Top-5 error (lower is better)",
  ]);
  assert.equal(pointText(profile(), error, 1), "t = 0.500: top-5 error 90.0 %");
  assert.equal(pointText(profile(), error, 2), "t = 1.000: top-5 error not finite");
});

test("losses that are not finite are counted", () => {
  assert.equal(gapsText(profile()), "");
  const values = new Map([["loss", Float64Array.of(1, NaN, 2)]]);
  assert.equal(gapsText(profile({ values })), "At 1 of 3 points the loss is not finite; the line is left open there.");
});

test("a profile leaves as rows, its numbers unharmed", () => {
  assert.equal(profileAsCsv(profile()), "t,loss,error\r\n0,1,0.1\r\n0.5,3,0.9\r\n1,2,nan\r\n");
});
