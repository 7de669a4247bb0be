/** The range in which canvases draw exactly, and segments cut to it. */

/** Canvases lose precision on coordinates far outside; segments are cut this many pixels out. */
const FAR = 4096;

/**
 * Return the part of a segment that the canvas can draw exactly, as x and y of both ends, or null.
 * @param {number} ax
 * @param {number} ay
 * @param {number} bx
 * @param {number} by
 * @returns {[number, number, number, number] | null}
 */
export function cutFar(ax, ay, bx, by) {
  let t0 = 0;
  let t1 = 1;
  const dx = bx - ax;
  const dy = by - ay;
  const sides = /** @type {const} */ ([
    [-dx, ax + FAR],
    [dx, FAR - ax],
    [-dy, ay + FAR],
    [dy, FAR - ay],
  ]);
  for (const [towards, room] of sides) {
    if (towards === 0) {
      if (room < 0) return null;
    } else if (towards < 0) t0 = Math.max(t0, room / towards);
    else t1 = Math.min(t1, room / towards);
  }
  if (!(t0 <= t1)) return null;
  return [ax + t0 * dx, ay + t0 * dy, ax + t1 * dx, ay + t1 * dy];
}

/**
 * Tell whether a coordinate lies beyond that range or is not finite.
 * @param {number} pixel
 */
export function isFar(pixel) {
  return !(Math.abs(pixel) < FAR);
}
