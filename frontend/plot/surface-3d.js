/** The 3D surface that Plotly draws, with lines and marks that move without drawing it anew. */

import { PALETTES } from "../core/colors.js";
import { rows } from "../core/geometry/grids.js";
import { movedAway } from "./camera.js";
import { CONFIG, frame } from "./chart.js";
import { wheelFactor } from "./gestures.js";
import { loadPlotly } from "./plotly.js";

/** @typedef {import("../core/geometry/bounds.js").Bounds} Bounds */
/** @typedef {import("../core/geometry/areas.js").Size} Size */
/** @typedef {import("../core/geometry/space.js").Camera} Camera */
/** @typedef {import("../core/theme.js").Theme} Theme */
/** @typedef {import("./chart.js").Grid} Grid */
/** @typedef {{x: number[], y: number[], z: number[]}} Points3d */

/**
 * @typedef {object} Line3d
 * @property {number[]} x
 * @property {number[]} y
 * @property {number[]} z
 * @property {string} color
 * @property {string[]} [colors]  of its points, where they are not all its colour
 * @property {string} dash  Plotly's name of a dash pattern
 * @property {boolean} [ghost]  it is faint
 */

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
const MINIMUM_COLORS = { global: "#ffd75e", local: "#ffffff" };

/** Lines in 3D, in pixels: one of several, the one that somebody points at. */
const LINE_WIDTH = { usual: 6, front: 9 };
/** How much is seen of the others then. */
const BEHIND_OPACITY = 0.35;
/** How much is seen of a ghost otherwise. */
const GHOST_OPACITY = 0.5;

/**
 * @param {Line3d} line
 * @param {number} index
 * @param {number} front  the line that is pointed at; -1: none
 */
function trace3d({ x, y, z, color, colors, dash, ghost = false }, index, front) {
  return {
    type: "scatter3d",
    mode: "lines",
    x,
    y,
    z,
    line: { color: colors ?? color, dash, width: widthOf(index, front) },
    opacity: opacityOf(index, front, ghost),
    hoverinfo: "skip",
  };
}

/**
 * @param {number} index
 * @param {number} front
 */
function widthOf(index, front) {
  return index === front ? LINE_WIDTH.front : LINE_WIDTH.usual;
}

/**
 * @param {number} index
 * @param {number} front
 * @param {boolean} ghost
 */
function opacityOf(index, front, ghost) {
  if (index === front) return 1;
  return front >= 0 ? BEHIND_OPACITY : ghost ? GHOST_OPACITY : 1;
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
 * @property {number} [front]  the line that somebody points at; -1: none
 * @property {{x: number[], y: number[], z: number[], color: string[], ghost?: boolean[]}} heads  rings where
 *   they are of ghosts
 * @property {readonly {x: number, y: number, z: number, global: boolean}[]} [minima]
 * @property {readonly {x: number, y: number, z: number}[]} [saddles]
 * @property {readonly Points3d[]} [cloud]  traces of many descents, as Plotly takes them
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
  /** Which of them are ghosts. @type {boolean[]} */
  let ghosts = [];
  /** Which of them is in front. */
  let front = -1;
  let moving = false;
  let turning = false;
  /** From where the surface is to be looked at next. @type {Camera | null} */
  let next = null;
  /** From where it is looked at, or will be once all turns are done. @type {Camera | null} */
  let seen = null;
  /** From where it was last asked to be seen, after it was asked to be drawn. @type {Camera | null} */
  let since = null;
  /** The cloud that is drawn. @type {readonly Points3d[]} */
  let cloudDrawn = [];
  /** The place of its first trace in the list. */
  let cloudAt = 0;
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

  const view = {
    /**
     * @param {Scene3d} scene
     * @param {Size} size
     * @param {Theme} theme
     */
    draw(scene, size, theme) {
      const number = ++asked;
      since = null;
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
        // Its twin may have been turned while this one waited for its turn.
        const camera = since ?? scene.camera;
        seen = camera;
        const traces = figure3d(scene, theme);
        cloudDrawn = scene.cloud ?? [];
        cloudAt = traces.length - cloudDrawn.length;
        const plot = await plotly.react(element, traces, layout3d({ ...scene, camera }, size, theme), {
          ...CONFIG,
          staticPlot: false,
          scrollZoom: false,
        });
        count = scene.lines.length;
        ghosts = scene.lines.map(({ ghost = false }) => ghost);
        front = scene.front ?? -1;
        if (!first) return;
        /** @param {(camera: Camera) => void} tell */
        const listener = (tell) => (/** @type {Record<string, any>} */ change) => {
          const camera = change["scene.camera"];
          if (!camera || turning) return;
          seen = { eye: camera.eye, center: camera.center };
          tell(seen);
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
      since = camera;
      if (!drawn) return;
      next = seen = camera;
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
     * Move lines, heads and a cloud; a call that comes while one is under way is dropped, because the
     * next frame brings newer ones, and so is one for other lines than are drawn.
     * @param {Line3d[]} lines
     * @param {Scene3d["heads"]} heads
     * @param {readonly Points3d[]} [cloud]
     */
    async move(lines, heads, cloud = cloudDrawn) {
      if (!drawn || moving || lines.length !== count) return;
      moving = true;
      /** @type {Points3d[]} */
      const all = [...lines, heads];
      const traces = all.map((_, i) => i + 1);
      // It moves less often than the lines: from one kept step to the next.
      if (cloud !== cloudDrawn && cloud.length === cloudDrawn.length) {
        all.push(...cloud);
        traces.push(...cloud.map((_, i) => cloudAt + i));
        cloudDrawn = cloud;
      }
      const places = { x: all.map((l) => l.x), y: all.map((l) => l.y), z: all.map((l) => l.z) };
      const faded = lines.some(({ colors }) => colors);
      const colors = all.map((_, i) => lines[i]?.colors ?? lines[i]?.color);
      const change = faded ? { ...places, "line.color": colors } : places;
      try {
        await inTurn(async (plotly) => {
          if (!drawn || lines.length !== count) return;
          await plotly.restyle(element, change, traces);
        });
      } finally {
        moving = false;
      }
    },

    /**
     * Bring the line to the front that somebody points at.
     * @param {number} next  its index; -1: none
     */
    async emphasize(next) {
      if (!drawn || next === front || next >= count) return;
      front = next;
      await inTurn(async (plotly) => {
        // Somebody may point at another one by now.
        if (!drawn || next !== front || count === 0) return;
        const lines = Array.from({ length: count }, (_, i) => i);
        const change = {
          "line.width": lines.map((i) => widthOf(i, next)),
          opacity: lines.map((i) => opacityOf(i, next, ghosts[i] ?? false)),
        };
        await plotly.restyle(element, change, lines.map((i) => i + 1));
      });
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

  // Plotly's own zoom reports the camera from before it moved.
  element.addEventListener(
    "wheel",
    (event) => {
      if (!drawn || !seen) return;
      event.preventDefault();
      const camera = movedAway(seen, wheelFactor(event));
      onCamera(camera);
      void view.turn(camera);
    },
    { passive: false },
  );
  return view;
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
export function figure3d({ grid, lines, front = -1, heads, minima = [], saddles = [], cloud = [] }, theme) {
  const surface = {
    type: "surface",
    x: grid.x,
    y: grid.y,
    z: rows(grid.z, grid.x.length),
    surfacecolor: rows(grid.numbers, grid.x.length),
    cmin: 0,
    cmax: grid.levels - 1,
    colorscale: PALETTES[grid.palette ?? "heights"].scale,
    showscale: false,
    hoverinfo: "skip",
    contours: { x: { highlight: false }, y: { highlight: false }, z: { highlight: false } },
    lighting: { ambient: 0.75, diffuse: 0.5, specular: 0.05, roughness: 0.9, fresnel: 0 },
  };
  const { color, ghost = [], ...points } = heads;
  const symbol = color.map((_, i) => (ghost[i] ? "circle-open" : "circle"));
  const marks = {
    type: "scatter3d",
    mode: "markers",
    ...points,
    marker: { color, symbol, size: 6, line: { color: theme.page, width: 1 } },
    hoverinfo: "skip",
  };
  // Last, so that lines and heads keep their places in the list.
  /** @type {object[]} */
  const others = [
    ...(minima.length ? [minima3d(minima)] : []),
    ...(saddles.length ? [saddles3d(saddles)] : []),
    ...cloud,
  ];
  return [surface, ...lines.map((line, i) => trace3d(line, i, front)), marks, ...others];
}

/** @param {NonNullable<Scene3d["saddles"]>} saddles */
function saddles3d(saddles) {
  return {
    type: "scatter3d",
    mode: "markers",
    x: saddles.map(({ x }) => x),
    y: saddles.map(({ y }) => y),
    z: saddles.map(({ z }) => z),
    marker: { symbol: "square", color: MINIMUM_COLORS.local, size: 4, line: { color: "rgb(20, 28, 40)", width: 1 } },
    hoverinfo: "skip",
  };
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
      size: minima.map(({ global }) => (global ? 6 : 5)),
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
