/** What the illustrations share: canvases that keep up with their size and theme, maps, axes. */

import { element } from "../core/dom.js";
import { linearMap } from "../core/geometry/linear-map.js";

/** @typedef {import("../core/geometry/linear-map.js").LinearMap} LinearMap */
/** @typedef {import("../core/geometry/bounds.js").Bounds} Bounds */

/**
 * An illustration, which is drawn anew when it is asked to.
 * @typedef {{redraw: () => void}} Illustration
 */

/**
 * A canvas with what it shows in words.
 * @param {string} name  of its class
 * @param {string} label
 */
export function picture(name, label) {
  return element("canvas", { class: name, role: "img", "aria-label": label });
}

/**
 * Draw when a canvas has a size, and whenever it has another one.
 * @param {HTMLCanvasElement[]} canvases
 * @param {() => void} draw
 */
export function whenSized(canvases, draw) {
  const sized = () => canvases.every(({ clientWidth }) => clientWidth > 0);
  const observer = new ResizeObserver(() => sized() && draw());
  for (const canvas of canvases) observer.observe(canvas);
  return { redraw: () => sized() && draw() };
}

/**
 * Bounds as large as they fit into a picture at one scale for both directions, in its middle.
 * @param {Bounds} bounds
 * @param {number} width
 * @param {number} height
 * @returns {LinearMap}
 */
export function mapTo(bounds, width, height) {
  const [across, up] = [bounds.x1 - bounds.x0, bounds.y1 - bounds.y0];
  const scale = Math.min(width / across, height / up);
  const [w, h] = [scale * across, scale * up];
  return linearMap(bounds, { left: (width - w) / 2, top: (height - h) / 2, width: w, height: h });
}

/** The widest and the highest that a picture may become, width by height. */
const ASPECTS = { highest: 0.85, widest: 2.4 };

/**
 * Give a picture the shape of what it shows, so that lengths and angles are true.
 * @param {HTMLCanvasElement} canvas
 * @param {Bounds} bounds
 */
export function shapeLike(canvas, { x0, x1, y0, y1 }) {
  const aspect = (x1 - x0) / (y1 - y0);
  canvas.style.aspectRatio = String(Math.min(Math.max(aspect, ASPECTS.highest), ASPECTS.widest));
}

/**
 * A slider that is one of an illustration's controls.
 * @param {object} options
 * @param {string} options.label
 * @param {number} options.min
 * @param {number} options.max
 * @param {number} options.step
 * @param {number} options.value
 * @param {(value: number) => string} options.text  the value in words
 * @param {(value: number) => void} options.onInput
 * @returns {{root: HTMLElement, show: (value: number) => void}}
 */
export function slider({ label, min, max, step, value, text, onInput }) {
  const input = element("input", { type: "range", min, max, step, value });
  const output = element("span", { class: "value", "aria-hidden": "true" });
  const show = (/** @type {number} */ at) => {
    input.value = String(at);
    input.setAttribute("aria-valuetext", text(at));
    input.style.setProperty("--filled", `${(100 * (at - min)) / (max - min)}%`);
    output.textContent = text(at);
  };
  input.addEventListener("input", () => {
    show(Number(input.value));
    onInput(Number(input.value));
  });
  show(value);
  return { root: element("label", { class: "slider" }, element("span", {}, label), input, output), show };
}
