/** The heatmap of a contour and its scale of colours, as images for a picture. */

import { PALETTES } from "../core/colors.js";
import { linearMap } from "../core/geometry/linear-map.js";
import { drawRasters } from "../plot/raster.js";

/** The heatmap's pixels for each of the plot's: PNGs and videos are drawn at this scale. */
const HEATMAP_RATIO = 2;

/**
 * The heatmap's colours, the lowest at the bottom.
 * @param {import("../core/colors.js").Palette} [palette]
 */
export function scaleImage(palette = "heights") {
  const canvas = document.createElement("canvas");
  canvas.width = 1;
  canvas.height = 512;
  const context = /** @type {CanvasRenderingContext2D} */ (canvas.getContext("2d"));
  const gradient = context.createLinearGradient(0, canvas.height, 0, 0);
  for (const [at, color] of PALETTES[palette].scale) gradient.addColorStop(at, color);
  context.fillStyle = gradient;
  context.fillRect(0, 0, 1, canvas.height);
  return canvas.toDataURL();
}

/**
 * The heatmap within a map's bounds, as an image.
 * @param {import("../core/geometry/linear-map.js").LinearMap} map
 * @param {import("../plot/contour.js").Layer[]} layers
 */
export function heatmapImage({ bounds, area }, layers) {
  const canvas = document.createElement("canvas");
  const whole = {
    left: 0,
    top: 0,
    width: area.width * HEATMAP_RATIO,
    height: area.height * HEATMAP_RATIO,
  };
  drawRasters(canvas, linearMap(bounds, whole), layers, 1);
  return canvas.toDataURL();
}
