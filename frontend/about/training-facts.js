/** What was trained and how, from a landscape's manifest: images, network, runs, where they stopped. */

import { element } from "../core/dom.js";
import { integer, list, setting } from "../core/format.js";
import { labelsOf } from "../surfaces/run-style.js";

/** @typedef {import("../surfaces/landscape-data.js").Landscape} Landscape */
/** @typedef {import("../surfaces/landscape-data.js").Run} Run */

/**
 * @param {HTMLElement} root
 * @param {Landscape} landscape
 * @returns {import("./drawing.js").Illustration}
 */
export function trainingFacts(root, { manifest, entry }) {
  const facts = [
    ...factsOf(manifest),
    ...runFacts(entry),
  ];
  root.replaceChildren(
    element(
      "dl",
      { class: "facts" },
      ...facts.flatMap(([name, text]) => [element("dt", {}, name), element("dd", {}, text)]),
    ),
  );
  return { redraw: () => undefined };
}

/** Of so many runs each has a line of its own. */
const MOST_LINES = 6;

/**
 * How each run of a landscape was trained; of many runs, those trained alike stand together.
 * @param {Pick<import("../surfaces/landscape-data.js").Entry, "runs" | "is_paper">} entry
 * @returns {[string, string][]}
 */
export function runFacts(entry) {
  const labels = labelsOf(entry);
  const facts = entry.runs.map((run) => /** @type {[string, string]} */ ([labels.get(run.id) ?? run.label, runText(run)]));
  if (facts.length <= MOST_LINES) return facts;
  /** @type {Map<string, string[]>} */
  const alike = new Map();
  for (const [label, text] of facts) alike.set(text, [...(alike.get(text) ?? []), label]);
  return [...alike].map(([text, names]) =>
    names.length === 1 ? [String(names[0]), text] : [`${names.length} runs`, `${list(names)}: ${text}`],
  );
}

/**
 * What all runs of a landscape have in common.
 * @param {Record<string, any>} manifest
 * @returns {[string, string][]}
 */
export function factsOf({ dataset, network }) {
  const classes = dataset.classes?.length ?? 0;
  const { name, train = null, test = null } = dataset;
  const counts = [
    ...(train === null ? [] : [`${integer(train)} for training`]),
    ...(test === null ? [] : [`${integer(test)} for testing`]),
    ...(classes ? [`in ${classes} classes`] : []),
  ];
  return [
    [classes ? "Images" : "Data", counts.length ? `${name}: ${counts.join(", ")}` : name],
    ["Network", `${layersText(network)}${integer(network.parameters)} parameters`],
  ];
}

/**
 * The layers of a network that is a stack of linear ones; of any other its maker.
 * @param {Record<string, any>} network
 */
export function layersText({ factory, options }) {
  if (!factory) return "";
  const sizes = options?.sizes;
  if (String(factory).endsWith(":mlp") && Array.isArray(sizes)) {
    return `${sizes.join(" → ")}: linear layers with a ReLU between each two; `;
  }
  return `${String(factory).split(":").at(-1)}; `;
}

/**
 * How a run was trained, and why it ended.
 * @param {Run} run
 */
export function runText({ spec, batch_size, steps, steps_per_epoch, stop_reason }) {
  const { optimizer, hyperparameters = {}, seed } = spec;
  const patience = /** @type {{patience?: number | null}} */ (spec).patience ?? null;
  const settings = Object.entries(hyperparameters).map(([name, value]) => `${name} ${setting(value)}`);
  const batch = steps_per_epoch === 1 ? "the whole set in each step" : `batches of ${integer(batch_size ?? 0)}`;
  return [
    [...(optimizer ? [optimizer] : []), ...settings, ...(batch_size === null ? [] : [batch]), `${integer(steps)} steps`].join(", ") +
      (seed === undefined ? "" : `, seed ${seed}`),
    stop_reason ? `It ended because ${stop_reason}` : "",
    patience === null ? "" : `Its patience was ${patience} epochs`,
  ]
    .filter(Boolean)
    .map((part) => `${part}.`)
    .join(" ");
}
