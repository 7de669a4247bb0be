/** Rectangles on the screen, in CSS pixels. */

/**
 * @typedef {object} Area  a rectangle in CSS pixels, y downwards
 * @property {number} left
 * @property {number} top
 * @property {number} width
 * @property {number} height
 */

/** @typedef {{width: number, height: number}} Size */
/** @typedef {{left: number, right: number, top: number, bottom: number}} Margins */

/**
 * Return what margins leave of a size, at least one pixel each way.
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
