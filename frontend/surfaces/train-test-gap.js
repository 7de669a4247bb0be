/**
 * The loss on the test set less that on the training set, at each point of a plane: a metric of
 * landscapes that have both surfaces.
 */

import { integer } from "../core/format.js";

/** @typedef {import("./landscape-data.js").Metric} Metric */
/** @typedef {import("./landscape-data.js").Surface} Surface */

/** @type {Metric} */
export const GAP = { id: "train-test-gap", label: "train-test gap", higher_is_better: null, unit: "number" };

/**
 * Whether a landscape has the two surfaces, and no metric of its own has the name.
 * @param {{surfaces: readonly string[], metrics: readonly string[]}} entry
 */
export function hasGap({ surfaces, metrics }) {
  return surfaces.includes("train") && surfaces.includes("test") && !metrics.includes(GAP.id);
}

/**
 * @param {{loss: Float64Array}} train
 * @param {{loss: Float64Array}} test
 * @returns {Float64Array}  NaN where one of them is not finite
 */
export function gapOf(train, test) {
  return train.loss.map((value, i) => {
    const gap = Number(test.loss[i]) - value;
    return Number.isFinite(gap) ? gap : NaN;
  });
}

/**
 * Give all surfaces of a landscape the gap, if it has one; it is the same whichever is chosen.
 * @param {readonly Surface[]} surfaces
 * @param {readonly Metric[]} metrics
 * @returns {Metric[]}  those that the surfaces have then
 */
export function withGap(surfaces, metrics) {
  const by = (/** @type {string} */ id) => surfaces.find((surface) => surface.id === id);
  const [train, test] = [by("train"), by("test")];
  if (!train || !test || metrics.some(({ id }) => id === GAP.id)) return [...metrics];
  const gap = gapOf(train, test);
  for (const { values } of surfaces) values.set(GAP.id, gap);
  return [...metrics, GAP];
}

/**
 * What the colours of the gap mean, and on which samples it was measured.
 * @param {ReadonlyMap<string, Pick<Surface, "images">>} surfaces
 * @param {string} counted  what the losses are means of, one of them
 */
export function gapText(surfaces, counted) {
  const of = (/** @type {string} */ id) => {
    const images = surfaces.get(id)?.images ?? null;
    return images === null ? "" : ` (${integer(images)} ${counted}${images === 1 ? "" : "s"})`;
  };
  return (
    `At each point the loss on the test set${of("test")} less that on the whole training set${of("train")}. ` +
    "Red: higher on the test set. Blue: lower. Pale: equal. The colours reach equally far to both sides of zero."
  );
}
