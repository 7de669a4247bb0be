/** The contour with everything on it: the heatmap, basins, paths, minima, the start. */

import { appearanceOf, colorOf, isOwn } from "../../core/optimizer-style.js";
import { isPin } from "../../core/variant-id.js";
import { REST_MS, createContour } from "../../plot/contour.js";
import { lastExit } from "../../core/geometry/paths.js";
import { touches, watch } from "../../core/store.js";
import { heatmapRaster } from "../../plot/raster.js";
import { contentOf, drawnOf, groundOf } from "../model/members.js";
import { objectiveOf } from "../model/playground-catalog.js";
import { startOf } from "../model/settings.js";

/** @typedef {import("../../core/geometry/linear-map.js").LinearMap} LinearMap */
/** @typedef {import("../../plot/overlay.js").Overlay} Overlay */
/** @typedef {import("../../plot/raster.js").Raster} Raster */
/** @typedef {import("../../core/geometry/paths.js").Exit} Exit */

/**
 * @typedef {object} Plot
 * @property {() => LinearMap} map
 * @property {() => void} invalidate  draw the moving things in the next frame
 * @property {() => void} refresh  draw everything anew: another theme, other data
 * @property {(raster: Raster | null) => void} setBasins
 * @property {(picture: import("../../plot/overlay.js").Picture | null) => void} setCloud  below the paths
 * @property {(id: string) => import("../../plot/overlay.js").Path | null} path
 * @property {(draw: (overlay: Overlay) => void, place?: "below" | "above") => void} decorate  draw more in
 *   every frame, below the paths or above them
 * @property {(on: boolean) => void} veil  hide all paths
 * @property {(path: import("../../plot/overlay.js").Path) => Exit | null} exit  where a path left for good
 * @property {() => import("../../plot/contour.js").Layer[]} layers  of the heatmap, the lowest first
 */

/**
 * @param {HTMLElement} stage
 * @param {object} source
 * @param {import("../../core/store.js").Store<import("../model/playground-state.js").State>} source.store
 * @param {import("../model/settings.js").Catalog} source.catalog
 * @param {import("../model/computed.js").Model} source.model
 * @param {() => number} source.step  the playhead
 * @param {import("../model/spotlight.js").Spotlight} source.spotlight
 * @returns {Plot}
 */
export function createPlot(stage, { store, catalog, model, step, spotlight }) {
  const handle = /** @type {HTMLElement} */ (stage.querySelector(".stage-start"));
  /** @type {Raster | null} */
  let raster = null;
  /** @type {Raster | null} */
  let basins = null;
  /** @type {Record<"below" | "above", ((overlay: Overlay) => void)[]>} */
  const decorations = { below: [], above: [] };
  let veiled = false;
  /** @type {import("../../plot/overlay.js").Picture | null} */
  let cloud = null;

  const layers = () => [
    ...(raster ? [{ raster, smooth: true }] : []),
    ...(basins ? [{ raster: basins, smooth: false }] : []),
  ];

  const grid = () => {
    const surface = model.surface();
    return surface && { ...surface, levels: surface.levels.length };
  };

  /**
   * @param {Overlay} overlay
   * @param {LinearMap} map
   */
  const paint = (overlay, map) => {
    const state = store.get();
    const minima = model.minima();
    const size = minimumScale(map.area.width, minima.length);
    for (const { x, y, global } of minima) overlay.minimum(x, y, global, size);
    for (const draw of decorations.below) draw(overlay);
    if (cloud) overlay.draw(cloud);
    const paths = drawnOf(state, catalog).flatMap((id) => {
      const path = pathOf(id);
      return path ? [{ id, path }] : [];
    });
    const front = paths.findIndex(({ id }) => id === spotlight.get());
    overlay.paths(paths.map(({ path }) => path), step(), front);
    // The head of the path in front lies over the others.
    for (const { path } of front < 0 ? paths : [...paths.toSpliced(front, 1), ...paths.slice(front, front + 1)]) {
      overlay.head(path, step());
      const exit = exitOf(path);
      if (exit) overlay.arrow(exit.x, exit.y, exit.angle, path.color);
    }
    // A start of a file cannot be dragged: it is marked, and has no handle.
    for (const { id, path } of paths) {
      if (isOwn(id)) overlay.ring(Number(path.xs[0]), Number(path.ys[0]), path.color);
    }
    for (const draw of decorations.above) draw(overlay);
    placeHandle(map);
  };

  const placeHandle = (/** @type {LinearMap} */ map) => {
    const state = store.get();
    const start = startOf(state, objectiveOf(catalog, state.objective));
    const { left, top, width, height } = map.area;
    // A start at the very edge is rounded to either side of it.
    const visible =
      Math.abs(map.x(start.x) - left - width / 2) <= width / 2 + 1 &&
      Math.abs(map.y(start.y) - top - height / 2) <= height / 2 + 1;
    handle.hidden = !visible || state.surface !== "contour" || state.file?.own != null;
    handle.style.transform = `translate(${map.x(start.x)}px, ${map.y(start.y)}px)`;
  };

  const contour = createContour(stage, {
    view: () => {
      const state = store.get();
      return { content: state.bounds ?? contentOf(state, catalog), chosen: state.bounds !== null };
    },
    layers,
    grid,
    paint,
    onBounds: model.showBounds,
  });
  const { map, invalidate, drawHeatmap, drawLines, moveBounds } = contour;

  /**
   * @param {string} id
   * @returns {import("../../plot/overlay.js").Path | null}
   */
  const pathOf = (id) => {
    const descent = model.descents().get(id);
    if (!descent || veiled) return null;
    const { step: steps, x: xs, y: ys } = descent;
    return { steps, xs, ys, color: colorOf(id), dash: appearanceOf(id).dash, ghost: isPin(id) };
  };

  const exitOf = (/** @type {import("../../plot/overlay.js").Path} */ path) =>
    lastExit(map().bounds, path, step());

  watch(store, ["objective", "bounds", "file"], (state, previous) => {
    if (groundOf(state) !== groundOf(previous)) {
      if (!model.surface()) raster = null;
      moveBounds(0);
    } else moveBounds(REST_MS);
  });
  store.subscribe((state, previous) => {
    // The paths of a start come with the server's answer: while it is dragged only its handle moves.
    const keys = /** @type {(keyof typeof state)[]} */ (Object.keys(state));
    const others = keys.filter((key) => key !== "start" && key !== "playhead");
    if (touches(state, previous, others)) invalidate();
    else placeHandle(map());
  });

  const refresh = () => {
    const surface = grid();
    raster = surface && heatmapRaster(surface);
    drawHeatmap();
    invalidate();
    drawLines();
  };

  return {
    map,
    invalidate,
    refresh,
    setBasins(next) {
      basins = next;
      drawHeatmap();
    },
    decorate(draw, place = "above") {
      decorations[place].push(draw);
      invalidate();
    },
    veil(on) {
      if (on === veiled) return;
      veiled = on;
      invalidate();
    },
    setCloud(next) {
      cloud = next;
      invalidate();
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
