/** Bounds, which are rectangles in data coordinates: fitted to an area, zoomed, panned. */

/** @typedef {import("./areas.js").Area} Area */
/** @typedef {import("./areas.js").Size} Size */

/**
 * @typedef {object} Bounds
 * @property {number} x0 left
 * @property {number} x1 right
 * @property {number} y0 bottom
 * @property {number} y1 top
 */

/**
 * Return the bounds of a grid, from its first point to its last.
 * @param {{x: ArrayLike<number>, y: ArrayLike<number>}} grid
 * @returns {Bounds}
 */
export function boundsOf({ x, y }) {
  const [x0, x1] = [Number(x[0]), Number(x[x.length - 1])];
  const [y0, y1] = [Number(y[0]), Number(y[y.length - 1])];
  return { x0, x1, y0, y1 };
}

/**
 * Return the largest bounds in the middle of `content` that have one scale on both axes and the
 * shape of a size.
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
 * Return the smallest bounds that contain `content`, have one scale on both axes (so that gradients
 * are perpendicular to level lines) and fill the area. `inset` keeps that many pixels at the bottom
 * free of content, for the controls that lie over the plot there.
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
 * Return the bounds in which `content` fills the area except for `inset` pixels at the bottom, each
 * axis with a scale of its own.
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
 * Return bounds scaled about a point.
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
 * Return bounds moved without a change of size.
 * @param {Bounds} bounds
 * @param {number} dx  in data units
 * @param {number} dy
 * @returns {Bounds}
 */
export function panBounds(bounds, dx, dy) {
  return { x0: bounds.x0 + dx, x1: bounds.x1 + dx, y0: bounds.y0 + dy, y1: bounds.y1 + dy };
}

/**
 * Tell whether a point lies within bounds, the edge included.
 * @param {Bounds} bounds
 * @param {number} x
 * @param {number} y
 */
export function contains(bounds, x, y) {
  return x >= bounds.x0 && x <= bounds.x1 && y >= bounds.y0 && y <= bounds.y1;
}
