/**
 * The sharpness along runs as its charts need it: what was measured, what has not converged, the
 * full-batch limits, and all of it in words. Nothing here touches the page.
 */

import { integer, list, number, percent, setting } from "../../core/format.js";

/** @typedef {import("../../surfaces/landscape-data.js").CurvaturePath} CurvaturePath */
/** @typedef {import("../../surfaces/landscape-data.js").Run} Run */
/** @typedef {"sharpness" | "preconditioned"} Kind */
/** @typedef {(run: string) => string} LabelOf */

/** What each chart shows. @type {Record<Kind, {name: string, inSentence: string, what: string}>} */
export const KINDS = {
  sharpness: {
    name: "Sharpness",
    inSentence: "sharpness",
    what: "Sharpness: the largest eigenvalue of the Hessian of the mean training loss",
  },
  preconditioned: {
    name: "Preconditioned sharpness",
    inSentence: "preconditioned sharpness",
    what: "Preconditioned sharpness: the largest eigenvalue of P^(−½) H P^(−½), where H is the Hessian of the mean training loss and P what the optimizer divides each coordinate’s step by",
  },
};

/**
 * A value at a step, or the residual of a search that has not converged.
 * @typedef {{step: number, value: number, residual: number}} Point
 */

/**
 * What was measured along a run; a run without a scaling of its own has no preconditioned values.
 * @param {CurvaturePath} path
 * @param {Kind} kind
 * @returns {Point[]}
 */
export function pointsOf(path, kind) {
  const { values, residuals } = path[kind];
  const points = Array.from(path.steps, (step, i) => ({ step, value: Number(values[i]), residual: Number(residuals[i]) }));
  return kind === "sharpness" ? points : points.filter(({ residual }) => !Number.isNaN(residual));
}

/**
 * The runs' curvatures of which a chart has something to say.
 * @param {readonly CurvaturePath[]} paths
 * @param {Kind} kind
 */
export function measuredOf(paths, kind) {
  return paths.filter((path) => pointsOf(path, kind).length > 0);
}

/**
 * The full-batch limit of a chart's values, null where none is known or it bounds the other ones.
 * @param {Pick<CurvaturePath, "limit" | "limit_of">} path
 * @param {Kind} kind
 */
export function limitOf({ limit, limit_of }, kind) {
  return limit_of === kind ? limit : null;
}

/**
 * How a rule's full-batch limit follows from its settings; empty: not known.
 * @param {Pick<Run, "spec">} run
 */
export function limitFormula({ spec }) {
  const given = /** @type {Record<string, unknown>} */ (spec.hyperparameters ?? {});
  switch (spec.optimizer) {
    case "SGD":
      if (!given.momentum) return "2/η";
      if (given.nesterov) return "2(1+μ)/((1+2μ)η)";
      return given.dampening ? "2(1+μ)/((1−d)η)" : "2(1+μ)/η";
    case "Adam":
    case "AdamW":
      return "2(1+β₁)/((1−β₁)η)";
    case "RMSprop":
      return given.momentum ? "2(1+μ)/η" : "2/η";
    default:
      return "";
  }
}

/**
 * The range of a run's values over the subsets of images, at each step at which there are two of them.
 * @param {CurvaturePath} path
 * @returns {{step: number, low: number, high: number}[]}
 */
export function rangesOf({ spread: { steps, values }, subsets }) {
  return Array.from(steps).flatMap((step, row) => {
    const found = Array.from(values.subarray(row * subsets, (row + 1) * subsets)).filter(Number.isFinite);
    return found.length > 1 ? [{ step, low: Math.min(...found), high: Math.max(...found) }] : [];
  });
}

/**
 * What a pointer on a line hears at one of its points.
 * @param {CurvaturePath} path
 * @param {Kind} kind
 * @param {Point} point
 */
export function pointText(path, kind, { step, value, residual }) {
  const at = `at step ${integer(step)}`;
  const name = KINDS[kind].inSentence;
  if (!Number.isFinite(value)) return `${name} ${at} not converged (${residualText(residual)})`;
  const limit = limitOf(path, kind);
  const compared = limit === null ? "" : `, ${number(value / limit)} of the full-batch limit`;
  return `${name} ${number(value)} ${at}, residual ${percent(residual / Math.abs(value))}${compared}`;
}

/**
 * A chart's title, with the images.
 * @param {readonly CurvaturePath[]} paths
 * @param {Kind} kind
 */
export function titleText(paths, kind) {
  const [first] = paths;
  return first ? `${KINDS[kind].name} on ${integer(first.images)} training images` : KINDS[kind].name;
}

/**
 * On which images, at which steps and how exactly a chart's values were measured.
 * @param {readonly CurvaturePath[]} paths  those that are shown, at least one
 * @param {Kind} kind
 */
export function measureText([first, ...others], kind) {
  const all = first ? [first, ...others] : others;
  const counts = all.map((path) => pointsOf(path, kind).length);
  const [few, many] = [Math.min(...counts), Math.max(...counts)];
  const snapshots = few === many ? integer(few) : `${integer(few)} to ${integer(many)}`;
  const parts = [
    `${KINDS[kind].what}, on ${imagesText(first)}, at ${snapshots} snapshots of each run (the dots). ` +
      `A value counts if its residual ‖Hv − λv‖ is at most ${percent(Number(first?.tolerance))} of it.`,
  ];
  if (kind === "sharpness" && all.some((path) => rangesOf(path).length)) {
    parts.push(`Bars: the range over ${integer(Number(first?.subsets))} disjoint sets of so many images.`);
  }
  return parts.join(" ");
}

/** @param {CurvaturePath | undefined} path */
function imagesText(path) {
  return path ? `${integer(path.images)} training images (drawn with seed ${path.images_seed})` : "training images";
}

/**
 * The full-batch limits of the runs that are shown, and what they bound.
 * @param {readonly CurvaturePath[]} paths
 * @param {Kind} kind
 * @param {LabelOf} labelOf
 * @param {(run: string) => Pick<Run, "spec"> | undefined} runOf
 * @returns {string}  empty: none has one
 */
export function limitsText(paths, kind, labelOf, runOf) {
  const told = paths.flatMap((path) => {
    const limit = limitOf(path, kind);
    const run = runOf(path.run);
    const formula = run ? limitFormula(run) : "";
    return limit === null ? [] : [`${labelOf(path.run)} ${formula ? `${formula} = ` : ""}${setting(Number(limit.toPrecision(4)))}`];
  });
  if (!told.length) return "No full-batch limit is known of these rules.";
  return (
    `Dotted: the full-batch limit of each rule, ${list(told)}. Above it steps on the whole training set ` +
    "grow on a quadratic; runs with small batches may stay well below it."
  );
}

/** Of values that have not converged, so many are told of each run. */
const MOST_TOLD = 4;

/**
 * What has not converged, and where; and whose values the scale cannot show.
 * @param {readonly CurvaturePath[]} paths
 * @param {Kind} kind
 * @param {LabelOf} labelOf
 * @returns {string}  empty: all has
 */
export function gapsText(paths, kind, labelOf) {
  const told = paths.flatMap((path) => {
    const missing = pointsOf(path, kind).filter(({ value }) => !Number.isFinite(value));
    if (!missing.length) return [];
    const some = missing
      .slice(0, MOST_TOLD)
      .map(({ step, residual }) => `step ${integer(step)} (${residualText(residual)})`);
    const more = missing.length - some.length;
    return [`${labelOf(path.run)} at ${list(more ? [...some, `${integer(more)} more`] : some)}`];
  });
  const flat = paths.filter((path) => pointsOf(path, kind).some(({ value }) => value <= 0)).map(({ run }) => labelOf(run));
  return [
    told.length ? `Not converged, and left open (×): ${told.join("; ")}.` : "",
    flat.length ? `Not above zero somewhere, for which the logarithmic scale has no place: ${list(flat)}.` : "",
  ]
    .filter(Boolean)
    .join(" ");
}

/** @param {number} residual */
function residualText(residual) {
  return Number.isFinite(residual) ? `residual ${number(residual)}` : "nothing found";
}

/**
 * A chart in a sentence, for who does not see it.
 * @param {readonly CurvaturePath[]} paths
 * @param {Kind} kind
 * @param {LabelOf} labelOf
 */
export function spokenText(paths, kind, labelOf) {
  const told = paths.map((path) => {
    const values = pointsOf(path, kind).flatMap(({ value }) => (Number.isFinite(value) ? [value] : []));
    const limit = limitOf(path, kind);
    const bound = limit === null ? "" : `, full-batch limit ${number(limit)}`;
    if (!values.length) return `${labelOf(path.run)}: nothing converged${bound}`;
    return `${labelOf(path.run)}: from ${number(Number(values[0]))} to ${number(Number(values.at(-1)))}, at most ${number(Math.max(...values))}${bound}`;
  });
  return `${KINDS[kind].name} of each run at its snapshots. ${told.join(". ")}.`;
}

/**
 * One row for each measured snapshot. What has not converged is nan, as most programs read it; what a
 * run has not is empty.
 * @param {readonly CurvaturePath[]} paths
 */
export function curvatureAsCsv(paths) {
  const rows = [
    "run,seed,step,images,images_seed,tolerance,sharpness,residual,preconditioned,preconditioned_residual,limit,limit_of",
  ];
  for (const path of paths) {
    const { run, seed, steps, images, images_seed, tolerance, sharpness, preconditioned, limit, limit_of } = path;
    Array.from(steps).forEach((step, i) => {
      const scaled = Number.isNaN(preconditioned.residuals[i]) ? ["", ""] : [preconditioned.values[i], preconditioned.residuals[i]];
      const cells = [seed, step, images, images_seed, tolerance, sharpness.values[i], sharpness.residuals[i], ...scaled];
      const rest = [limit ?? "", limit_of ?? ""];
      rows.push([run, ...[...cells, ...rest].map((value) => String(value ?? "").toLowerCase())].join(","));
    });
  }
  return `${rows.join("\r\n")}\r\n`;
}
