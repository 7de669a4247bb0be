/**
 * Surfaces on canvases: seen from above with level lines, paths and arrows, or from the side.
 *
 * A thumbnail and a panel of four are drawn by the same hand, without Plotly: it would take forty
 * milliseconds for each of them.
 */

import { css, heatmapColor } from "../core/colors.js";
import { isFar } from "../core/geometry/canvas-reach.js";
import { strokeCased } from "../plot/cased-stroke.js";
import { heatmapLayers } from "./heatmap.js";
import { facets, levelSegments, rangeOf } from "./surface-geometry.js";

/** @typedef {import("../core/geometry/linear-map.js").LinearMap} LinearMap */
/** @typedef {import("../core/geometry/areas.js").Area} Area */
/** @typedef {import("./coloring.js").Coloring} Coloring */
/** @typedef {import("../plot/contour.js").Layer} Layer */

/** Level lines on a small map. */
export const SMALL_LEVELS = 12;
const LINE = "rgba(18, 28, 48, 0.34)";

/**
 * Give a canvas as many pixels as the screen has for its size.
 * @param {HTMLCanvasElement} canvas
 * @returns {{context: CanvasRenderingContext2D, width: number, height: number}}  in CSS pixels
 */
export function prepare(canvas) {
  const { clientWidth: width, clientHeight: height } = canvas;
  const ratio = window.devicePixelRatio || 1;
  canvas.width = Math.round(width * ratio);
  canvas.height = Math.round(height * ratio);
  const context = /** @type {CanvasRenderingContext2D} */ (canvas.getContext("2d"));
  context.setTransform(ratio, 0, 0, ratio, 0, 0);
  context.clearRect(0, 0, width, height);
  context.lineJoin = "round";
  context.lineCap = "round";
  return { context, width, height };
}

/**
 * Draw within an area and nowhere else.
 * @param {CanvasRenderingContext2D} context
 * @param {Area} area
 * @param {() => void} draw
 */
export function within(context, { left, top, width, height }, draw) {
  context.save();
  context.beginPath();
  context.rect(left, top, width, height);
  context.clip();
  draw();
  context.restore();
}

/** Heatmaps of maps that are drawn again and again, as under a slider. @type {WeakMap<Coloring, Layer[]>} */
const painted = new WeakMap();

/**
 * Heatmap, the marks of what it does not show, and level lines.
 * @param {CanvasRenderingContext2D} context
 * @param {LinearMap} map
 * @param {{x: Float64Array, y: Float64Array}} grid
 * @param {Coloring} coloring
 * @param {number} width  of a level line
 */
export function drawMap(context, map, { x, y }, coloring, width) {
  const layers = painted.get(coloring) ?? heatmapLayers({ x, y }, coloring);
  painted.set(coloring, layers);
  context.imageSmoothingEnabled = true;
  context.imageSmoothingQuality = "high";
  for (const { raster } of layers) {
    const { x0, x1, y0, y1 } = raster.bounds;
    const [left, top] = [map.x(x0), map.y(y1)];
    context.drawImage(raster.canvas, left, top, map.x(x1) - left, map.y(y0) - top);
  }
  if (width === 0) return;

  const { numbers, levels } = coloring;
  const segments = levelSegments(numbers, x.length, y.length, levels.length - 1);
  strokeSegments(context, map, { x, y }, segments, width, LINE);
}

/**
 * The level line of one value.
 * @param {CanvasRenderingContext2D} context
 * @param {LinearMap} map
 * @param {{x: Float64Array, y: Float64Array, values: Float64Array}} grid
 * @param {number} level
 * @param {string} color
 */
export function drawLevel(context, map, { x, y, values }, level, color) {
  // Far from every other whole number, so that zero is the only level.
  const [low, high] = rangeOf(values);
  const numbers = values.map((value) => (value - level) / (4 * (high - low) || 1));
  strokeSegments(context, map, { x, y }, levelSegments(numbers, x.length, y.length), 1.75, color);
}

/**
 * @param {CanvasRenderingContext2D} context
 * @param {LinearMap} map
 * @param {{x: Float64Array, y: Float64Array}} grid
 * @param {number[]} segments
 * @param {number} width
 * @param {string} color
 */
function strokeSegments(context, map, { x, y }, segments, width, color) {
  const across = (/** @type {number} */ i) => map.x(between(x, i));
  const down = (/** @type {number} */ j) => map.y(between(y, j));
  context.beginPath();
  for (let k = 0; k < segments.length; k += 4) {
    context.moveTo(across(Number(segments[k])), down(Number(segments[k + 1])));
    context.lineTo(across(Number(segments[k + 2])), down(Number(segments[k + 3])));
  }
  context.lineWidth = width;
  context.strokeStyle = color;
  context.stroke();
}

/**
 * The coordinate at a fraction of a cell.
 * @param {Float64Array} axis  evenly spaced
 * @param {number} i
 */
function between(axis, i) {
  const [first, last] = [Number(axis[0]), Number(axis[axis.length - 1])];
  return first + (i / (axis.length - 1)) * (last - first);
}

/**
 * @param {CanvasRenderingContext2D} context
 * @param {LinearMap} map
 * @param {{x: ArrayLike<number>, y: ArrayLike<number>, color: string, dash: readonly number[]}} path
 * @param {string} halo
 * @param {number} width
 */
export function drawPath(context, map, { x, y, color, dash }, halo, width) {
  const line = new Path2D();
  let [px, py] = [NaN, NaN];
  for (let i = 0; i < x.length; i++) {
    const [qx, qy] = [map.x(Number(x[i])), map.y(Number(y[i]))];
    if (isFar(qx) || isFar(qy)) break;
    if (i === 0) line.moveTo(qx, qy);
    else line.lineTo(qx, qy);
    [px, py] = [qx, qy];
  }
  strokeCased(context, line, { color, dash }, halo, width);
  if (Number.isNaN(px)) return;
  dot(context, px, py, 1.7 * width + 0.6, color, halo);
}

/**
 * @param {CanvasRenderingContext2D} context
 * @param {number} px
 * @param {number} py
 * @param {number} radius
 * @param {string} color
 * @param {string} halo
 */
export function dot(context, px, py, radius, color, halo) {
  context.beginPath();
  context.arc(px, py, radius, 0, 2 * Math.PI);
  context.lineWidth = 2;
  context.strokeStyle = halo;
  context.stroke();
  context.fillStyle = color;
  context.fill();
}

/**
 * An arrow with a halo.
 * @param {CanvasRenderingContext2D} context
 * @param {{px: number, py: number, angle: number, length: number}} arrow  from where, y upwards
 * @param {string} color
 * @param {string} halo
 */
export function drawArrow(context, { px, py, angle, length }, color, halo) {
  const head = Math.min(12, length / 3);
  const point = (/** @type {number} */ along, /** @type {number} */ across) =>
    /** @type {const} */ ([
      px + along * Math.cos(angle) + across * Math.sin(angle),
      py - along * Math.sin(angle) + across * Math.cos(angle),
    ]);
  const shaft = new Path2D();
  shaft.moveTo(...point(0, 0));
  shaft.lineTo(...point(length - head, 0));
  const tip = new Path2D();
  tip.moveTo(...point(length, 0));
  tip.lineTo(...point(length - head, -head / 2));
  tip.lineTo(...point(length - head, head / 2));
  tip.closePath();
  const width = length > 50 ? 2.5 : 1.8;
  context.strokeStyle = halo;
  context.lineWidth = width + 3;
  context.stroke(shaft);
  context.stroke(tip);
  context.strokeStyle = color;
  context.fillStyle = color;
  context.lineWidth = width;
  context.stroke(shaft);
  context.fill(tip);
  dot(context, px, py, width + 0.8, color, halo);
}

/**
 * A surface seen from the side, in the middle of an area.
 * @param {CanvasRenderingContext2D} context
 * @param {Area} area
 * @param {{x: Float64Array, y: Float64Array, shades: Float64Array}} grid
 */
export function drawSideView(context, { left, top, width, height }, { x, y, shades }) {
  const unit = Math.min(width / 2.02, height / 1.7);
  const [cx, cy] = [left + width / 2, top + height / 2];
  context.lineWidth = 0.8;
  for (const { corners, shade, light } of facets(shades, x.length, y.length, 2)) {
    const [red, green, blue] = heatmapColor(shade);
    context.beginPath();
    for (let k = 0; k < corners.length; k += 2) {
      context.lineTo(cx + unit * Number(corners[k]), cy + unit * Number(corners[k + 1]));
    }
    context.closePath();
    context.fillStyle = css([light * red, light * green, light * blue]);
    context.strokeStyle = context.fillStyle;
    context.fill();
    context.stroke();
  }
}
