/**
 * Pure geometry: the linear map between data and pixels, bounds, paths and grids.
 *
 * Bounds are a rectangle in data coordinates. The map is owned here and handed to the chart, the
 * overlay and the pointer, so that none of them asks another where a point lies.
 */

/**
 * @typedef {object} Bounds
 * @property {number} x0 left
 * @property {number} x1 right
 * @property {number} y0 bottom
 * @property {number} y1 top
 */

/**
 * @typedef {object} Area  a rectangle in CSS pixels, y downwards
 * @property {number} left
 * @property {number} top
 * @property {number} width
 * @property {number} height
 */

/** @typedef {{x: number, y: number, z: number}} Vector */
/** @typedef {{eye: Vector, center: Vector}} Camera  from where a surface in 3D is looked at */
/** @typedef {{width: number, height: number}} Size */
/** @typedef {{left: number, right: number, top: number, bottom: number}} Margins */

/**
 * @typedef {object} LinearMap
 * @property {Bounds} bounds
 * @property {Area} area
 * @property {(x: number) => number} x  data to pixel
 * @property {(y: number) => number} y
 * @property {(px: number) => number} dataX  pixel to data
 * @property {(py: number) => number} dataY
 */

/**
 * @param {Bounds} bounds
 * @param {Area} area
 * @returns {LinearMap}
 */
export function linearMap(bounds, area) {
  const kx = area.width / (bounds.x1 - bounds.x0);
  const ky = area.height / (bounds.y1 - bounds.y0);
  return {
    bounds,
    area,
    x: (x) => area.left + (x - bounds.x0) * kx,
    y: (y) => area.top + (bounds.y1 - y) * ky,
    dataX: (px) => bounds.x0 + (px - area.left) / kx,
    dataY: (py) => bounds.y1 - (py - area.top) / ky,
  };
}

/**
 * What margins leave of a size.
 * @param {Size} size
 * @param {Margins} margins
 * @returns {Area}
 */
export function plotArea({ width, height }, margins) {
  return {
    left: margins.left,
    top: margins.top,
    width: Math.max(1, width - margins.left - margins.right),
    height: Math.max(1, height - margins.top - margins.bottom),
  };
}

/**
 * The whole of a grid, from its first point to its last.
 * @param {{x: ArrayLike<number>, y: ArrayLike<number>}} grid
 * @returns {Bounds}
 */
export function boundsOf({ x, y }) {
  const [x0, x1] = [Number(x[0]), Number(x[x.length - 1])];
  const [y0, y1] = [Number(y[0]), Number(y[y.length - 1])];
  return { x0, x1, y0, y1 };
}

/**
 * The largest bounds in the middle of `content` that have the same scale on both axes and the shape
 * of a size.
 * @param {Bounds} content
 * @param {Size} size
 * @returns {Bounds}
 */
export function coverBounds({ x0, x1, y0, y1 }, { width, height }) {
  const unit = Math.min((x1 - x0) / width, (y1 - y0) / height);
  const [cx, cy] = [(x0 + x1) / 2, (y0 + y1) / 2];
  const [hx, hy] = [(unit * width) / 2, (unit * height) / 2];
  return { x0: cx - hx, x1: cx + hx, y0: cy - hy, y1: cy + hy };
}

/**
 * The smallest bounds that hold `content`, have the same scale on both axes (so that gradients
 * stand at right angles to level lines) and fill the area. `inset` keeps pixels at the bottom
 * free of content, for what lies over the plot there.
 * @param {Bounds} content
 * @param {Area} area
 * @param {number} inset
 * @returns {Bounds}
 */
export function containBounds(content, area, inset = 0) {
  const width = content.x1 - content.x0;
  const height = content.y1 - content.y0;
  const usable = Math.max(1, area.height - inset);
  const unit = Math.max(width / area.width, height / usable);
  const x = (content.x0 + content.x1) / 2;
  const y = (content.y0 + content.y1) / 2;
  const bottom = y - (unit * usable) / 2 - unit * inset;
  return {
    x0: x - (unit * area.width) / 2,
    x1: x + (unit * area.width) / 2,
    y0: bottom,
    y1: bottom + unit * area.height,
  };
}

/**
 * The bounds in which `content` fills the area, each axis with a scale of its own, but for `inset`
 * pixels at the bottom.
 * @param {Bounds} content
 * @param {Area} area
 * @param {number} inset
 * @returns {Bounds}
 */
export function stretchBounds(content, area, inset = 0) {
  const usable = Math.max(1, area.height - inset);
  return { ...content, y0: content.y0 - ((content.y1 - content.y0) / usable) * inset };
}

/**
 * @param {Bounds} bounds
 * @param {number} factor  below 1 magnifies
 * @param {{x: number, y: number}} fixed  the point that stays where it is
 * @returns {Bounds}
 */
export function zoomBounds(bounds, factor, fixed) {
  return {
    x0: fixed.x + (bounds.x0 - fixed.x) * factor,
    x1: fixed.x + (bounds.x1 - fixed.x) * factor,
    y0: fixed.y + (bounds.y0 - fixed.y) * factor,
    y1: fixed.y + (bounds.y1 - fixed.y) * factor,
  };
}

/**
 * @param {Bounds} bounds
 * @param {number} dx  in data units
 * @param {number} dy
 * @returns {Bounds}
 */
export function panBounds(bounds, dx, dy) {
  return { x0: bounds.x0 + dx, x1: bounds.x1 + dx, y0: bounds.y0 + dy, y1: bounds.y1 + dy };
}

/**
 * @param {Bounds} bounds
 * @param {number} x
 * @param {number} y
 */
export function contains(bounds, x, y) {
  return x >= bounds.x0 && x <= bounds.x1 && y >= bounds.y0 && y <= bounds.y1;
}

/**
 * Where the segment from a point inside the bounds to one outside crosses their edge.
 * @param {Bounds} bounds
 * @param {{x: number, y: number}} inside
 * @param {{x: number, y: number}} outside
 * @returns {{x: number, y: number, angle: number}} the crossing and the direction of travel
 */
export function exitPoint(bounds, inside, outside) {
  const dx = outside.x - inside.x;
  const dy = outside.y - inside.y;
  let t = 1;
  if (dx > 0) t = Math.min(t, (bounds.x1 - inside.x) / dx);
  if (dx < 0) t = Math.min(t, (bounds.x0 - inside.x) / dx);
  if (dy > 0) t = Math.min(t, (bounds.y1 - inside.y) / dy);
  if (dy < 0) t = Math.min(t, (bounds.y0 - inside.y) / dy);
  return { x: inside.x + t * dx, y: inside.y + t * dy, angle: Math.atan2(dy, dx) };
}

/** @typedef {ReturnType<typeof exitPoint>} Exit */

/**
 * Where a path left the bounds for good, if at a step it is outside.
 * @param {Bounds} bounds
 * @param {{steps: ArrayLike<number>, xs: ArrayLike<number>, ys: ArrayLike<number>}} path
 * @param {number} step
 * @returns {Exit | null}
 */
export function lastExit(bounds, { steps, xs, ys }, step) {
  const at = (/** @type {number} */ i) => ({ x: Number(xs[i]), y: Number(ys[i]) });
  let i = lastAtMost(steps, step);
  let outside = at(i);
  if (contains(bounds, outside.x, outside.y)) return null;
  while (--i >= 0) {
    const inside = at(i);
    if (contains(bounds, inside.x, inside.y)) return exitPoint(bounds, inside, outside);
    outside = inside;
  }
  return null;
}

/**
 * The index of the last entry that is at most `value` (-1: none). `values` ascend.
 * @param {ArrayLike<number>} values
 * @param {number} value
 */
export function lastAtMost(values, value) {
  let low = 0;
  let high = values.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (/** @type {number} */ (values[middle]) <= value) low = middle + 1;
    else high = middle;
  }
  return low - 1;
}

/**
 * The value at a (fractional) step: exact at a stored step, on the straight line between two.
 * @param {ArrayLike<number>} steps  ascending
 * @param {ArrayLike<number>} values
 * @param {number} step
 * @returns {number}
 */
export function valueAt(steps, values, step) {
  const last = steps.length - 1;
  const i = Math.min(Math.max(lastAtMost(steps, step), 0), last);
  const here = /** @type {number} */ (values[i]);
  if (i === last) return here;
  const from = /** @type {number} */ (steps[i]);
  const to = /** @type {number} */ (steps[i + 1]);
  const t = Math.min(Math.max((step - from) / (to - from), 0), 1);
  return here + t * (/** @type {number} */ (values[i + 1]) - here);
}

/**
 * The vertex of a path nearest to a pixel.
 * @param {LinearMap} map
 * @param {ArrayLike<number>} xs
 * @param {ArrayLike<number>} ys
 * @param {number} px
 * @param {number} py
 * @param {number} count  how many vertices are drawn
 * @returns {{index: number, distance: number}} distance in pixels; index -1 on an empty path
 */
export function nearestVertex(map, xs, ys, px, py, count) {
  let index = -1;
  let best = Infinity;
  for (let i = 0; i < count; i++) {
    const dx = map.x(/** @type {number} */ (xs[i])) - px;
    const dy = map.y(/** @type {number} */ (ys[i])) - py;
    const squared = dx * dx + dy * dy;
    if (squared < best) {
      best = squared;
      index = i;
    }
  }
  return { index, distance: Math.sqrt(best) };
}

/**
 * The number of a value among the levels: i at level i, straight lines between, so that a contour
 * at the integer i of the mapped grid is the contour of the true value `levels[i]`. Below the
 * first level and above the last it goes on with the slope of the nearest interval, to -1 and
 * `levels.length` at the most.
 * @param {readonly number[]} levels  ascending
 * @param {number} value
 * @returns {number}
 */
export function levelNumber(levels, value) {
  const last = levels.length - 1;
  if (last < 1) return 0;
  const i = Math.min(Math.max(lastAtMost(levels, value), 0), last - 1);
  const from = /** @type {number} */ (levels[i]);
  const to = /** @type {number} */ (levels[i + 1]);
  return Math.min(Math.max(i + (value - from) / (to - from), -1), last + 1);
}

/**
 * @param {Float64Array | Float32Array} z
 * @param {readonly number[]} levels
 * @returns {Float64Array}
 */
export function levelNumbers(z, levels) {
  return Float64Array.from(z, (value) => levelNumber(levels, value));
}

/**
 * The value of a grid between its points (bilinear).
 * @param {{x: ArrayLike<number>, y: ArrayLike<number>, z: ArrayLike<number>}} grid  x and y evenly
 *   spaced, z row by row
 * @param {number} x
 * @param {number} y
 * @returns {number} NaN outside
 */
export function gridValue({ x: xs, y: ys, z }, x, y) {
  const nx = xs.length;
  const ny = ys.length;
  const [x0, y0] = [Number(xs[0]), Number(ys[0])];
  const s = ((x - x0) / (Number(xs[nx - 1]) - x0)) * (nx - 1);
  const t = ((y - y0) / (Number(ys[ny - 1]) - y0)) * (ny - 1);
  if (!(s >= 0 && s <= nx - 1 && t >= 0 && t <= ny - 1)) return NaN;
  const i = Math.min(Math.floor(s), nx - 2);
  const j = Math.min(Math.floor(t), ny - 2);
  const [u, v] = [s - i, t - j];
  const at = (/** @type {number} */ di, /** @type {number} */ dj) => Number(z[(j + dj) * nx + i + di]);
  return (1 - v) * ((1 - u) * at(0, 0) + u * at(1, 0)) + v * ((1 - u) * at(0, 1) + u * at(1, 1));
}

/**
 * The part of a grid that lies within bounds, to the nearest point outside.
 * @param {{x: Float64Array, y: Float64Array}} axes  both ascending
 * @param {Bounds} bounds
 * @returns {{x: Float64Array, y: Float64Array, crop: (values: Float64Array | Float32Array) => Float64Array}}
 *   the axes of the part, and what takes the part out of values of the whole grid
 */
export function cropGrid({ x, y }, bounds) {
  const span = (/** @type {Float64Array} */ axis, /** @type {number} */ from, /** @type {number} */ to) => {
    const first = Math.max(lastAtMost(axis, from), 0);
    const last = lastAtMost(axis, to);
    return /** @type {const} */ ([first, Math.min(last + (axis[last] === to ? 1 : 2), axis.length)]);
  };
  const [i0, i1] = span(x, bounds.x0, bounds.x1);
  const [j0, j1] = span(y, bounds.y0, bounds.y1);
  return {
    x: x.subarray(i0, i1),
    y: y.subarray(j0, j1),
    crop: (values) => {
      const part = new Float64Array((i1 - i0) * (j1 - j0));
      for (let j = j0; j < j1; j++) {
        part.set(values.subarray(j * x.length + i0, j * x.length + i1), (j - j0) * (i1 - i0));
      }
      return part;
    },
  };
}

/**
 * A flat grid as the rows that Plotly reads, without a copy.
 * @template {Float64Array | Float32Array} T
 * @param {T} values  row by row
 * @param {number} columns
 * @returns {T[]}
 */
export function rows(values, columns) {
  const result = [];
  for (let i = 0; i < values.length; i += columns) {
    result.push(/** @type {T} */ (values.subarray(i, i + columns)));
  }
  return result;
}

/**
 * @param {number} from
 * @param {number} to
 * @param {number} count
 * @returns {Float64Array}
 */
export function linspace(from, to, count) {
  return Float64Array.from({ length: count }, (_, i) => from + ((to - from) * i) / (count - 1));
}

/** Canvases lose precision on coordinates far outside; segments are cut this many pixels out. */
const FAR = 4096;

/**
 * The part of a segment that lies within reach of the canvas, or null if none does.
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
 * @param {number} pixel
 */
export function isFar(pixel) {
  return !(Math.abs(pixel) < FAR);
}
