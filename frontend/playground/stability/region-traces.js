/** The unstable region in pictures: traces, so that an SVG holds its border as lines. */

import { SAMPLE, SAMPLE_MIDDLE } from "../../plot/sheet.js";
import { tag } from "../../plot/drawing-parts.js";

/** @typedef {import("./region-path.js").Region} Region */

const SHADE = "rgba(28, 18, 20, 0.22)";
const BORDER = "#1c1214";
const CASING = "#fffaf0";

/**
 * Pieces as one trace, with gaps between them.
 * @param {readonly (readonly [number, number])[][]} pieces
 * @param {boolean} closed
 */
function joined(pieces, closed) {
  /** @type {(number | null)[]} */
  const x = [];
  /** @type {(number | null)[]} */
  const y = [];
  for (const piece of pieces) {
    for (const [px, py] of closed ? [...piece, ...piece.slice(0, 1)] : piece) {
      x.push(px);
      y.push(py);
    }
    x.push(null);
    y.push(null);
  }
  return { type: "scatter", mode: "lines", x, y };
}

/**
 * @param {Region} region
 * @param {string} label  of the variant that is unstable there
 */
export function regionPicture({ polygons, edge }, label) {
  if (polygons.length === 0) return undefined;
  const border = joined(
    edge.map(([x0, y0, x1, y1]) => [
      [x0, y0],
      [x1, y1],
    ]),
    false,
  );
  const top = SAMPLE_MIDDLE - 5;
  return {
    traces: [
      { ...joined(polygons, true), fill: "toself", fillcolor: SHADE, line: { width: 0 } },
      { ...border, line: { color: CASING, width: 3.5 } },
      { ...border, line: { color: BORDER, width: 1.5 } },
    ],
    entries: [
      {
        kind: /** @type {const} */ ("drawn"),
        name: `shaded: ${label} is unstable at its rate`,
        svg: tag("rect", { x: 0, y: top, width: SAMPLE, height: 10, fill: SHADE, stroke: BORDER }),
      },
    ],
  };
}
