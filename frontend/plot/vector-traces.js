/** Arrows in pictures: traces, so that an SVG holds them as lines that can be edited. */

import { GRADIENT_DASH, VECTOR_KINDS, VECTOR_SHAPES } from "./vector-stroke.js";

/** @typedef {import("./vector-stroke.js").Vector} Vector */
/** @typedef {import("../core/theme.js").Theme} Theme */

/** Plotly's arrow of size 1 is this long. */
const HEAD_SIZE = 1.15;

/**
 * @param {readonly Vector[]} vectors
 * @param {Theme} theme
 */
export function vectorTraces(vectors, theme) {
  const ordered = VECTOR_KINDS.flatMap((kind) => vectors.filter((vector) => vector.kind === kind));
  return ordered.filter(({ dx, dy }) => dx !== 0 || dy !== 0).flatMap((vector) => tracesOf(vector, theme));
}

/**
 * @param {Vector} vector
 * @param {Theme} theme
 */
function tracesOf({ kind, color, x, y, dx, dy }, theme) {
  const { half, length } = VECTOR_SHAPES[kind];
  const ends = { type: "scatter", mode: "lines", x: [x, x + dx], y: [y, y + dy] };
  const line = (/** @type {string} */ stroke, /** @type {number} */ width, dash = "solid") => ({
    ...ends,
    line: { color: stroke, width, dash },
  });
  const head = {
    ...ends,
    mode: "markers",
    marker: {
      symbol: kind === "step" ? "arrow" : "arrow-open",
      angleref: "previous",
      size: [0, length * HEAD_SIZE],
      color,
      line: { color, width: kind === "step" ? 0 : 1.75 },
    },
  };
  const halo = line(theme.page, 2 * half + 3);
  switch (kind) {
    case "gradient":
      return [halo, line(color, 2 * half, GRADIENT_DASH.map((part) => `${part}px`).join(",")), head];
    case "velocity":
      return [halo, line(color, 2 * half), line(theme.page, 2 * half - 3), head];
    default:
      return [halo, line(color, 2 * half), head];
  }
}
