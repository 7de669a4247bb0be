/** A sample of an arrow, as text of SVG, for legends. */

import { tag } from "../../plot/drawing-parts.js";
import { GRADIENT_DASH, VECTOR_SHAPES, arrowCorners } from "./vector-stroke.js";

/**
 * @param {import("./vector-stroke.js").VectorKind} kind
 * @param {readonly [number, number]} from
 * @param {readonly [number, number]} to
 * @param {{ink: string, page: string}} colors
 */
export function vectorSample(kind, from, to, { ink, page }) {
  const shape = VECTOR_SHAPES[kind];
  const corners = arrowCorners(from, to, shape);
  const path = (/** @type {readonly (readonly [number, number])[]} */ points) =>
    `M${points.map(([x, y]) => `${x.toFixed(2)} ${y.toFixed(2)}`).join("L")}`;
  if (kind !== "gradient") {
    const fill = kind === "velocity" ? page : ink;
    const outline = kind === "velocity" ? { stroke: ink, "stroke-width": 1.5 } : {};
    return tag("path", { d: `${path(corners)}Z`, fill, ...outline });
  }
  const [tip, left, , , , , right] = /** @type {[number, number][]} */ (corners);
  const look = { fill: "none", stroke: ink, "stroke-width": 2 * shape.half };
  return (
    tag("path", { d: path([from, to]), ...look, "stroke-dasharray": GRADIENT_DASH.join(" ") }) +
    tag("path", { d: path(/** @type {[number, number][]} */ ([left, tip, right])), ...look })
  );
}
