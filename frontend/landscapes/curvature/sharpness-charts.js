/**
 * The charts of the sharpness along runs: values at snapshots, the full-batch limits, the spread over
 * images, and what has not converged. Values stand on a logarithmic scale, on which what is a part of
 * its limit can be read off; without a positive value there is nothing to draw.
 */

import { theme } from "../../core/theme.js";
import { element } from "../../core/dom.js";
import { integer, number } from "../../core/format.js";
import { lastAtMost } from "../../core/geometry/sequences.js";
import { createLineChart } from "../../plot/line-chart.js";
import { chartBox } from "../single/charts.js";
import { UNITS, timeOf, timeText } from "../model/time-units.js";
import { KINDS, gapsText, limitFormula, limitOf, limitsText, measureText, measuredOf, pointText, pointsOf, rangesOf, spokenText, titleText } from "./sharpness-values.js";

/** @typedef {import("../model/selection.js").Selection} Selection */
/** @typedef {import("../../surfaces/landscape-data.js").CurvaturePath} CurvaturePath */
/** @typedef {import("../../plot/line-chart.js").Axes} Axes */
/** @typedef {import("./sharpness-values.js").Kind} Kind */
/** @typedef {import("./sharpness-values.js").Point} Point */

const LIMIT_DASH = [2, 4];
const DOT_RADIUS = 2.4;
/** What lies ahead of the playhead, as the lines of other charts have it. */
const AHEAD_OPACITY = 0.28;
const SPREAD_OPACITY = 0.6;
/** Half the length of a bar's cap, and of a cross. */
const CAP_PX = 4;
/** Above the chart's lower edge, where crosses stand. */
const GAP_MARK_PX = 8;
/** A limit's name needs so much room above it. */
const LABEL_PX = 14;
/** Room below and above, where a limit has its name, as parts of the range of the logarithms. */
const ROOM = { below: 0.1, above: 0.18 };
/** From a limit's line to its name. */
const LABEL_GAP_PX = 4;

/**
 * One run in a chart.
 * @typedef {object} Traced
 * @property {CurvaturePath} path
 * @property {Point[]} points
 * @property {Float64Array} times  of the points
 * @property {Float64Array} heights  decadic logarithms; NaN: a gap
 * @property {number} last  when the run ended
 * @property {{label: string, color: string, dash: number[]}} look
 * @property {number | null} limit
 * @property {string} limitName
 * @property {{time: number, low: number, high: number}[]} ranges  logarithms
 */

/** @param {number} value */
function logarithm(value) {
  return value > 0 ? Math.log10(value) : NaN;
}

/**
 * @param {Selection} selection
 * @param {() => number} end  where the playhead's way ends
 * @param {object} actions
 * @param {(at: number) => void} actions.onSeek
 * @param {(run: string | null) => void} actions.onPoint
 */
export function createSharpnessCharts(selection, end, actions) {
  const charts = {
    sharpness: createChart("sharpness", selection, end, actions),
    preconditioned: createChart("preconditioned", selection, end, actions),
  };
  const all = Object.values(charts);
  return {
    root: element("div", { class: "sharpness-charts" }, ...all.map(({ root }) => root)),
    charts,
    refresh: () => all.forEach((one) => one.refresh()),
    emphasize: () => all.forEach((one) => one.emphasize()),
    invalidate: () => all.forEach((one) => one.invalidate()),
  };
}

/**
 * @param {Kind} kind
 * @param {Selection} selection
 * @param {() => number} end
 * @param {{onSeek: (at: number) => void, onPoint: (run: string | null) => void}} actions
 */
function createChart(kind, selection, end, { onSeek, onPoint }) {
  const box = chartBox(KINDS[kind].name, KINDS[kind].name);
  const note = element("p", { class: "about" });
  const rule = element("p", { class: "about" });
  box.root.append(note, element("details", { class: "how-measured" }, element("summary", {}, "How it is measured"), rule));
  /** @type {Traced[]} */
  let traced = [];
  const chart = createLineChart(box.plot, {
    playhead: selection.at,
    onSeek,
    onPoint,
    describe: (id, x) => {
      const found = traced.find(({ path }) => path.run === id);
      if (!found) return "";
      const i = Math.max(lastAtMost(found.times, x), 0);
      const time = timeText(selection.clock(), Number(found.times[i]));
      return `${found.look.label}, ${time}\n${pointText(found.path, kind, /** @type {Point} */ (found.points[i]))}`;
    },
  });
  const labelOf = (/** @type {string} */ run) => selection.look(run).label;
  const runOf = (/** @type {string} */ run) => selection.landscape().entry.runs.find(({ id }) => id === run);
  const shownPaths = () => {
    const shown = selection.shown().map(({ run }) => run);
    return measuredOf(selection.landscape().curvature, kind).filter(({ run }) => shown.includes(run));
  };

  /**
   * @param {CurvaturePath} path
   * @returns {Traced}
   */
  const trace = (path) => {
    const { trajectories, manifest } = selection.landscape();
    const trajectory = trajectories.find(({ run }) => run === path.run);
    if (!trajectory) throw new Error(`The landscape has no path of ${path.run}.`);
    const time = timeOf(selection.clock(), trajectory.result, manifest.dataset.train ?? null);
    const points = pointsOf(path, kind);
    const limit = limitOf(path, kind);
    const run = runOf(path.run);
    return {
      path,
      points,
      times: Float64Array.from(points, ({ step }) => time(step)),
      heights: Float64Array.from(points, ({ value }) => logarithm(value)),
      last: selection.times(trajectory).end,
      look: selection.look(path.run),
      limit: limit === null ? null : logarithm(limit),
      limitName: run ? limitFormula(run) : "",
      ranges: kind === "preconditioned" ? [] : rangesOf(path).map(({ step, low, high }) => ({ time: time(step), low: logarithm(low), high: logarithm(high) })),
    };
  };

  /** What the lines are, and how they were measured. */
  const captions = () => {
    const paths = shownPaths();
    if (!paths.length) return { note: "", rule: "" };
    return {
      note: [limitsText(paths, kind, labelOf, runOf), gapsText(paths, kind, labelOf)].filter(Boolean).join(" "),
      rule: measureText(paths, kind),
    };
  };

  return {
    root: box.root,
    title: () => String(box.title.textContent),
    caption: () => Object.values(captions()).join(" "),
    invalidate: chart.invalidate,
    emphasize: () => chart.emphasize(selection.front()),

    refresh() {
      const paths = shownPaths();
      box.root.hidden = measuredOf(selection.landscape().curvature, kind).length === 0;
      if (box.root.hidden) return;
      traced = paths.map(trace);
      box.plot.setAttribute("aria-label", spokenText(paths, kind, labelOf));
      box.title.textContent = titleText(selection.landscape().curvature, kind);
      const texts = captions();
      note.textContent = texts.note;
      rule.textContent = texts.rule;
      chart.setLines(traced.map(({ path, times, heights, look }) => ({
        id: path.run,
        path: { steps: times, xs: times, ys: heights, color: look.color, dash: look.dash },
      })));
      const clock = selection.clock();
      chart.setAxes({
        x: [0, end() || 1],
        y: rangeOfHeights(traced),
        log: true,
        ticks: ticksWithin(rangeOfHeights(traced)),
        shares: clock === "share",
        titles: { x: UNITS[clock].name, y: "" },
      });
      chart.setGround({
        draw: (context, map) => drawGround(context, map, traced, selection.at()),
        traces: () => tracesOf(traced),
      });
    },

    /** What a picture of the chart shows; no lines where it is hidden. */
    shown() {
      const { axes } = chart.shown();
      const lines = (box.root.hidden ? [] : traced).map(({ times, heights, look }) => ({
        name: look.label,
        color: look.color,
        dash: look.dash,
        xs: times,
        ys: heights,
      }));
      return { axes, lines, ground: tracesOf(traced) };
    },
  };
}

/**
 * The logarithms that a chart needs: of its values, their spread, and their limits.
 * @param {readonly Traced[]} traced
 * @returns {[number, number]}
 */
export function rangeOfHeights(traced) {
  const heights = traced
    .flatMap(({ heights: own, limit, ranges }) => [...own, limit ?? NaN, ...ranges.flatMap(({ low, high }) => [low, high])])
    .filter(Number.isFinite);
  if (!heights.length) return [0, 1];
  const [low, high] = [Math.min(...heights), Math.max(...heights)];
  const span = high - low || 1;
  return [low - ROOM.below * span, high + ROOM.above * span];
}

/** An axis has room for so many ticks. */
const MOST_TICKS = 5;

/**
 * Round values within a range of logarithms: powers of ten, or also their doubles and fivefolds where
 * those are too few.
 * @param {readonly [number, number]} range
 * @returns {{at: number[], text: string[]}}
 */
export function ticksWithin([low, high]) {
  const powers = Array.from({ length: Math.ceil(high) - Math.floor(low) + 1 }, (_, i) => Math.floor(low) + i);
  const within = (/** @type {number[]} */ factors) =>
    powers
      .flatMap((power) => factors.map((factor) => Number(`${factor}e${power}`)))
      .filter((value) => Math.log10(value) >= low && Math.log10(value) <= high);
  const [decades, finer, finest] = [within([1]), within([1, 3]), within([1, 2, 5])];
  const found = [finest, finer, decades].find(({ length }) => length <= MOST_TICKS) ?? decades;
  const stride = Math.ceil(found.length / MOST_TICKS);
  const at = found.filter((_, i) => i % stride === 0);
  return { at, text: at.map(tickText) };
}

/** Beyond these a tick is a power of ten. */
const PLAIN = /** @type {const} */ ([1e-3, 1e5]);

/** @param {number} value */
function tickText(value) {
  return value >= PLAIN[0] && value < PLAIN[1] ? integer(value) : number(value);
}

/**
 * @param {CanvasRenderingContext2D} context
 * @param {import("../../core/geometry/linear-map.js").LinearMap} map
 * @param {readonly Traced[]} traced
 * @param {number} at  the playhead
 */
function drawGround(context, map, traced, at) {
  const { area } = map;
  const { page, ink } = theme();
  /** Where limits have their names. @type {number[]} */
  const named = [];
  context.save();
  context.lineCap = "butt";
  for (const { points, times, heights, look, last, limit, limitName, ranges } of traced) {
    context.strokeStyle = context.fillStyle = look.color;
    if (limit !== null) {
      const y = map.y(limit);
      context.setLineDash(LIMIT_DASH);
      context.lineWidth = 1.5;
      stroke(context, [map.x(0), y], [map.x(last), y]);
      if (limitName && named.every((other) => Math.abs(other - y) >= LABEL_PX)) {
        named.push(y);
        context.font = "12px system-ui, sans-serif";
        context.textAlign = "left";
        context.textBaseline = "alphabetic";
        context.lineWidth = 3;
        context.setLineDash([]);
        context.strokeStyle = page;
        context.strokeText(limitName, area.left + LABEL_GAP_PX, y - LABEL_GAP_PX);
        context.fillStyle = ink;
        context.fillText(limitName, area.left + LABEL_GAP_PX, y - LABEL_GAP_PX);
        context.strokeStyle = context.fillStyle = look.color;
      }
    }
    context.setLineDash([]);
    context.lineWidth = 1.25;
    for (const { time, low, high } of ranges) {
      context.globalAlpha = time <= at ? SPREAD_OPACITY : AHEAD_OPACITY;
      const [x, top, bottom] = [map.x(time), map.y(high), map.y(low)];
      stroke(context, [x, top], [x, bottom]);
      for (const y of [top, bottom]) stroke(context, [x - CAP_PX, y], [x + CAP_PX, y]);
    }
    points.forEach(({ value }, i) => {
      const time = Number(times[i]);
      context.globalAlpha = time <= at ? 1 : AHEAD_OPACITY;
      const [x, height] = [map.x(time), Number(heights[i])];
      if (Number.isFinite(height)) {
        context.beginPath();
        context.arc(x, map.y(height), DOT_RADIUS, 0, 2 * Math.PI);
        context.fill();
      } else if (!Number.isFinite(value)) {
        const y = area.top + area.height - GAP_MARK_PX;
        stroke(context, [x - CAP_PX, y - CAP_PX], [x + CAP_PX, y + CAP_PX]);
        stroke(context, [x - CAP_PX, y + CAP_PX], [x + CAP_PX, y - CAP_PX]);
      }
    });
    context.globalAlpha = 1;
  }
  context.restore();
}

/**
 * @param {CanvasRenderingContext2D} context
 * @param {[number, number]} from
 * @param {[number, number]} to
 */
function stroke(context, from, to) {
  context.beginPath();
  context.moveTo(...from);
  context.lineTo(...to);
  context.stroke();
}

/** Above a picture's lower edge, where crosses stand, as a part of the range of the logarithms. */
const GAP_MARK_SHARE = 0.035;

/**
 * What lies under the lines, for a picture, in true values.
 * @param {readonly Traced[]} traced
 */
export function tracesOf(traced) {
  const [low, high] = rangeOfHeights(traced);
  return traced.flatMap((one) => groundTraces(one, low + GAP_MARK_SHARE * (high - low)));
}

/**
 * What lies under a run's line.
 * @param {Traced} traced
 * @param {number} gap  the logarithm at which what has not converged is marked
 */
function groundTraces({ points, times, heights, look, last, limit, ranges }, gap) {
  const value = (/** @type {number} */ height) => 10 ** height;
  const scatter = { type: "scatter", cliponaxis: false };
  return [
    ...(limit === null
      ? []
      : [{ ...scatter, mode: "lines", x: [0, last], y: [value(limit), value(limit)], line: { color: look.color, width: 1.5, dash: "2px,4px" } }]),
    ...ranges.map(({ time, low, high }) => ({
      ...scatter,
      mode: "lines+markers",
      x: [time, time],
      y: [value(low), value(high)],
      opacity: SPREAD_OPACITY,
      line: { color: look.color, width: 1.25 },
      marker: { symbol: "line-ew", size: 2 * CAP_PX, line: { color: look.color, width: 1.25 } },
    })),
    { ...scatter, mode: "markers", x: Array.from(times), y: Array.from(heights, value), marker: { color: look.color, size: 2 * DOT_RADIUS } },
    {
      ...scatter,
      mode: "markers",
      x: Array.from(times).filter((_, i) => !Number.isFinite(points[i]?.value)),
      y: points.filter((point) => !Number.isFinite(point.value)).map(() => value(gap)),
      marker: { symbol: "x-thin", size: 2 * CAP_PX, line: { color: look.color, width: 1.25 } },
    },
  ];
}
