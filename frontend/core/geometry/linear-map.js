/**
 * The linear map between data and pixels. Chart, overlay and pointer receive the same one, so that
 * none of them asks another where a point lies.
 */

/** @typedef {import("./areas.js").Area} Area */
/** @typedef {import("./bounds.js").Bounds} Bounds */

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
 * Return the map that puts the corners of bounds in the corners of an area.
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
