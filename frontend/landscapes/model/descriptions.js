/** What a landscape is, and what a look at it is worth, in sentences. */

import { integer, list, number, percent, setting } from "../../core/format.js";
import { partText } from "../../surfaces/grid-progress.js";
import { labelsOf } from "../../surfaces/run-style.js";

/** @typedef {import("../../surfaces/landscape-data.js").Landscape} Landscape */
/** @typedef {import("../../surfaces/landscape-data.js").Surface} Surface */
/** @typedef {import("../../surfaces/landscape-data.js").Trajectory} Trajectory */
/** @typedef {import("../../surfaces/landscape-data.js").Entry} Entry */
/** @typedef {import("../../surfaces/coloring.js").Coloring} Coloring */
/** @typedef {import("../../surfaces/coloring.js").End} End */
/** @typedef {import("../../surfaces/landscape-data.js").Metric} Metric */
/** @typedef {Pick<Metric, "unit">} Measured */
/** @typedef {"contour" | "3d"} View */

/**
 * How the plane was made, where its origin is, and how fine its grid.
 * @param {Landscape} landscape
 */
export function planeText({ plane, x, y, entry, evaluation, ends, progress }) {
  const made = {
    random: `Two random directions, α and β${lengthText(evaluation?.normalization ?? "filter")}.`,
    pca: "α and β are the two directions in which the run moved most.",
    minima: "The plane through the ends of three runs, with the directions α and β.",
    shared: "α and β are the two directions in which the runs moved most, each run counted alike.",
    ends: `The plane through ${list(ends.map(({ label }) => label)) || "chosen networks"}, with the directions α and β.`,
    given: "α and β are directions that were given.",
    hessian: `α and β are two eigenvectors of the Hessian at the origin: ${eigenText(plane)}.`,
  }[plane.kind];
  return `${made} Its origin, marked +, is ${originText(plane.origin, entry, ends)}. ${partText(progress) || `The surface is computed at ${x.length} × ${y.length} points; between them it is interpolated.`}`;
}

/**
 * Which eigenvectors a plane lies along.
 * @param {Landscape["plane"]} plane
 */
function eigenText({ curvature }) {
  const pairs = curvature?.pairs ?? [];
  return list(pairs.map(({ end, rank }) => `that of the ${rank === 1 ? "" : `${rank === 2 ? "second " : `${rank}th `}`}${end} eigenvalue`));
}

/**
 * How long random directions are, in a clause.
 * @param {string} normalization
 */
function lengthText(normalization) {
  if (normalization === "none") return ", each as long as all of the network’s weights together";
  const part = normalization === "layer" ? "layer" : "filter";
  return `, each ${part} as long as the network’s own, so that one unit is as far as the weights are large`;
}

/**
 * The network at a plane's origin.
 * @param {import("../../core/api-types.d.ts").Origin | null} origin  null: no run passes through it
 * @param {Entry} entry
 * @param {Landscape["ends"]} ends
 */
function originText(origin, entry, ends) {
  if (origin === null) return ends.find(({ x, y }) => x === 0 && y === 0)?.label ?? "the network that was drawn";
  const run = entry.runs.find(({ id }) => id === origin.run);
  const label = labelsOf(entry).get(origin.run) ?? origin.run;
  // A label that is no more than settings is no name.
  const settings = entry.is_paper && /^[a-z]/.test(label);
  const name = entry.runs.length < 2 ? "the run" : settings ? `the run with ${label}` : label;
  return run?.steps === origin.step ? `the end of ${name}` : `${name} at step ${integer(origin.step)}`;
}

/** How each view marks what its colours leave out. @type {Record<View, {above: string, below: string, notFinite: string}>} */
const MARKS = {
  contour: { above: "hatched /", below: "hatched \\", notFinite: "grey and crossed" },
  "3d": { above: "cut off", below: "cut off", notFinite: "left open" },
};

/**
 * What of a surface the colours do not show.
 * @param {Coloring} coloring
 * @param {Measured} metric
 * @param {View} view
 * @returns {string}  empty: they show all
 */
export function clippingText({ counts, range, extent }, metric, view) {
  const value = (/** @type {number} */ v) => valueText(v, metric);
  const marks = MARKS[view];
  const parts = [];
  if (counts.above && extent) {
    parts.push(`${cells(counts.above, counts.cells)} above ${value(range[1])} (up to ${value(extent[1])}), ${marks.above}`);
  }
  if (counts.below && extent) {
    parts.push(`${cells(counts.below, counts.cells)} below ${value(range[0])} (down to ${value(extent[0])}), ${marks.below}`);
  }
  if (counts.notFinite) {
    parts.push(`${cells(counts.notFinite, counts.cells)} not finite, ${marks.notFinite}`);
  }
  return parts.length ? `${parts.join("; ")}.` : "";
}

/** The rule by which colours end where nobody chose an end. @type {Record<End, string>} */
const ENDS = {
  highest: "",
  fence: "Colours end where outliers begin, 1.5 interquartile ranges above the third quartile",
  path: "Colours end at the highest value under a path, beyond where outliers begin",
};

/**
 * Where the colours end, why there, and what they leave out.
 * @param {Coloring} coloring
 * @param {Measured} metric
 * @param {View} view
 * @param {End | null} end  null: somebody chose the range
 * @returns {string}  empty: they show all
 */
export function colorsText(coloring, metric, view, end) {
  const clipped = clippingText(coloring, metric, view);
  if (!clipped) return "";
  const rule = end === null ? "" : ENDS[end];
  return `${rule || "Not in the colours"}: ${clipped}`;
}

/** Scales whose ratio differs from 1 by less than this look equal. */
const SAME_SCALE = 0.01;

/**
 * How the scales of the two axes compare as they are drawn.
 * @param {{x: number, y: number}} unit  lengths of one unit of each axis in the picture
 */
export function scalesText({ x, y }) {
  const ratio = x / y;
  if (!Number.isFinite(ratio) || ratio === 0) return "";
  if (Math.max(ratio, 1 / ratio) < 1 + SAME_SCALE) return "Both axes have one scale.";
  const [longer, shorter, times] = ratio > 1 ? ["α", "β", ratio] : ["β", "α", 1 / ratio];
  return `The axes have scales of their own: one unit of ${longer} is drawn ${setting(Number(times.toPrecision(3)))} times as long as one of ${shorter}.`;
}

/**
 * @param {number} count
 * @param {number} all
 */
function cells(count, all) {
  return `${integer(count)} of ${integer(all)} points ${count === 1 ? "is" : "are"}`;
}

/**
 * @param {number} value
 * @param {Measured} metric
 */
export function valueText(value, { unit }) {
  if (!Number.isFinite(value)) return "not finite";
  return unit === "share" ? percent(value) : number(value);
}

/**
 * A metric's name at the beginning of a line, or on a button.
 * @param {Pick<Metric, "label">} metric
 */
export function metricName({ label }) {
  return label.charAt(0).toUpperCase() + label.slice(1);
}

/**
 * A text about the loss, with its unit where that is known. Before metrics had names, all losses were
 * those of one job.
 * @param {string} text
 * @param {Pick<Landscape, "evaluation" | "manifest">} landscape
 */
export function withLossUnit(text, { evaluation, manifest }) {
  const unit = manifest.metrics ? evaluation?.unit : "nats";
  return unit ? `${text} (${unit})` : text;
}

/**
 * Which values of a metric are the good ones.
 * @param {Pick<Metric, "higher_is_better">} metric
 * @returns {string}  empty: not known
 */
export function directionText({ higher_is_better }) {
  if (higher_is_better === null) return "";
  return higher_is_better ? "higher is better" : "lower is better";
}

/**
 * How far some trajectories reach, in the coordinates of the plane.
 * @param {readonly Pick<Trajectory, "x" | "y">[]} trajectories
 * @returns {import("../../core/geometry/bounds.js").Bounds | null}
 */
export function reachOf(trajectories) {
  const bounds = { x0: Infinity, x1: -Infinity, y0: Infinity, y1: -Infinity };
  for (const { x, y } of trajectories) {
    for (let i = 0; i < x.length; i++) {
      const [px, py] = [Number(x[i]), Number(y[i])];
      if (!Number.isFinite(px) || !Number.isFinite(py)) continue;
      bounds.x0 = Math.min(bounds.x0, px);
      bounds.x1 = Math.max(bounds.x1, px);
      bounds.y0 = Math.min(bounds.y0, py);
      bounds.y1 = Math.max(bounds.y1, py);
    }
  }
  return bounds.x0 <= bounds.x1 ? bounds : null;
}

/** A path smaller than this part of the grid is a dot. */
const DOT_PART = 0.05;

/**
 * Why the path is a dot, if it is one.
 * @param {Landscape} landscape
 * @returns {{text: string, bounds: import("../../core/geometry/bounds.js").Bounds} | null}  with what to zoom to
 */
export function dotOf({ x, y, trajectories, manifest }) {
  const reach = reachOf(trajectories);
  if (!reach) return null;
  const size = Math.max(reach.x1 - reach.x0, reach.y1 - reach.y0);
  const width = Math.max(Number(x.at(-1)) - Number(x[0]), Number(y.at(-1)) - Number(y[0]));
  if (size === 0 || size > DOT_PART * width) return null;
  const { parameters } = manifest.network;
  const dimensions = parameters ? `${integer(parameters)} dimensions` : "all dimensions";
  const text =
    `True to scale, the path is a dot: ${setting(Number(size.toPrecision(2)))} across on a plane ${setting(width)} wide. ` +
    `Of ${dimensions} a random plane takes two, and a path hardly ever runs along them.`;
  const margin = 0.6 * size;
  const [cx, cy] = [(reach.x0 + reach.x1) / 2, (reach.y0 + reach.y1) / 2];
  return {
    text,
    bounds: { x0: cx - size / 2 - margin, x1: cx + size / 2 + margin, y0: cy - size / 2 - margin, y1: cy + size / 2 + margin },
  };
}

/**
 * A surface's loss in a few words, and which metric is shown in its place.
 * @param {Surface} surface
 * @param {string} name
 * @param {Metric} metric  that is shown
 * @param {View} view
 * @param {string} [counted]  what it is the mean of, one of them
 * @param {number} [saddles]  how many are marked
 */
export function surfaceText(
  { images, lowest, highest, minima, minimaOnBorder, correlation, id },
  name,
  metric,
  view,
  counted = "image",
  saddles = 0,
) {
  const size = images === null ? "" : `, ${integer(images)} ${counted}${images === 1 ? "" : "s"}`;
  const direction = directionText(metric);
  const shown =
    metric.id === "loss" ? "" : ` The colours show ${metric.label}${direction ? `: ${direction}` : ""}.`;
  if (minima === null || minimaOnBorder === null) return `${name}${size}: incomplete.${shown}`;
  const range =
    lowest === null || highest === null ? "no finite loss" : `loss ${number(lowest)} to ${number(highest)}`;
  const inside = minima - minimaOnBorder;
  const found = `${integer(inside)} ${inside === 1 ? "minimum" : "minima"} inside the grid`;
  const border = minimaOnBorder ? ` and ${integer(minimaOnBorder)} on its border` : "";
  const marked = metric.id === "loss" && minima > 0 ? `, marked ${view === "contour" ? "✦" : "●"}` : "";
  const passes = saddles
    ? `, and ${integer(saddles)} ${saddles === 1 ? "saddle" : "saddles"} inside it, marked ${view === "contour" ? "×" : "■"}, where two basins or two hills deeper than rounding meet`
    : "";
  const alike =
    correlation === null || id === "train" ? "" : `; correlation with the whole training set ${correlation.toFixed(3)}`;
  return `${name}${size}: ${range}, ${found}${border}${marked}${passes}${alike}.${shown}`;
}

/**
 * One line about a surface: how much of it is convex, and how many minima it has.
 * @param {Pick<Surface, "convexity" | "minima" | "minimaOnBorder">} surface
 */
export function convexityText({ convexity, minima, minimaOnBorder }) {
  if (minima === null || minimaOnBorder === null) return "Incomplete.";
  const share = convexity.share.at(-1);
  const convex =
    share === undefined || Number.isNaN(share)
      ? "No cell can be judged"
      : `${percent(share)} of the cells are convex`;
  return `${convex}; ${minima === 1 ? "one minimum" : `${minima} minima`}${borderText(minima, minimaOnBorder)}.`;
}

/**
 * @param {number} minima
 * @param {number} border
 */
function borderText(minima, border) {
  if (border === 0) return "";
  if (border < minima) return `, ${border} of them at the border`;
  return minima === 1 ? ", at the border" : ", all at the border";
}

/**
 * Where on its run a landscape lies.
 * @param {Entry} entry
 */
export function momentText({ origin, runs }) {
  const run = runs.find(({ id }) => id === origin?.run);
  if (!origin || !run) return "";
  if (origin.step >= run.steps) return "End of training";
  if (origin.step === 0) return "Before training";
  const length = run.steps_per_epoch ?? 1;
  const epochs = origin.step / length;
  if (length > 1 && Number.isInteger(epochs)) return `After epoch ${epochs}`;
  return `After step ${integer(origin.step)}`;
}
