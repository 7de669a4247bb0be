/**
 * The contour with everything on it, bottom to top: the ground (a canvas), level lines and axes
 * (Plotly), paths and marks (a canvas), the start (a button).
 *
 * While the window moves, the canvases follow in every frame and the level lines are hidden; once
 * it rests, the surface of the new window is fetched and the lines return.
 */

import { CONTOUR_MARGINS, drawContour, plotArea } from "../chart.js";
import { containWindow, contains, exitPoint, lastAtMost, linearMap } from "../geometry.js";
import { createOverlay } from "../overlay.js";
import { drawRasters, groundRaster } from "../raster.js";
import { appearanceOf, colorOf, theme } from "../appearance.js";
import { domainOf, objectiveOf, startOf } from "./settings.js";

/** @typedef {import("../geometry.js").Window} Window */
/** @typedef {import("../geometry.js").LinearMap} LinearMap */
/** @typedef {import("../raster.js").Raster} Raster */
/** @typedef {import("./model.js").Descent} Descent */
/** @typedef {ReturnType<typeof exitPoint>} Exit */

/** How long the window must rest before its surface is fetched. */
const REST_MS = 120;

/**
 * @typedef {object} Plot
 * @property {() => LinearMap} map
 * @property {() => void} invalidate  draw the moving things in the next frame
 * @property {() => void} refresh  draw everything anew: another theme, other data
 * @property {(raster: Raster | null) => void} setBasins
 * @property {(id: string) => import("../overlay.js").Path | null} path
 * @property {(path: import("../overlay.js").Path) => Exit | null} exit  where a path left for good
 * @property {() => {raster: Raster, smooth: boolean}[]} layers  of the ground, the lowest first
 */

/**
 * @param {HTMLElement} stage
 * @param {object} source
 * @param {import("../state.js").Store<import("./state.js").State>} source.store
 * @param {import("./settings.js").Catalog} source.catalog
 * @param {import("./model.js").Model} source.model
 * @param {() => number} source.step  the playhead
 * @returns {Plot}
 */
export function createPlot(stage, { store, catalog, model, step }) {
  const find = (/** @type {string} */ selector) =>
    /** @type {HTMLElement} */ (stage.querySelector(selector));
  const ground = /** @type {HTMLCanvasElement} */ (find(".ground"));
  const lines = find(".lines");
  const bar = find(".bar");
  const handle = find(".start");
  const overlay = createOverlay(/** @type {HTMLCanvasElement} */ (find(".paths")));

  let size = { width: 0, height: 0 };
  /** @type {LinearMap} */
  let map = linearMap({ x0: 0, x1: 1, y0: 0, y1: 1 }, plotArea(size, CONTOUR_MARGINS));
  /** @type {Raster | null} */
  let raster = null;
  /** @type {Raster | null} */
  let basins = null;
  let frame = 0;

  const place = () => {
    const state = store.get();
    const area = plotArea(size, CONTOUR_MARGINS);
    const inset = Math.min(bar.offsetHeight + 12, area.height / 4);
    const window = state.window
      ? containWindow(state.window, area)
      : containWindow(domainOf(objectiveOf(catalog, state.objective)), area, inset);
    map = linearMap(window, area);
  };

  const layers = () => [
    ...(raster ? [{ raster, smooth: true }] : []),
    ...(basins ? [{ raster: basins, smooth: false }] : []),
  ];
  const drawGround = () => drawRasters(ground, map, layers());

  const drawPaths = () => {
    const state = store.get();
    overlay.begin(map, theme().page);
    const minima = model.minima();
    const size = minimumScale(map.area.width, minima.length);
    for (const { x, y, global } of minima) overlay.minimum(x, y, global, size);
    const shown = state.bar.filter((id) => !state.off.includes(id));
    for (const id of shown) {
      const path = pathOf(id);
      if (path) overlay.path(path, step());
    }
    for (const id of shown) {
      const path = pathOf(id);
      if (!path) continue;
      overlay.head(path, step());
      const exit = exitOf(path);
      if (exit) overlay.arrow(exit.x, exit.y, exit.angle, path.color);
    }
    const start = startOf(state, objectiveOf(catalog, state.objective));
    const { left, top, width, height } = map.area;
    // A start at the very edge is rounded to either side of it.
    const visible =
      Math.abs(map.x(start.x) - left - width / 2) <= width / 2 + 1 &&
      Math.abs(map.y(start.y) - top - height / 2) <= height / 2 + 1;
    handle.hidden = !visible || state.surface !== "contour";
    handle.style.transform = `translate(${map.x(start.x)}px, ${map.y(start.y)}px)`;
  };

  /**
   * @param {string} id
   * @returns {import("../overlay.js").Path | null}
   */
  const pathOf = (id) => {
    const descent = model.descents().get(id);
    if (!descent) return null;
    const { step: steps, x: xs, y: ys } = descent;
    return { steps, xs, ys, color: colorOf(id), dash: appearanceOf(id).dash };
  };

  /**
   * Where a path left the window for good, if at the playhead it is outside.
   * @param {import("../overlay.js").Path} path
   */
  const exitOf = ({ steps, xs, ys }) => {
    const at = (/** @type {number} */ i) => ({ x: Number(xs[i]), y: Number(ys[i]) });
    let i = lastAtMost(steps, step());
    let outside = at(i);
    if (contains(map.window, outside.x, outside.y)) return null;
    while (--i >= 0) {
      const inside = at(i);
      if (contains(map.window, inside.x, inside.y)) return exitPoint(map.window, inside, outside);
      outside = inside;
    }
    return null;
  };

  const drawLines = async () => {
    const surface = model.surface();
    if (!surface) return;
    const { window } = map;
    const grid = { ...surface, levels: surface.levels.length };
    await drawContour(lines, grid, window, size, theme());
    if (map.window === window) stage.classList.remove("moving");
  };

  const invalidate = () => {
    frame ||= requestAnimationFrame(() => {
      frame = 0;
      drawPaths();
    });
  };

  const moveWindow = (/** @type {number} */ delay) => {
    const before = map;
    place();
    const { window, area } = map;
    const same =
      JSON.stringify([before.window, before.area]) === JSON.stringify([window, area]) &&
      model.surface();
    if (same) return;
    stage.classList.add("moving");
    drawGround();
    invalidate();
    model.showWindow(window, delay);
  };

  const measure = () => {
    const { clientWidth: width, clientHeight: height } = stage;
    if (!width || (width === size.width && height === size.height)) return;
    const first = size.width === 0;
    size = { width, height };
    overlay.resize(width, height);
    moveWindow(first ? 0 : REST_MS);
  };
  // The first surface need not wait for the first frame.
  measure();
  new ResizeObserver(measure).observe(stage);

  store.subscribe((state, previous) => {
    if (state.objective !== previous.objective) {
      raster = null;
      moveWindow(0);
    } else if (state.window !== previous.window) moveWindow(REST_MS);
    invalidate();
  });

  const refresh = () => {
    const surface = model.surface();
    raster = surface && groundRaster({ ...surface, levels: surface.levels.length });
    drawGround();
    invalidate();
    drawLines();
  };

  return {
    map: () => map,
    invalidate,
    refresh,
    setBasins(next) {
      basins = next;
      drawGround();
    },
    path: pathOf,
    exit: exitOf,
    layers,
  };
}

/**
 * How large minima are drawn. Rastrigin has 121 of them; they must not hide what moves.
 * @param {number} width  of the plot in pixels
 * @param {number} count  of the minima
 */
export function minimumScale(width, count) {
  return Math.min(Math.max(width / (80 * Math.sqrt(count)), 0.45), 1);
}
