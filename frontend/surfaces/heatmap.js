/** The heatmap of a landscape, and over it the marks of what its colours do not show. */

import { heatmapRaster } from "../plot/raster.js";
import { ABOVE, BELOW, NOT_FINITE, SHOWN } from "./coloring.js";

/** @typedef {import("./coloring.js").Coloring} Coloring */
/** @typedef {import("../plot/raster.js").Raster} Raster */

/** Pixels a cell of the marks has, so that lines within it are visible. */
const CELL_PX = 14;
/** Where a cell is not finite there is no height, and so no colour. */
const NOTHING = "#8b8f95";
const DARK = "rgba(20, 24, 32, 0.72)";
const LIGHT = "rgba(255, 255, 255, 0.78)";

/**
 * @param {{x: Float64Array, y: Float64Array, progress?: object | null}} grid  while it is incomplete, each of
 *   its points is seen as a cell
 * @param {Coloring} coloring
 * @returns {import("../plot/contour.js").Layer[]}
 */
export function heatmapLayers({ x, y, progress }, { levels, numbers, kinds, counts, palette }) {
  const filled = numbers.map((value) => (Number.isNaN(value) ? levels.length - 1 : value));
  const base = heatmapRaster({ x, y, numbers: filled, levels: levels.length, palette });
  const layers = [{ raster: base, smooth: !progress }];
  if (counts.above || counts.below || counts.notFinite) {
    layers.push({ raster: marks(kinds, x.length, y.length, base, palette === "diverging" ? LIGHT : DARK), smooth: true });
  }
  return layers;
}

/**
 * Hatched where values are beyond the range, crossed where they are not finite.
 * @param {Uint8Array} kinds
 * @param {number} nx
 * @param {number} ny
 * @param {Raster} base
 * @param {string} above  the colour of the hatching above the range, which differs from the highest one
 * @returns {Raster}
 */
function marks(kinds, nx, ny, base, above) {
  const canvas = document.createElement("canvas");
  canvas.width = nx * CELL_PX;
  canvas.height = ny * CELL_PX;
  const context = /** @type {CanvasRenderingContext2D} */ (canvas.getContext("2d"));
  context.lineWidth = 2;
  for (let j = 0; j < ny; j++) {
    for (let i = 0; i < nx; i++) {
      const kind = kinds[j * nx + i];
      if (kind === SHOWN) continue;
      const [left, top] = [i * CELL_PX, (ny - 1 - j) * CELL_PX];
      const [right, bottom] = [left + CELL_PX, top + CELL_PX];
      if (kind === NOT_FINITE) {
        context.fillStyle = NOTHING;
        context.fillRect(left, top, CELL_PX, CELL_PX);
      }
      context.strokeStyle = kind === ABOVE ? above : LIGHT;
      context.beginPath();
      if (kind === ABOVE || kind === NOT_FINITE) {
        context.moveTo(left, bottom);
        context.lineTo(right, top);
      }
      if (kind === BELOW || kind === NOT_FINITE) {
        context.moveTo(left, top);
        context.lineTo(right, bottom);
      }
      context.stroke();
    }
  }
  return { ...base, canvas };
}

/** The layers painted so far, the newest last. @type {Map<string, import("../plot/contour.js").Layer[]>} */
const kept = new Map();
/** As many as the switches of a landscape or two make. */
const MOST_KEPT = 24;

/**
 * The layers under a key, painted once.
 * @param {string} key
 * @param {() => import("../plot/contour.js").Layer[]} paint
 */
export function remembered(key, paint) {
  const layers = kept.get(key) ?? paint();
  kept.delete(key);
  kept.set(key, layers);
  const [oldest] = kept.keys();
  if (kept.size > MOST_KEPT && oldest !== undefined) kept.delete(oldest);
  return layers;
}
