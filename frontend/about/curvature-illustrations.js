/**
 * The illustrations of claims about curvature. Of the edge of stability: the sharpness along trainings
 * in units of each rule's full-batch limit, on a logarithmic scale, with the band in which the claim's
 * rule wants it to stay. Of flatness: sharpness beside test accuracy of many runs at one training loss.
 */

import { addressOf } from "../core/addresses.js";
import { element } from "../core/dom.js";
import { coordinate, integer, setting } from "../core/format.js";
import { plotArea } from "../core/geometry/areas.js";
import { linearMap } from "../core/geometry/linear-map.js";
import { appearanceOf } from "../core/optimizer-style.js";
import { theme, themeName } from "../core/theme.js";
import { optimizerOf } from "../surfaces/run-style.js";
import { prepare } from "../surfaces/surface-canvas.js";
import { picture, whenSized } from "./drawing.js";
import { ticks } from "./numbers.js";

/** @typedef {import("../surfaces/landscape-data.js").CurvaturePath} CurvaturePath */
/** @typedef {import("../surfaces/landscape-data.js").Entry} Entry */
/** @typedef {import("../core/api-types.d.ts").ClaimNumber} ClaimNumber */
/** @typedef {"sharpness" | "preconditioned"} Kind */

const MARGIN = { left: 44, right: 22, top: 14, bottom: 40 };
/** Of a snapshot on a line, and of a run among others. */
const DOT_RADIUS = 2.6;
const RUN_RADIUS = 4;
/** Half the length of a cross, which marks what has not converged, and where it stands. */
const CROSS_PX = 4;
const CROSS_ABOVE_PX = 8;
/** Several seeds of one run have its colour, and lines of their own. */
const SEEDS = /** @type {const} */ ([
  { dash: [], pattern: "solid" },
  { dash: [9, 4], pattern: "dash" },
  { dash: [9, 3, 2.5, 3], pattern: "dashdot" },
]);

/** What each claim draws of whom. @type {Record<string, {kind: Kind, runs: string[], what: string}>} */
export const SHARPNESS = {
  "edge-of-stability": { kind: "sharpness", runs: ["gd"], what: "The sharpness" },
  "adaptive-edge": {
    kind: "preconditioned",
    runs: ["adam-full", "rmsprop-full"],
    what: "The sharpness in each optimizer’s own metric",
  },
};

/**
 * A line of the chart: values in units of the limit, NaN where none has converged.
 * @typedef {object} Line
 * @property {string} label
 * @property {string} optimizer  whose colour it has
 * @property {typeof SEEDS[number]} look
 * @property {number} limit
 * @property {Float64Array} shares  of the training, 0 to 1
 * @property {Float64Array} values
 */

/**
 * The lines that a claim draws of a table's runs; a run without a limit has none.
 * @param {string} claim
 * @param {readonly CurvaturePath[]} curvature
 * @param {Pick<Entry, "runs">} entry
 * @returns {Line[]}
 */
export function linesOf(claim, curvature, { runs }) {
  const drawn = SHARPNESS[claim];
  if (!drawn) return [];
  const { kind, runs: ids } = drawn;
  return ids.flatMap((id) => {
    const paths = curvature.filter(({ run, limit, limit_of }) => run === id && limit && limit_of === kind);
    const run = runs.find((one) => one.id === id);
    return paths.map((path, i) => {
      const limit = Number(path.limit);
      const last = Number(path.steps.at(-1)) || 1;
      const name = run?.label ?? id;
      return {
        label: paths.length > 1 ? `${name}, seed ${path.seed}` : name,
        optimizer: run ? optimizerOf(run) : "",
        look: /** @type {typeof SEEDS[number]} */ (SEEDS[i % SEEDS.length]),
        limit,
        shares: Float64Array.from(path.steps, (step) => step / last),
        values: Float64Array.from(path[kind].values, (value) => value / limit),
      };
    });
  });
}

/**
 * The band that the rule of a claim names, in units of the limit, and from which share of the steps on.
 * @param {readonly ClaimNumber[]} numbers
 * @returns {{low: number, high: number, from: number} | null}
 */
export function bandOf(numbers) {
  const value = (/** @type {string} */ label) => numbers.find((one) => one.label === label)?.value ?? null;
  const [low, high] = [value("Band, in units of the limit: lowest"), value("Band, in units of the limit: highest")];
  if (low === null || high === null) return null;
  return { low, high, from: value("Band: from this share of the steps") ?? 0 };
}

/**
 * The range of some ratios as logarithms, the limit and the band within it; what is not above zero has
 * no place on it.
 * @param {readonly Line[]} lines
 * @param {{low: number, high: number} | null} band
 * @returns {[number, number]}
 */
export function rangeOfRatios(lines, band) {
  const logarithms = lines
    .flatMap(({ values }) => [...values])
    .concat(1, band ? [band.low, band.high] : [])
    .filter((value) => value > 0 && Number.isFinite(value))
    .map(Math.log10);
  const [low, high] = [Math.min(...logarithms), Math.max(...logarithms)];
  const room = 0.06 * (high - low || 1);
  return [low - room, high + room];
}

/**
 * Round ratios within a range of logarithms.
 * @param {readonly [number, number]} range
 */
export function ratioTicks([low, high]) {
  const powers = Array.from({ length: Math.ceil(high) - Math.floor(low) + 1 }, (_, i) => Math.floor(low) + i);
  const factors = high - low < 2 ? [1, 2, 5] : [1];
  return powers
    .flatMap((power) => factors.map((factor) => Number(`${factor}e${power}`)))
    .filter((value) => Math.log10(value) >= low && Math.log10(value) <= high);
}

/**
 * What the limits are, in a sentence.
 * @param {readonly Line[]} lines
 */
export function limitsText(lines) {
  const value = (/** @type {number} */ limit) => (limit >= 1e3 ? integer(limit) : setting(Number(limit.toPrecision(4))));
  const limits = new Set(lines.map(({ limit }) => limit));
  if (limits.size === 1) return `1 is the full-batch limit of the rule, here ${value(Number([...limits][0]))}.`;
  const each = lines.map(({ label, limit }) => `${label} ${value(limit)}`);
  return `1 is the full-batch limit of each rule: ${each.join("; ")}.`;
}

/**
 * @param {HTMLElement} root
 * @param {object} claim
 * @param {string} claim.id
 * @param {readonly ClaimNumber[]} claim.numbers
 * @param {readonly CurvaturePath[]} curvature
 * @param {Entry} entry  the table that it is from
 * @returns {import("./drawing.js").Illustration | null}  null: there is nothing to draw
 */
export function illustrateSharpness(root, { id, numbers }, curvature, entry) {
  const lines = linesOf(id, curvature, entry).map((line) => ({
    ...line,
    mark: element("i", { "aria-hidden": "true", "data-pattern": line.look.pattern }),
  }));
  const what = SHARPNESS[id]?.what;
  if (!lines.length || !what) return null;
  const band = bandOf(numbers);
  const range = rangeOfRatios(lines, band);
  const canvas = picture("line-chart", `${what} along ${lines.map(({ label }) => label).join(", ")}, in units of its limit. ${limitsText(lines)}`);

  const draw = () => {
    const { context, width, height } = prepare(canvas);
    const { ink, faint } = theme();
    const map = linearMap({ x0: 0, x1: 1, y0: range[0], y1: range[1] }, plotArea({ width, height }, MARGIN));
    const { left, top, width: across, height: down } = map.area;
    if (band) {
      const [upper, lower] = [map.y(Math.log10(band.high)), map.y(Math.log10(band.low))];
      context.fillStyle = faint;
      context.globalAlpha = 0.6;
      context.fillRect(map.x(band.from), upper, map.x(1) - map.x(band.from), lower - upper);
      context.globalAlpha = 1;
    }
    context.font = "12px system-ui, sans-serif";
    context.fillStyle = ink;
    context.textAlign = "right";
    for (const ratio of ratioTicks(range)) {
      const y = map.y(Math.log10(ratio));
      context.strokeStyle = ratio === 1 ? ink : faint;
      context.lineWidth = ratio === 1 ? 1.5 : 1;
      context.beginPath();
      context.moveTo(left, y);
      context.lineTo(left + across, y);
      context.stroke();
      context.fillText(setting(ratio), left - 7, y + 4);
    }
    context.textAlign = "center";
    for (const share of [0, 0.25, 0.5, 0.75, 1]) context.fillText(`${100 * share}%`, map.x(share), top + down + 16);
    context.fillText("share of each training", left + across / 2, height - 4);
    for (const line of lines) drawLine(context, map, line);
  };
  root.replaceChildren(
    element("p", { class: "says" }, `${what} along each training, in units of its limit. ${limitsText(lines)}`),
    canvas,
    element(
      "figcaption",
      {},
      element("p", { class: "figure-legend" }, ...lines.map(({ mark, label }) => element("span", {}, mark, label))),
      captionOf(lines, band),
      " ",
      element("a", { href: addressOf(`landscapes?show=${entry.id}`) }, entry.title),
    ),
  );
  return whenSized([canvas], draw);
}

/**
 * @param {CanvasRenderingContext2D} context
 * @param {import("./drawing.js").LinearMap} map
 * @param {Line & {mark: HTMLElement}} line
 */
function drawLine(context, map, { optimizer, look, shares, values, mark }) {
  const color = appearanceOf(optimizer)[themeName()];
  mark.style.color = color;
  context.strokeStyle = context.fillStyle = color;
  context.lineWidth = 1.75;
  context.setLineDash(look.dash);
  context.beginPath();
  let drawing = false;
  values.forEach((value, i) => {
    const x = map.x(Number(shares[i]));
    if (!(value > 0)) drawing = false;
    else if (drawing) context.lineTo(x, map.y(Math.log10(value)));
    else {
      context.moveTo(x, map.y(Math.log10(value)));
      drawing = true;
    }
  });
  context.stroke();
  context.setLineDash([]);
  values.forEach((value, i) => {
    const x = map.x(Number(shares[i]));
    context.beginPath();
    if (value > 0) {
      context.arc(x, map.y(Math.log10(value)), DOT_RADIUS, 0, 2 * Math.PI);
      context.fill();
    } else if (!Number.isFinite(value)) {
      const y = map.area.top + map.area.height - CROSS_ABOVE_PX;
      context.moveTo(x - CROSS_PX, y - CROSS_PX);
      context.lineTo(x + CROSS_PX, y + CROSS_PX);
      context.moveTo(x - CROSS_PX, y + CROSS_PX);
      context.lineTo(x + CROSS_PX, y - CROSS_PX);
      context.stroke();
    }
  });
}

/**
 * @param {readonly Line[]} lines
 * @param {{low: number, high: number, from: number} | null} band
 */
function captionOf(lines, band) {
  const isOpen = lines.some(({ values }) => values.some((value) => !Number.isFinite(value)));
  const limits = band ? `Shaded: the rule’s band, ${coordinate(band.low, 1)} to ${coordinate(band.high, 1)} times the limit.` : "";
  return [limits, "Dots: the snapshots measured.", isOpen ? "×: not converged." : ""].filter(Boolean).join(" ");
}

/** How the numbers of a run are labelled. */
const LABEL = /^(.*), seed (\d+): (sharpness|test accuracy)$/s;

/**
 * A run with one seed; the accuracy is in percent.
 * @typedef {{setting: string, seed: string, sharpness: number, accuracy: number}} Scattered
 */

/**
 * The runs of which both numbers are told.
 * @param {readonly ClaimNumber[]} numbers
 * @returns {Scattered[]}
 */
export function scatterOf(numbers) {
  /** @type {Map<string, {setting: string, seed: string, sharpness?: number, accuracy?: number}>} */
  const found = new Map();
  for (const { label, value } of numbers) {
    const [, setting, seed, what] = LABEL.exec(label) ?? [];
    if (setting === undefined || seed === undefined || value === null) continue;
    const own = found.get(`${setting} ${seed}`) ?? { setting, seed };
    found.set(`${setting} ${seed}`, { ...own, [what === "sharpness" ? "sharpness" : "accuracy"]: value });
  }
  return [...found.values()].flatMap(({ sharpness, accuracy, ...rest }) =>
    sharpness === undefined || accuracy === undefined ? [] : [{ ...rest, sharpness, accuracy }],
  );
}

/**
 * The middle of each setting's runs, and where they are.
 * @param {readonly Scattered[]} runs
 */
export function starsOf(runs) {
  const settings = [...new Set(runs.map(({ setting }) => setting))];
  return settings.map((setting) => {
    const own = runs.filter((run) => run.setting === setting);
    const mean = (/** @type {(run: Scattered) => number} */ of) => own.reduce((sum, run) => sum + of(run), 0) / own.length;
    return { middle: { sharpness: mean((run) => run.sharpness), accuracy: mean((run) => run.accuracy) }, own };
  });
}

/**
 * @param {HTMLElement} root
 * @param {{numbers: readonly ClaimNumber[]}} claim
 * @returns {import("./drawing.js").Illustration | null}  null: there is nothing to draw
 */
export function illustrateFlatness(root, { numbers }) {
  const runs = scatterOf(numbers);
  if (!runs.length) return null;
  const stars = starsOf(runs);
  const canvas = picture("line-chart", `Sharpness and test accuracy of ${integer(runs.length)} runs of ${integer(stars.length)} settings at one training loss.`);
  const [x0, x1] = widened(runs.map(({ sharpness }) => sharpness));
  const [y0, y1] = widened(runs.map(({ accuracy }) => accuracy));

  const draw = () => {
    const { context, width, height } = prepare(canvas);
    const { ink, faint, strong } = theme();
    const map = linearMap({ x0, x1, y0, y1 }, plotArea({ width, height }, MARGIN));
    const { left, top, width: across, height: down } = map.area;
    context.font = "12px system-ui, sans-serif";
    context.fillStyle = ink;
    context.strokeStyle = faint;
    context.lineWidth = 1;
    context.textAlign = "right";
    for (const accuracy of ticks(y0, y1)) {
      context.beginPath();
      context.moveTo(left, map.y(accuracy));
      context.lineTo(left + across, map.y(accuracy));
      context.stroke();
      context.fillText(`${coordinate(accuracy, y1 - y0 < 5 ? 1 : 0)}%`, left - 7, map.y(accuracy) + 4);
    }
    context.textAlign = "center";
    for (const sharpness of ticks(x0, x1)) context.fillText(coordinate(sharpness, x1 - x0 < 5 ? 1 : 0), map.x(sharpness), top + down + 16);
    context.fillText("sharpness", left + across / 2, height - 4);
    context.strokeStyle = context.fillStyle = strong;
    for (const { middle, own } of stars) {
      for (const { sharpness, accuracy } of own) {
        context.globalAlpha = 0.45;
        context.beginPath();
        context.moveTo(map.x(middle.sharpness), map.y(middle.accuracy));
        context.lineTo(map.x(sharpness), map.y(accuracy));
        context.stroke();
        context.globalAlpha = 0.85;
        context.beginPath();
        context.arc(map.x(sharpness), map.y(accuracy), RUN_RADIUS, 0, 2 * Math.PI);
        context.fill();
      }
    }
    context.globalAlpha = 1;
  };
  root.replaceChildren(
    element("p", { class: "says" }, "Test accuracy over sharpness, each run where its training loss first passes the same value."),
    canvas,
    element("figcaption", {}, "A dot is a run; lines join the seeds of one setting. The numbers name every run."),
  );
  return whenSized([canvas], draw);
}

/**
 * The range of some numbers, with room at both ends.
 * @param {readonly number[]} values
 * @returns {[number, number]}
 */
function widened(values) {
  const [low, high] = [Math.min(...values), Math.max(...values)];
  const room = 0.08 * (high - low || Math.abs(high) || 1);
  return [low - room, high + room];
}
