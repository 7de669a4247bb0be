/** Where the parts of a video's frame lie. */

/** @typedef {import("../../core/geometry/areas.js").Area} Area */
/** @typedef {import("../../core/geometry/areas.js").Margins} Margins */
/** @typedef {import("../../core/geometry/areas.js").Size} Size */

/** Around everything. */
export const PADDING = 18;
const GAP = 10;
/** At this shape and wider, the legend and the losses stand beside the plot. */
const WIDE = 1.25;
/** The share of the width that they get there, and of the height elsewhere. */
const SIDE_SHARE = 0.34;
const CHART_SHARE = 0.28;
/** Text of this size needs no more than so many units across and down. */
const USUAL = 960 * 540;
const LEAST_PLOT = { width: 160, height: 120 };
const LEAST_CHART = { width: 160, height: 90 };

const TOO_SMALL = "Not all of this has room in the frame. Choose a larger size, or leave something out.";

/**
 * How many pixels a unit of the layout has, so that text and lines look alike in every size.
 * @param {Size} pixels
 */
export function unitOf({ width, height }) {
  return Math.max(1, Math.sqrt((width * height) / USUAL));
}

/**
 * @typedef {object} Parts  in units
 * @property {number} head  height of the title
 * @property {number} foot  height of the caption; 0: none
 * @property {((width: number) => number) | null} legend  its height, if it is so wide
 * @property {boolean} chart
 * @property {Margins} margins  of the plot
 */

/**
 * @typedef {object} FrameLayout
 * @property {Area} plot  without its margins
 * @property {Area | null} legend
 * @property {Area | null} chart  with its margins
 * @property {number} foot  where the caption begins
 */

/**
 * @param {Size} size  in units
 * @param {Parts} parts
 * @returns {FrameLayout | {fault: string}}
 */
export function frameLayout(size, { head, foot, legend, chart, margins }) {
  const whole = size.width - 2 * PADDING;
  const top = PADDING + head + GAP;
  const bottom = size.height - PADDING - (foot && foot + GAP);
  const beside = chart && size.width >= WIDE * size.height;
  const side = beside ? Math.max(LEAST_CHART.width, Math.round(SIDE_SHARE * whole)) : whole;
  const lines = legend ? legend(side) : 0;
  const above = lines && lines + GAP;
  const rows = beside ? bottom - top : bottom - top - above;
  const chartHeight = beside ? rows - above : Math.round(CHART_SHARE * rows);
  const slot = {
    left: PADDING,
    top,
    width: beside ? whole - side - GAP : whole,
    height: beside || !chart ? rows : rows - chartHeight - GAP,
  };
  const plot = {
    left: slot.left + margins.left,
    top: slot.top + margins.top,
    width: Math.floor(slot.width - margins.left - margins.right),
    height: Math.floor(slot.height - margins.top - margins.bottom),
  };
  const left = beside ? slot.left + slot.width + GAP : PADDING;
  const from = beside ? top : slot.top + slot.height + GAP;
  const chartArea = { left, top: from + above, width: side, height: Math.floor(chartHeight) };
  if (isBelow(plot, LEAST_PLOT) || (chart && isBelow(chartArea, LEAST_CHART))) return { fault: TOO_SMALL };
  return {
    plot,
    legend: lines ? { left, top: from, width: side, height: lines } : null,
    chart: chart ? chartArea : null,
    foot: size.height - PADDING - foot,
  };
}

/**
 * @param {Size} size
 * @param {Size} least
 */
function isBelow({ width, height }, least) {
  return width < least.width || height < least.height;
}
