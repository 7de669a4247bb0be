/**
 * The only module that calls Plotly, which `plotly.js` loads: for level lines with their axes, the
 * 3D surface, the axes of a line chart, and the pictures that `picture.js` composes.
 *
 * Plotly needs 40 ms and more for a redraw. It is therefore called only when things rest; what
 * moves is drawn by `overlay.js` through the same bounds and margins. Every axis has a fixed
 * range, so the map between data and pixels is known without asking Plotly.
 */

import { HEATMAP_SCALE } from "../core/colors.js";
import { rows } from "../core/geometry/grids.js";
import { loadPlotly } from "./plotly.js";

/** @typedef {import("../core/geometry/bounds.js").Bounds} Bounds */
/** @typedef {import("../core/geometry/areas.js").Size} Size */
/** @typedef {import("../core/geometry/areas.js").Margins} Margins */
/** @typedef {import("../core/geometry/space.js").Camera} Camera */
/** @typedef {import("../core/theme.js").Theme} Theme */

/**
 * @typedef {object} Grid
 * @property {Float64Array} x
 * @property {Float64Array} y
 * @property {Float64Array | Float32Array} z  heights, row by row
 * @property {Float64Array} numbers  level numbers of the same points
 * @property {number} levels  how many levels there are
 */

/**
 * @typedef {object} Line3d
 * @property {number[]} x
 * @property {number[]} y
 * @property {number[]} z
 * @property {string} color
 * @property {string} dash  Plotly's name of a dash pattern
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

/** A surface that is slimmer or wider in 3D would run out of the picture: its axes get scales of their own. */
const SHAPES_3D = /** @type {const} */ ([0.5, 2]);

/**
 * How many times as long as y the axis x is drawn.
 * @param {Bounds} bounds
 * @param {boolean} equal  one scale for both, however slim
 */
export function shape3d({ x0, x1, y0, y1 }, equal) {
  const [slim, wide] = equal ? [0, Infinity] : SHAPES_3D;
  return Math.min(Math.max((x1 - x0) / (y1 - y0), slim), wide);
}

/** The same on every theme, because the surface is. */
export const MINIMUM_COLORS = { global: "#ffd75e", local: "#ffffff" };

/** Every fifth level line is drawn stronger, as on a topographic map. */
const INDEX_INTERVAL = 5;

const CONFIG = {
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
export function lineLayout({ x, y, log, whole, percent, shares, titles }, size, theme) {
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

/**
 * @param {Line3d} line
 */
function trace3d({ x, y, z, color, dash }) {
  return {
    type: "scatter3d",
    mode: "lines",
    x,
    y,
    z,
    line: { color, dash, width: 6 },
    hoverinfo: "skip",
  };
}

/**
 * @typedef {object} Scene3d
 * @property {Grid} grid
 * @property {Bounds} bounds
 * @property {string} heightTitle
 * @property {[string, string]} [titles]  of x and y
 * @property {[number, number]} [heights]  what is shown of the heights; the rest is cut off
 * @property {{at: number[], text: string[]}} [heightTicks]  where heights are not read off as they are
 * @property {boolean} [equal]  whether x and y have one scale even where one is much longer
 * @property {Line3d[]} lines
 * @property {{x: number[], y: number[], z: number[], color: string[]}} heads
 * @property {readonly {x: number, y: number, z: number, global: boolean}[]} [minima]
 * @property {Camera} camera
 */

/**
 * Why a surface cannot be drawn in 3D; null if it can. Plotly fails within on what has no height.
 * @param {Pick<Grid, "x" | "y" | "z">} grid
 */
export function undrawable({ x, y, z }) {
  if (x.length < 2 || y.length < 2) return "Nothing of the grid lies in view: there is no surface to draw.";
  if (!z.some(Number.isFinite)) return "No value in view is finite: there is no surface to draw.";
  return null;
}

/**
 * The 3D view in one element. Its lines can be moved without drawing the surface anew.
 * @param {HTMLElement} element
 * @param {(camera: Camera) => void} onCamera  the view was turned by hand
 * @param {(camera: Camera) => void} [onTurning]  it is being turned
 */
export function createSurface3d(element, onCamera, onTurning) {
  let drawn = false;
  /** Counts what was asked for, so that only the last of what waits is drawn. */
  let asked = 0;
  /** How many lines are drawn. */
  let count = 0;
  let moving = false;
  let turning = false;
  /** From where the surface is to be looked at next. @type {Camera | null} */
  let next = null;
  /** Ends when all is done that was begun. @type {Promise<unknown>} */
  let work = Promise.resolve();

  /**
   * One after the other: Plotly fails within if an element is purged while it draws there.
   * @param {(plotly: PlotlyStatic) => Promise<void>} step
   * @returns {Promise<void>}
   */
  const inTurn = (step) => {
    const done = work.then(async () => step(await loadPlotly("gl3d")));
    work = done.catch(() => undefined);
    // Not `done`, which has a handler: a failure that no caller handles must reach the page.
    return done.then(() => undefined);
  };

  /** @param {PlotlyStatic} plotly */
  const purge = (plotly) => {
    if (drawn) plotly.purge(element);
    drawn = false;
    element.replaceChildren();
  };

  return {
    /**
     * @param {Scene3d} scene
     * @param {Size} size
     * @param {Theme} theme
     */
    draw(scene, size, theme) {
      const number = ++asked;
      return inTurn(async (plotly) => {
        if (number !== asked) return;
        const reason = undrawable(scene.grid);
        if (reason !== null) {
          purge(plotly);
          element.append(sentence(reason));
          return;
        }
        if (!drawn) element.replaceChildren();
        const first = !drawn;
        drawn = true;
        const plot = await plotly.react(element, figure3d(scene, theme), layout3d(scene, size, theme), {
          ...CONFIG,
          staticPlot: false,
          scrollZoom: true,
        });
        count = scene.lines.length;
        if (!first) return;
        /** @param {(camera: Camera) => void} tell */
        const listener = (tell) => (/** @type {Record<string, any>} */ change) => {
          const camera = change["scene.camera"];
          if (camera && !turning) tell({ eye: camera.eye, center: camera.center });
        };
        plot.on("plotly_relayout", listener(onCamera));
        if (onTurning) plot.on("plotly_relayouting", listener(onTurning));
      });
    },

    /**
     * Look from elsewhere, without drawing anything anew. While one turn is under way only the
     * newest of what comes is kept.
     * @param {Camera} camera
     */
    async turn(camera) {
      if (!drawn) return;
      next = camera;
      if (turning) return;
      turning = true;
      try {
        await inTurn(async (plotly) => {
          while (next && drawn) {
            const view = { ...next, up: { x: 0, y: 0, z: 1 } };
            next = null;
            await plotly.relayout(element, { "scene.camera": view });
          }
        });
      } finally {
        turning = false;
      }
    },

    /**
     * Move lines and heads; a call that comes while one is under way is dropped, because the next
     * frame brings newer ones, and so is one for other lines than are drawn.
     * @param {Line3d[]} lines
     * @param {Scene3d["heads"]} heads
     */
    async move(lines, heads) {
      if (!drawn || moving || lines.length !== count) return;
      moving = true;
      const all = [...lines, heads];
      const change = { x: all.map((l) => l.x), y: all.map((l) => l.y), z: all.map((l) => l.z) };
      try {
        await inTurn(async (plotly) => {
          if (!drawn || lines.length !== count) return;
          await plotly.restyle(element, change, all.map((_, i) => i + 1));
        });
      } finally {
        moving = false;
      }
    },

    /** Give the graphics memory back. */
    async clear() {
      asked++;
      next = null;
      // A page that never showed 3D does not load its script for this.
      if (!drawn) return element.replaceChildren();
      await inTurn(async (plotly) => purge(plotly));
    },
  };
}

/** @param {string} text */
function sentence(text) {
  const node = document.createElement("p");
  node.classList.add("undrawable");
  node.textContent = text;
  return node;
}

/**
 * @param {Scene3d} scene
 * @param {Theme} theme
 */
export function figure3d({ grid, lines, heads, minima = [] }, theme) {
  const surface = {
    type: "surface",
    x: grid.x,
    y: grid.y,
    z: rows(grid.z, grid.x.length),
    surfacecolor: rows(grid.numbers, grid.x.length),
    cmin: 0,
    cmax: grid.levels - 1,
    colorscale: HEATMAP_SCALE,
    showscale: false,
    hoverinfo: "skip",
    contours: { x: { highlight: false }, y: { highlight: false }, z: { highlight: false } },
    lighting: { ambient: 0.75, diffuse: 0.5, specular: 0.05, roughness: 0.9, fresnel: 0 },
  };
  const { color, ...points } = heads;
  const marks = {
    type: "scatter3d",
    mode: "markers",
    ...points,
    marker: { color, size: 6, line: { color: theme.page, width: 1 } },
    hoverinfo: "skip",
  };
  // Last, so that lines and heads keep their places in the list.
  return [surface, ...lines.map(trace3d), marks, ...(minima.length ? [minima3d(minima)] : [])];
}

/** @param {NonNullable<Scene3d["minima"]>} minima */
function minima3d(minima) {
  const each = (/** @type {string} */ global, /** @type {string} */ other) =>
    minima.map((minimum) => (minimum.global ? global : other));
  return {
    type: "scatter3d",
    mode: "markers",
    x: minima.map(({ x }) => x),
    y: minima.map(({ y }) => y),
    z: minima.map(({ z }) => z),
    marker: {
      symbol: each("diamond", "circle"),
      color: each(MINIMUM_COLORS.global, MINIMUM_COLORS.local),
      size: minima.map(({ global }) => (global ? 6 : 4)),
      line: { color: "rgb(20, 28, 40)", width: 1 },
    },
    hoverinfo: "skip",
  };
}

/** The longest that an axis of the ground is drawn, in Plotly's units; the camera sees so much. */
const LONGEST_3D = 1.25 * Math.SQRT2;

/** @param {number} shape  how many times as long as y the axis x is */
function aspect3d(shape) {
  const [x, y] = [1.25 * Math.sqrt(shape), 1.25 / Math.sqrt(shape)];
  const shrink = Math.min(1, LONGEST_3D / Math.max(x, y));
  return { x: shrink * x, y: shrink * y, z: 0.75 };
}

/**
 * Heights with room for rounding: the graphics card counts in single precision and would cut holes
 * where a surface touches the end of its axis.
 * @param {[number, number]} heights
 */
function withRoom([low, high]) {
  const room = 1e-3 * (high - low);
  return [low - room, high + room];
}

/**
 * @param {Scene3d} scene
 * @param {Size} size
 * @param {Theme} theme
 */
export function layout3d({ bounds, heightTitle, camera, titles = ["x", "y"], heights, heightTicks, equal = false }, size, theme) {
  const axis3d = (/** @type {string} */ title) => ({
    title: { text: title },
    color: theme.ink,
    gridcolor: theme.faint,
    showbackground: false,
    zeroline: false,
    showspikes: false,
    nticks: 6,
  });
  const shape = shape3d(bounds, equal);
  return {
    ...frame(theme, size, { left: 0, right: 0, top: 0, bottom: 0 }),
    uirevision: "camera",
    scene: {
      camera: { ...camera, up: { x: 0, y: 0, z: 1 } },
      hovermode: false,
      dragmode: "turntable",
      aspectmode: "manual",
      aspectratio: aspect3d(shape),
      xaxis: { ...axis3d(titles[0]), range: [bounds.x0, bounds.x1] },
      yaxis: { ...axis3d(titles[1]), range: [bounds.y0, bounds.y1] },
      zaxis: {
        ...axis3d(heightTitle),
        ...(heights && { range: withRoom(heights) }),
        ...(heightTicks && { tickmode: "array", tickvals: heightTicks.at, ticktext: heightTicks.text }),
      },
    },
  };
}
