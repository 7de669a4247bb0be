/**
 * An ensemble on the plot: where each descent is at the playhead as a dot, and faint trails to there.
 *
 * A dot is where its descent was at the last step kept, never between two: noise moves descents to and
 * fro, and a cloud of interpolated places would be narrower than that of the true ones.
 */

import { isFar } from "../../core/geometry/canvas-reach.js";
import { lastAtMost } from "../../core/geometry/sequences.js";

/** @typedef {import("../../core/geometry/linear-map.js").LinearMap} LinearMap */

/**
 * @typedef {object} Cloud
 * @property {ArrayLike<number>} step  ascending, those at which positions are kept
 * @property {Float32Array} x  descent by descent; NaN from the step on at which it diverged
 * @property {Float32Array} y
 * @property {string} color
 */

/** As many descents have a trail; of more, trails would only hide the plot. */
export const MOST_TRAILS = 100;
export const TRAIL_OPACITY = 0.16;
const TRAIL_WIDTH = 1;
const DOT_RADIUS = 2.75;
const DOT_OPACITY = 0.85;

/** How many descents a cloud has. @param {Cloud} cloud */
export function countDescents({ step, x }) {
  return x.length / step.length;
}

/**
 * Return a function that draws a cloud at a step. Trails lie on a canvas of their own: while the
 * playhead moves on, only what it passes is added to them.
 */
export function createCloudDrawing() {
  const trails = document.createElement("canvas");
  const pen = /** @type {CanvasRenderingContext2D} */ (trails.getContext("2d"));
  /** What the trails are of. @type {Cloud | null} */
  let drawn = null;
  /** @type {LinearMap | null} */
  let through = null;
  /** The place in `step` up to which they are drawn. */
  let reached = 0;

  /**
   * @param {Cloud} cloud
   * @param {LinearMap} map
   * @param {number} last
   * @param {{width: number, height: number}} size  in device pixels
   * @param {number} ratio
   */
  const drawTrails = (cloud, map, last, { width, height }, ratio) => {
    const same = cloud === drawn && map === through && trails.width === width && trails.height === height;
    if (!same || last < reached) {
      trails.width = width;
      trails.height = height;
      pen.scale(ratio, ratio);
      pen.lineWidth = TRAIL_WIDTH;
      pen.lineJoin = "round";
      pen.globalAlpha = TRAIL_OPACITY;
      pen.strokeStyle = cloud.color;
      [drawn, through, reached] = [cloud, map, 0];
    }
    if (last === reached) return;
    const points = cloud.step.length;
    for (let i = 0; i < Math.min(countDescents(cloud), MOST_TRAILS); i++) {
      pen.beginPath();
      let broken = true;
      for (let k = reached; k <= last; k++) {
        const px = map.x(Number(cloud.x[i * points + k]));
        const py = map.y(Number(cloud.y[i * points + k]));
        const off = Number.isNaN(px) || isFar(px) || isFar(py);
        if (!off && broken) pen.moveTo(px, py);
        else if (!off) pen.lineTo(px, py);
        broken = off;
      }
      pen.stroke();
    }
    reached = last;
  };

  /**
   * @param {CanvasRenderingContext2D} context
   * @param {LinearMap} map
   * @param {string} halo
   * @param {Cloud} cloud
   * @param {number} step
   */
  return (context, map, halo, cloud, step) => {
    const last = Math.max(lastAtMost(cloud.step, step), 0);
    const { canvas } = context;
    drawTrails(cloud, map, last, canvas, context.getTransform().a);
    context.save();
    context.setTransform(1, 0, 0, 1, 0, 0);
    context.drawImage(trails, 0, 0);
    context.restore();

    const dots = new Path2D();
    const points = cloud.step.length;
    for (let i = 0; i < countDescents(cloud); i++) {
      const px = map.x(Number(cloud.x[i * points + last]));
      const py = map.y(Number(cloud.y[i * points + last]));
      if (Number.isNaN(px) || isFar(px) || isFar(py)) continue;
      dots.moveTo(px + DOT_RADIUS, py);
      dots.arc(px, py, DOT_RADIUS, 0, 2 * Math.PI);
    }
    context.save();
    context.setLineDash([]);
    context.globalAlpha = DOT_OPACITY;
    context.strokeStyle = halo;
    context.lineWidth = 1.5;
    context.stroke(dots);
    context.fillStyle = cloud.color;
    context.fill(dots);
    context.restore();
  };
}

/** @typedef {{color: string, trails: {x: number[], y: number[]}, dots: {x: number[], y: number[]}}} Places */

/**
 * Return a function of a step: where the descents of a cloud are then, and have been on the way there,
 * one after the other with NaN between them. It returns the same object as long as nothing has moved.
 * @param {Cloud} cloud
 * @returns {(step: number) => Places}
 */
export function placesOf(cloud) {
  const points = cloud.step.length;
  const all = Array.from({ length: countDescents(cloud) }, (_, i) => i);
  let known = -1;
  /** @type {Places | null} */
  let places = null;
  return (step) => {
    const last = Math.max(lastAtMost(cloud.step, step), 0);
    if (places && last === known) return places;
    const trails = (/** @type {Float32Array} */ values) =>
      all
        .slice(0, MOST_TRAILS)
        .flatMap((i) => [...values.subarray(i * points, i * points + last + 1), NaN]);
    const dots = (/** @type {Float32Array} */ values) => all.map((i) => Number(values[i * points + last]));
    known = last;
    places = {
      color: cloud.color,
      trails: { x: trails(cloud.x), y: trails(cloud.y) },
      dots: { x: dots(cloud.x), y: dots(cloud.y) },
    };
    return places;
  };
}

/**
 * The same as traces of a picture: the trails up to a step, and the dots.
 * @param {Places} places
 * @param {string} halo
 * @returns {object[]}
 */
export function cloudTraces({ color, trails, dots }, halo) {
  // What is not a number cannot be written into a picture.
  const written = (/** @type {number[]} */ values) => values.map((value) => (Number.isNaN(value) ? null : value));
  return [
    {
      type: "scatter",
      mode: "lines",
      x: written(trails.x),
      y: written(trails.y),
      opacity: TRAIL_OPACITY,
      line: { color, width: TRAIL_WIDTH },
    },
    {
      type: "scatter",
      mode: "markers",
      x: written(dots.x),
      y: written(dots.y),
      marker: { size: 2 * DOT_RADIUS, color, opacity: DOT_OPACITY, line: { color: halo, width: 0.75 } },
    },
  ];
}
