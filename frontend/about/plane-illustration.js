/** The first illustration: a plane through a network, to be read at any of its points. */

import { theme } from "../core/theme.js";
import { element } from "../core/dom.js";
import { coordinate } from "../core/format.js";
import { boundsOf, coverBounds } from "../core/geometry/bounds.js";
import { gridValue } from "../core/geometry/grids.js";
import { HATCHED_TEXT, isHatchedWithin, openingColoring } from "../surfaces/coloring.js";
import { wholeSurface } from "../surfaces/landscape-data.js";
import { SMALL_LEVELS, dot, drawMap, prepare } from "../surfaces/surface-canvas.js";
import { mapTo, picture, slider, whenSized } from "./drawing.js";
import { quantity, share } from "./numbers.js";

/** @typedef {import("../surfaces/landscape-data.js").Landscape} Landscape */

/** Where the point stands at first: away from the middle, so that it is seen to move. */
const FIRST = { alpha: 0.5, beta: -0.25 };

/** The shape of the picture, as the style sheet has it. */
const SHAPE = { width: 4, height: 3 };

/**
 * @param {HTMLElement} root
 * @param {Landscape} landscape
 * @returns {import("./drawing.js").Illustration}
 */
export function illustratePlane(root, landscape) {
  const { x, y } = landscape;
  const surface = wholeSurface(landscape);
  const bounds = coverBounds(boundsOf(landscape), SHAPE);
  const colors = openingColoring(landscape, surface, SMALL_LEVELS);
  const at = {
    alpha: FIRST.alpha * bounds.x1,
    beta: FIRST.beta * bounds.y1,
  };
  const canvas = picture("surface-map pointed", "The loss on the plane, as a map; the middle is the trained network.");
  const read = element("p", { class: "read", "aria-live": "polite" });

  const draw = () => {
    const { context, width, height } = prepare(canvas);
    const map = mapTo(bounds, width, height);
    const { page, strong } = theme();
    drawMap(context, map, { x, y }, colors, 0.9);
    const [ox, oy, px, py] = [map.x(0), map.y(0), map.x(at.alpha), map.y(at.beta)];
    for (const [color, thickness] of /** @type {[string, number][]} */ ([[page, 4.5], [strong, 1.75]])) {
      context.beginPath();
      context.moveTo(ox, oy);
      context.lineTo(px, oy);
      context.lineTo(px, py);
      context.strokeStyle = color;
      context.lineWidth = thickness;
      context.stroke();
    }
    dot(context, ox, oy, 4, strong, page);
    dot(context, px, py, 6, strong, page);
    tag(context, "θ*", ox, oy, oy <= py ? -14 : 18);
    if (Math.abs(px - ox) > 34) tag(context, "αv", (ox + px) / 2, oy, oy <= py ? -14 : 18);
    if (Math.abs(py - oy) > 34) tag(context, "βη", px + (px >= ox ? 20 : -20), (oy + py) / 2 + 4, 0);
  };
  const tag = (
    /** @type {CanvasRenderingContext2D} */ context,
    /** @type {string} */ text,
    /** @type {number} */ px,
    /** @type {number} */ py,
    /** @type {number} */ below,
  ) => {
    const { page, strong } = theme();
    context.font = "600 15px system-ui, sans-serif";
    context.textAlign = "center";
    context.lineWidth = 4;
    context.strokeStyle = page;
    context.strokeText(text, px, py + below);
    context.fillStyle = strong;
    context.fillText(text, px, py + below);
  };

  const tell = () => {
    const loss = gridValue({ x, y, z: surface.loss }, at.alpha, at.beta);
    const accuracies = surface.values.get("accuracy");
    const labelled = accuracies
      ? `, and ${share(gridValue({ x, y, z: accuracies }, at.alpha, at.beta))} of the training images are labelled rightly`
      : "";
    read.textContent = Number.isFinite(loss)
      ? `There the loss is ${quantity(loss, "loss")}${labelled}.`
      : "There the loss is not finite.";
  };
  const move = (/** @type {Partial<typeof at>} */ to) => {
    Object.assign(at, to);
    illustration.redraw();
    tell();
  };
  const control = (/** @type {"alpha" | "beta"} */ name, /** @type {string} */ symbol, /** @type {[number, number]} */ [min, max]) =>
    slider({
      label: symbol,
      min,
      max,
      step: (max - min) / 200,
      value: at[name],
      text: (value) => coordinate(value, 2),
      onInput: (value) => move({ [name]: value }),
    });
  const alpha = control("alpha", "α", [bounds.x0, bounds.x1]);
  const beta = control("beta", "β", [bounds.y0, bounds.y1]);
  const point = (/** @type {PointerEvent} */ event) => {
    const map = mapTo(bounds, canvas.clientWidth, canvas.clientHeight);
    const clamp = (/** @type {number} */ value, /** @type {number} */ low, /** @type {number} */ high) =>
      Math.min(Math.max(value, low), high);
    move({
      alpha: clamp(map.dataX(event.offsetX), bounds.x0, bounds.x1),
      beta: clamp(map.dataY(event.offsetY), bounds.y0, bounds.y1),
    });
    alpha.show(at.alpha);
    beta.show(at.beta);
  };
  canvas.addEventListener("pointerdown", (event) => {
    canvas.setPointerCapture(event.pointerId);
    point(event);
  });
  canvas.addEventListener("pointermove", (event) => {
    if (event.buttons & 1) point(event);
  });

  root.replaceChildren(
    canvas,
    element("div", { class: "controls" }, alpha.root, beta.root),
    element("figcaption", {}, read, isHatchedWithin(landscape, colors, bounds) && element("p", {}, HATCHED_TEXT)),
  );
  const illustration = whenSized([canvas], draw);
  tell();
  return illustration;
}
