/**
 * The canvas over a plot: paths, playheads, marks. It redraws everything in a frame's fraction,
 * which Plotly cannot, and so everything that moves is drawn here.
 *
 * The drawing takes its coordinates through a `LinearMap` and its colours from the caller: it
 * knows neither optimizers nor losses.
 */

import { zoomOf } from "../core/dom.js";
import { contains } from "../core/geometry/bounds.js";
import { isFar } from "../core/geometry/canvas-reach.js";
import { curve } from "../core/geometry/curve.js";
import { placeNames, shortened } from "../core/geometry/name-places.js";
import { lastAtMost, valueAt } from "../core/geometry/sequences.js";
import { PATH_WIDTH, strokeCased, strokePieces } from "./cased-stroke.js";
import { coincidentStretches } from "./coincidence.js";

/** @typedef {import("../core/geometry/linear-map.js").LinearMap} LinearMap */

/**
 * @typedef {object} Path
 * @property {ArrayLike<number>} steps  ascending step numbers of the vertices
 * @property {ArrayLike<number>} xs
 * @property {ArrayLike<number>} ys
 * @property {string} color
 * @property {number[]} dash  lengths in pixels; empty: solid
 * @property {boolean} [ghost]  it is faint, and a dashed ring marks its end
 * @property {(count: number) => {from: number, to: number, opacity: number}[]} [pieces]  of a path that fades
 */

/** @typedef {(context: CanvasRenderingContext2D, map: LinearMap, halo: string) => void} Picture */

/**
 * @typedef {object} Overlay
 * @property {(width: number, height: number, ratio?: number) => void} resize  `ratio` pixels a unit
 * @property {(map: LinearMap, halo: string) => void} begin  clear, and draw through this map
 * @property {(picture: Picture) => void} draw  what a caller draws by itself
 * @property {(paths: readonly Path[], step: number, emphasized?: number) => void} paths  several
 *   paths up to a step, the emphasized one in front and the others faint; where one runs over
 *   another their colours alternate
 * @property {(path: Path, step: number) => void} path  the path up to a step
 * @property {(path: Path, look?: "plain" | "cased") => void} outlook  the whole path, faintly; cased it
 *   can be told from the ground that it is to be read on
 * @property {(path: Path, step: number) => void} head  where the path is at a step
 * @property {(x: number, color: string) => void} rule  a vertical line through the area
 * @property {(x: number, y: number, global: boolean, size: number) => void} minimum
 * @property {(x: number, y: number, angle: number, color: string) => void} arrow  at data (x, y)
 * @property {(x: number, y: number, color: string) => void} ring  where paths start
 * @property {(x: number, y: number, color: string) => void} diamond  where a path ends
 * @property {(places: readonly {x: number, y: number, label: string}[], color: string) => void} names
 *   places with their names, but for those outside the area
 * @property {(x: number, y: number, color: string) => void} cross  a place of no path
 * @property {(across: string, up: string, color: string) => void} axisNames  in the corners at the axes' ends
 */

const STRONG_WIDTH = 3.25;
/** What is not emphasized, while something else is. */
const FAINT_OPACITY = 0.3;
/** A ghost, while nothing is emphasized. */
const GHOST_OPACITY = 0.5;
const GHOST_DASH = [3, 2.5];
const PREVIEW_OPACITY = 0.6;
/** Length of the pieces in which the colours of coincident paths alternate. */
const ALTERNATION_PX = 9;
/** How far a mark reaches around its place. */
const MARK_REACH = 12;
const HEAD_RADIUS = 5.5;
const RING_RADIUS = 4.5;
const CROSS_ARM = 7;
/** @type {[number, number][]} */
const DIAMOND = [
  [0, -7.5],
  [7.5, 0],
  [0, 7.5],
  [-7.5, 0],
];

/**
 * @param {HTMLCanvasElement} canvas
 * @returns {Overlay}
 */
export function createOverlay(canvas) {
  const context = /** @type {CanvasRenderingContext2D} */ (canvas.getContext("2d"));
  /** @type {LinearMap} */
  let map;
  let halo = "white";
  let width = 0;
  let height = 0;

  /**
   * @param {Path} path
   * @param {number} step
   * @returns {Path2D}
   */
  const trace = (path, step) => curve(pixels(path, step));

  /**
   * A path's vertices up to a step, and where it is then.
   * @param {Path} path
   * @param {number} step
   * @returns {{xs: Float64Array, ys: Float64Array}}
   */
  const pixels = ({ steps, xs, ys }, step) => {
    const count = lastAtMost(steps, step) + 1;
    const between = count > 0 && count < steps.length ? 1 : 0;
    const px = new Float64Array(count + between);
    const py = new Float64Array(count + between);
    for (let i = 0; i < count; i++) {
      px[i] = map.x(Number(xs[i]));
      py[i] = map.y(Number(ys[i]));
    }
    if (between) {
      px[count] = map.x(valueAt(steps, xs, step));
      py[count] = map.y(valueAt(steps, ys, step));
    }
    return { xs: px, ys: py };
  };

  /** @param {{xs: Float64Array, ys: Float64Array}} line @param {Path} path */
  const piecesOf = ({ xs, ys }, { pieces }) =>
    (pieces?.(xs.length) ?? [{ from: 0, to: xs.length, opacity: 1 }]).map(({ from, to, opacity }) => ({
      line: curve({ xs: xs.subarray(from, to + 1), ys: ys.subarray(from, to + 1) }),
      opacity,
    }));

  /**
   * The paths that another covers come through in pieces.
   * @param {import("./coincidence.js").Stretch} stretch
   * @param {readonly Path[]} paths
   */
  const strokeCovered = (stretch, paths) => {
    const line = curve(stretch);
    const period = ALTERNATION_PX * (stretch.below.length + 1);
    context.lineWidth = PATH_WIDTH;
    context.lineCap = "butt";
    context.setLineDash([ALTERNATION_PX, period - ALTERNATION_PX]);
    stretch.below.forEach((below, k) => {
      context.lineDashOffset = -ALTERNATION_PX * (k + 1);
      context.strokeStyle = paths[below]?.color ?? halo;
      context.stroke(line);
    });
    context.lineDashOffset = 0;
    context.lineCap = "round";
  };

  /**
   * Draw what belongs to a place: whole if the place is in the plot, even at its edge.
   * @param {number} px
   * @param {number} py
   * @param {() => void} draw
   */
  const marked = (px, py, draw) => {
    const { left, top, width: w, height: h } = map.area;
    const inside = contains({ x0: left - 1, x1: left + w + 1, y0: top - 1, y1: top + h + 1 }, px, py);
    if (inside) clipTo(MARK_REACH);
    draw();
    if (inside) clipTo(0);
  };

  /**
   * Draw within the plot's area from here on.
   * @param {number} room  around it
   */
  const clipTo = (room) => {
    const ratio = canvas.width / Math.max(width, 1);
    const { left, top, width: w, height: h } = map.area;
    // The clip before goes with its saved state.
    context.restore();
    context.save();
    context.setTransform(ratio, 0, 0, ratio, 0, 0);
    context.beginPath();
    context.rect(left - room, top - room, w + 2 * room, h + 2 * room);
    context.clip();
    context.lineJoin = "round";
    context.lineCap = "round";
  };

  /**
   * @param {Path2D} shape
   * @param {string} fill
   */
  const fillWithHalo = (shape, fill) => {
    context.setLineDash([]);
    context.lineWidth = 3;
    context.strokeStyle = halo;
    context.stroke(shape);
    context.fillStyle = fill;
    context.fill(shape);
  };

  /**
   * @param {Path2D} shape
   * @param {string} color
   * @param {number[]} [dash]
   */
  const strokeWithHalo = (shape, color, dash = []) => {
    context.strokeStyle = halo;
    context.lineWidth = 4;
    context.stroke(shape);
    context.setLineDash(dash);
    context.strokeStyle = color;
    context.lineWidth = 1.75;
    context.stroke(shape);
  };

  /** Pixels a unit of a canvas that is not on the screen. @type {number | null} */
  let fixedRatio = null;

  /** Give the canvas the pixels that it has on the screen: they change with the page's magnification. */
  const fit = () => {
    const ratio = fixedRatio ?? (window.devicePixelRatio || 1) * zoomOf(canvas);
    const pixels = { width: Math.round(width * ratio), height: Math.round(height * ratio) };
    if (canvas.width !== pixels.width || canvas.height !== pixels.height) Object.assign(canvas, pixels);
  };

  return {
    resize(newWidth, newHeight, ratio) {
      fixedRatio = ratio ?? null;
      width = newWidth;
      height = newHeight;
      canvas.style.width = `${width}px`;
      canvas.style.height = `${height}px`;
      fit();
    },

    begin(newMap, newHalo) {
      fit();
      map = newMap;
      halo = newHalo;
      context.restore();
      context.save();
      context.setTransform(1, 0, 0, 1, 0, 0);
      context.clearRect(0, 0, canvas.width, canvas.height);
      clipTo(0);
    },

    draw: (picture) => picture(context, map, halo),

    paths(paths, step, emphasized = -1) {
      const lines = paths.map((path) => pixels(path, step));
      const strong = paths[emphasized];
      // A ghost runs along its variant until that changes, and hides nothing; what fades hides little.
      const solid = lines.map((line, k) => (paths[k]?.ghost || paths[k]?.pieces ? { xs: [], ys: [] } : line));
      const stretches = strong ? [] : coincidentStretches(solid, { width, height });
      lines.forEach((line, k) => {
        const path = paths[k];
        if (!path || path === strong) return;
        context.globalAlpha = strong ? FAINT_OPACITY : path.ghost ? GHOST_OPACITY : 1;
        strokePieces(context, piecesOf(line, path), path, halo, PATH_WIDTH);
        for (const stretch of stretches[k] ?? []) strokeCovered(stretch, paths);
      });
      context.globalAlpha = 1;
      const front = lines[emphasized];
      if (strong && front) strokeCased(context, curve(front), { ...strong, dash: [] }, halo, STRONG_WIDTH);
    },

    path(path, step) {
      strokeCased(context, trace(path, step), path, halo, PATH_WIDTH);
    },

    outlook(path, look = "plain") {
      if (look === "cased") {
        context.globalAlpha = PREVIEW_OPACITY;
        strokeCased(context, trace(path, Infinity), { ...path, dash: [] }, halo, 1.25);
        context.globalAlpha = 1;
        return;
      }
      context.setLineDash([]);
      context.globalAlpha = 0.28;
      context.strokeStyle = path.color;
      context.lineWidth = 1.25;
      context.stroke(trace(path, Infinity));
      context.globalAlpha = 1;
    },

    head(path, step) {
      const shape = new Path2D();
      const px = map.x(valueAt(path.steps, path.xs, step));
      const py = map.y(valueAt(path.steps, path.ys, step));
      if (isFar(px) || isFar(py)) return;
      shape.arc(px, py, HEAD_RADIUS, 0, 2 * Math.PI);
      context.setLineDash([]);
      marked(px, py, () => {
        if (path.ghost) strokeWithHalo(shape, path.color, GHOST_DASH);
        else fillWithHalo(shape, path.color);
      });
    },

    rule(x, color) {
      context.setLineDash([]);
      context.strokeStyle = color;
      context.lineWidth = 1;
      context.beginPath();
      context.moveTo(map.x(x), map.area.top);
      context.lineTo(map.x(x), map.area.top + map.area.height);
      context.stroke();
    },

    minimum(x, y, global, size) {
      const px = map.x(x);
      const py = map.y(y);
      const shape = new Path2D();
      const [outer, inner] = global ? [9, 3.8] : [5.5 * size, 1.6 * size];
      const points = global ? 5 : 4;
      for (let i = 0; i < 2 * points; i++) {
        const radius = i % 2 ? inner : outer;
        const angle = (i * Math.PI) / points - Math.PI / (global ? 2 : 4);
        shape.lineTo(px + radius * Math.cos(angle), py + radius * Math.sin(angle));
      }
      shape.closePath();
      context.setLineDash([]);
      context.lineWidth = 2.5 * size;
      context.strokeStyle = "rgba(20, 28, 40, 0.75)";
      context.stroke(shape);
      context.fillStyle = global ? "#ffd75e" : "#ffffff";
      context.fill(shape);
    },

    ring(x, y, color) {
      const shape = new Path2D();
      shape.arc(map.x(x), map.y(y), RING_RADIUS, 0, 2 * Math.PI);
      marked(map.x(x), map.y(y), () => {
        context.setLineDash([]);
        context.fillStyle = halo;
        context.fill(shape);
        strokeWithHalo(shape, color);
      });
    },

    diamond(x, y, color) {
      const [px, py] = [map.x(x), map.y(y)];
      if (isFar(px) || isFar(py)) return;
      const shape = new Path2D();
      for (const [dx, dy] of DIAMOND) shape.lineTo(px + dx, py + dy);
      shape.closePath();
      marked(px, py, () => fillWithHalo(shape, color));
    },

    names(places, color) {
      context.font = "600 13px system-ui, sans-serif";
      context.textAlign = "left";
      context.textBaseline = "middle";
      const measure = (/** @type {string} */ text) => context.measureText(text).width;
      const { left, top, width: w, height: h } = map.area;
      const area = { x0: left, x1: left + w, y0: top, y1: top + h };
      const marks = places
        .map(({ x, y, label }) => ({ px: map.x(x), py: map.y(y), text: shortened(label, w, measure) }))
        .filter(({ px, py }) => contains(area, px, py))
        .map((mark) => ({ ...mark, width: measure(mark.text) }));
      for (const { px, py } of marks) {
        const shape = new Path2D();
        for (const [dx, dy] of DIAMOND) shape.lineTo(px + dx, py + dy);
        shape.closePath();
        fillWithHalo(shape, color);
      }
      context.lineWidth = 4;
      context.strokeStyle = halo;
      context.fillStyle = color;
      placeNames(marks, map.area).forEach((box, i) => {
        const text = String(marks[i]?.text);
        const middle = (box.top + box.bottom) / 2;
        context.strokeText(text, box.left, middle);
        context.fillText(text, box.left, middle);
      });
    },

    cross(x, y, color) {
      const [px, py] = [map.x(x), map.y(y)];
      const shape = new Path2D();
      shape.moveTo(px - CROSS_ARM, py);
      shape.lineTo(px + CROSS_ARM, py);
      shape.moveTo(px, py - CROSS_ARM);
      shape.lineTo(px, py + CROSS_ARM);
      context.setLineDash([]);
      strokeWithHalo(shape, color);
    },

    axisNames(across, up, color) {
      const { left, top, width: w, height: h } = map.area;
      context.setLineDash([]);
      context.font = "italic 15px Georgia, serif";
      context.lineWidth = 4;
      context.strokeStyle = halo;
      context.fillStyle = color;
      for (const [text, px, py, align, baseline] of /** @type {const} */ ([
        [across, left + w - 8, top + h - 7, "right", "alphabetic"],
        [up, left + 8, top + 7, "left", "top"],
      ])) {
        context.textAlign = align;
        context.textBaseline = baseline;
        context.strokeText(text, px, py);
        context.fillText(text, px, py);
      }
    },

    arrow(x, y, angle, color) {
      const { left, top, width: w, height: h } = map.area;
      const px = Math.min(Math.max(map.x(x), left + 6), left + w - 6);
      const py = Math.min(Math.max(map.y(y), top + 6), top + h - 6);
      const shape = new Path2D();
      // The angle is that of the data, whose y axis points up.
      const point = (/** @type {number} */ along, /** @type {number} */ across) =>
        shape.lineTo(
          px + along * Math.cos(angle) + across * Math.sin(angle),
          py - along * Math.sin(angle) + across * Math.cos(angle),
        );
      point(3, 0);
      point(-13, -7);
      point(-9, 0);
      point(-13, 7);
      shape.closePath();
      fillWithHalo(shape, color);
    },
  };
}
