/** The quadratic model over a surface: dashed level lines and a strong border, on canvases and in pictures. */

import { SAMPLE, SAMPLE_MIDDLE } from "../plot/sheet.js";
import { tag } from "../plot/drawing-parts.js";

/** @typedef {{x: readonly number[], y: readonly number[]}} Line */
/** @typedef {{levels: readonly Line[], border: readonly Line[]}} Lines */

/** The same on every theme, because the surface is. */
const LOOKS = {
  levels: { color: "rgba(255, 255, 255, 0.85)", width: 1.25, dash: [5, 4], name: "level of the quadratic model" },
  border: { color: "#ffd75e", width: 2.25, dash: [], name: "the model fails beyond" },
};
const KINDS = /** @type {const} */ (["levels", "border"]);

/**
 * @param {CanvasRenderingContext2D} context
 * @param {import("../core/geometry/linear-map.js").LinearMap} map
 * @param {Lines} lines
 */
export function drawModel(context, map, lines) {
  for (const kind of KINDS) {
    const { color, width, dash } = LOOKS[kind];
    context.strokeStyle = color;
    context.lineWidth = width;
    context.setLineDash(dash);
    for (const { x, y } of lines[kind]) {
      context.beginPath();
      x.forEach((px, i) => context.lineTo(map.x(px), map.y(Number(y[i]))));
      context.stroke();
    }
  }
  context.setLineDash([]);
}

/**
 * The same for a picture: traces, and entries of its legend.
 * @param {Lines | null} lines
 * @returns {{traces: object[], entries: import("../plot/sheet.js").LegendEntry[]}}
 */
export function modelPicture(lines) {
  if (!lines) return { traces: [], entries: [] };
  const shown = KINDS.filter((kind) => lines[kind].length);
  return {
    traces: shown.flatMap((kind) => {
      const { color, width, dash } = LOOKS[kind];
      const look = { color, width, dash: dash.map((length) => `${length}px`).join(",") || "solid" };
      return lines[kind].map(({ x, y }) => ({ type: "scatter", mode: "lines", x: [...x], y: [...y], line: look }));
    }),
    entries: shown.map((kind) => {
      const { color, width, dash, name } = LOOKS[kind];
      const line = (/** @type {string} */ stroke, /** @type {number} */ wide) =>
        tag("line", { x1: 0, x2: SAMPLE, y1: SAMPLE_MIDDLE, y2: SAMPLE_MIDDLE, stroke, "stroke-width": wide, ...(dash.length ? { "stroke-dasharray": dash.join(" ") } : {}) });
      // On the page's ground as on the surface's.
      return { kind: "drawn", name, svg: line("rgb(60, 80, 110)", width + 1.5) + line(color, width) };
    }),
  };
}
