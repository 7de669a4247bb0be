/** Saddles of a surface as crosses: on a canvas, in pictures, and in legends. */

import { SAMPLE, SAMPLE_MIDDLE } from "../plot/sheet.js";
import { tag } from "../plot/drawing-parts.js";

/** The same on every theme, because the surface is. */
const LOOK = { stroke: "#ffffff", outline: "rgba(20, 28, 40, 0.75)" };
const ARM_PX = 4;

/**
 * @param {CanvasRenderingContext2D} context
 * @param {import("../core/geometry/linear-map.js").LinearMap} map
 * @param {readonly {x: number, y: number}[]} saddles
 */
export function drawSaddles(context, map, saddles) {
  context.setLineDash([]);
  for (const [color, width] of /** @type {const} */ ([[LOOK.outline, 4.5], [LOOK.stroke, 2]])) {
    context.strokeStyle = color;
    context.lineWidth = width;
    context.beginPath();
    for (const { x, y } of saddles) {
      const [px, py] = [map.x(x), map.y(y)];
      context.moveTo(px - ARM_PX, py - ARM_PX);
      context.lineTo(px + ARM_PX, py + ARM_PX);
      context.moveTo(px - ARM_PX, py + ARM_PX);
      context.lineTo(px + ARM_PX, py - ARM_PX);
    }
    context.stroke();
  }
}

/**
 * The same for a picture: traces, and an entry of its legend.
 * @param {readonly {x: number, y: number}[]} saddles
 * @returns {{traces: object[], entries: import("../plot/sheet.js").LegendEntry[]}}
 */
export function saddlePicture(saddles) {
  if (!saddles.length) return { traces: [], entries: [] };
  const mark = (/** @type {string} */ color, /** @type {number} */ width) => ({
    type: "scatter",
    mode: "markers",
    x: saddles.map(({ x }) => x),
    y: saddles.map(({ y }) => y),
    marker: { symbol: "x-thin", size: 2 * ARM_PX + 1, line: { color, width } },
  });
  const [x, y] = [SAMPLE / 2, SAMPLE_MIDDLE];
  const cross = (/** @type {string} */ color, /** @type {number} */ width) =>
    tag("path", { d: `M${x - ARM_PX} ${y - ARM_PX}l${2 * ARM_PX} ${2 * ARM_PX}m${-2 * ARM_PX} 0l${2 * ARM_PX} ${-2 * ARM_PX}`, stroke: color, "stroke-width": width });
  return {
    traces: [mark(LOOK.outline, 4.5), mark(LOOK.stroke, 2)],
    entries: [{ kind: "drawn", name: "saddle", svg: cross(LOOK.outline, 4.5) + cross(LOOK.stroke, 2) }],
  };
}
