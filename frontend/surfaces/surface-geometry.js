/**
 * Pure geometry of surfaces, most of it for those that are drawn without Plotly: level lines,
 * ranges and shades, and a view from the side.
 */

/**
 * Where the level lines of all whole numbers run through a grid (marching squares).
 * @param {ArrayLike<number>} numbers  level numbers, row by row
 * @param {number} nx
 * @param {number} ny
 * @param {number} [last]  the highest level that has a line
 * @returns {number[]}  four for each segment: from i, j to i, j, in cells
 */
export function levelSegments(numbers, nx, ny, last = Infinity) {
  /** @type {number[]} */
  const segments = [];
  const at = (/** @type {number} */ i, /** @type {number} */ j) => Number(numbers[j * nx + i]);
  for (let j = 0; j + 1 < ny; j++) {
    for (let i = 0; i + 1 < nx; i++) {
      const corners = [at(i, j), at(i + 1, j), at(i + 1, j + 1), at(i, j + 1)];
      const low = Math.min(...corners);
      const high = Math.min(Math.max(...corners), last);
      // NaN fails every comparison, and so no line runs through what is not finite.
      for (let level = Math.floor(low) + 1; level <= high; level++) {
        cut(corners, level, i, j, segments);
      }
    }
  }
  return segments;
}

/** The edges of a cell: from which corner to which. */
const EDGES = /** @type {const} */ ([
  [0, 1],
  [1, 2],
  [2, 3],
  [3, 0],
]);
const CORNERS = /** @type {const} */ ([
  [0, 0],
  [1, 0],
  [1, 1],
  [0, 1],
]);

/**
 * @param {number[]} corners  of a cell, counterclockwise from its lower left
 * @param {number} level
 * @param {number} i
 * @param {number} j
 * @param {number[]} segments  get what is found
 */
function cut(corners, level, i, j, segments) {
  /** @type {[number, number][]} */
  const points = [];
  for (const [a, b] of EDGES) {
    const [from, to] = [Number(corners[a]), Number(corners[b])];
    if (from < level === to < level) continue;
    const t = (level - from) / (to - from);
    const [[ax, ay], [bx, by]] = [CORNERS[a], CORNERS[b]];
    points.push([i + ax + t * (bx - ax), j + ay + t * (by - ay)]);
  }
  // In a saddle the lines part the two corners that differ from the middle.
  const middle = corners.reduce((sum, value) => sum + value, 0) / 4;
  if (points.length === 4 && Number(corners[0]) < level !== middle < level) {
    points.push(/** @type {[number, number]} */ (points.shift()));
  }
  for (let k = 0; k + 1 < points.length; k += 2) {
    segments.push(.../** @type {[number, number]} */ (points[k]), .../** @type {[number, number]} */ (points[k + 1]));
  }
}

/**
 * Values from 0 at the low end of a range to 1 at its high end; beyond as at the ends, and NaN
 * where they are not finite.
 * @param {ArrayLike<number>} values
 * @param {readonly [number, number]} range
 * @returns {Float64Array}
 */
export function linearShades(values, [low, high]) {
  const span = high - low || 1;
  return Float64Array.from(values, (value) =>
    Number.isFinite(value) ? Math.min(Math.max((value - low) / span, 0), 1) : NaN,
  );
}

/**
 * From the lowest to the highest finite of some values; from 0 to 1 where there is none.
 * @param {ArrayLike<number>[]} lists
 * @returns {[number, number]}
 */
export function rangeOf(...lists) {
  return extentOf(...lists) ?? [0, 1];
}

/**
 * The lowest and the highest finite of some values; null where there is none.
 * @param {ArrayLike<number>[]} lists
 * @returns {[number, number] | null}
 */
export function extentOf(...lists) {
  let low = Infinity;
  let high = -Infinity;
  for (const values of lists) {
    for (let i = 0; i < values.length; i++) {
      const value = Number(values[i]);
      if (!Number.isFinite(value)) continue;
      low = Math.min(low, value);
      high = Math.max(high, value);
    }
  }
  return low <= high ? [low, high] : null;
}

/** How a surface is seen from the side: turned by this angle, from this high, so steep. */
const TURN = Math.PI / 5;
const TILT = 0.46;
const STEEPNESS = 0.8;

/**
 * A square of a surface, seen from the side. Both coordinates run from about -1 to 1, y downwards.
 * @typedef {object} Facet
 * @property {number[]} corners  x and y of the four
 * @property {number} shade  0 to 1
 * @property {number} light  above 1 where it faces the light
 */

/**
 * The squares of a surface as somebody sees them who looks at it from the side, the farthest first.
 * @param {ArrayLike<number>} heights  0 to 1, row by row
 * @param {number} nx
 * @param {number} ny
 * @param {number} stride  points from one corner to the next
 * @returns {Facet[]}
 */
export function facets(heights, nx, ny, stride) {
  const height = (/** @type {number} */ i, /** @type {number} */ j) => Number(heights[j * nx + i]);
  const project = (/** @type {number} */ i, /** @type {number} */ j) => {
    const x = (2 * i) / (nx - 1) - 1;
    const y = (2 * j) / (ny - 1) - 1;
    const across = x * Math.cos(TURN) - y * Math.sin(TURN);
    const away = x * Math.sin(TURN) + y * Math.cos(TURN);
    return [across / 1.4, -away * TILT - (height(i, j) - 0.5) * STEEPNESS, away];
  };
  /** @type {(Facet & {away: number})[]} */
  const found = [];
  for (let j = 0; j + stride < ny; j += stride) {
    for (let i = 0; i + stride < nx; i += stride) {
      const places = [project(i, j), project(i + stride, j), project(i + stride, j + stride), project(i, j + stride)];
      // What is not finite has no height: there is a hole.
      const [h00, h10, h11, h01] = [height(i, j), height(i + stride, j), height(i + stride, j + stride), height(i, j + stride)];
      if (Number.isNaN(h00 + h10 + h11 + h01)) continue;
      found.push({
        corners: places.flatMap(([x, y]) => [Number(x), Number(y)]),
        shade: (h00 + h10 + h11 + h01) / 4,
        light: 1 + 0.9 * Math.tanh(((h10 + h11 - h00 - h01) / 2 - (h01 + h11 - h00 - h10) / 2) * (nx / stride / 16)) * 0.2,
        away: places.reduce((sum, place) => sum + Number(place[2]), 0),
      });
    }
  }
  return found.sort((a, b) => b.away - a.away);
}
