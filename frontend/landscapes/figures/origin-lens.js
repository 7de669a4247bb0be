/**
 * The origin of a surface, magnified so far that its level lines show the arrow's way down: on the
 * whole plane the arrow is longer than the descent.
 */

import { theme } from "../../core/theme.js";
import { element } from "../../core/dom.js";
import { coordinate, number } from "../../core/format.js";
import { linearMap } from "../../core/geometry/linear-map.js";
import { linspace } from "../../core/geometry/sequences.js";
import { bicubicValue, fallAlong } from "../../surfaces/bicubic.js";
import { coloring } from "../../surfaces/coloring.js";
import { SMALL_LEVELS, drawArrow, drawLevel, drawMap, prepare } from "../../surfaces/surface-canvas.js";

/** @typedef {import("../../surfaces/landscape-data.js").Landscape} Landscape */
/** @typedef {import("../../surfaces/landscape-data.js").Surface} Surface */
/** @typedef {import("../../surfaces/landscape-data.js").Arrow} Arrow */

/** Points along each side of the magnified part. */
const POINTS = 61;
/** The arrow takes this part of the width: from the middle it ends before the descent does. */
const ARROW = 0.34;
/** Losses beyond are written with powers of ten. */
const LARGE = 1e5;
const MOST_DIGITS = 8;
/** How much of the grid a lens shows from its middle, in cells. */
const REACH = { least: 0.25, most: 8 };

/**
 * What a lens shows: as far to each side as the surface falls along the arrow.
 * @param {Landscape} landscape
 * @param {Surface} surface
 * @param {number} angle  of the arrow
 */
export function lensOf({ x, y }, { loss }, angle) {
  const grid = { x, y, z: loss };
  const cell = Math.min(Number(x[1]) - Number(x[0]), Number(y[1]) - Number(y[0]));
  const fall = fallAlong(grid, { x: 0, y: 0 }, angle, REACH.most * cell);
  const reach = Math.max(fall, REACH.least * cell);
  const [across, up] = [linspace(-reach, reach, POINTS), linspace(-reach, reach, POINTS)];
  const values = Float64Array.from({ length: POINTS * POINTS }, (_, k) =>
    bicubicValue(grid, Number(across[k % POINTS]), Number(up[Math.floor(k / POINTS)])),
  );
  const origin = bicubicValue(grid, 0, 0);
  const tip = 2 * ARROW * reach;
  return {
    x: across,
    y: up,
    values,
    reach,
    origin,
    tip: bicubicValue(grid, tip * Math.cos(angle), tip * Math.sin(angle)),
    factor: (Number(x.at(-1)) - Number(x[0])) / (2 * reach),
  };
}

/**
 * @param {Landscape} landscape
 * @param {Surface} surface
 * @param {Arrow | undefined} arrow
 * @returns {{
 *   root: HTMLElement,
 *   falls: boolean,
 *   says: string,
 *   draw: () => void,
 *   paint: (context: CanvasRenderingContext2D, size: import("../../core/geometry/areas.js").Size) => void,
 * } | null}  null: the arrow has no direction here
 */
export function createOriginLens(landscape, surface, arrow) {
  if (!arrow || arrow.x === null || arrow.y === null || (arrow.x === 0 && arrow.y === 0)) return null;
  const angle = Math.atan2(arrow.y, arrow.x);
  const lens = lensOf(landscape, surface, angle);
  if (!Number.isFinite(lens.origin)) return null;
  const canvas = element("canvas", { "aria-hidden": "true" });
  const colors = coloring(lens.values, "linear", null, SMALL_LEVELS);
  /** @type {NonNullable<ReturnType<typeof createOriginLens>>["paint"]} */
  const paint = (context, { width, height }) => {
    const { reach } = lens;
    const bounds = { x0: -reach, x1: reach, y0: -reach, y1: reach };
    const map = linearMap(bounds, { left: 0, top: 0, width, height });
    const { strong, page } = theme();
    drawMap(context, map, lens, colors, 0.7);
    drawLevel(context, map, lens, lens.origin, "rgba(18, 28, 48, 0.8)");
    drawArrow(context, { px: width / 2, py: height / 2, angle, length: ARROW * width }, strong, page);
  };
  return {
    paint,
    says: lensText(lens),
    root: element("div", { class: "origin-lens" }, canvas, element("p", { class: "lens-text" }, lensText(lens))),
    falls: lens.tip < lens.origin,
    draw() {
      const { context, width, height } = prepare(canvas);
      if (width) paint(context, { width, height });
    },
  };
}

/** @param {Pick<ReturnType<typeof lensOf>, "factor" | "origin" | "tip">} lens */
export function lensText({ factor, origin, tip }) {
  // As many digits as tell the two apart, whatever the loss.
  const digits = Math.min(Math.max(1 - Math.floor(Math.log10(Math.abs(tip - origin))), 2), MOST_DIGITS) || 2;
  const [from, to] = Math.abs(origin) < LARGE ? [origin, tip].map((loss) => coordinate(loss, digits)) : [origin, tip].map(number);
  const way = tip < origin ? "falls" : "goes";
  return `The origin, ${Number(factor.toPrecision(2))} times as large: along the arrow the loss ${way} from ${from} to ${to}.`;
}
