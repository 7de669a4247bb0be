/** Figure 1 as a drawing: each surface with its arrow and the magnified origin, and the cosines below. */

import { HEATMAP_SCALE } from "../../core/colors.js";
import { number } from "../../core/format.js";
import { theme } from "../../core/theme.js";
import { below, beside, imageDrawing, moved, nested, paragraph, space, tag, textAt } from "../../plot/drawing-parts.js";
import { measureText } from "../../plot/picture-file.js";
import { surfaceName } from "../../surfaces/surface-names.js";

/** @typedef {import("../../plot/drawing-parts.js").Drawing} Drawing */
/** @typedef {import("../../core/geometry/areas.js").Size} Size */

/**
 * @typedef {object} DrawnPanel
 * @property {import("../../surfaces/landscape-data.js").Surface} surface
 * @property {readonly [number, number]} range  of its colours
 * @property {string} says  of its arrow
 * @property {(context: CanvasRenderingContext2D, size: Size, range: readonly [number, number]) => unknown} paint
 * @property {{paint: (context: CanvasRenderingContext2D, size: Size) => void, says: string} | null} lens
 */

/** In pixels; four stand in a row. */
const PANEL = { width: 270, map: 264, lens: 150 };
const IN_A_ROW = 4;
/** A PNG's pixels for each of the drawing's. */
const RATIO = 2;
/** What a style sheet gives to the strip plot, and a file must have in itself. */
const STYLES = ["fill", "fill-opacity", "stroke", "stroke-width", "stroke-opacity", "opacity", "font-size"];

/**
 * @param {readonly DrawnPanel[]} panels
 * @param {Element | null} cosines  the strip plot as the page shows it
 * @returns {Drawing}
 */
export function batchDrawing(panels, cosines) {
  const rows = [];
  for (let i = 0; i < panels.length; i += IN_A_ROW) {
    rows.push(beside(panels.slice(i, i + IN_A_ROW).map(panelDrawing), 18));
  }
  return below([...rows, ...(cosines ? [cosinesDrawing(cosines)] : [])], 22);
}

/** @param {DrawnPanel} panel */
function panelDrawing({ surface, range, says, paint, lens }) {
  const [measure, { strong, ink }] = [measureText(), theme()];
  const text = (/** @type {string} */ words) => paragraph(words, { size: 12, color: ink }, PANEL.width, measure);
  return below(
    [
      paragraph(surfaceName(surface.id), { size: 14, weight: 600, color: strong }, PANEL.width, measure),
      painted({ width: PANEL.width, height: PANEL.map }, (context, size) => paint(context, size, range)),
      rangeDrawing(range),
      text(says),
      ...(lens ? [space(1, 2), painted({ width: PANEL.lens, height: PANEL.lens }, lens.paint), text(lens.says)] : []),
    ],
    6,
  );
}

/**
 * @param {Size} size
 * @param {(context: CanvasRenderingContext2D, size: Size) => unknown} paint
 * @returns {Drawing}
 */
function painted(size, paint) {
  const canvas = document.createElement("canvas");
  canvas.width = RATIO * size.width;
  canvas.height = RATIO * size.height;
  const context = /** @type {CanvasRenderingContext2D} */ (canvas.getContext("2d"));
  context.scale(RATIO, RATIO);
  context.lineJoin = "round";
  context.lineCap = "round";
  paint(context, size);
  return imageDrawing(canvas.toDataURL(), size.width, size.height);
}

/**
 * The colours from the lowest to the highest loss.
 * @param {readonly [number, number]} range
 * @returns {Drawing}
 */
function rangeDrawing([low, high]) {
  const style = { size: 11, color: theme().ink };
  const measure = measureText();
  const [from, to] = [number(low), number(high)];
  const [left, right] = [measure(from, style) + 8, PANEL.width - measure(to, style) - 8];
  const parts = HEATMAP_SCALE.slice(1).map(([at, color], i) => {
    const before = Number(HEATMAP_SCALE[i]?.[0]);
    const x = left + before * (right - left);
    // Neighbours overlap by half a pixel, so that nothing shines through between them.
    return tag("rect", { x: x.toFixed(2), y: 3, width: ((at - before) * (right - left) + 0.5).toFixed(2), height: 8, fill: color });
  });
  const svg = textAt(from, 0, 11, style) + parts.join("") + textAt(to, PANEL.width, 11, style, "end");
  return { svg, width: PANEL.width, height: 15 };
}

/**
 * @param {Element} plot
 * @returns {Drawing}
 */
function cosinesDrawing(plot) {
  const copy = /** @type {Element} */ (plot.cloneNode(true));
  const [shown, copied] = [[...plot.querySelectorAll("*")], [...copy.querySelectorAll("*")]];
  shown.forEach((node, i) => {
    const style = getComputedStyle(node);
    for (const name of STYLES) copied[i]?.setAttribute(name, style.getPropertyValue(name));
    copied[i]?.setAttribute("font-family", "system-ui, sans-serif");
  });
  const [, , width = 480, height = 150] = String(plot.getAttribute("viewBox")).split(" ").map(Number);
  copy.setAttribute("width", String(width));
  copy.setAttribute("height", String(height));
  const title = paragraph(
    "Cosines of batches’ gradients with the whole set’s, in all dimensions",
    { size: 13, weight: 600, color: theme().strong },
    PANEL.width * 2,
    measureText(),
  );
  const drawing = nested(new XMLSerializer().serializeToString(copy), width, height);
  return below([title, { ...drawing, svg: moved(drawing.svg, 0, 0) }], 8);
}
