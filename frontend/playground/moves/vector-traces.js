/** Arrows in pictures: traces, so that an SVG holds them as lines that can be edited. */

import { GRADIENT_DASH, VECTOR_KINDS, VECTOR_SHAPES, arrowCorners } from "./vector-stroke.js";

/** @typedef {import("./vector-stroke.js").Vector} Vector */
/** @typedef {import("../../core/theme.js").Theme} Theme */
/** @typedef {import("../../core/geometry/linear-map.js").LinearMap} LinearMap */

const HALO_PX = 3;
const OUTLINE_PX = 1.5;

/**
 * @param {readonly Vector[]} vectors
 * @param {LinearMap} map  of the plot on the screen, whose size the picture has
 * @param {Theme} theme
 */
export function vectorTraces(vectors, map, theme) {
  const ordered = VECTOR_KINDS.flatMap((kind) => vectors.filter((vector) => vector.kind === kind));
  return ordered.filter(({ dx, dy }) => dx !== 0 || dy !== 0).flatMap((vector) => tracesOf(vector, map, theme));
}

/**
 * @param {Vector} vector
 * @param {LinearMap} map
 * @param {Theme} theme
 */
function tracesOf({ kind, color, x, y, dx, dy }, map, theme) {
  const shape = VECTOR_SHAPES[kind];
  const from = /** @type {const} */ ([map.x(x), map.y(y)]);
  const to = /** @type {const} */ ([map.x(x + dx), map.y(y + dy)]);
  const corners = arrowCorners(from, to, shape).map(([px, py]) => [map.dataX(px), map.dataY(py)]);
  const trace = (/** @type {readonly (readonly (number | undefined)[])[]} */ points) => ({
    type: "scatter",
    mode: "lines",
    x: points.map(([px]) => px),
    y: points.map(([, py]) => py),
  });
  const line = (/** @type {string} */ stroke, /** @type {number} */ width, dash = "solid") => ({
    line: { color: stroke, width, dash },
  });
  if (kind === "gradient") {
    const shaft = trace([
      [x, y],
      [x + dx, y + dy],
    ]);
    const head = trace([corners[1] ?? [], corners[0] ?? [], corners[6] ?? []]);
    const width = 2 * shape.half;
    return [
      { ...shaft, ...line(theme.page, width + HALO_PX) },
      { ...head, ...line(theme.page, width + HALO_PX) },
      { ...shaft, ...line(color, width, GRADIENT_DASH.map((part) => `${part}px`).join(",")) },
      { ...head, ...line(color, width) },
    ];
  }
  const outline = trace([...corners, corners[0] ?? []]);
  const hollow = kind === "velocity";
  const body = { fill: "toself", fillcolor: hollow ? theme.page : color, ...line(color, hollow ? OUTLINE_PX : 0) };
  return [
    { ...outline, ...line(theme.page, HALO_PX + (hollow ? OUTLINE_PX : 0)) },
    { ...outline, ...body },
  ];
}
