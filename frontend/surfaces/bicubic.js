/** A surface between its points, smoothly: cubic through four points along each axis (Catmull and Rom). */

/** @typedef {{x: ArrayLike<number>, y: ArrayLike<number>, z: ArrayLike<number>}} Grid  evenly spaced, z row by row */

/**
 * The value at a place; at a point of the grid that point's, with the slope of central differences.
 * @param {Grid} grid
 * @param {number} px
 * @param {number} py
 * @returns {number}  NaN outside, and next to what is not finite
 */
export function bicubicValue({ x, y, z }, px, py) {
  const [nx, ny] = [x.length, y.length];
  const s = ((px - Number(x[0])) / (Number(x[nx - 1]) - Number(x[0]))) * (nx - 1);
  const t = ((py - Number(y[0])) / (Number(y[ny - 1]) - Number(y[0]))) * (ny - 1);
  if (!(s >= 0 && s <= nx - 1 && t >= 0 && t <= ny - 1)) return NaN;
  const i = Math.min(Math.floor(s), nx - 2);
  const j = Math.min(Math.floor(t), ny - 2);
  const row = (/** @type {number} */ at) =>
    cubic((k) => Number(z[at * nx + k]), i, s - i, nx);
  return cubic(row, j, t - j, ny);
}

/**
 * @param {(k: number) => number} value  at a whole place
 * @param {number} i  the whole place before
 * @param {number} t  how far beyond it, 0 to 1
 * @param {number} count  of whole places
 */
function cubic(value, i, t, count) {
  const [b, c] = [value(i), value(i + 1)];
  // Beyond its border a surface goes on as straight as it came.
  const a = i > 0 ? value(i - 1) : 2 * b - c;
  const d = i + 2 < count ? value(i + 2) : 2 * c - b;
  return b + 0.5 * t * (c - a + t * (2 * a - 5 * b + 4 * c - d + t * (3 * (b - c) + d - a)));
}

/**
 * How far a surface falls along a ray, to the first place from which it rises again.
 * @param {Grid} grid
 * @param {{x: number, y: number}} from
 * @param {number} angle
 * @param {number} most  how far to look
 */
export function fallAlong(grid, from, angle, most) {
  const step = most / 400;
  let before = bicubicValue(grid, from.x, from.y);
  for (let k = 1; k <= 400; k++) {
    const far = k * step;
    const value = bicubicValue(grid, from.x + far * Math.cos(angle), from.y + far * Math.sin(angle));
    if (!(value < before)) return far - step;
    before = value;
  }
  return most;
}
