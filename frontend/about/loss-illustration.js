/** The second illustration: the loss along the two directions, in units of the network's length. */

import { colorOf } from "../core/optimizer-style.js";
import { theme } from "../core/theme.js";
import { element } from "../core/dom.js";
import { coordinate } from "../core/format.js";
import { plotArea } from "../core/geometry/areas.js";
import { linearMap } from "../core/geometry/linear-map.js";
import { prepare } from "../surfaces/surface-canvas.js";
import { wholeSurface } from "../surfaces/landscape-data.js";
import { rangeOf } from "../surfaces/surface-geometry.js";
import { surfaceName } from "../surfaces/surface-names.js";
import { picture, whenSized } from "./drawing.js";
import { profiles, ticks } from "./numbers.js";

/** @typedef {import("../surfaces/landscape-data.js").Landscape} Landscape */

const MARGIN = { left: 40, right: 12, top: 12, bottom: 26 };

/** Whose colours the lines along v and η have: two that everybody can tell apart. */
const COLORS = { along: "sgd", up: "momentum" };

/** How long v and η are, by the way in which they were normalised. @type {Record<string, string>} */
const UNITS = {
  filter: "the unit is the network’s own filters",
  layer: "the unit is the network’s own layers",
  none: "the unit is the length of all of the network’s weights together",
};

/**
 * Over what the loss was measured, and in which unit its directions are.
 * @param {Pick<Landscape, "surfaces" | "evaluation">} landscape
 */
export function captionOf(landscape) {
  const { id, label } = wholeSurface(landscape);
  const unit = UNITS[landscape.evaluation?.normalization ?? "filter"];
  return `${surfaceName(id, label)}: the loss${unit ? `; ${unit}` : ""}.`;
}

/**
 * @param {HTMLElement} root
 * @param {Landscape} landscape
 * @returns {import("./drawing.js").Illustration}
 */
export function illustrateLosses(root, landscape) {
  const { x, y } = landscape;
  const surface = wholeSurface(landscape);
  const { along, up } = profiles(landscape, surface.loss);
  const classes = landscape.manifest.dataset.classes?.length ?? 0;
  // What guessing costs is known of the cross-entropy alone.
  const guess = classes > 1 && landscape.evaluation === null ? Math.log(classes) : NaN;
  const canvas = picture("line-chart", "The loss along v and along η through the trained network.");

  const draw = () => {
    const { context, width, height } = prepare(canvas);
    const { ink, faint } = theme();
    const [low, high] = rangeOf(along, up, [guess]);
    const room = 0.06 * (high - low || 1);
    const [x0, x1] = [Math.min(Number(x[0]), Number(y[0])), Math.max(Number(x.at(-1)), Number(y.at(-1)))];
    const map = linearMap({ x0, x1, y0: low - room, y1: high + room }, plotArea({ width, height }, MARGIN));
    context.font = "12px system-ui, sans-serif";
    context.fillStyle = ink;
    context.strokeStyle = faint;
    context.lineWidth = 1;
    context.textAlign = "right";
    for (const loss of ticks(low - room, high + room)) {
      line(context, [[map.area.left, map.y(loss)], [width - MARGIN.right, map.y(loss)]]);
      context.fillText(coordinate(loss, high - low < 1 ? 2 : 1), map.area.left - 7, map.y(loss) + 4);
    }
    context.textAlign = "center";
    for (const value of [x0, x0 / 2, 0, x1 / 2, x1]) {
      context.fillText(coordinate(value, 1), Math.min(map.x(value), width - 12), height - 8);
    }
    if (Number.isFinite(guess)) {
      context.setLineDash([2, 4]);
      context.strokeStyle = ink;
      line(context, [[map.area.left, map.y(guess)], [width - MARGIN.right, map.y(guess)]]);
      context.setLineDash([]);
    }
    context.lineWidth = 2.25;
    for (const [axis, values, color, dash] of /** @type {const} */ ([
      [x, along, COLORS.along, []],
      [y, up, COLORS.up, [9, 4]],
    ])) {
      context.strokeStyle = colorOf(color);
      context.setLineDash([...dash]);
      line(context, [...axis].map((value, i) => [map.x(value), map.y(Number(values[i]))]));
    }
    context.setLineDash([]);
    for (const mark of marks) mark.style.color = colorOf(String(mark.dataset.color));
  };

  const legend = /** @type {const} */ ([
    ["along", "along v"],
    ["up", "along η"],
  ]).map(([key, text]) => {
    const mark = element("i", { class: key, "data-color": COLORS[key], "aria-hidden": "true" });
    return element("span", {}, mark, text);
  });
  const marks = legend.map((entry) => /** @type {HTMLElement} */ (entry.firstChild));
  const chance = element("span", {}, element("i", { class: "chance", "aria-hidden": "true" }), `ln ${classes}: guessing evenly`);
  root.replaceChildren(
    canvas,
    element(
      "figcaption",
      {},
      element("p", { class: "figure-legend" }, ...legend, Number.isFinite(guess) && chance),
      captionOf(landscape),
    ),
  );
  return whenSized([canvas], draw);
}

/**
 * @param {CanvasRenderingContext2D} context
 * @param {readonly (readonly number[])[]} points
 */
function line(context, points) {
  context.beginPath();
  for (const [px, py] of points) context.lineTo(Number(px), Number(py));
  context.stroke();
}
