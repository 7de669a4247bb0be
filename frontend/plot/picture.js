/**
 * Pictures for export: what the plot shows, as one Plotly figure with a title and a legend.
 *
 * On the screen a canvas draws the paths; in a picture they are traces, so that an SVG holds them
 * as lines that can be edited.
 */

import { axis, drawPicture, figure3d, frame, layout3d, levelLines } from "./chart.js";
import { HEATMAP_SCALE } from "../core/colors.js";
import { linearMap } from "../core/geometry/linear-map.js";
import { lastAtMost, valueAt } from "../core/geometry/sequences.js";
import { CASING, CASING_OPACITY, GAP_OPACITY, PATH_WIDTH } from "./overlay.js";
import { drawRasters } from "./raster.js";

/** @typedef {import("./chart.js").Grid} Grid */
/** @typedef {import("./chart.js").Scene3d} Scene3d */
/** @typedef {import("../core/geometry/areas.js").Size} Size */
/** @typedef {import("../core/theme.js").Theme} Theme */
/** @typedef {import("../core/geometry/bounds.js").Bounds} Bounds */
/** @typedef {"png" | "svg"} Format */
/** @typedef {{title: string, subtitle: string}} Labels */

/**
 * A path up to the playhead, its last point where the head is.
 * @typedef {object} Line
 * @property {string} name
 * @property {number[]} x
 * @property {number[]} y
 * @property {string} color
 * @property {number[]} dash  lengths in pixels; empty: solid
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
 * @property {{x: number, y: number, global: boolean}[]} minima
 * @property {number} minimumScale  1 at full size
 * @property {{x: number, y: number} | null} start
 * @property {{x: number, y: number} | null} [origin]  of the plane
 * @property {[string, string]} [titles]  of the axes
 */

/** Around the plot: tick labels, title, colour bar. The legend comes below. */
const MARGINS = { left: 56, right: 84, top: 76, bottom: 44 };
const MARGINS_3D = { left: 16, right: 16, top: 76, bottom: 8 };
/** About the widths of a character and the heights of a line of title and subtitle. */
const TITLE_CHARACTER_PX = 11;
const TITLE_LINE_PX = 25;
const SUBTITLE_CHARACTER_PX = 7.2;
const SUBTITLE_LINE_PX = 17;
const LEGEND_ENTRY_PX = 172;
const LEGEND_SAMPLE_PX = 30;
const LEGEND_LINE_PX = 22;
/** The heatmap's pixels for each of the plot's: a PNG is drawn at this scale. */
const HEATMAP_RATIO = 2;
/** Marks lie under the paths and stand after them in the legend; Plotly's own rank is 1000. */
const AFTER_PATHS = 1001;

/**
 * @param {Contour} contour
 * @param {Labels} labels
 * @param {Size} plot  of the plot's area in pixels
 * @param {Theme} theme
 * @param {Format} format
 * @returns {Promise<string>} a data URL
 */
export function contourPicture(contour, labels, plot, theme, format) {
  const { grid, bounds, heatmap, scale, lines, minima, minimumScale, start, origin, titles } = contour;
  const heads = lines.flatMap((line) => marksOf(line, theme));
  const data = [
    ...levelLines(grid, theme).map((trace) => ({ ...trace, showlegend: false })),
    ...minimumMarks(minima, minimumScale),
    ...lines.flatMap((line) => lineTraces(line, theme)),
    ...heads,
    ...(origin ? [originMark(origin, theme)] : []),
    ...(start ? [startMark(start, theme)] : []),
  ];
  const { layout, size } = framed(labels, plot, MARGINS, theme, legendEntries(data));
  const { strip, values } = colorBar(scale, plot);
  const figure = {
    data,
    layout: {
      ...layout,
      xaxis: { ...axis(theme, [bounds.x0, bounds.x1]), title: { text: titles?.[0] ?? "", standoff: 2 } },
      yaxis: { ...axis(theme, [bounds.y0, bounds.y1]), title: { text: titles?.[1] ?? "", standoff: 2 } },
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
    },
  };
  return drawPicture(figure, size, format);
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
export function spacePicture(scene, names, labels, plot, theme, format) {
  const data = figure3d(scene, theme).map((trace, i) => {
    const name = names[i - 1];
    return name === undefined ? { ...trace, showlegend: false } : { ...trace, name, showlegend: true };
  });
  const { layout, size } = framed(labels, plot, MARGINS_3D, theme, names.length);
  const { scene: view } = layout3d(scene, plot, theme);
  return drawPicture({ data, layout: { ...layout, scene: view } }, size, format);
}

/**
 * The layout around a plot, with as many lines for the legend as its entries need.
 * @param {Labels} labels
 * @param {Size} plot
 * @param {import("../core/geometry/areas.js").Margins} given  with room for one line of each label
 * @param {Theme} theme
 * @param {number} entries
 */
function framed({ title, subtitle }, plot, given, theme, entries) {
  const [titleLines, subtitleLines] = [
    wrapped(title, plot.width / TITLE_CHARACTER_PX),
    wrapped(subtitle, plot.width / SUBTITLE_CHARACTER_PX),
  ];
  const more = TITLE_LINE_PX * (titleLines.length - 1) + SUBTITLE_LINE_PX * (subtitleLines.length - 1);
  const margins = { ...given, top: given.top + more };
  const perLine = Math.max(1, Math.floor(plot.width / LEGEND_ENTRY_PX));
  const legend = Math.ceil(entries / perLine) * LEGEND_LINE_PX;
  const size = {
    width: plot.width + margins.left + margins.right,
    height: plot.height + margins.top + margins.bottom + legend + 12,
  };
  const layout = {
    ...frame(theme, size, { ...margins, bottom: margins.bottom + legend + 12 }),
    paper_bgcolor: theme.page,
    title: {
      text: titleLines.join("<br>"),
      font: { size: 19, weight: 650, color: theme.strong },
      x: margins.left / size.width,
      xanchor: "left",
      y: 1 - 20 / size.height,
      yanchor: "top",
      subtitle: { text: subtitleLines.join("<br>"), font: { size: 13, color: theme.ink } },
    },
    showlegend: true,
    legend: {
      orientation: "h",
      x: 0,
      xanchor: "left",
      y: -margins.bottom / plot.height,
      yanchor: "top",
      // Beside its text an entry has its sample and ten pixels between.
      entrywidth: LEGEND_ENTRY_PX - LEGEND_SAMPLE_PX - 10,
      entrywidthmode: "pixels",
      itemwidth: LEGEND_SAMPLE_PX,
      font: { size: 12 },
      bgcolor: "rgba(0,0,0,0)",
    },
  };
  return { layout, size };
}

/**
 * A text in lines of at most so many characters; a word that is longer is broken.
 * @param {string} text
 * @param {number} most
 */
export function wrapped(text, most) {
  const longest = Math.max(1, Math.floor(most));
  const words = text.split(" ").flatMap((word) => word.match(new RegExp(`.{1,${longest}}`, "gu")) ?? [""]);
  /** @type {string[]} */
  const lines = [];
  for (const word of words) {
    const line = lines.at(-1);
    if (line !== undefined && line.length + 1 + word.length <= longest) lines[lines.length - 1] = `${line} ${word}`;
    else lines.push(word);
  }
  return lines;
}

/** @param {{showlegend?: boolean}[]} data */
function legendEntries(data) {
  return data.filter(({ showlegend }) => showlegend !== false).length;
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
function lineTraces({ name, x, y, color, dash }, theme) {
  const path = { type: "scatter", mode: "lines", x, y, legendgroup: name, showlegend: false };
  const core = { ...path, opacity: GAP_OPACITY, line: { color, width: PATH_WIDTH } };
  return [
    { ...path, opacity: CASING_OPACITY, line: { color: theme.page, width: PATH_WIDTH + 2 * CASING } },
    ...(dash.length ? [core] : []),
    {
      ...path,
      name,
      showlegend: true,
      line: { color, width: PATH_WIDTH, dash: dash.map((length) => `${length}px`).join(",") || "solid" },
    },
  ];
}

/**
 * Where a path is, or an arrow where it left.
 * @param {Line} line
 * @param {Theme} theme
 */
function marksOf({ x, y, color, exit }, theme) {
  const mark = { type: "scatter", mode: "markers", showlegend: false };
  const outline = { color: theme.page, width: 1.5 };
  if (exit) {
    // Plotly's arrow points up and turns clockwise; the angle is counted from the right.
    const angle = 90 - (exit.angle * 180) / Math.PI;
    const marker = { symbol: "arrow-wide", size: 15, angle, color, line: outline };
    return [{ ...mark, x: [exit.x], y: [exit.y], cliponaxis: false, marker }];
  }
  return [{ ...mark, x: x.slice(-1), y: y.slice(-1), marker: { size: 11, color, line: outline } }];
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
        name: global ? "global minimum" : "minimum",
        showlegend: true,
        legendrank: AFTER_PATHS,
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
    name: "start",
    showlegend: true,
    legendrank: AFTER_PATHS,
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
    name: "origin",
    showlegend: true,
    legendrank: AFTER_PATHS,
    x: [x],
    y: [y],
    marker: { symbol: "cross-thin", size: 13, line: { color: theme.strong, width: 2 } },
  };
}

/** The heatmap's colours, the lowest at the bottom. */
export function scaleImage() {
  const canvas = document.createElement("canvas");
  canvas.width = 1;
  canvas.height = 512;
  const context = /** @type {CanvasRenderingContext2D} */ (canvas.getContext("2d"));
  const gradient = context.createLinearGradient(0, canvas.height, 0, 0);
  for (const [at, color] of HEATMAP_SCALE) gradient.addColorStop(at, color);
  context.fillStyle = gradient;
  context.fillRect(0, 0, 1, canvas.height);
  return canvas.toDataURL();
}

/**
 * The heatmap within a map's bounds, as an image.
 * @param {import("../core/geometry/linear-map.js").LinearMap} map
 * @param {import("./contour.js").Layer[]} layers
 */
export function heatmapImage({ bounds, area }, layers) {
  const canvas = document.createElement("canvas");
  const whole = {
    left: 0,
    top: 0,
    width: area.width * HEATMAP_RATIO,
    height: area.height * HEATMAP_RATIO,
  };
  drawRasters(canvas, linearMap(bounds, whole), layers);
  return canvas.toDataURL();
}

/**
 * A path up to a step.
 * @param {import("./overlay.js").Path} path
 * @param {number} step
 */
export function upTo({ steps, xs, ys, color, dash }, step) {
  const count = lastAtMost(steps, step) + 1;
  const part = (/** @type {ArrayLike<number>} */ values) => [
    ...Array.from({ length: count }, (_, i) => Number(values[i])),
    valueAt(steps, values, step),
  ];
  return { x: part(xs), y: part(ys), color, dash };
}
