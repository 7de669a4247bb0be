/**
 * How the runs of a landscape look and what they are called: an optimizer looks as it does in the
 * playground, and where several runs share one, they are told apart. Runs have their own labels;
 * those of the paper, which are long lists of settings, are called by what differs.
 */

import { appearanceOf } from "../core/optimizer-style.js";
import { integer, setting } from "../core/format.js";

/** @typedef {import("./landscape-data.js").Run} Run */
/** @typedef {import("../core/theme.js").ThemeName} ThemeName */

/**
 * @typedef {object} RunAppearance
 * @property {string} label  what tells it from the landscape's other runs
 * @property {(theme: ThemeName) => string} color
 * @property {number[]} dash  of its line, in pixels; empty: solid
 * @property {string} dash3d  the same by Plotly's name, as 3D and the marks of legends have it
 */

/**
 * Whose looks further runs of one optimizer take, in this order. Those of GD, SGD, momentum and Adam
 * are not among them, so that their colours mean the same everywhere.
 */
const SPARE = ["rmsprop", "nesterov", "adagrad", "adamw", "nadam", "lion", "eve", "yellowfin"];

/**
 * How the lines of further runs are dashed once all looks are taken. The gaps are short, because a
 * line loses its hue in them; none is dotted, as losses in the plane are.
 */
const PATTERNS = [
  { dash: [], dash3d: "solid" },
  { dash: [9, 4], dash3d: "dash" },
  { dash: [9, 3, 2.5, 3], dash3d: "dashdot" },
];

/**
 * Whether a run's batches are the whole training set: exact gradient descent.
 * @param {Run} run
 */
export function isFullBatch({ steps_per_epoch }) {
  return steps_per_epoch === 1;
}

/**
 * What the playground calls a run's optimizer.
 * @param {Run} run
 */
export function optimizerOf(run) {
  const name = (run.spec.optimizer ?? "").toLowerCase();
  return name === "sgd" && isFullBatch(run) ? "gd" : name;
}

/**
 * A run's optimizer with its settings, batch size and seed.
 * @param {Run} run
 */
export function runSettings({ spec, batch_size }) {
  const { optimizer, hyperparameters = {}, seed } = spec;
  const values = Object.entries(hyperparameters).map(([name, value]) => `${name} ${setting(value)}`);
  return [
    ...(optimizer ? [optimizer] : []),
    ...values,
    ...(batch_size === null ? [] : [`batch size ${integer(batch_size)}`]),
    ...(seed === undefined ? [] : [`seed ${seed}`]),
  ].join(", ");
}

/** @typedef {{look: string, dash: number[], dash3d: string}} Candidate */

/**
 * @param {{runs: readonly Run[], is_paper: boolean}} entry
 * @returns {Map<string, RunAppearance>}  by the run's id
 */
export function appearancesOf({ runs, is_paper }) {
  /** @type {Set<string>} */
  const taken = new Set();
  const labels = labelsOf({ runs, is_paper });
  return new Map(
    runs.map((run, i) => {
      const own = optimizerOf(run) || "sgd";
      const momentum = run.spec.hyperparameters?.momentum ? ["momentum"] : [];
      const looks = [own, ...momentum, ...SPARE];
      const candidates = PATTERNS.flatMap((pattern) => looks.map((look) => ({ look, ...pattern })));
      const free = candidates.find((one) => !taken.has(`${one.look} ${one.dash3d}`));
      // Beyond all looks they come round again, one after the other.
      const { look, dash, dash3d } = free ?? /** @type {Candidate} */ (candidates[i % candidates.length]);
      taken.add(`${look} ${dash3d}`);
      const appearance = appearanceOf(look);
      const label = labels.get(run.id) ?? run.label;
      return [run.id, { label, color: (theme) => appearance[theme], dash, dash3d }];
    }),
  );
}

/**
 * What the runs of a landscape are called.
 * @param {{runs: readonly Run[], is_paper: boolean}} entry
 * @returns {Map<string, string>}
 */
export function labelsOf({ runs, is_paper }) {
  return is_paper ? differencesOf(runs) : ownLabelsOf(runs);
}

/**
 * The runs' own labels; runs of one label have their ids beside it.
 * @param {readonly Run[]} runs
 * @returns {Map<string, string>}
 */
function ownLabelsOf(runs) {
  const labels = runs.map(({ label }) => label);
  const isUnique = (/** @type {string} */ label) => labels.indexOf(label) === labels.lastIndexOf(label);
  return new Map(runs.map(({ id, label }) => [id, isUnique(label) ? label : `${label} (${id})`]));
}

/**
 * The optimizer, and among several runs of one, the settings in which they differ.
 * @param {readonly Run[]} runs
 * @returns {Map<string, string>}
 */
function differencesOf(runs) {
  return new Map(
    runs.map((run) => {
      const own = optimizerOf(run);
      const same = runs.filter((other) => optimizerOf(other) === own);
      const settings = same.map(settingsOf);
      const differing = settingsOf(run).filter(([, value], i) =>
        settings.some((other) => other[i]?.[1] !== value),
      );
      // A setting at zero is one that is not there.
      const parts = differing
        .filter(([, value]) => value !== 0)
        .map(([name, value]) => `${name} ${name === "batch" ? integer(value) : setting(value)}`);
      const name = appearanceOf(own).label;
      const several = new Set(runs.map(optimizerOf)).size > 1;
      return [run.id, [...(several || !parts.length ? [name] : []), ...parts].join(", ")];
    }),
  );
}

/**
 * @param {Run} run
 * @returns {[string, number][]}
 */
function settingsOf({ spec, batch_size }) {
  const { lr = 0, momentum = 0, dampening = 0 } = spec.hyperparameters ?? {};
  return [
    ["lr", lr],
    ["batch", batch_size ?? 0],
    ["momentum", momentum],
    ["dampening", dampening],
  ];
}
