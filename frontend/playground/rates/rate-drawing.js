/**
 * The drawing of curves over the learning rate, on the page and in pictures: shares of starts above,
 * median arrivals in the middle, and a lane for each variant's rate at the foot.
 */

import { tag, textAt } from "../../plot/drawing-parts.js";
import { percent } from "../../core/format.js";
import { logAxis, topOfShares } from "./rate-axis.js";

/** @typedef {import("./rate-requests.js").RatePoint} RatePoint */
/** @typedef {import("./rate-axis.js").Limits} Limits */
/** @typedef {ReturnType<typeof logAxis>} LogAxis */

/**
 * @typedef {object} DrawnCurve
 * @property {string} id  of the variant
 * @property {string} color
 * @property {readonly number[]} dash
 * @property {readonly RatePoint[]} points  by ascending rate
 * @property {number} rate  the variant's own
 * @property {import("./stability-limit.js").StabilityLimit | null} limit
 * @property {boolean} faded  another one stands out
 */

/**
 * The limits of the rate, and those of the steps: the smallest that is drawn, and the largest budget.
 * @typedef {{min: number, max: number, steps: Limits}} Ranges
 */

const LEFT = 50;
const RIGHT = 14;
const TOP = 12;
const SHARES_PX = 132;
const STEPS_PX = 96;
const GAP = 34;
export const LANE_PX = 20;
const FOOT = 42;
const TEXT = 12;
/** How wide a character of a limit's formula is, at most. */
const FORMULA_PX = 7;

/**
 * Where everything lies.
 * @param {number} width
 * @param {number} lanes
 * @param {Ranges} ranges
 */
export function layoutOf(width, lanes, { min, max, steps }) {
  const sharesTop = TOP + 16;
  const stepsTop = sharesTop + SHARES_PX + GAP;
  const lanesTop = stepsTop + STEPS_PX + 8;
  const foot = lanesTop + lanes * LANE_PX + 6;
  return {
    width,
    height: foot + FOOT,
    sharesTop,
    stepsTop,
    lanesTop,
    foot,
    rates: logAxis({ min, max }, LEFT, width - RIGHT),
    steps: logAxis(steps, stepsTop + STEPS_PX, stepsTop),
  };
}

/**
 * @param {readonly DrawnCurve[]} curves
 * @param {ReturnType<typeof layoutOf>} layout
 * @param {import("../../core/theme.js").Theme} theme
 * @returns {import("../../plot/drawing-parts.js").Drawing}
 */
export function curvesDrawing(curves, layout, theme) {
  const { width, height, sharesTop, stepsTop, rates, steps } = layout;
  const top = topOfShares(Math.max(0, ...curves.flatMap(({ points }) => points.map(({ high }) => high))));
  const shareAt = (/** @type {number} */ share) => sharesTop + SHARES_PX * (1 - share / top);
  // Whoever starts at a minimum arrives in step 0, which a logarithmic axis has not.
  const stepAt = (/** @type {number | null} */ step) => (step === null ? null : steps.at(Math.max(step, 1)));
  const parts = [
    heading("starts that arrive", sharesTop - 9, theme),
    heading("median arrival, in gradients", stepsTop - 9, theme),
    ...[0, 0.25, 0.5, 0.75, 1].map((part) => level(shareAt(part * top), percentText(part * top), layout, theme)),
    ...steps.ticks.map(({ value, text }) => level(steps.at(value), text, layout, theme)),
    ...rateTicks(layout, theme),
    ...curves.map((curve) => verticals(curve, layout)),
    ...curves.map((curve) =>
      line(curve, rates, {
        low: ({ low }) => shareAt(low),
        at: ({ share }) => shareAt(share),
        high: ({ high }) => shareAt(high),
      }),
    ),
    ...curves.map((curve) =>
      line(curve, rates, {
        low: ({ steps_low: low }) => stepAt(low),
        at: ({ steps: median }) => stepAt(median),
        high: ({ steps_high: high }) => stepAt(high),
      }),
    ),
    ...curves.map((curve, i) => lane(curve, i, layout, theme)),
  ];
  return { svg: parts.join(""), width, height };
}

/** @param {number} share */
function percentText(share) {
  return percent(share).replace(".0 %", " %");
}

/**
 * @param {string} text
 * @param {number} y
 * @param {import("../../core/theme.js").Theme} theme
 */
function heading(text, y, theme) {
  return textAt(text, LEFT, y, { size: TEXT, color: theme.ink });
}

/**
 * @param {number} y
 * @param {string} text
 * @param {ReturnType<typeof layoutOf>} layout
 * @param {import("../../core/theme.js").Theme} theme
 */
function level(y, text, { rates }, theme) {
  return (
    tag("line", { x1: rates.from, x2: rates.to, y1: y, y2: y, stroke: theme.faint }) +
    textAt(text, rates.from - 7, y + 4, { size: TEXT, color: theme.ink }, "end")
  );
}

/**
 * @param {ReturnType<typeof layoutOf>} layout
 * @param {import("../../core/theme.js").Theme} theme
 */
function rateTicks({ rates, foot }, theme) {
  return [
    ...rates.ticks.flatMap(({ value, text }) => {
      const x = rates.at(value);
      return [
        tag("line", { x1: x, x2: x, y1: foot, y2: foot + 4, stroke: theme.ink }),
        textAt(text, x, foot + 17, { size: TEXT, color: theme.ink }, "middle"),
      ];
    }),
    tag("line", { x1: rates.from, x2: rates.to, y1: foot, y2: foot, stroke: theme.ink }),
    textAt("learning rate η", (rates.from + rates.to) / 2, foot + 34, { size: TEXT, color: theme.ink }, "middle"),
  ];
}

/**
 * A variant's rate and its limit of stability, through both plots.
 * @param {DrawnCurve} curve
 * @param {ReturnType<typeof layoutOf>} layout
 */
function verticals({ color, rate, limit, faded }, { rates, sharesTop, stepsTop, foot }) {
  const strand = (/** @type {number} */ x, /** @type {Record<string, string | number>} */ look) =>
    [
      [sharesTop, sharesTop + SHARES_PX],
      [stepsTop, foot],
    ]
      .map(([y1 = 0, y2 = 0]) => tag("line", { x1: x, x2: x, y1, y2, stroke: color, ...look }))
      .join("");
  const opacity = faded ? 0.35 : 1;
  const own = strand(rates.at(rate), { "stroke-width": 1, "stroke-opacity": 0.75 * opacity });
  if (!limit || !isShown(limit.rate, rates)) return own;
  return own + strand(rates.at(limit.rate), { "stroke-width": 1.5, "stroke-dasharray": "2 3", "stroke-opacity": opacity });
}

/**
 * @param {number} rate
 * @param {LogAxis} rates
 */
function isShown(rate, rates) {
  const x = rates.at(rate);
  return x >= rates.from && x <= rates.to;
}

/**
 * A curve with its band, in pieces where nothing arrives.
 * @param {DrawnCurve} curve
 * @param {LogAxis} rates
 * @param {Record<"low" | "at" | "high", (point: RatePoint) => number | null>} heights
 */
function line({ points, color, dash, faded }, rates, { low, at, high }) {
  const opacity = faded ? 0.35 : 1;
  const parts = [];
  for (const piece of pieces(points, (point) => low(point) !== null && high(point) !== null)) {
    const there = piece.map((point) => pair(rates.at(point.lr), Number(high(point))));
    const back = piece.map((point) => pair(rates.at(point.lr), Number(low(point)))).reverse();
    parts.push(tag("path", { d: `M${[...there, ...back].join("L")}Z`, fill: color, "fill-opacity": 0.16 * opacity }));
  }
  for (const piece of pieces(points, (point) => at(point) !== null)) {
    const places = piece.map((point) => pair(rates.at(point.lr), Number(at(point))));
    parts.push(
      tag("path", {
        d: `M${places.join("L")}`,
        fill: "none",
        stroke: color,
        "stroke-width": 2,
        "stroke-opacity": opacity,
        "stroke-linejoin": "round",
        ...(dash.length ? { "stroke-dasharray": dash.join(" ") } : {}),
      }),
      ...places.map((place) => {
        const [cx = 0, cy = 0] = place.split(" ");
        return tag("circle", { cx, cy, r: 1.7, fill: color, "fill-opacity": opacity });
      }),
    );
  }
  return parts.join("");
}

/**
 * Neighbours that pass, together.
 * @param {readonly RatePoint[]} points
 * @param {(point: RatePoint) => boolean} passes
 */
function pieces(points, passes) {
  /** @type {RatePoint[][]} */
  const found = [];
  let open = false;
  for (const point of points) {
    if (passes(point)) {
      if (!open) found.push([]);
      found.at(-1)?.push(point);
      open = true;
    } else open = false;
  }
  return found;
}

/**
 * @param {number} x
 * @param {number} y
 */
function pair(x, y) {
  return `${x.toFixed(2)} ${y.toFixed(2)}`;
}

/**
 * The lane in which a variant's rate is dragged, with its line's sample before it and its limit on it.
 * @param {DrawnCurve} curve
 * @param {number} i
 * @param {ReturnType<typeof layoutOf>} layout
 * @param {import("../../core/theme.js").Theme} theme
 */
function lane({ color, dash, rate, limit, faded }, i, { rates, lanesTop }, theme) {
  const y = lanesTop + (i + 0.5) * LANE_PX;
  const opacity = faded ? 0.35 : 1;
  const sample = tag("line", {
    x1: 12,
    x2: LEFT - 8,
    y1: y,
    y2: y,
    stroke: color,
    "stroke-width": 2.5,
    "stroke-opacity": opacity,
    ...(dash.length ? { "stroke-dasharray": dash.join(" ") } : {}),
  });
  const track = tag("line", { x1: rates.from, x2: rates.to, y1: y, y2: y, stroke: theme.faint, "stroke-width": 2 });
  const mark = tag("circle", { cx: rates.at(rate), cy: y, r: 6, fill: color, stroke: theme.page, "stroke-width": 2 });
  if (!limit || !isShown(limit.rate, rates)) return sample + track + mark;
  const x = rates.at(limit.rate);
  const isRight = rates.to - x > FORMULA_PX * limit.formula.length;
  const end = tag("line", { x1: x, x2: x, y1: y - 7, y2: y + 7, stroke: color, "stroke-width": 2.5 });
  const name = textAt(limit.formula, x + (isRight ? 10 : -10), y - 3, { size: 11, color: theme.ink }, isRight ? "start" : "end");
  return sample + track + end + name + mark;
}
