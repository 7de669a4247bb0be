/** Many descents of one colour over a surface in 3D: a dot for each, and faint trails. */

/** @typedef {{x: number[], y: number[], z: number[]}} Points3d */

/**
 * @typedef {object} Cloud3d
 * @property {Points3d} trails  one after the other, with NaN between them: so they are one trace
 * @property {Points3d} dots
 * @property {string} color
 */

const TRAIL_WIDTH = 1.5;
const TRAIL_OPACITY = 0.25;
const DOT_SIZE = 3;

/**
 * @param {Cloud3d} cloud
 * @param {import("../core/theme.js").Theme} theme
 * @returns {object[]} two traces, the trails and the dots
 */
export function cloud3d({ trails, dots, color }, theme) {
  const trace = { type: "scatter3d", hoverinfo: "skip" };
  return [
    { ...trace, mode: "lines", ...trails, line: { color, width: TRAIL_WIDTH }, opacity: TRAIL_OPACITY },
    { ...trace, mode: "markers", ...dots, marker: { color, size: DOT_SIZE, line: { color: theme.page, width: 0.5 } } },
  ];
}
