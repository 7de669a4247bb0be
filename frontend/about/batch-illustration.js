/** The illustration of batches: their surfaces and arrows, and the cosines of many gradients. */

import { colorOf } from "../core/optimizer-style.js";
import { theme } from "../core/theme.js";
import { element } from "../core/dom.js";
import { integer } from "../core/format.js";
import { plotArea } from "../core/geometry/areas.js";
import { boundsOf } from "../core/geometry/bounds.js";
import { linearMap } from "../core/geometry/linear-map.js";
import { scatter } from "../surfaces/cosines.js";
import { surfaceName } from "../surfaces/surface-names.js";
import { SMALL_LEVELS, drawArrow, drawMap, prepare } from "../surfaces/surface-canvas.js";
import { HATCHED_TEXT, openingColoring } from "../surfaces/coloring.js";
import { mapTo, picture, whenSized } from "./drawing.js";

/** @typedef {import("../surfaces/landscape-data.js").Landscape} Landscape */

/** An arrow's length as a share of its picture: its direction matters, lengths cannot be compared. */
const ARROW = 0.34;

/** How far the dots of one batch size lie from its middle, as a share of its row. */
const SPREAD = 0.3;

const MARGIN = { left: 84, right: 14, top: 8, bottom: 24 };
const ROW_PX = 38;

/** Where a strip is narrower, only every other number has room under it. */
const NARROW_PX = 420;

/**
 * @param {HTMLElement} root
 * @param {Landscape} landscape
 * @returns {import("./drawing.js").Illustration}
 */
export function illustrateBatches(root, landscape) {
  const { x, y, arrows, cosines } = landscape;
  const views = [...landscape.surfaces.values()].map((surface) => ({
    surface,
    arrow: arrows.find((one) => one.surface === surface.id),
    colors: openingColoring(landscape, surface, SMALL_LEVELS),
    canvas: picture("surface-map square", `${surfaceName(surface.id)}: its loss, and its direction of descent`),
  }));
  const strip = picture("dot-strip", "The cosines of many batches’ gradients with the full one, by batch size.");
  const strips = cosines.length ? [strip] : [];
  strip.style.height = stripHeight(cosines);

  const draw = () => {
    const { page, strong } = theme();
    for (const { canvas, arrow, colors } of views) {
      const { context, width, height } = prepare(canvas);
      const map = mapTo(boundsOf(landscape), width, height);
      drawMap(context, map, { x, y }, colors, 0.7);
      if (arrow?.x == null || arrow.y == null) continue;
      const angle = Math.atan2(arrow.y, arrow.x);
      drawArrow(context, { px: map.x(0), py: map.y(0), angle, length: ARROW * width }, strong, page);
    }
    if (cosines.length) drawStrip(strip, cosines, lowestOf(cosines));
  };
  root.replaceChildren(
    element(
      "div",
      { class: "picture-row four" },
      ...views.map(({ canvas, surface }) =>
        element("div", {}, canvas, element("p", { class: "under" }, surfaceName(surface.id))),
      ),
    ),
    ...strips,
    element(
      "figcaption",
      {},
      cosines.length
        ? "Below: the cosine of each batch’s gradient with the full one, in all dimensions; a dot is a batch, a line the median."
        : "Arrows point the way down.",
      views.some(({ colors }) => colors.counts.above > 0) && ` ${HATCHED_TEXT}`,
    ),
  );
  return whenSized([...views.map(({ canvas }) => canvas), ...strips], draw);
}

/**
 * The step at a plane's origin.
 * @param {Landscape} landscape  around a network of a run
 */
function stepOf({ plane }) {
  return plane.origin?.step ?? 0;
}

/**
 * The cosines of several moments of training, one strip for each, on one scale.
 * @param {HTMLElement} root
 * @param {Landscape[]} landscapes
 * @returns {import("./drawing.js").Illustration}
 */
export function illustrateGradients(root, landscapes) {
  const moments = landscapes
    .filter(({ cosines }) => cosines.length)
    .sort((a, b) => stepOf(a) - stepOf(b));
  const low = Math.min(0, ...moments.map(({ cosines }) => lowestOf(cosines)));
  const strips = moments.map((landscape) => {
    const { cosines } = landscape;
    const moment = `After ${integer(stepOf(landscape))} steps`;
    const canvas = picture("dot-strip", `${moment}: the cosines of batches’ gradients with the full one, by batch size.`);
    canvas.style.height = stripHeight(cosines);
    return { canvas, cosines, moment };
  });
  root.replaceChildren(
    element(
      "p",
      { class: "says" },
      "How nearly a batch’s gradient points as that of the whole training set does: a cosine of 1 is the same way, 0 is at right angles.",
    ),
    ...strips.flatMap(({ canvas, moment }) => [element("p", { class: "under" }, moment), canvas]),
    element("figcaption", {}, "A dot is a batch, a line the median."),
  );
  return whenSized(
    strips.map(({ canvas }) => canvas),
    () => {
      for (const { canvas, cosines } of strips) drawStrip(canvas, cosines, low);
    },
  );
}

/** @param {Landscape["cosines"]} cosines */
function lowestOf(cosines) {
  return Math.min(0, ...cosines.flatMap(({ values }) => [...values].filter(Number.isFinite)));
}

/** @param {Landscape["cosines"]} cosines */
function stripHeight(cosines) {
  return `${MARGIN.top + MARGIN.bottom + ROW_PX * cosines.length}px`;
}

/**
 * @param {HTMLCanvasElement} canvas
 * @param {Landscape["cosines"]} cosines
 * @param {number} low  where the scale begins, at the latest
 */
function drawStrip(canvas, cosines, low) {
  const { context, width, height } = prepare(canvas);
  const { ink, faint, strong } = theme();
  const map = linearMap(
    { x0: Math.floor(low * 4) / 4, x1: 1, y0: cosines.length, y1: 0 },
    plotArea({ width, height }, MARGIN),
  );
  // The first batch size stands at the top: y runs downwards here.
  const row = (/** @type {number} */ at) => MARGIN.top + at * ROW_PX;
  context.font = "12px system-ui, sans-serif";
  context.textAlign = "center";
  context.fillStyle = ink;
  context.strokeStyle = faint;
  const step = map.area.width < NARROW_PX ? 0.5 : 0.25;
  for (let value = Math.ceil(map.bounds.x0 / step) * step; value <= 1.001; value += step) {
    context.beginPath();
    context.moveTo(map.x(value), MARGIN.top);
    context.lineTo(map.x(value), height - MARGIN.bottom);
    context.stroke();
    context.fillText(String(Math.round(100 * value) / 100).replace("-", "−"), map.x(value), height - 7);
  }
  cosines.forEach(({ images, values, median }, i) => {
    context.textAlign = "right";
    context.fillStyle = ink;
    context.fillText(images === 1 ? "1 image" : `${integer(images)} images`, MARGIN.left - 12, row(i + 0.5) + 4);
    context.fillStyle = colorOf("sgd");
    context.globalAlpha = 0.55;
    values.forEach((value, k) => {
      if (!Number.isFinite(value)) return;
      context.beginPath();
      context.arc(map.x(value), row(i + 0.5 + SPREAD * scatter(k)), 2.6, 0, 2 * Math.PI);
      context.fill();
    });
    context.globalAlpha = 1;
    if (median === null) return;
    context.beginPath();
    context.moveTo(map.x(median), row(i + 0.12));
    context.lineTo(map.x(median), row(i + 0.88));
    context.lineWidth = 2.5;
    context.strokeStyle = strong;
    context.stroke();
    context.lineWidth = 1;
  });
}
