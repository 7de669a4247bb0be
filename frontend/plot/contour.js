/**
 * A contour with what lies on it, bottom to top: the heatmap (a canvas), level lines and axes
 * (Plotly), paths and marks (a canvas).
 *
 * While the view moves, the canvases follow in every frame and the level lines are hidden; once
 * it rests, they are drawn anew.
 */

import { afterFrame } from "../core/dom.js";
import { theme } from "../core/theme.js";
import { CONTOUR_MARGINS, drawContour } from "./chart.js";
import { plotArea } from "../core/geometry/areas.js";
import { containBounds, stretchBounds } from "../core/geometry/bounds.js";
import { linearMap } from "../core/geometry/linear-map.js";
import { createOverlay } from "./overlay.js";
import { drawRasters } from "./raster.js";

/** @typedef {import("../core/geometry/bounds.js").Bounds} Bounds */
/** @typedef {import("../core/geometry/linear-map.js").LinearMap} LinearMap */
/** @typedef {import("./overlay.js").Overlay} Overlay */
/** @typedef {{raster: import("./raster.js").Raster, smooth: boolean}} Layer */

/** The view has come to rest when it has not moved for this long. */
export const REST_MS = 120;

/**
 * What is to be seen: chosen by hand, or the whole, which keeps clear of the bar.
 * @typedef {object} View
 * @property {Bounds} content
 * @property {boolean} chosen
 * @property {boolean} [stretched]  each axis has a scale of its own
 */

/**
 * @typedef {object} Contour
 * @property {() => LinearMap} map
 * @property {() => import("../core/geometry/areas.js").Size} size  of the stage
 * @property {() => void} invalidate  draw the moving things in the next frame
 * @property {() => void} drawHeatmap
 * @property {() => Promise<void>} drawLines
 * @property {(delay: number) => void} moveBounds  look what is to be seen now, and show it
 */

/**
 * @param {HTMLElement} stage  with `.heatmap`, `.lines` and `.paths` in it, and a `.circle-bar` if one
 *   lies over the plot
 * @param {object} source
 * @param {(area: import("../core/geometry/areas.js").Area) => View} source.view  what is to be seen
 * @param {() => Layer[]} source.layers  of the heatmap, the lowest first
 * @param {() => import("./chart.js").Grid | null} source.grid  of the level lines
 * @param {(overlay: Overlay, map: LinearMap) => void} source.paint  the moving things
 * @param {(bounds: Bounds, delay: number) => void} source.onBounds  others are in view; they are
 *   asked for after a delay in milliseconds
 * @returns {Contour}
 */
export function createContour(stage, { view, layers, grid, paint, onBounds }) {
  const find = (/** @type {string} */ selector) =>
    /** @type {HTMLElement} */ (stage.querySelector(selector));
  const heatmap = /** @type {HTMLCanvasElement} */ (find(".heatmap"));
  const lines = find(".lines");
  const bar = /** @type {HTMLElement | null} */ (stage.querySelector(".circle-bar"));
  const overlay = createOverlay(/** @type {HTMLCanvasElement} */ (find(".paths")));

  let size = { width: 0, height: 0 };
  /** @type {LinearMap} */
  let map = linearMap({ x0: 0, x1: 1, y0: 0, y1: 1 }, plotArea(size, CONTOUR_MARGINS));
  let frame = 0;

  const place = () => {
    const area = plotArea(size, CONTOUR_MARGINS);
    const inset = bar ? Math.min(bar.offsetHeight + 12, area.height / 4) : 0;
    const { content, chosen, stretched } = view(area);
    const fit = stretched ? stretchBounds : containBounds;
    map = linearMap(fit(content, area, chosen ? 0 : inset), area);
  };

  const drawHeatmap = () => drawRasters(heatmap, map, layers());

  const drawLines = async () => {
    // Level lines take Plotly 100 ms; who waits for something new sees its paths before.
    if (stage.classList.contains("moving")) await afterFrame();
    const levels = grid();
    if (!levels || !size.width) return;
    const { bounds } = map;
    await drawContour(lines, levels, bounds, size, theme());
    if (map.bounds === bounds) stage.classList.remove("moving");
  };

  const invalidate = () => {
    frame ||= requestAnimationFrame(() => {
      frame = 0;
      overlay.begin(map, theme().page);
      paint(overlay, map);
    });
  };

  const moveBounds = (/** @type {number} */ delay) => {
    if (!size.width) return;
    const before = map;
    place();
    const { bounds, area } = map;
    const same = JSON.stringify([before.bounds, before.area]) === JSON.stringify([bounds, area]);
    if (same && grid()) return;
    stage.classList.add("moving");
    drawHeatmap();
    invalidate();
    onBounds(bounds, delay);
  };

  const measure = () => {
    const { clientWidth: width, clientHeight: height } = stage;
    if (!width || (width === size.width && height === size.height)) return;
    const first = size.width === 0;
    size = { width, height };
    overlay.resize(width, height);
    moveBounds(first ? 0 : REST_MS);
  };
  new ResizeObserver(measure).observe(stage);
  // What is shown first need not wait for the first frame; but not before the caller is ready.
  queueMicrotask(measure);

  return { map: () => map, size: () => size, invalidate, drawHeatmap, drawLines, moveBounds };
}
