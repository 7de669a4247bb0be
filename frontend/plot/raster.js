/**
 * Grids painted as images: the heatmap under the level lines, thumbnails of it, and basin maps.
 *
 * A grid's row 0 is its smallest y; an image's row 0 is its top. Grid points are the centres of
 * pixels, so an image reaches half a cell beyond the outermost points.
 */

import { PALETTES, basinColor } from "../core/colors.js";
import { zoomOf } from "../core/dom.js";
import { boundsOf } from "../core/geometry/bounds.js";

/** @typedef {import("../core/geometry/linear-map.js").LinearMap} LinearMap */
/** @typedef {import("../core/geometry/bounds.js").Bounds} Bounds */

/**
 * @typedef {object} Raster
 * @property {HTMLCanvasElement} canvas
 * @property {Bounds} bounds  where it lies
 * @property {Bounds} [shown]  what is shown of it; without, all
 */

/** How much the relief lightens slopes that face the light and darkens the others. */
const HILLSHADE = 0.1;

/** The colours of the palettes that were used so far. @type {Partial<Record<import("../core/colors.js").Palette, Uint8ClampedArray>>} */
const tables = {};

/** @param {import("../core/colors.js").Palette} palette */
function tableOf(palette) {
  return (tables[palette] ??= Uint8ClampedArray.from(
    Array.from({ length: 1024 }, (_, i) => PALETTES[palette].color(i / 1023)).flat(),
  ));
}

/**
 * What the cells of a grid cover: half a cell more than its points.
 * @param {{x: ArrayLike<number>, y: ArrayLike<number>}} grid
 * @returns {Bounds}
 */
function reach({ x, y }) {
  const { x0, x1, y0, y1 } = boundsOf({ x, y });
  const hx = (x1 - x0) / (x.length - 1) / 2;
  const hy = (y1 - y0) / (y.length - 1) / 2;
  return { x0: x0 - hx, x1: x1 + hx, y0: y0 - hy, y1: y1 + hy };
}

/**
 * @param {number} nx
 * @param {number} ny
 * @param {(i: number, j: number, write: (r: number, g: number, b: number) => void) => void} paint
 * @returns {HTMLCanvasElement}
 */
function painted(nx, ny, paint) {
  const canvas = document.createElement("canvas");
  canvas.width = nx;
  canvas.height = ny;
  const context = /** @type {CanvasRenderingContext2D} */ (canvas.getContext("2d"));
  const image = context.createImageData(nx, ny);
  const { data } = image;
  let at = 0;
  const write = (/** @type {number} */ r, /** @type {number} */ g, /** @type {number} */ b) => {
    data[at] = r;
    data[at + 1] = g;
    data[at + 2] = b;
    data[at + 3] = Number.isNaN(r) ? 0 : 255;
    at += 4;
  };
  for (let j = ny - 1; j >= 0; j--) for (let i = 0; i < nx; i++) paint(i, j, write);
  context.putImageData(image, 0, 0);
  return canvas;
}

/**
 * Beyond its points nothing is known, and nothing is shown; nor where a value is not a number.
 * @param {object} grid
 * @param {ArrayLike<number>} grid.x
 * @param {ArrayLike<number>} grid.y
 * @param {Float64Array} grid.numbers  level numbers, row by row
 * @param {number} grid.levels  how many levels there are
 * @param {import("../core/colors.js").Palette} [grid.palette]
 * @returns {Raster}
 */
export function heatmapRaster({ x, y, numbers, levels, palette = "heights" }) {
  const table = tableOf(palette);
  const nx = x.length;
  const ny = y.length;
  const at = (/** @type {number} */ i, /** @type {number} */ j) =>
    /** @type {number} */ (
      numbers[Math.min(Math.max(j, 0), ny - 1) * nx + Math.min(Math.max(i, 0), nx - 1)]
    );
  const canvas = painted(nx, ny, (i, j, write) => {
    if (Number.isNaN(at(i, j))) return write(NaN, NaN, NaN);
    const entry = 3 * Math.round(1023 * Math.min(Math.max(at(i, j) / (levels - 1), 0), 1));
    // Light from the upper left: what rises towards the lower right faces it.
    const slope = (at(i + 1, j) - at(i - 1, j) + at(i, j - 1) - at(i, j + 1)) * (nx / levels);
    const light = 1 + HILLSHADE * Math.tanh((slope || 0) / 12);
    return write(
      /** @type {number} */ (table[entry]) * light,
      /** @type {number} */ (table[entry + 1]) * light,
      /** @type {number} */ (table[entry + 2]) * light,
    );
  });
  return { canvas, bounds: reach({ x, y }), shown: boundsOf({ x, y }) };
}

/**
 * @param {object} map
 * @param {ArrayLike<number>} map.x
 * @param {ArrayLike<number>} map.y
 * @param {ArrayLike<number>} map.labels  -1: no minimum
 * @param {ArrayLike<number>} map.steps  steps until arrival; -1: not arrived
 * @param {"light" | "dark"} theme
 * @returns {Raster}
 */
export function basinRaster({ x, y, labels, steps }, theme) {
  const nx = x.length;
  let slowest = 1;
  for (let i = 0; i < steps.length; i++) slowest = Math.max(slowest, Number(steps[i]));
  const canvas = painted(nx, y.length, (i, j, write) => {
    const arrival = Number(steps[j * nx + i]);
    const speed = arrival < 0 ? 0 : 0.25 + 0.75 * (1 - Math.sqrt(arrival / slowest));
    write(...basinColor(Number(labels[j * nx + i]), speed, theme));
  });
  return { canvas, bounds: reach({ x, y }) };
}

/**
 * Draw images over each other on a canvas, each where its bounds lie.
 * @param {HTMLCanvasElement} canvas
 * @param {LinearMap} map
 * @param {{raster: Raster, smooth: boolean}[]} layers
 * @param {number} [ratio]  pixels a unit of the map
 */
export function drawRasters(canvas, map, layers, ratio = (window.devicePixelRatio || 1) * zoomOf(canvas)) {
  const { left, top, width: w, height: h } = map.area;
  const needed = [Math.round((left + w) * ratio), Math.round((top + h) * ratio)];
  if (canvas.width !== needed[0] || canvas.height !== needed[1]) {
    [canvas.width, canvas.height] = /** @type {[number, number]} */ (needed);
    canvas.style.width = `${left + w}px`;
    canvas.style.height = `${top + h}px`;
  }
  const context = /** @type {CanvasRenderingContext2D} */ (canvas.getContext("2d"));
  context.setTransform(1, 0, 0, 1, 0, 0);
  context.clearRect(0, 0, canvas.width, canvas.height);
  context.setTransform(ratio, 0, 0, ratio, 0, 0);
  context.save();
  context.beginPath();
  context.rect(left, top, w, h);
  context.clip();
  for (const { raster, smooth } of layers) {
    context.imageSmoothingEnabled = smooth;
    context.imageSmoothingQuality = "high";
    context.save();
    if (raster.shown) {
      context.beginPath();
      context.rect(...box(raster.shown));
      context.clip();
    }
    context.drawImage(raster.canvas, ...box(raster.bounds));
    context.restore();
  }
  context.restore();

  /**
   * @param {Bounds} part
   * @returns {[number, number, number, number]}
   */
  function box({ x0, x1, y0, y1 }) {
    const [left, top] = [map.x(x0), map.y(y1)];
    return [left, top, map.x(x1) - left, map.y(y0) - top];
  }
}
