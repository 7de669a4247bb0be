/** The 3D view: the surface, and the same paths slightly above it. */

import { openingCamera } from "../../plot/camera.js";
import { createSurface3d } from "../../plot/surface-3d.js";
import { contains } from "../../core/geometry/bounds.js";
import { cropGrid, gridValue } from "../../core/geometry/grids.js";
import { lastAtMost, valueAt } from "../../core/geometry/sequences.js";
import { appearanceOf, colorOf } from "../../core/optimizer-style.js";
import { theme } from "../../core/theme.js";
import { isPin } from "../../core/variant-id.js";
import { contentOf, scaleOf, shownOf } from "../model/members.js";
import { cloudIn3d } from "./cloud-3d.js";

/** @typedef {import("../../plot/surface-3d.js").Line3d} Line3d */
/** @typedef {import("../../core/geometry/space.js").Camera} Camera */
/** Points in the plane, with NaN where a course ends. @typedef {{x: ArrayLike<number>, y: ArrayLike<number>}} Course */

/** Looks lower than elsewhere: the bar of optimizers covers the foot of the plot. @type {Camera} */
const CAMERA = { eye: { x: 1.34, y: -1.64, z: 1.12 }, center: { x: -0.03, y: -0.03, z: -0.2 } };
/** Paths float this part of the height above the surface, which is flat between grid points. */
const LIFT = 0.012;
/** No step needs more pieces than this to follow the surface. */
const MOST_PIECES = 200;

/**
 * @param {HTMLElement} root
 * @param {object} source
 * @param {import("../../core/store.js").Store<import("../model/playground-state.js").State>} source.store
 * @param {import("../model/settings.js").Catalog} source.catalog
 * @param {import("../model/computed.js").Model} source.model
 * @param {() => number} source.step
 * @param {import("../model/spotlight.js").Spotlight} source.spotlight
 * @param {() => {color: string, trails: Course, dots: Course} | null} source.cloud  the same one as long as it
 *   does not move
 */
export function createSpace(root, { store, catalog, model, step, spotlight, cloud }) {
  const surface3d = createSurface3d(root, (camera) => store.set({ camera }, "replace"));
  const shown = () => shownOf(store.get(), catalog).filter((id) => model.descents().has(id));

  /** The line of the optimizer that somebody points at; -1: none. */
  const front = () => shown().findIndex((id) => id === spotlight.get());

  /**
   * What is drawn: the domain alone as long as nobody zoomed, because the surface beyond
   * it rises steeply and would flatten the rest; the height of a value; how far paths
   * float above.
   */
  const scale = () => {
    const state = store.get();
    const { heightScale, bounds: zoomed, file } = state;
    const surface = model.surface();
    if (!surface) return null;
    const bounds = zoomed && !file?.own ? surface.bounds : contentOf(state, catalog);
    const { x, y, crop } = cropGrid(surface, bounds);
    const logarithmic = (heightScale ?? scaleOf(state, catalog)) === "log";
    const least = file?.own ? lowestOf(surface.z) : Infinity;
    const lowest = Math.min(least, ...surface.minima.map(({ value }) => value), ...surface.levels);
    const [first = 0, second = 1] = surface.levels;
    const offset = first - lowest || second - first;
    const height = logarithmic
      ? (/** @type {number} */ value) => Math.log10(Math.max(value - lowest, 0) + offset)
      : (/** @type {number} */ value) => value;
    const z = crop(surface.z).map(height);
    let low = Infinity;
    let high = -Infinity;
    for (const value of z) {
      if (value < low) low = value;
      if (value > high) high = value;
    }
    const grid = { x, y, z, numbers: crop(surface.numbers), levels: surface.levels.length };
    return { grid, bounds, height, lift: LIFT * (high - low), logarithmic };
  };
  /** @type {ReturnType<typeof scale>} */
  let current = null;

  /**
   * @param {string} id
   * @returns {Line3d}
   */
  const line = (id) => {
    const descent = model.descents().get(id);
    if (!descent || !current) throw new Error("A line is drawn before its data are there.");
    const course = along(descent, lastAtMost(descent.step, step()) + 1, current);
    return { ...course, color: colorOf(id), dash: appearanceOf(id).dash3d, ghost: isPin(id) };
  };

  /** What the cloud was placed from, and on which surface. @type {[object | null, object | null]} */
  let placed = [null, null];
  /** @type {readonly import("../../plot/surface-3d.js").Points3d[]} */
  let inSpace = [];

  /** The cloud on the surface. */
  const cloudInSpace = () => {
    const flat = cloud();
    if (placed[0] === flat && placed[1] === current) return inSpace;
    placed = [flat, current];
    const scale = current;
    if (!flat || !scale) return (inSpace = []);
    const trails = along(flat.trails, flat.trails.x.length, scale);
    const dots = onSurface(Array.from(flat.dots.x), Array.from(flat.dots.y), scale);
    inSpace = cloudIn3d(trails, dots, flat.color, theme().page);
    return inSpace;
  };

  const heads = () => {
    /** @type {import("../../plot/surface-3d.js").Scene3d["heads"] & {ghost: boolean[]}} */
    const points = { x: [], y: [], z: [], color: [], ghost: [] };
    for (const id of shown()) {
      const descent = model.descents().get(id);
      if (!descent || !current) continue;
      const at = (/** @type {Float64Array} */ values) => valueAt(descent.step, values, step());
      const inside = contains(current.bounds, at(descent.x), at(descent.y));
      points.x.push(at(descent.x));
      points.y.push(at(descent.y));
      // Every variant keeps its place in the list, because colours go by place.
      points.z.push(inside ? current.height(at(descent.loss)) + current.lift : NaN);
      points.color.push(colorOf(id));
      points.ghost.push(isPin(id));
    }
    return points;
  };

  /** What is drawn now; null while there is nothing. */
  const scene = () => {
    if (!current) return null;
    const { grid, bounds, height, lift } = current;
    return {
      grid,
      bounds,
      heightTitle: current.logarithmic ? "log (f − f*)" : "f",
      lines: shown().map(line),
      front: front(),
      heads: heads(),
      minima: model.minima().flatMap((minimum) => {
        const { x, y, value, global } = minimum;
        return contains(bounds, x, y) ? [{ x, y, z: height(value) + lift, global }] : [];
      }),
      cloud: cloudInSpace(),
      camera: store.get().camera ?? openingCamera(root, CAMERA),
    };
  };

  return {
    /** Draw surface and paths anew. */
    refresh() {
      root.hidden = store.get().surface !== "3d";
      if (root.hidden) return surface3d.clear();
      current = scale();
      const picture = scene();
      if (!picture) return undefined;
      const size = { width: root.clientWidth, height: root.clientHeight };
      return surface3d.draw(picture, size, theme());
    },
    scene,
    /** For which the camera is placed: in a picture of another shape a corner might be cut off. */
    size: () => ({ width: root.clientWidth, height: root.clientHeight }),
    /** Another optimizer is pointed at, or none. */
    emphasize() {
      if (!root.hidden && current) surface3d.emphasize(front());
    },
    /** Move the paths to the playhead. */
    move() {
      if (!root.hidden && current) surface3d.move(shown().map(line), heads(), cloudInSpace());
    },
  };
}

/** @typedef {{grid: import("../../plot/chart.js").Grid, lift: number}} Ground */

/**
 * A course on a surface. A long step is drawn along it; straight it would run through hills.
 * @param {Course} course
 * @param {number} count  of its points that are drawn
 * @param {Ground} ground
 */
function along({ x: xs, y: ys }, count, ground) {
  const cell = Number(ground.grid.x[1]) - Number(ground.grid.x[0]);
  /** @type {number[]} */
  const x = [];
  /** @type {number[]} */
  const y = [];
  for (let i = 0; i < count; i++) {
    const [toX, toY] = [Number(xs[i]), Number(ys[i])];
    const [fromX, fromY] = [x.at(-1) ?? toX, y.at(-1) ?? toY];
    const pieces = Math.hypot(toX - fromX, toY - fromY) / cell;
    const between = Math.min(Math.ceil(pieces), MOST_PIECES) || 1;
    // From a gap, which is not a number, it goes on where it goes on.
    if (between === 1) {
      x.push(toX);
      y.push(toY);
    } else {
      for (let k = 1; k <= between; k++) {
        x.push(fromX + ((toX - fromX) * k) / between);
        y.push(fromY + ((toY - fromY) * k) / between);
      }
    }
  }
  return onSurface(x, y, ground);
}

/**
 * @param {number[]} x
 * @param {number[]} y
 * @param {Ground} ground
 */
function onSurface(x, y, { grid, lift }) {
  return { x, y, z: x.map((_, i) => gridValue(grid, Number(x[i]), Number(y[i])) + lift) };
}

/**
 * The lowest of the values that are numbers.
 * @param {Float64Array | Float32Array} values
 */
function lowestOf(values) {
  let low = Infinity;
  for (const value of values) if (value < low) low = value;
  return low;
}
