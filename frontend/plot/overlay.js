/**
 * The canvas over a plot: paths, playheads, marks. It redraws everything in a frame's fraction,
 * which Plotly cannot, and so everything that moves is drawn here.
 *
 * The drawing takes its coordinates through a `LinearMap` and its colours from the caller: it
 * knows neither optimizers nor losses.
 */

import { cutFar, isFar } from "../core/geometry/canvas-reach.js";
import { lastAtMost, valueAt } from "../core/geometry/sequences.js";

/** @typedef {import("../core/geometry/linear-map.js").LinearMap} LinearMap */

/**
 * @typedef {object} Path
 * @property {ArrayLike<number>} steps  ascending step numbers of the vertices
 * @property {ArrayLike<number>} xs
 * @property {ArrayLike<number>} ys
 * @property {string} color
 * @property {number[]} dash  lengths in pixels; empty: solid
 */

/**
 * @typedef {object} Overlay
 * @property {(width: number, height: number) => void} resize
 * @property {(map: LinearMap, halo: string) => void} begin  clear, and draw through this map
 * @property {(path: Path, step: number) => void} path  the path up to a step
 * @property {(path: Path) => void} outlook  the whole path, faintly
 * @property {(path: Path, step: number) => void} head  where the path is at a step
 * @property {(x: number, color: string) => void} rule  a vertical line through the area
 * @property {(x: number, y: number, global: boolean, size: number) => void} minimum
 * @property {(x: number, y: number, angle: number, color: string) => void} arrow  at data (x, y)
 * @property {(x: number, y: number, color: string) => void} ring  where paths start
 * @property {(x: number, y: number, color: string) => void} diamond  where a path ends
 * @property {(x: number, y: number, color: string) => void} cross  a place of no path
 */

const PATH_WIDTH = 2.25;
const HALO_WIDTH = 5;
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
  const trace = ({ steps, xs, ys }, step) => {
    const line = new Path2D();
    const count = lastAtMost(steps, step) + 1;
    let px = map.x(/** @type {number} */ (xs[0]));
    let py = map.y(/** @type {number} */ (ys[0]));
    let broken = true;
    for (let i = 1; i <= count; i++) {
      const inside = i < count;
      if (!inside && i >= steps.length) break;
      const qx = map.x(inside ? /** @type {number} */ (xs[i]) : valueAt(steps, xs, step));
      const qy = map.y(inside ? /** @type {number} */ (ys[i]) : valueAt(steps, ys, step));
      if (isFar(px) || isFar(py) || isFar(qx) || isFar(qy)) {
        const cut = cutFar(px, py, qx, qy);
        if (cut) {
          line.moveTo(cut[0], cut[1]);
          line.lineTo(cut[2], cut[3]);
        }
        broken = true;
      } else {
        if (broken) line.moveTo(px, py);
        line.lineTo(qx, qy);
        broken = false;
      }
      px = qx;
      py = qy;
    }
    return line;
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
   */
  const strokeWithHalo = (shape, color) => {
    context.strokeStyle = halo;
    context.lineWidth = 4;
    context.stroke(shape);
    context.strokeStyle = color;
    context.lineWidth = 1.75;
    context.stroke(shape);
  };

  return {
    resize(newWidth, newHeight) {
      width = newWidth;
      height = newHeight;
      const ratio = window.devicePixelRatio || 1;
      canvas.width = Math.round(width * ratio);
      canvas.height = Math.round(height * ratio);
      canvas.style.width = `${width}px`;
      canvas.style.height = `${height}px`;
    },

    begin(newMap, newHalo) {
      map = newMap;
      halo = newHalo;
      const ratio = canvas.width / Math.max(width, 1);
      const { left, top, width: w, height: h } = map.area;
      // The clip of the frame before goes with its saved state.
      context.restore();
      context.save();
      context.setTransform(1, 0, 0, 1, 0, 0);
      context.clearRect(0, 0, canvas.width, canvas.height);
      context.setTransform(ratio, 0, 0, ratio, 0, 0);
      context.beginPath();
      context.rect(left, top, w, h);
      context.clip();
      context.lineJoin = "round";
      context.lineCap = "round";
    },

    path(path, step) {
      const line = trace(path, step);
      context.setLineDash([]);
      context.strokeStyle = halo;
      context.lineWidth = HALO_WIDTH;
      context.globalAlpha = 0.7;
      context.stroke(line);
      context.globalAlpha = 1;
      context.setLineDash(path.dash);
      context.lineCap = path.dash.length ? "butt" : "round";
      context.strokeStyle = path.color;
      context.lineWidth = PATH_WIDTH;
      context.stroke(line);
      context.lineCap = "round";
    },

    outlook(path) {
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
      fillWithHalo(shape, path.color);
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
      context.setLineDash([]);
      context.fillStyle = halo;
      context.fill(shape);
      strokeWithHalo(shape, color);
    },

    diamond(x, y, color) {
      const [px, py] = [map.x(x), map.y(y)];
      if (isFar(px) || isFar(py)) return;
      const shape = new Path2D();
      for (const [dx, dy] of DIAMOND) shape.lineTo(px + dx, py + dy);
      shape.closePath();
      fillWithHalo(shape, color);
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
