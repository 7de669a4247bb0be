/**
 * What the claims measure, as rows of charts: a label of a number names who was measured, then what,
 * then which part of the spread it is. Nothing here touches the page itself.
 */

/** @typedef {import("../core/api-types.d.ts").ClaimNumber} ClaimNumber */
/** @typedef {ClaimNumber["unit"]} Unit */

/**
 * A row of a chart: a value with what is known of its spread, each null where it is not.
 * @typedef {object} Row
 * @property {string} name
 * @property {number | null} value
 * @property {number | null} low
 * @property {number | null} high
 * @property {number | null} from  lower quartile
 * @property {number | null} to  upper quartile
 * @property {number | null} before  the same without what is examined
 * @property {number | null} reference  what chance alone would give
 */

/** @typedef {{title: string, rows: Row[]}} Group */

/**
 * A chart of a claim: its numbers of one unit.
 * @typedef {object} Measure
 * @property {Unit} unit
 * @property {"first" | "last"} name  which component of a label names its row; the others name the group
 * @property {string} says  what is measured, in one sentence
 * @property {RegExp} [skips]  labels that the claim tells and does not judge
 */

/** What the end of a label makes of its number; everything else is a value by itself. */
const ROLES = /** @type {const} */ ([
  ["mean accuracy", "value"],
  ["energy held", "value"],
  ["energy about its end", "value"],
  ["mean", "value"],
  ["median", "value"],
  ["η²", "value"],
  ["with", "value"],
  ["without", "before"],
  ["lowest", "low"],
  ["highest", "high"],
  ["lower quartile", "from"],
  ["upper quartile", "to"],
  ["a random walk’s", "reference"],
  ["energy of random walks, 95% below", "reference"],
]);

const ANGLES = {
  unit: /** @type {const} */ ("angle"),
  name: /** @type {const} */ ("last"),
  says: "The mean angle between consecutive moves: 0° goes straight on, 90° is as random gradients, 180° turns back.",
  skips: /between updates|pure noise/,
};
const RISING = {
  unit: /** @type {const} */ ("share"),
  name: /** @type {const} */ ("last"),
  says: "The share of snapshots whose loss is above that of the snapshot before.",
};

/** @type {Measure[]} */
const SURFACES = [
  {
    unit: "share",
    name: "first",
    says: "The share of convex cells near the network: the median over direction seeds, with the lowest and the highest.",
  },
  {
    unit: "count",
    name: "first",
    says: "Minima inside the grid: the median over direction seeds, with the lowest and the highest.",
  },
];
const LOSSES = {
  unit: /** @type {const} */ ("loss"),
  name: /** @type {const} */ ("last"),
  says: "The loss at the end, in nats: the mean over seeds, with the lowest and the highest.",
};

/** The charts of each claim that numbers draw. @type {Record<string, Measure[]>} */
export const MEASURES = {
  "batch-surfaces": [
    {
      unit: "correlation",
      name: "first",
      says: "How far a batch’s surface rises and falls with that of the whole training set: 1 is the same shape, 0 no relation.",
    },
  ],
  convexity: [{ unit: "count", name: "first", says: "How many minima each surface has.", skips: /border/ }],
  convergence: [
    {
      unit: "share",
      name: "first",
      says: "How far the mean loss moved from the last tenth but one to the last, as a share of its whole fall.",
    },
  ],
  ranking: [
    { unit: "accuracy", name: "first", says: "Test accuracy: the mean over seeds, with the lowest and the highest." },
    { unit: "images", name: "first", says: "Images seen in training, each as often as it was seen." },
    { unit: "seconds", name: "first", says: "Seconds of training." },
  ],
  "learning-rate-matters": [
    {
      unit: "share",
      name: "first",
      says: "The share of the accuracies’ variance that each hyperparameter explains alone, η².",
    },
  ],
  "learning-rates": [ANGLES],
  "batch-smoothness": [ANGLES, RISING],
  "momentum-smoothness": [ANGLES, RISING],
  "momentum-accuracy": [
    {
      unit: "accuracy",
      name: "last",
      says: "Test accuracy without momentum (ring) and with it (dot), for each batch size and learning rate.",
    },
  ],
  "momentum-or-rate": [
    { unit: "accuracy", name: "first", says: "Test accuracy: the mean over seeds, with the lowest and the highest." },
  ],
  "depth-without-skips": SURFACES,
  "skips-convex": SURFACES,
  "skips-bare": SURFACES,
  "adam-beats-sgd": [LOSSES],
  "warm-up": [LOSSES],
  "rare-tokens": [
    {
      unit: "loss",
      name: "last",
      says: "How far the training loss of SGD is above Adam’s, in nats a token.",
    },
  ],
  trajectories: [
    {
      unit: "share",
      name: "first",
      says: "The share of a path’s energy that its plane shows (bar), and what it would show of a random walk (line).",
      skips: /displacement/,
    },
  ],
  "flat-batches": [
    {
      unit: "curvature",
      name: "last",
      says: "Sharpness by batch size: the mean over seeds, with the lowest and the highest.",
    },
  ],
  reparametrisation: [
    {
      unit: "curvature",
      name: "last",
      says: "Sharpness of one network, a layer of which is multiplied by a factor and the next one’s weights divided by it.",
    },
    { unit: "accuracy", name: "last", says: "Test accuracy of the same networks." },
  ],
  "random-planes": [
    {
      unit: "share",
      name: "first",
      says: "The largest curvature in a random plane as a share of the sharpness: the median over many planes (bar), with the lowest and the highest.",
    },
  ],
};

/**
 * The numbers of a measure as rows in groups, in the order in which they come.
 * @param {readonly ClaimNumber[]} numbers
 * @param {Measure} measure
 * @returns {Group[]}
 */
export function groupsOf(numbers, { unit, name, skips }) {
  /** @type {Map<string, Map<string, Row>>} */
  const groups = new Map();
  for (const { label, value, unit: own } of numbers) {
    if (own !== unit || skips?.test(label)) continue;
    const { subject, role } = roleOf(label.replace(/^η² of /, ""));
    const [who = "", ...what] = subject.split(": ");
    const parts = who.split(", ");
    const row = name === "first" ? String(parts.shift()) : String(parts.pop());
    const title = [...parts, ...what].join(", ");
    const rows = groups.get(title) ?? new Map();
    groups.set(title, rows);
    rows.set(row, { ...(rows.get(row) ?? emptyRow(row)), [role]: value });
  }
  // One group needs no title: the sentence over the chart says what it is.
  return [...groups].map(([title, rows]) => ({ title: groups.size === 1 ? "" : title, rows: [...rows.values()] }));
}

/**
 * @param {string} label
 * @returns {{subject: string, role: (typeof ROLES)[number][1]}}
 */
function roleOf(label) {
  for (const [ending, role] of ROLES) {
    for (const separator of [": ", ", "]) {
      if (label.endsWith(separator + ending)) {
        return { subject: label.slice(0, -(separator + ending).length), role };
      }
    }
  }
  return { subject: label, role: "value" };
}

/**
 * @param {string} name
 * @returns {Row}
 */
function emptyRow(name) {
  return { name, value: null, low: null, high: null, from: null, to: null, before: null, reference: null };
}

/** The numbers of a row that a chart draws. @param {Row} row */
export function drawnOf({ value, low, high, from, to, before, reference }) {
  return [value, low, high, from, to, before, reference].filter(
    (number) => number !== null && Number.isFinite(number),
  );
}

/**
 * The scale that all rows of a chart share: from zero, or below it, to a round number.
 * @param {readonly Group[]} groups
 * @param {Unit} unit
 * @returns {{low: number, high: number, ticks: number[]}}
 */
export function scaleOf(groups, unit) {
  const numbers = groups.flatMap(({ rows }) => rows).flatMap(drawnOf).map(Number);
  const signed = unit === "correlation" || unit === "cosine";
  const highest = signed ? 1 : Math.max(...numbers, 0) || 1;
  const lowest = Math.min(...numbers, 0);
  const step = unit === "count" ? Math.max(roundStep(highest - lowest), 1) : roundStep(highest - lowest);
  const first = Math.floor(lowest / step + 1e-9);
  // A bar that fills more than half of a share is to be seen as part of a whole.
  const whole = unit === "share" && highest > 0.5;
  const last = whole ? Math.round(1 / step) : Math.ceil(highest / step - 1e-9);
  const ticks = Array.from({ length: last - first + 1 }, (_, i) => Number(((first + i) * step).toPrecision(12)));
  return { low: Number(ticks[0]), high: Number(ticks.at(-1)), ticks };
}

/**
 * The distance between ticks: 1, 2, 2.5 or 5 times a power of ten, at most five of them.
 * @param {number} span
 */
function roundStep(span) {
  const rough = span / 4;
  const power = 10 ** Math.floor(Math.log10(rough));
  return power * ([1, 2, 2.5, 5].find((factor) => factor * power >= rough * (1 - 1e-9)) ?? 10);
}

/**
 * How the checks came out, in one sentence.
 * @param {readonly {passed: boolean | null}[]} checks
 */
export function checksSentence(checks) {
  const count = (/** @type {boolean | null} */ outcome) => checks.filter(({ passed }) => passed === outcome).length;
  const [right, unknown, all] = [count(true), count(null), checks.length];
  const open = unknown ? `, and ${unknown} cannot be told` : "";
  if (all === 1) return unknown ? "Its one check cannot be told." : `Its one check is ${right ? "true" : "false"}.`;
  const every = all === 2 ? "Both" : `All ${all}`;
  if (right === all) return `${every} checks are true.`;
  if (right === 0) return unknown ? `None of ${all} checks is true${open}.` : `${every} checks are false.`;
  return `${right} of ${all} checks ${right === 1 ? "is" : "are"} true${open}.`;
}
