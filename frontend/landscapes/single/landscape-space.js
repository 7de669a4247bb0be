/** A landscape in 3D: the surface, and the trajectories' shadows slightly above it. */

import { PALETTES, css, fromHex } from "../../core/colors.js";
import { theme } from "../../core/theme.js";
import { createSurface3d, shape3d } from "../../plot/surface-3d.js";
import { contains } from "../../core/geometry/bounds.js";
import { cropGrid, gridValue } from "../../core/geometry/grids.js";
import { lastAtMost, valueAt } from "../../core/geometry/sequences.js";
import { openingCamera, turned } from "../../plot/camera.js";
import { scaleTicks } from "../../surfaces/coloring.js";
import { DIRECTION_SIGNS } from "../../surfaces/surface-names.js";
import { withLossUnit } from "../model/descriptions.js";

/** @typedef {import("../model/selection.js").Selection} Selection */
/** @typedef {import("../../surfaces/landscape-data.js").Trajectory} Trajectory */

/** Paths float this part of the height above the surface, which is flat between grid points. */
const LIFT = 0.012;
/** The marks of minima float higher by this factor: runs end in minima. */
const MINIMUM_LIFT = 2.5;

/**
 * How long one unit of each axis is drawn.
 * @param {import("../../core/geometry/bounds.js").Bounds} bounds
 * @param {boolean} equal  whether one scale was asked for
 */
export function unitsIn3d(bounds, equal) {
  return { x: shape3d(bounds, equal) / (bounds.x1 - bounds.x0), y: 1 / (bounds.y1 - bounds.y0) };
}

/**
 * Whether one scale for both axes is another view than the usual one.
 * @param {import("../../core/geometry/bounds.js").Bounds} bounds
 */
export function isSquashed(bounds) {
  return shape3d(bounds, true) !== shape3d(bounds, false);
}

/**
 * @param {HTMLElement} root
 * @param {Selection} selection
 * @param {(camera: import("../../core/geometry/space.js").Camera) => void} [onTurn]  it is turned by hand
 */
export function createSpace(root, selection, onTurn) {
  const { store } = selection;
  /** @param {import("../../core/geometry/space.js").Camera} camera */
  const turnedByHand = (camera) => {
    store.set({ camera }, "replace");
    onTurn?.(camera);
  };
  const surface3d = createSurface3d(root, turnedByHand, onTurn);
  /** @type {ReturnType<typeof build> | null} */
  let current = null;

  /** The surface within the bounds in view, and how a value becomes a height. */
  const build = () => {
    const { bounds: zoomed, axes } = store.get();
    const metric = selection.metric();
    const scale = selection.scale();
    const bounds = zoomed ?? selection.whole();
    const coloring = selection.coloring();
    const { numbers, levels, palette } = coloring;
    const { x, y, crop } = cropGrid(selection.landscape(), bounds);
    // On a logarithmic scale there is no place for zero.
    const z = crop(selection.values()).map((value) => {
      const height = scale === "log" ? Math.log10(value) : value;
      return Number.isFinite(height) ? height : NaN;
    });
    // Heights and colours have one scale: the same ends, and the same values beside both.
    const [low, high] = /** @type {[number, number]} */ (
      coloring.range.map((value) => (scale === "log" ? Math.log10(value) : value))
    );
    const ticks = scaleTicks(coloring, metric);
    const heightTicks = { at: ticks.map(({ at }) => low + at * (high - low)), text: ticks.map(({ text }) => text) };
    const label = metric.id === "loss" ? withLossUnit(metric.label, selection.landscape()) : metric.label;
    const heightTitle = scale === "log" ? `${label}, logarithmic` : label;
    const grid = { x, y, z, numbers: crop(numbers), levels: levels.length, palette };
    /** @type {[number, number]} */
    const heights = [low, high];
    return { grid, bounds, heightTitle, heights, heightTicks, lift: LIFT * (high - low), equal: axes === "equal" };
  };

  /**
   * @param {Trajectory} trajectory
   * @returns {import("../../plot/surface-3d.js").Line3d}
   */
  const line = (trajectory) => {
    const { grid, lift, bounds } = /** @type {NonNullable<typeof current>} */ (current);
    const { steps, xs, ys, opacities } = selection.path(trajectory);
    const { color, dash3d } = selection.look(trajectory.run);
    const at = selection.at();
    const count = lastAtMost(steps, at) + 1;
    const upTo = (/** @type {ArrayLike<number>} */ values) => [
      ...Array.from({ length: count }, (_, i) => Number(values[i])),
      valueAt(steps, values, at),
    ];
    const cell = Math.min(Number(grid.x[1]) - Number(grid.x[0]), Number(grid.y[1]) - Number(grid.y[0]));
    const { x, y, values } = along(upTo(xs), upTo(ys), cell, opacities ? upTo(opacities) : []);
    const z = x.map((px, i) => {
      const py = Number(y[i]);
      return contains(bounds, px, py) ? gridValue(grid, px, py) + lift : NaN;
    });
    if (!opacities) return { x, y, z, color, dash: dash3d };
    return { x, y, z, color, colors: values.map((opacity, i) => mixed(color, groundAt(grid, Number(x[i]), Number(y[i])), opacity)), dash: dash3d };
  };

  /**
   * Where the paths are, and the networks that were joined.
   * @param {import("../../plot/surface-3d.js").Line3d[]} lines
   */
  const heads = (lines) => {
    const { grid, lift, bounds } = /** @type {NonNullable<typeof current>} */ (current);
    const ends = selection.landscape().ends.filter(({ x, y }) => contains(bounds, x, y));
    const { strong } = theme();
    return {
      x: [...lines.map(({ x }) => Number(x.at(-1))), ...ends.map(({ x }) => x)],
      y: [...lines.map(({ y }) => Number(y.at(-1))), ...ends.map(({ y }) => y)],
      z: [...lines.map(({ z }) => Number(z.at(-1))), ...ends.map(({ x, y }) => gridValue(grid, x, y) + lift)],
      color: [...lines.map(({ color }) => color), ...ends.map(() => strong)],
    };
  };

  const sizeOf = () => ({ width: root.clientWidth, height: root.clientHeight });

  /** @returns {import("../../plot/surface-3d.js").Scene3d | null} */
  const scene = () => {
    if (!current) return null;
    const { lift: _lift, ...shown } = current;
    const lines = selection.shown().map(line);
    const { grid, bounds, lift } = current;
    const minima = minimaIn3d(selection.minima(), grid, bounds, lift);
    const saddles = minimaIn3d(selection.saddles(), grid, bounds, lift);
    const camera = store.get().camera ?? openingCamera(root);
    return { ...shown, lines, front: front(), heads: heads(lines), minima, saddles, camera, titles: DIRECTION_SIGNS };
  };

  /** The line of the run that somebody points at; -1: none. */
  const front = () => selection.shown().findIndex(({ run }) => run === selection.front());

  root.addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    const camera = turned(store.get().camera ?? openingCamera(root), event.key === "=" ? "+" : event.key);
    if (!camera) return;
    event.preventDefault();
    event.stopPropagation();
    turnedByHand(camera);
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
      const size = sizeOf();
      return surface3d.draw(picture, size, theme());
    },
    scene,
    /** Look from elsewhere, as somebody does at the surface beside it. */
    turn: surface3d.turn,
    /** In pixels: the camera is for this shape. */
    size: sizeOf,
    /** Give the graphics memory back. */
    clear: () => surface3d.clear(),
    /** Another run is pointed at, or none. */
    emphasize() {
      if (!root.hidden && current) surface3d.emphasize(front());
    },
    /** Move the trajectories to the playhead. */
    move() {
      if (root.hidden || !current) return;
      const lines = selection.shown().map(line);
      surface3d.move(lines, heads(lines));
    },
  };
}

/**
 * The marks of minima or saddles in view, slightly above the surface and the paths on it.
 * @param {readonly {x: number, y: number}[]} minima
 * @param {{x: Float64Array, y: Float64Array, z: Float64Array}} grid  that is shown
 * @param {import("../../core/geometry/bounds.js").Bounds} bounds
 * @param {number} lift
 */
export function minimaIn3d(minima, grid, bounds, lift) {
  return minima
    .filter(({ x, y }) => contains(bounds, x, y))
    .map(({ x, y }) => ({ x, y, z: gridValue(grid, x, y) + MINIMUM_LIFT * lift, global: false }));
}

/**
 * The colour of the surface at a place.
 * @param {import("../../plot/chart.js").Grid} grid
 * @param {number} x
 * @param {number} y
 */
function groundAt({ x: xs, y: ys, numbers, levels, palette = "heights" }, x, y) {
  const number = gridValue({ x: xs, y: ys, z: numbers }, x, y);
  return PALETTES[palette].color(Number.isFinite(number) ? number / (levels - 1) : 1);
}

/**
 * A colour over another. WebGL adds transparent lines to the light of the surface, so they are mixed here.
 * @param {string} color
 * @param {import("../../core/colors.js").Rgb} ground
 * @param {number} opacity
 */
function mixed(color, ground, opacity) {
  const rgb = fromHex(color).map((byte, i) => Math.round(opacity * byte + (1 - opacity) * Number(ground[i])));
  return css(/** @type {import("../../core/colors.js").Rgb} */ (rgb));
}

/** No piece of a path needs more points than this to follow the surface. */
const MOST_PIECES = 60;

/**
 * A path with points so close to each other that it follows the surface; a straight line between
 * far vertices would run through hills.
 * @param {number[]} xs
 * @param {number[]} ys
 * @param {number} cell  of the grid
 * @param {number[]} [values]  at the vertices, interpolated too
 * @returns {{x: number[], y: number[], values: number[]}}
 */
export function along(xs, ys, cell, values = []) {
  const path = { x: xs.slice(0, 1), y: ys.slice(0, 1), values: values.slice(0, 1) };
  for (let i = 1; i < xs.length; i++) {
    const [fromX, fromY, toX, toY] = [Number(xs[i - 1]), Number(ys[i - 1]), Number(xs[i]), Number(ys[i])];
    const pieces = Math.min(Math.ceil(Math.hypot(toX - fromX, toY - fromY) / cell), MOST_PIECES) || 1;
    const [from, to] = [Number(values[i - 1]), Number(values[i])];
    for (let k = 1; k <= pieces; k++) {
      const last = k === pieces;
      path.x.push(last ? toX : fromX + ((toX - fromX) * k) / pieces);
      path.y.push(last ? toY : fromY + ((toY - fromY) * k) / pieces);
      if (values.length) path.values.push(from + ((to - from) * k) / pieces);
    }
  }
  return path;
}
