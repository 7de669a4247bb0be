/** Small maps of surfaces, on canvases and in pictures, with the arrows and paths on them. */

import { theme } from "../../core/theme.js";
import { number } from "../../core/format.js";
import { boundsOf } from "../../core/geometry/bounds.js";
import { linearMap } from "../../core/geometry/linear-map.js";
import { heatmapGradient } from "../../plot/color-bar.js";
import { element } from "../../core/dom.js";
import { imageDrawing } from "../../plot/drawing-parts.js";
import { SMALL_LEVELS, drawArrow, drawMap, prepare, within } from "../../surfaces/surface-canvas.js";
import { coloring, fittingScale, openingRange } from "../../surfaces/coloring.js";

/** @typedef {import("../../core/geometry/areas.js").Size} Size */
/** @typedef {import("../../surfaces/coloring.js").Coloring} Coloring */
/** @typedef {import("../../core/geometry/linear-map.js").LinearMap} LinearMap */
/** @typedef {(context: CanvasRenderingContext2D, map: LinearMap) => void} Extra */

/** A PNG's pixels for each of a drawing's. */
const RATIO = 2;
/** Maps smaller than this have thin level lines. */
const SMALL_PX = 130;

/**
 * The colours that some surfaces share, from the lowest loss of all to where outliers begin.
 * @param {readonly Float64Array[]} surfaces
 * @returns {(values: Float64Array) => Coloring}
 */
export function sharedColoring(surfaces) {
  const all = new Float64Array(surfaces.reduce((sum, { length }) => sum + length, 0));
  let at = 0;
  for (const values of surfaces) {
    all.set(values, at);
    at += values.length;
  }
  const { range } = openingRange(all, []);
  return (values) => coloring(values, fittingScale(range), range, SMALL_LEVELS);
}

/**
 * @param {CanvasRenderingContext2D} context
 * @param {Size} size
 * @param {{x: Float64Array, y: Float64Array}} grid
 * @param {Coloring} colors
 * @param {Extra} extra  what lies on the map
 */
export function paintMap(context, { width, height }, grid, colors, extra) {
  const area = { left: 0, top: 0, width, height };
  const map = linearMap(boundsOf(grid), area);
  within(context, area, () => {
    drawMap(context, map, grid, colors, width < SMALL_PX ? 0.4 : 0.8);
    extra(context, map);
  });
}

/**
 * A map on a canvas of the page.
 * @param {HTMLCanvasElement} canvas
 * @param {{x: Float64Array, y: Float64Array}} grid
 * @param {Coloring} colors
 * @param {Extra} extra
 */
export function paintCanvas(canvas, grid, colors, extra) {
  if (!canvas.clientWidth) return;
  const { context, width, height } = prepare(canvas);
  paintMap(context, { width, height }, grid, colors, extra);
}

/**
 * A map for a picture.
 * @param {Size} size
 * @param {{x: Float64Array, y: Float64Array}} grid
 * @param {Coloring} colors
 * @param {Extra} extra
 */
export function mapDrawing(size, grid, colors, extra) {
  const canvas = document.createElement("canvas");
  canvas.width = RATIO * size.width;
  canvas.height = RATIO * size.height;
  const context = /** @type {CanvasRenderingContext2D} */ (canvas.getContext("2d"));
  context.scale(RATIO, RATIO);
  context.lineJoin = "round";
  context.lineCap = "round";
  paintMap(context, size, grid, colors, extra);
  return imageDrawing(canvas.toDataURL(), size.width, size.height);
}

/**
 * An arrow along a direction of the plane, as long in every map: what it is worth stands in numbers.
 * @param {CanvasRenderingContext2D} context
 * @param {LinearMap} map
 * @param {{x: number, y: number}} from
 * @param {{x: number, y: number}} along
 * @param {string} color
 */
export function drawDirection(context, map, from, along, color) {
  const [dx, dy] = [map.x(from.x + along.x) - map.x(from.x), map.y(from.y) - map.y(from.y + along.y)];
  if (!Number.isFinite(dx) || !Number.isFinite(dy) || Math.hypot(dx, dy) === 0) return;
  const length = 0.3 * Math.min(map.area.width, map.area.height);
  const arrow = { px: map.x(from.x), py: map.y(from.y), angle: Math.atan2(dy, dx), length };
  drawArrow(context, arrow, color, theme().page);
}

/**
 * The colours with their ends, as a line of text.
 * @param {Coloring} colors
 * @param {(value: number) => string} [text]
 */
export function colorLegend({ range, levels, palette }, text = number) {
  const strip = element("span", { class: "map-scale-strip", "aria-hidden": "true" });
  strip.style.background = heatmapGradient("right", palette);
  // Even levels are those of a linear scale.
  const [first = 0, second = 0, third = 0] = levels;
  const logarithmic = Math.abs(third - second - (second - first)) > 1e-9 * Math.abs(third);
  return element(
    "p",
    { class: "map-scale" },
    element("span", {}, text(range[0])),
    strip,
    element("span", {}, `${text(range[1])}${logarithmic ? ", logarithmic" : ""}`),
  );
}
