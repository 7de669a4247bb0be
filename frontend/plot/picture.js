/**
 * Pictures for export: what the plot or a chart shows, on a sheet with a title and a legend.
 *
 * On the screen a canvas draws the paths; in a picture they are traces, so that an SVG holds them
 * as lines that can be edited.
 */

import { axis, axisTitle, drawPicture, frame, levelLines, lineLayout } from "./chart.js";
import { figure3d, layout3d } from "./surface-3d.js";
import { lastAtMost, valueAt } from "../core/geometry/sequences.js";
import { escaped, nested } from "./drawing-parts.js";
import { CASING, CASING_OPACITY, GAP_OPACITY, PATH_WIDTH } from "./cased-stroke.js";
import { pictureFile } from "./picture-file.js";

/** @typedef {import("./chart.js").Grid} Grid */
/** @typedef {import("./surface-3d.js").Scene3d} Scene3d */
/** @typedef {import("../core/geometry/areas.js").Size} Size */
/** @typedef {import("../core/theme.js").Theme} Theme */
/** @typedef {import("../core/geometry/bounds.js").Bounds} Bounds */
/** @typedef {import("./picture-file.js").Format} Format */
/** @typedef {import("./sheet.js").Labels} Labels */
/** @typedef {import("./sheet.js").LegendEntry} LegendEntry */

/**
 * A path up to the playhead, its last point where the head is.
 * @typedef {object} Line
 * @property {string} name
 * @property {number[]} x
 * @property {number[]} y
 * @property {string} color
 * @property {number[]} dash  lengths in pixels; empty: solid
 * @property {boolean} [ghost]  it is faint, and a ring marks its end
 * @property {import("./overlay.js").Path["pieces"]} [pieces]  of a line that fades
 * @property {{x: number, y: number, angle: number} | null} exit  where it left the view for
 *   good, and its direction there in radians
 */

/**
 * @typedef {object} Contour
 * @property {Grid} grid
 * @property {Bounds} bounds
 * @property {string} heatmap  an image of what lies within them, as a data URL
 * @property {{image: string, ticks: {at: number, text: string}[]}} scale  of the heatmap's colours:
 *   an image of them, and true values from 0 (bottom) to 1
 * @property {Line[]} lines
 * @property {{traces: readonly object[], entries: readonly LegendEntry[]}} [more]  on the lines
 * @property {object[]} [ground]  traces below them
 * @property {{x: number, y: number, global: boolean}[]} minima
 * @property {number} minimumScale  1 at full size
 * @property {{x: number, y: number} | null} start
 * @property {{x: number, y: number} | null} [origin]  of the plane
 * @property {readonly {x: number, y: number, label: string}[]} [ends]  networks with their names
 * @property {readonly [string, string]} [titles]  of the axes
 */

/** A ghost among the other lines, as on the screen. */
const GHOST_OPACITY = 0.5;

/** Around the plot: tick labels, and room for the colour bar's bar. */
const MARGINS = { left: 56, right: 30, top: 8, bottom: 28 };
const MARGINS_3D = { left: 0, right: 0, top: 0, bottom: 0 };
/** What the axes' titles need beyond the tick labels. */
const TITLE_PX = 16;
/** How wide a letter beside the colour bar is, at most. */
const TICK_LETTER_PX = 8;

/**
 * @param {Contour} contour
 * @param {Labels} labels
 * @param {Size} plot  of the plot's area in pixels
 * @param {Theme} theme
 * @param {Format} format
 * @returns {Promise<string>} a data URL
 */
export async function contourPicture(contour, labels, plot, theme, format) {
  const { lines, minima, start, origin } = contour;
  const kinds = /** @type {const} */ (["global minimum", "minimum"]);
  const entries = [
    ...lines.map(lineEntry),
    ...(contour.more?.entries ?? []),
    ...kinds.filter((kind) => minima.some(({ global }) => global === (kind === "global minimum"))).map(markEntry),
    ...(start ? [markEntry("start")] : []),
    ...(origin ? [markEntry("origin")] : []),
  ];
  return pictureFile(labels, await contourDrawing(contour, plot, theme), entries, theme, format);
}

/**
 * A contour without its sheet.
 * @param {Contour} contour
 * @param {Size} plot
 * @param {Theme} theme
 */
export async function contourDrawing(contour, plot, theme) {
  const { grid, bounds, heatmap, scale, lines, ground = [], minima, minimumScale, start, origin, ends = [], titles } =
    contour;
  const data = [
    ...levelLines(grid, theme),
    ...minimumMarks(minima, minimumScale),
    ...ground,
    ...lines.flatMap((line) => lineTraces(line, theme)),
    ...lines.map((line) => markOf(line, theme)),
    ...(contour.more?.traces ?? []),
    ...(origin ? [originMark(origin, theme)] : []),
    ...(start ? [startMark(start, theme)] : []),
    ...(ends.length ? [endMarks(ends, theme)] : []),
  ];
  const { strip, values } = colorBar(scale, plot);
  const margins = contourMargins(scale.ticks, titles);
  const size = around(plot, margins);
  const layout = {
    ...frame(theme, size, margins),
    xaxis: { ...axis(theme, [bounds.x0, bounds.x1]), title: axisTitle(theme, titles?.[0]) },
    yaxis: { ...axis(theme, [bounds.y0, bounds.y1]), title: axisTitle(theme, titles?.[1]) },
    images: [
      {
        source: heatmap,
        xref: "x",
        yref: "y",
        x: bounds.x0,
        y: bounds.y1,
        sizex: bounds.x1 - bounds.x0,
        sizey: bounds.y1 - bounds.y0,
        sizing: "stretch",
        layer: "below",
      },
      strip,
    ],
    annotations: values,
  };
  return nested(await drawPicture({ data, layout }, size), size.width, size.height);
}

/**
 * What a contour has around its plot.
 * @param {Contour["scale"]["ticks"]} ticks  of the colour bar
 * @param {Contour["titles"]} titles
 */
export function contourMargins(ticks, titles) {
  const longest = Math.max(0, ...ticks.map(({ text }) => text.length));
  const titled = titles ? TITLE_PX : 0;
  return {
    left: MARGINS.left + titled,
    right: MARGINS.right + TICK_LETTER_PX * longest,
    top: MARGINS.top,
    bottom: MARGINS.bottom + titled,
  };
}

/**
 * @param {Scene3d} scene
 * @param {string[]} names  of the scene's lines
 * @param {Labels} labels
 * @param {Size} plot
 * @param {Theme} theme
 * @param {Format} format
 * @returns {Promise<string>} a data URL
 */
export async function spacePicture(scene, names, labels, plot, theme, format) {
  const entries = scene.lines.map(({ color, dash, ghost = false }, i) =>
    lineEntry({ name: String(names[i] ?? ""), color, dash: DASHES_3D[dash] ?? [], ghost }),
  );
  return pictureFile(labels, await spaceDrawing(scene, plot, theme), entries, theme, format);
}

/** What Plotly's names of dash patterns look like in a legend. @type {Record<string, number[]>} */
const DASHES_3D = { dot: [2, 4], dash: [9, 5], longdash: [14, 5], dashdot: [9, 4, 2, 4], longdashdot: [14, 4, 2, 4] };

/**
 * @param {Scene3d} scene
 * @param {Size} size
 * @param {Theme} theme
 */
export async function spaceDrawing(scene, size, theme) {
  const { scene: view } = layout3d(scene, size, theme);
  const layout = { ...frame(theme, size, MARGINS_3D), scene: view };
  const document = await drawPicture({ data: figure3d(scene, theme), layout }, size);
  return nested(document, size.width, size.height);
}

/**
 * @typedef {object} ChartLine
 * @property {string} name
 * @property {string} color
 * @property {readonly number[]} dash
 * @property {boolean} [ghost]
 * @property {ArrayLike<number>} xs
 * @property {ArrayLike<number>} ys
 */

/** The size of a chart's picture: as wide as a column of text, as a slide or a paper takes it. */
const CHART_SIZE = { width: 640, height: 360 };

/**
 * A chart of lines, whole: the playhead is a matter of the screen.
 * @param {import("./line-chart.js").Axes} axes
 * @param {readonly ChartLine[]} lines  in the units of the axes; of a logarithmic one, the exponent of ten
 * @param {Labels} labels
 * @param {Theme} theme
 * @param {Format} format
 * @param {object[]} [ground]  traces below the lines
 * @returns {Promise<string>} a data URL
 */
export async function chartPicture(axes, lines, labels, theme, format, ground) {
  return pictureFile(labels, await chartDrawing(axes, lines, theme, { ground }), lines.map(lineEntry), theme, format);
}

/**
 * A chart of lines without its sheet.
 * @param {import("./line-chart.js").Axes} axes
 * @param {readonly Omit<ChartLine, "name">[]} lines  without any the axes are drawn
 * @param {Theme} theme
 * @param {{size?: Size, ground?: readonly object[] | undefined}} [options]  `ground`: traces below the lines
 * @returns {Promise<import("./drawing-parts.js").Drawing>}
 */
export async function chartDrawing(axes, lines, theme, { size = CHART_SIZE, ground = [] } = {}) {
  /** @type {object[]} */
  const drawn = lines.map(({ xs, ys, color, dash, ghost = false }) => ({
    type: "scatter",
    mode: "lines",
    opacity: ghost ? GHOST_OPACITY : 1,
    x: Array.from(xs),
    y: Array.from(ys, (value) => (axes.log ? 10 ** value : value)),
    line: { color, width: 2, dash: dashOf(dash) },
  }));
  const data = [...ground, ...drawn];
  // Without a trace Plotly draws no axes.
  const traces = data.length ? data : [{ type: "scatter", x: [], y: [] }];
  const figure = { data: traces, layout: lineLayout(axes, size, theme) };
  return nested(await drawPicture(figure, size), size.width, size.height);
}

/**
 * @param {Size} plot
 * @param {import("../core/geometry/areas.js").Margins} margins
 */
function around(plot, { left, right, top, bottom }) {
  return { width: plot.width + left + right, height: plot.height + top + bottom };
}

/**
 * @param {{name: string, color: string, dash: readonly number[], ghost?: boolean}} line
 * @returns {LegendEntry}
 */
export function lineEntry({ name, color, dash, ghost = false }) {
  return { kind: "line", name, color, dash, opacity: ghost ? GHOST_OPACITY : 1 };
}

/**
 * @param {Exclude<LegendEntry["kind"], "line">} kind
 * @returns {LegendEntry}
 */
export function markEntry(kind) {
  return { kind, name: kind };
}

/** @param {readonly number[]} lengths  in pixels */
function dashOf(lengths) {
  return lengths.map((length) => `${length}px`).join(",") || "solid";
}

/**
 * The heatmap's colours with true values beside them. Plotly's own colour bar sets inline styles,
 * which the page's security policy forbids.
 * @param {Contour["scale"]} scale
 * @param {Size} plot
 */
function colorBar({ image, ticks }, plot) {
  const strip = {
    source: image,
    xref: "paper",
    yref: "paper",
    x: 1 + 8 / plot.width,
    y: 1,
    sizex: 10 / plot.width,
    sizey: 1,
    sizing: "stretch",
  };
  const values = ticks.map(({ at, text }) => ({
    text,
    xref: "paper",
    yref: "paper",
    x: 1,
    xshift: 22,
    xanchor: "left",
    y: at,
    yanchor: "middle",
    showarrow: false,
    font: { size: 12 },
  }));
  return { strip, values };
}

/**
 * A path on its casing, in its hue between its dashes, as on the screen.
 * @param {Line} line
 * @param {Theme} theme
 */
function lineTraces({ x, y, color, dash, ghost = false, pieces }, theme) {
  const whole = ghost ? GHOST_OPACITY : 1;
  if (!pieces) return strokeTraces({ x, y, color, dash }, whole, theme);
  return pieces(x.length).flatMap(({ from, to, opacity }) =>
    strokeTraces({ x: x.slice(from, to + 1), y: y.slice(from, to + 1), color, dash }, opacity * whole, theme),
  );
}

/**
 * @param {Pick<Line, "x" | "y" | "color" | "dash">} line
 * @param {number} opacity
 * @param {Theme} theme
 */
function strokeTraces({ x, y, color, dash }, opacity, theme) {
  const path = { type: "scatter", mode: "lines", x, y };
  const core = { ...path, opacity: GAP_OPACITY * opacity, line: { color, width: PATH_WIDTH } };
  return [
    { ...path, opacity: CASING_OPACITY * opacity, line: { color: theme.page, width: PATH_WIDTH + 2 * CASING } },
    ...(dash.length ? [core] : []),
    { ...path, opacity, line: { color, width: PATH_WIDTH, dash: dashOf(dash) } },
  ];
}

/**
 * Where a path is, or an arrow where it left.
 * @param {Line} line
 * @param {Theme} theme
 */
function markOf({ x, y, color, exit, ghost = false }, theme) {
  const mark = { type: "scatter", mode: "markers" };
  const outline = { color: theme.page, width: 1.5 };
  if (exit) {
    // Plotly's arrow points up and turns clockwise; the angle is counted from the right.
    const angle = 90 - (exit.angle * 180) / Math.PI;
    const marker = { symbol: "arrow-wide", size: 15, angle, color, line: outline };
    return { ...mark, x: [exit.x], y: [exit.y], cliponaxis: false, marker };
  }
  const marker = ghost ? { symbol: "circle-open", size: 11, color, line: { width: 2 } } : { size: 11, color, line: outline };
  return { ...mark, x: x.slice(-1), y: y.slice(-1), marker };
}

/**
 * @param {Contour["minima"]} minima
 * @param {number} scale
 */
function minimumMarks(minima, scale) {
  const marks = (/** @type {boolean} */ global) => {
    const points = minima.filter((minimum) => minimum.global === global);
    if (points.length === 0) return [];
    return [
      {
        type: "scatter",
        mode: "markers",
        x: points.map(({ x }) => x),
        y: points.map(({ y }) => y),
        marker: {
          symbol: global ? "star" : "star-diamond",
          size: global ? 14 : 10 * scale,
          color: global ? "#ffd75e" : "#ffffff",
          line: { color: "rgba(20, 28, 40, 0.75)", width: global ? 1.25 : 1.25 * scale },
        },
      },
    ];
  };
  return [...marks(false), ...marks(true)];
}

/**
 * @param {{x: number, y: number}} start
 * @param {Theme} theme
 */
function startMark({ x, y }, theme) {
  return {
    type: "scatter",
    mode: "markers",
    x: [x],
    y: [y],
    marker: { size: 13, color: theme.page, line: { color: theme.strong, width: 3 } },
  };
}

/**
 * @param {{x: number, y: number}} origin
 * @param {Theme} theme
 */
function originMark({ x, y }, theme) {
  return {
    type: "scatter",
    mode: "markers",
    x: [x],
    y: [y],
    marker: { symbol: "cross-thin", size: 13, line: { color: theme.strong, width: 2 } },
  };
}

/**
 * @param {readonly {x: number, y: number, label: string}[]} ends
 * @param {Theme} theme
 */
function endMarks(ends, theme) {
  return {
    type: "scatter",
    mode: "markers+text",
    x: ends.map(({ x }) => x),
    y: ends.map(({ y }) => y),
    text: ends.map(({ label }) => escaped(label)),
    textposition: "middle right",
    textfont: { color: theme.strong, size: 13, weight: 600 },
    marker: { symbol: "diamond", size: 12, color: theme.strong, line: { color: theme.page, width: 1.5 } },
  };
}

/**
 * A path up to a step.
 * @param {import("./overlay.js").Path} path
 * @param {number} step
 */
export function upTo({ steps, xs, ys, color, dash, ghost = false, pieces }, step) {
  const count = lastAtMost(steps, step) + 1;
  const part = (/** @type {ArrayLike<number>} */ values) => [
    ...Array.from({ length: count }, (_, i) => Number(values[i])),
    valueAt(steps, values, step),
  ];
  return { x: part(xs), y: part(ys), color, dash, ghost, ...(pieces ? { pieces } : {}) };
}
