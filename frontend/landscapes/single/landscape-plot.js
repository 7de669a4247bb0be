/** The contour of a landscape: heatmap, level lines, trajectories, origin. */

import { theme } from "../../core/theme.js";
import { REST_MS, createContour } from "../../plot/contour.js";
import { panBounds } from "../../core/geometry/bounds.js";
import { lastExit } from "../../core/geometry/paths.js";
import { ARROWS, bindGestures, isForStage } from "../../plot/gestures.js";
import { heatmapLayers, remembered } from "../../surfaces/heatmap.js";
import { drawModel } from "../../surfaces/model-marks.js";
import { drawSaddles } from "../../surfaces/saddle-marks.js";
import { DIRECTION_SIGNS } from "../../surfaces/surface-names.js";

/** @typedef {import("../model/selection.js").Selection} Selection */

/** If the grid would fill less of the plot than this, its axes get scales of their own. */
const FILLED = 0.8;
/** Of a minimum's mark, which stays within the mark of a run's end. */
const MINIMUM_SIZE = 1.1;
/** An arrow key moves the view by this part of its width or height. */
const ARROW_PART = 0.1;

/**
 * Whether a grid needs axes of different scales to fill an area.
 * @param {import("../../core/geometry/bounds.js").Bounds} whole
 * @param {{width: number, height: number}} area
 */
export function isStretched(whole, area) {
  const shape = (whole.x1 - whole.x0) / (whole.y1 - whole.y0);
  const ratio = shape / (area.width / area.height);
  return Math.min(ratio, 1 / ratio) < FILLED;
}

/**
 * @param {HTMLElement} stage
 * @param {Selection} selection
 * @param {object} page
 * @param {() => boolean} page.active  whether the contour is to be seen
 * @param {(at: import("../../plot/gestures.js").Pixel | null) => void} page.onHover
 * @param {() => void} page.onMap  other bounds or another size are shown
 */
export function createPlot(stage, selection, { active, onHover, onMap }) {
  const { store } = selection;
  const layers = () => remembered(selection.key(), () => heatmapLayers(selection.landscape(), selection.coloring()));
  const grid = () => {
    if (!active()) return null;
    const { x, y } = selection.landscape();
    const { numbers, levels, palette } = selection.coloring();
    return { x, y, z: selection.values(), numbers, levels: levels.length, palette };
  };
  let resting = 0;

  const contour = createContour(stage, {
    view: (area) => {
      const whole = selection.whole();
      const { bounds: chosen, axes } = store.get();
      const stretched = axes === "fill" && isStretched(whole, area);
      return { content: chosen ?? whole, chosen: chosen !== null, stretched };
    },
    layers,
    grid,
    paint: (overlay, map) => {
      if (!active()) return;
      const at = selection.at();
      const { ink, strong } = theme();
      const model = selection.modelLines();
      if (model) overlay.draw((context, through) => drawModel(context, through, model));
      overlay.cross(0, 0, strong);
      const shown = selection.shown();
      const paths = shown.map((trajectory) => ({
        ...selection.path(trajectory),
        end: selection.times(trajectory).snapshots.at(-1) ?? 0,
      }));
      const front = shown.findIndex(({ run }) => run === selection.front());
      overlay.paths(paths, at, front);
      /** @type {Set<string>} */
      const starts = new Set();
      for (const { xs, ys } of paths) {
        const [x, y] = [Number(xs[0]), Number(ys[0])];
        if (!starts.has(`${x} ${y}`)) overlay.ring(x, y, ink);
        starts.add(`${x} ${y}`);
      }
      for (const path of paths) {
        const last = path.steps.length - 1;
        if (at >= path.end) overlay.diamond(Number(path.xs[last]), Number(path.ys[last]), path.color);
        else overlay.head(path, at);
        const exit = lastExit(map.bounds, path, at);
        if (exit) overlay.arrow(exit.x, exit.y, exit.angle, path.color);
      }
      overlay.names(selection.landscape().ends, strong);
      // On top, because runs end in minima.
      overlay.draw((context, at) => drawSaddles(context, at, selection.saddles()));
      for (const { x, y } of selection.minima()) overlay.minimum(x, y, false, MINIMUM_SIZE);
      overlay.axisNames(...DIRECTION_SIGNS, strong);
    },
    onBounds: (_bounds, delay) => {
      onMap();
      clearTimeout(resting);
      if (delay) resting = window.setTimeout(contour.drawLines, delay);
      else contour.drawLines();
    },
  });

  bindGestures(stage, {
    active,
    map: contour.map,
    whole: selection.whole,
    onBounds: (bounds, mode) => store.set({ bounds }, mode),
    onHover,
  });
  document.addEventListener("keydown", (event) => {
    const arrow = ARROWS[event.key];
    if (!arrow || !active() || event.target !== stage || !isForStage(stage, event)) return;
    event.preventDefault();
    const { bounds } = contour.map();
    const [dx, dy] = [bounds.x1 - bounds.x0, bounds.y1 - bounds.y0];
    store.set({ bounds: panBounds(bounds, ARROW_PART * dx * arrow[0], ARROW_PART * dy * arrow[1]) });
  });

  return {
    map: contour.map,
    canStretch: () => isStretched(selection.whole(), contour.map().area),
    layers,
    grid,
    invalidate: contour.invalidate,
    /** Other bounds are to be seen. */
    move: () => contour.moveBounds(REST_MS),
    /** Draw everything anew: another surface, other colours, another theme. */
    refresh() {
      contour.moveBounds(0);
      contour.drawHeatmap();
      contour.invalidate();
      contour.drawLines();
    },
  };
}
