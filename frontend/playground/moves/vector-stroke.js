/**
 * Arrows of three kinds that differ in shape, so that colour can say whose they are: a dotted shaft
 * with an open head, a hollow arrow, a solid one. An arrow is as long as it is said to be: its head
 * lies within its length, and what is too short to be seen is not drawn.
 */

import { cutFar, isFar } from "../../core/geometry/canvas-reach.js";

/** @typedef {"gradient" | "velocity" | "step"} VectorKind */

/**
 * @typedef {object} Vector
 * @property {VectorKind} kind
 * @property {string} color
 * @property {number} x  where it begins, in data
 * @property {number} y
 * @property {number} dx  how far it goes, in data
 * @property {number} dy
 */

/** Kinds in the order in which they are drawn: the widest first, so that none hides another. */
export const VECTOR_KINDS = /** @type {const} */ (["velocity", "gradient", "step"]);

/**
 * Half the shaft's width, the head's length and half its width, in pixels.
 * @type {Record<VectorKind, {half: number, length: number, wide: number}>}
 */
export const VECTOR_SHAPES = {
  gradient: { half: 0.9, length: 9, wide: 5 },
  velocity: { half: 3.6, length: 13, wide: 8 },
  step: { half: 1.5, length: 10, wide: 4.75 },
};

/** A shorter arrow has no direction that can be seen. */
const SHORTEST_PX = 1.5;
const HALO_PX = 1.5;
export const GRADIENT_DASH = [1.5, 3];

/**
 * The corners of an arrow with a filled or hollow body, from the tip on; the head shrinks with a
 * length that has no room for it.
 * @param {readonly [number, number]} from
 * @param {readonly [number, number]} to
 * @param {{half: number, length: number, wide: number}} shape
 * @returns {[number, number][]}
 */
export function arrowCorners([ax, ay], [bx, by], { half, length, wide }) {
  const whole = Math.hypot(bx - ax, by - ay);
  const scale = Math.min(1, whole / (1.5 * length));
  const head = length * scale;
  const [ux, uy] = [(bx - ax) / whole, (by - ay) / whole];
  const at = (/** @type {number} */ back, /** @type {number} */ across) =>
    /** @type {[number, number]} */ ([bx - back * ux - across * scale * uy, by - back * uy + across * scale * ux]);
  return [at(0, 0), at(head, wide), at(head, half), at(whole, half), at(whole, -half), at(head, -half), at(head, -wide)];
}

/**
 * Draw an arrow between two places in pixels.
 * @param {CanvasRenderingContext2D} context
 * @param {readonly [number, number]} from
 * @param {readonly [number, number]} to
 * @param {{kind: VectorKind, color: string}} look
 * @param {string} halo
 */
export function strokeVector(context, from, to, { kind, color }, halo) {
  if (!(Math.hypot(to[0] - from[0], to[1] - from[1]) >= SHORTEST_PX)) return;
  if (isFar(from[0]) || isFar(from[1])) return;
  const cut = isFar(to[0]) || isFar(to[1]) ? cutFar(...from, ...to) : null;
  const end = cut ? /** @type {const} */ ([cut[2], cut[3]]) : to;
  const shape = VECTOR_SHAPES[kind];
  const corners = arrowCorners(from, end, shape);
  context.setLineDash([]);
  if (kind === "gradient") {
    const [tip, left, , , , , right] = /** @type {[number, number][]} */ (corners);
    const shaft = new Path2D();
    shaft.moveTo(...from);
    shaft.lineTo(...end);
    const head = new Path2D();
    for (const corner of [left, tip, right]) head.lineTo(.../** @type {[number, number]} */ (corner));
    for (const [style, width] of /** @type {const} */ ([
      [halo, 2 * (shape.half + HALO_PX)],
      [color, 2 * shape.half],
    ])) {
      context.strokeStyle = style;
      context.lineWidth = width;
      context.stroke(head);
      if (style === color) context.setLineDash(GRADIENT_DASH);
      context.stroke(shaft);
    }
    context.setLineDash([]);
    return;
  }
  const outline = new Path2D();
  for (const corner of corners) outline.lineTo(...corner);
  outline.closePath();
  context.strokeStyle = halo;
  context.lineWidth = 2 * HALO_PX + (kind === "velocity" ? 1.5 : 0);
  context.stroke(outline);
  context.fillStyle = kind === "velocity" ? halo : color;
  context.fill(outline);
  if (kind !== "velocity") return;
  context.strokeStyle = color;
  context.lineWidth = 1.5;
  context.stroke(outline);
}
