/**
 * Lines through the vertices of paths, with as few of them as look the same.
 *
 * Stroking a vertex costs the same whether it can be seen or not, and a descent of a thousand steps
 * has most of its own on nearly straight stretches, or in one place where it has arrived.
 */

import { cutFar, isFar } from "./canvas-reach.js";

/** A vertex that is nearer than this to the line without it changes no pixel. */
export const LEAST_PX = 1 / 64;

/**
 * @param {{xs: ArrayLike<number>, ys: ArrayLike<number>}} vertices  in pixels
 * @returns {Path2D}
 */
export function curve({ xs, ys }) {
  const line = new Path2D();
  const near = (/** @type {number} */ i) => !isFar(Number(xs[i])) && !isFar(Number(ys[i]));
  let i = 0;
  while (i < xs.length - 1) {
    if (near(i) && near(i + 1)) {
      let to = i + 1;
      while (to < xs.length - 1 && near(to + 1)) to++;
      line.moveTo(Number(xs[i]), Number(ys[i]));
      for (const at of withoutStraight(xs, ys, i, to)) line.lineTo(Number(xs[at]), Number(ys[at]));
      i = to;
    } else {
      const cut = cutFar(Number(xs[i]), Number(ys[i]), Number(xs[i + 1]), Number(ys[i + 1]));
      if (cut) {
        line.moveTo(cut[0], cut[1]);
        line.lineTo(cut[2], cut[3]);
      }
      i++;
    }
  }
  return line;
}

/**
 * The vertices after the first that a line must keep so that every other lies within `LEAST_PX` of it.
 *
 * From each vertex that is kept the line goes on straight as long as one direction passes all
 * vertices since at that distance, and none of them lies further back than the one before (Williams
 * 1978, "An efficient algorithm for the piecewise linear approximation of planar curves").
 * @param {ArrayLike<number>} xs
 * @param {ArrayLike<number>} ys
 * @param {number} from  the first vertex
 * @param {number} to  the last one, which is kept
 * @returns {number[]}
 */
export function withoutStraight(xs, ys, from, to) {
  const kept = [];
  let anchor = from;
  /** How far the line has gone from there. */
  let reach = 0;
  // The directions that pass all vertices since lie between (ax, ay) and (bx, by), anticlockwise.
  let [ax, ay, bx, by] = [0, 0, 0, 0];
  for (let i = from + 1; i <= to; i++) {
    const dx = Number(xs[i]) - Number(xs[anchor]);
    const dy = Number(ys[i]) - Number(ys[anchor]);
    const distance = Math.sqrt(dx * dx + dy * dy);
    const turns = reach > LEAST_PX && (ax * dy - ay * dx < 0 || dx * by - dy * bx < 0);
    if (turns || distance < reach - LEAST_PX) {
      anchor = i - 1;
      kept.push(anchor);
      reach = 0;
      i--;
      continue;
    }
    if (distance <= LEAST_PX) continue;
    const sine = LEAST_PX / distance;
    const cosine = Math.sqrt(1 - sine * sine);
    const [px, py] = [dx * cosine + dy * sine, dy * cosine - dx * sine];
    const [qx, qy] = [dx * cosine - dy * sine, dy * cosine + dx * sine];
    const first = reach <= LEAST_PX;
    if (first || ax * py - ay * px > 0) [ax, ay] = [px, py];
    if (first || qx * by - qy * bx > 0) [bx, by] = [qx, qy];
    reach = Math.max(reach, distance);
  }
  kept.push(to);
  return kept;
}
