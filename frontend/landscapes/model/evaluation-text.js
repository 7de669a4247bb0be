/** How a landscape's or profile's loss was evaluated, and the networks that it joins, in words. */

import { integer, list, number, setting } from "../../core/format.js";

/** @typedef {import("../../surfaces/landscape-data.js").Evaluation} Evaluation */
/** @typedef {import("../../surfaces/landscape-data.js").End} End */

/** Two losses of one network that differ by less than this share are the same number on the page. */
const SAME_LOSS = 1e-4;

/** What the loss on a batch depends on. @type {Record<Evaluation["composition"], string>} */
const COMPOSITIONS = {
  independent: "a sample’s loss does not depend on its batch",
  "as given": "a sample’s loss depends on its batch, and batches are taken as given",
  unknown: "whether a sample’s loss depends on its batch is not known",
};

/** What one-dimensional parameters get of a random direction. @type {Record<string, string>} */
const ONE_DIMENSIONAL = {
  zero: "biases and other one-dimensional parameters stay as they are",
  same: "biases and other one-dimensional parameters are treated alike",
};

/** @type {Record<string, string>} */
const NORMALIZATIONS = {
  filter: "each filter as long as the network’s",
  layer: "each layer as long as the network’s",
  none: "each direction as long as all of the network’s weights together",
};

/**
 * Pairs of a name and a text.
 * @param {Evaluation} evaluation
 * @returns {[string, string][]}
 */
export function evaluationFacts(evaluation) {
  const { loss, unit, samples, batches, weight, composition, precision, device, torch } = evaluation;
  const { points_at_once = 1, notes = [] } = evaluation;
  const weighted = weight === "samples" ? "" : `, weighted by ${weight}`;
  const counted = `${Number.isInteger(samples) ? integer(samples) : setting(samples)} ${samples === 1 ? "sample" : "samples"} in ${integer(batches)} ${batches === 1 ? "batch" : "batches"}`;
  const directions = directionsText(evaluation);
  return [
    ["Loss", `${loss}${unit ? ` (${unit})` : ""}: the mean over ${counted}${weighted}`],
    ["Batches", sentence(COMPOSITIONS[composition])],
    ["Buffers", buffersText(evaluation.buffers)],
    ["Parameters", parametersText(evaluation.parameters)],
    ...(directions ? [/** @type {[string, string]} */ (["Directions", directions])] : []),
    ["Computed", `in ${precision} on ${device}${points_at_once > 1 ? `, ${integer(points_at_once)} points at once` : ""}, PyTorch ${torch}`],
    ...notes.map((note) => /** @type {[string, string]} */ (["Note", note])),
  ];
}

/**
 * What happens to running statistics and other buffers at each point.
 * @param {Evaluation["buffers"]} buffers
 */
export function buffersText({ policy, batches, why }) {
  const rule = {
    none: "",
    frozen: "Frozen: at each point those of the origin",
    recalibrated: `Recalibrated: computed anew at each point from ${batches === null ? "training" : integer(batches)} ${batches === 1 ? "batch" : "batches"}`,
  }[policy];
  return [rule && `${rule}.`, why].filter(Boolean).join(" ") || "The network has none.";
}

/** @param {Evaluation["parameters"]} parameters */
function parametersText({ patterns, varying, total, frozen }) {
  if (varying === total) return `All ${integer(total)} vary`;
  const chosen = patterns === null ? "" : `, those named ${list(patterns)}`;
  return `${integer(varying)} of ${integer(total)} vary${chosen}${frozen ? `; ${integer(frozen)} are frozen` : ""}`;
}

/** @param {Evaluation} evaluation */
function directionsText({ normalization, one_dimensional }) {
  if (normalization === null) return "";
  const made = String(NORMALIZATIONS[normalization]);
  return sentence(one_dimensional === null ? made : `${made}; ${ONE_DIMENSIONAL[one_dimensional]}`);
}

/**
 * The loss at an end, and the network's own where that differs.
 * @param {Pick<End, "loss" | "own_loss">} end
 */
export function endText({ loss, own_loss }) {
  const drawn = loss === null ? "loss not finite" : `loss ${number(loss)}`;
  const differs = own_loss !== null && (loss === null || Math.abs(own_loss - loss) > SAME_LOSS * Math.abs(own_loss));
  return differs ? `${drawn}; with its own buffers ${number(own_loss)}` : drawn;
}

/** @param {string} text */
function sentence(text) {
  return text.charAt(0).toUpperCase() + text.slice(1);
}
