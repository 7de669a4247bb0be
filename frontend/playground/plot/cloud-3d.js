/** Many descents of one colour over a surface in 3D: a dot for each, and faint trails. */

/** @typedef {import("../../plot/surface-3d.js").Points3d} Points3d */

const TRAIL_WIDTH = 1.5;
const TRAIL_OPACITY = 0.25;
const DOT_SIZE = 3;

/**
 * @param {Points3d} trails  one after the other, with NaN between them: so they are one trace
 * @param {Points3d} dots
 * @param {string} color
 * @param {string} halo
 * @returns {(Points3d & Record<string, unknown>)[]} their traces
 */
export function cloudIn3d(trails, dots, color, halo) {
  const trace = { type: "scatter3d", hoverinfo: "skip" };
  return [
    { ...trace, mode: "lines", ...trails, line: { color, width: TRAIL_WIDTH }, opacity: TRAIL_OPACITY },
    { ...trace, mode: "markers", ...dots, marker: { color, size: DOT_SIZE, line: { color: halo, width: 0.5 } } },
  ];
}
