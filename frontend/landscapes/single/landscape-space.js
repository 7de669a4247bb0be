/** A landscape in 3D: the surface, and the trajectories' shadows slightly above it. */

import { theme } from "../../core/theme.js";
import { SHAPES_3D, createSurface3d } from "../../plot/chart.js";
import { contains } from "../../core/geometry/bounds.js";
import { cropGrid, gridValue } from "../../core/geometry/grids.js";
import { lastAtMost, valueAt } from "../../core/geometry/sequences.js";
import { openingCamera, turned } from "./camera.js";
import { rangeOf } from "../../surfaces/surface-geometry.js";
import { DIRECTION_NAMES, DIRECTION_SIGNS } from "../../surfaces/surface-names.js";

/** @typedef {import("../model/selection.js").Selection} Selection */
/** @typedef {import("../../surfaces/landscape-data.js").Trajectory} Trajectory */

/** Paths float this part of the height above the surface, which is flat between grid points. */
const LIFT = 0.012;

/** In a narrower view the directions go by their signs. */
const WORDY_PX = 480;

/**
 * Whether bounds are too slim or too wide for axes of one scale.
 * @param {import("../../core/geometry/bounds.js").Bounds} bounds
 */
export function isSquashed(bounds) {
  const shape = (bounds.x1 - bounds.x0) / (bounds.y1 - bounds.y0);
  return shape < SHAPES_3D[0] || shape > SHAPES_3D[1];
}

/**
 * @param {HTMLElement} root
 * @param {Selection} selection
 */
export function createSpace(root, selection) {
  const { store } = selection;
  const surface3d = createSurface3d(root, (camera) => store.set({ camera }, "replace"));
  /** @type {ReturnType<typeof build> | null} */
  let current = null;

  /** The surface within the bounds in view, and how a value becomes a height. */
  const build = () => {
    const { metric, bounds: zoomed } = store.get();
    const scale = selection.scale();
    const bounds = zoomed ?? selection.whole();
    const { numbers, levels } = selection.coloring();
    const { x, y, crop } = cropGrid(selection.landscape(), bounds);
    // On a logarithmic scale there is no place for zero.
    const z = crop(selection.values()).map((value) => {
      const height = scale === "log" ? Math.log10(value) : value;
      return Number.isFinite(height) ? height : NaN;
    });
    const [low, high] = rangeOf(z);
    const heightTitle = scale === "log" ? `log₁₀ ${metric}` : metric;
    const grid = { x, y, z, numbers: crop(numbers), levels: levels.length };
    return { grid, bounds, heightTitle, lift: LIFT * (high - low) };
  };

  /**
   * @param {Trajectory} trajectory
   * @returns {import("../../plot/chart.js").Line3d}
   */
  const line = (trajectory) => {
    const { grid, lift, bounds } = /** @type {NonNullable<typeof current>} */ (current);
    const { steps, xs, ys } = selection.path(trajectory);
    const at = selection.at();
    const count = lastAtMost(steps, at) + 1;
    const upTo = (/** @type {ArrayLike<number>} */ values) => [
      ...Array.from({ length: count }, (_, i) => Number(values[i])),
      valueAt(steps, values, at),
    ];
    const [x, y] = [upTo(xs), upTo(ys)];
    const z = x.map((px, i) => {
      const py = Number(y[i]);
      return contains(bounds, px, py) ? gridValue(grid, px, py) + lift : NaN;
    });
    const { color, dash3d: dash } = selection.look(trajectory.run);
    return { x, y, z, color, dash };
  };

  /** @param {import("../../plot/chart.js").Line3d[]} lines */
  const heads = (lines) => ({
    x: lines.map(({ x }) => Number(x.at(-1))),
    y: lines.map(({ y }) => Number(y.at(-1))),
    z: lines.map(({ z }) => Number(z.at(-1))),
    color: lines.map(({ color }) => color),
  });

  /** @returns {import("../../plot/chart.js").Scene3d | null} */
  const scene = () => {
    if (!current) return null;
    const { grid, bounds, heightTitle } = current;
    const lines = selection.shown().map(line);
    const camera = store.get().camera ?? openingCamera(root);
    const titles = root.clientWidth < WORDY_PX ? DIRECTION_SIGNS : DIRECTION_NAMES;
    return { grid, bounds, heightTitle, lines, heads: heads(lines), camera, titles };
  };

  root.addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    const camera = turned(store.get().camera ?? openingCamera(root), event.key === "=" ? "+" : event.key);
    if (!camera) return;
    event.preventDefault();
    event.stopPropagation();
    store.set({ camera }, "replace");
    surface3d.turn(camera);
  });

  return {
    /** Draw surface and trajectories anew. */
    refresh() {
      root.hidden = store.get().view !== "3d";
      if (root.hidden) {
        current = null;
        return surface3d.clear();
      }
      current = build();
      const picture = scene();
      if (!picture) return undefined;
      const size = { width: root.clientWidth, height: root.clientHeight };
      return surface3d.draw(picture, size, theme());
    },
    scene,
    /** Give the graphics memory back. */
    clear: () => surface3d.clear(),
    /** Move the trajectories to the playhead. */
    move() {
      if (root.hidden || !current) return;
      const lines = selection.shown().map(line);
      surface3d.move(lines, heads(lines));
    },
  };
}
