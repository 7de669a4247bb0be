/** Paths that fade: each vertex has an opacity, and pieces of about one opacity are drawn together. */

/** The least of a path that can still be seen. */
export const LEAST_OPACITY = 0.12;

/** Opacities are rounded to so many parts, so that a path of many vertices has few pieces. */
const PARTS = 24;

/**
 * The opacity of a distance: 1 at none, falling linearly to the least at the farthest.
 * @param {number} distance
 * @param {number} farthest  above zero
 */
export function opacityAt(distance, farthest) {
  return 1 - (1 - LEAST_OPACITY) * Math.min(Math.max(distance / farthest, 0), 1);
}

/**
 * The pieces of a path that have one opacity, that of the middle of each segment.
 * @param {ArrayLike<number>} opacities  of the vertices
 * @param {number} count  how many of them are drawn
 * @returns {{from: number, to: number, opacity: number}[]}  indices of vertices, both included
 */
export function piecesOf(opacities, count) {
  /** @type {{from: number, to: number, opacity: number}[]} */
  const pieces = [];
  for (let i = 0; i + 1 < count; i++) {
    const middle = (Number(opacities[i]) + Number(opacities[Math.min(i + 1, opacities.length - 1)])) / 2;
    const opacity = Math.round(middle * PARTS) / PARTS;
    const last = pieces.at(-1);
    if (last && last.opacity === opacity) last.to = i + 1;
    else pieces.push({ from: i, to: i + 1, opacity });
  }
  return pieces;
}
