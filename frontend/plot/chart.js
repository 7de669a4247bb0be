/**
 * What Plotly draws flat: level lines with their axes, the axes of a line chart, and the pictures
 * that `picture.js` composes. This module and `surface-3d.js` alone call it; `plotly.js` loads it.
 *
 * Plotly needs 40 ms and more for a redraw. It is therefore called only when things rest; what
 * moves is drawn by `overlay.js` through the same bounds and margins. Every axis has a fixed
 * range, so the map between data and pixels is known without asking Plotly.
 */

import { rows } from "../core/geometry/grids.js";
import { loadPlotly } from "./plotly.js";

/** @typedef {import("../core/geometry/bounds.js").Bounds} Bounds */
/** @typedef {import("../core/geometry/areas.js").Size} Size */
/** @typedef {import("../core/geometry/areas.js").Margins} Margins */
/** @typedef {import("../core/theme.js").Theme} Theme */

/**
 * @typedef {object} Grid
 * @property {Float64Array} x
 * @property {Float64Array} y
 * @property {Float64Array | Float32Array} z  heights, row by row
 * @property {Float64Array} numbers  level numbers of the same points
 * @property {number} levels  how many levels there are
 * @property {import("../core/colors.js").Palette} [palette]
 */

/** Margins of the contour: room for the tick labels and nothing else. */
export const CONTOUR_MARGINS = { left: 54, right: 1, top: 1, bottom: 26 };

/** Room that an axis title needs beyond the tick labels. */
const TITLE_PX = 18;

/**
 * Margins of a line chart: room for the tick labels, for titles, and for marks at the very ends.
 * @param {import("./line-chart.js").Axes["titles"]} titles
 * @returns {Margins}
 */
export function lineMargins(titles) {
  const room = (/** @type {string | undefined} */ title) => (title ? TITLE_PX : 0);
  return { left: 54 + room(titles?.y), right: 20, top: 10, bottom: 24 + room(titles?.x) };
}

/** Every fifth level line is drawn stronger, as on a topographic map. */
const INDEX_INTERVAL = 5;

export const CONFIG = {
  displayModeBar: false,
  displaylogo: false,
  showSendToCloud: false,
  staticPlot: true,
};

/**
 * @param {Theme} theme
 * @param {[number, number]} range
 */
export function axis(theme, range) {
  return {
    range,
    fixedrange: true,
    showgrid: false,
    zeroline: false,
    showline: false,
    ticks: "outside",
    ticklen: 4,
    tickcolor: theme.faint,
    tickfont: { color: theme.ink, size: 12 },
    nticks: 9,
    // Plotly writes raised exponents with inline styles, which the page's policy forbids.
    exponentformat: "e",
  };
}

const RAISED = "⁰¹²³⁴⁵⁶⁷⁸⁹";

/** Over fewer decades than this, ticks at powers of ten alone would be too few. */
const FEW_DECADES = 1.5;

/**
 * Ticks at powers of ten.
 * @param {[number, number]} range  of the exponent
 */
function decades([low, high]) {
  if (high - low < FEW_DECADES) return {};
  const stride = Math.max(1, Math.ceil((high - low) / 5));
  const exponents = [];
  for (let e = Math.ceil(low / stride) * stride; e <= high; e += stride) exponents.push(e);
  const raised = (/** @type {number} */ e) =>
    String(e).replace("-", "⁻").replace(/\d/g, (digit) => RAISED.charAt(Number(digit)));
  return {
    tickmode: "array",
    tickvals: exponents.map((e) => 10 ** e),
    ticktext: exponents.map((e) => `10${raised(e)}`),
  };
}

/**
 * @param {Theme} theme
 * @param {Size} size
 * @param {Margins} margins
 */
export function frame(theme, size, margins) {
  return {
    ...size,
    margin: { l: margins.left, r: margins.right, t: margins.top, b: margins.bottom, pad: 0 },
    paper_bgcolor: "rgba(0,0,0,0)",
    plot_bgcolor: "rgba(0,0,0,0)",
    font: { family: "system-ui, sans-serif", size: 12, color: theme.ink },
    showlegend: false,
    hovermode: false,
    dragmode: false,
  };
}

/**
 * Level lines as two traces: all of them thin, every fifth stronger.
 * @param {Grid} grid
 * @param {Theme} theme
 */
export function levelLines({ x, y, numbers, levels }, theme) {
  const z = rows(numbers, x.length);
  const lines = (/** @type {number} */ size, /** @type {number} */ width) => ({
    type: "contour",
    x,
    y,
    z,
    autocontour: false,
    contours: { start: 0, end: levels - 1, size, coloring: "none" },
    line: { color: theme.line, width, smoothing: 1 },
    showscale: false,
    hoverinfo: "skip",
  });
  return [lines(1, 0.5), lines(INDEX_INTERVAL, 1.1)];
}

/**
 * @param {HTMLElement} element
 * @param {Grid} grid
 * @param {Bounds} bounds
 * @param {Size} size
 * @param {Theme} theme
 */
export async function drawContour(element, grid, bounds, size, theme) {
  const plotly = await loadPlotly("cartesian");
  const layout = {
    ...frame(theme, size, CONTOUR_MARGINS),
    xaxis: axis(theme, [bounds.x0, bounds.x1]),
    yaxis: axis(theme, [bounds.y0, bounds.y1]),
  };
  await plotly.react(element, levelLines(grid, theme), layout, CONFIG);
}

/**
 * @param {{data: object[], layout: object}} figure
 * @param {Size} size
 * @returns {Promise<string>} a document of SVG
 */
export async function drawPicture(figure, size) {
  const plotly = await loadPlotly("scene" in figure.layout ? "gl3d" : "cartesian");
  const url = await plotly.toImage(figure, { format: "svg", ...size });
  return decodeURIComponent(url.slice(url.indexOf(",") + 1));
}

/**
 * @param {HTMLElement} element
 * @param {import("./line-chart.js").Axes} axes
 * @param {Size} size
 * @param {Theme} theme
 */
export async function drawLineAxes(element, axes, size, theme) {
  const plotly = await loadPlotly("cartesian");
  // Without a trace Plotly draws no axes.
  const nothing = { type: "scatter", x: [], y: [] };
  await plotly.react(element, [nothing], lineLayout(axes, size, theme), CONFIG);
}

/**
 * @param {import("./line-chart.js").Axes} axes
 * @param {Size} size
 * @param {Theme} theme
 */
export function lineLayout({ x, y, log, whole, percent, shares, titles, ticks }, size, theme) {
  const highest = Math.max(...y.map(Math.abs));
  return {
    ...frame(theme, size, lineMargins(titles)),
    xaxis: {
      ...axis(theme, x),
      title: axisTitle(theme, titles?.x),
      nticks: size.width < 400 ? 5 : 8,
      // Seven digits and more would run into each other; there is no half a step.
      ...(x[1] >= 1e6 ? { exponentformat: "SI" } : { tickformat: ",~f" }),
      ...(whole && x[1] <= 8 ? { dtick: 1 } : {}),
      ...(shares ? { tickformat: percentFormat(x) } : {}),
    },
    yaxis: {
      ...axis(theme, y),
      title: axisTitle(theme, titles?.y),
      type: log ? "log" : "linear",
      nticks: 5,
      showgrid: true,
      gridcolor: theme.faint,
      ...(log ? decades(y) : {}),
      ...(ticks ? { tickmode: "array", tickvals: ticks.at, ticktext: ticks.text } : {}),
      ...(percent ? { tickformat: percentFormat(y) } : {}),
      // 15k rather than 1.5e+4; but 5e-7 rather than 500n, and no raised exponents where T ends.
      ...(!log && highest >= 1e4 && highest < 1e15 ? { exponentformat: "SI" } : {}),
    },
  };
}

/**
 * @param {Theme} theme
 * @param {string} [text]
 */
export function axisTitle(theme, text = "") {
  return { text, standoff: 6, font: { color: theme.ink, size: 12 } };
}

/**
 * How shares are written so that no two ticks of an axis read alike.
 * @param {readonly [number, number]} range
 */
export function percentFormat([low, high]) {
  // Plotly sets about five ticks, one, two or five units of a decimal place apart.
  const finest = (high - low) / 10;
  const digits = Math.min(Math.max(Math.ceil(-Math.log10(100 * finest) - 1e-9), 0), 8);
  return `.${digits}%`;
}
