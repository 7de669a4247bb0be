/** Paths: where they leave the bounds, and which vertex is nearest to a pixel. */

import { contains } from "./bounds.js";
import { lastAtMost } from "./sequences.js";

/** @typedef {import("./bounds.js").Bounds} Bounds */
/** @typedef {import("./linear-map.js").LinearMap} LinearMap */

/**
 * Return where the segment from a point inside the bounds to one outside crosses their edge.
 * @param {Bounds} bounds
 * @param {{x: number, y: number}} inside
 * @param {{x: number, y: number}} outside
 * @returns {{x: number, y: number, angle: number}} the crossing and the direction of travel
 */
export function exitPoint(bounds, inside, outside) {
  const dx = outside.x - inside.x;
  const dy = outside.y - inside.y;
  let t = 1;
  if (dx > 0) t = Math.min(t, (bounds.x1 - inside.x) / dx);
  if (dx < 0) t = Math.min(t, (bounds.x0 - inside.x) / dx);
  if (dy > 0) t = Math.min(t, (bounds.y1 - inside.y) / dy);
  if (dy < 0) t = Math.min(t, (bounds.y0 - inside.y) / dy);
  return { x: inside.x + t * dx, y: inside.y + t * dy, angle: Math.atan2(dy, dx) };
}

/** @typedef {ReturnType<typeof exitPoint>} Exit */

/**
 * Return where a path left the bounds for the last time before a step; null if it is inside then, or
 * never was.
 * @param {Bounds} bounds
 * @param {{steps: ArrayLike<number>, xs: ArrayLike<number>, ys: ArrayLike<number>}} path
 * @param {number} step
 * @returns {Exit | null}
 */
export function lastExit(bounds, { steps, xs, ys }, step) {
  const at = (/** @type {number} */ i) => ({ x: Number(xs[i]), y: Number(ys[i]) });
  let i = lastAtMost(steps, step);
  let outside = at(i);
  if (contains(bounds, outside.x, outside.y)) return null;
  while (--i >= 0) {
    const inside = at(i);
    if (contains(bounds, inside.x, inside.y)) return exitPoint(bounds, inside, outside);
    outside = inside;
  }
  return null;
}

/**
 * Find the vertex of a path nearest to a pixel.
 * @param {LinearMap} map
 * @param {ArrayLike<number>} xs
 * @param {ArrayLike<number>} ys
 * @param {number} px
 * @param {number} py
 * @param {number} count  how many vertices are drawn
 * @returns {{index: number, distance: number}} distance in pixels; index -1 on an empty path
 */
export function nearestVertex(map, xs, ys, px, py, count) {
  let index = -1;
  let best = Infinity;
  for (let i = 0; i < count; i++) {
    const dx = map.x(/** @type {number} */ (xs[i])) - px;
    const dy = map.y(/** @type {number} */ (ys[i])) - py;
    const squared = dx * dx + dy * dy;
    if (squared < best) {
      best = squared;
      index = i;
    }
  }
  return { index, distance: Math.sqrt(best) };
}
