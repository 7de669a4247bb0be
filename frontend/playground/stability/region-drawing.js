/**
 * The region of the plane where a rule is unstable at its rate: hatched over the heights, so that both
 * are seen, with a cased border. The heights look alike in both themes, and so does the hatching.
 */

/** @typedef {import("../../core/geometry/linear-map.js").LinearMap} LinearMap */
/** @typedef {import("./region-path.js").Region} Region */

const HATCH_PX = 9;
const VEIL = "rgba(255, 244, 214, 0.16)";
const HATCH = "rgba(28, 18, 20, 0.5)";
const BORDER = "rgba(28, 18, 20, 0.85)";
const CASING = "rgba(255, 250, 240, 0.75)";

/** @returns {(context: CanvasRenderingContext2D, map: LinearMap, region: Region) => void} */
export function createRegionDrawing() {
  /** What was drawn last: a frame that moves nothing draws it again. */
  let last = {
    region: /** @type {Region | null} */ (null),
    map: /** @type {LinearMap | null} */ (null),
    shape: new Path2D(),
    border: new Path2D(),
  };

  /**
   * @param {Region} region
   * @param {LinearMap} map
   */
  const trace = (region, map) => {
    const shape = new Path2D();
    for (const polygon of region.polygons) {
      polygon.forEach(([x, y], k) => shape[k ? "lineTo" : "moveTo"](map.x(x), map.y(y)));
      shape.closePath();
    }
    const border = new Path2D();
    for (const [x0, y0, x1, y1] of region.edge) {
      border.moveTo(map.x(x0), map.y(y0));
      border.lineTo(map.x(x1), map.y(y1));
    }
    last = { region, map, shape, border };
  };

  return (context, map, region) => {
    if (last.region !== region || last.map !== map) trace(region, map);
    const { left, top, width, height } = map.area;
    context.save();
    context.setLineDash([]);
    context.save();
    context.clip(last.shape);
    context.fillStyle = VEIL;
    context.fillRect(left, top, width, height);
    const lines = new Path2D();
    for (let offset = -height; offset < width; offset += HATCH_PX) {
      lines.moveTo(left + offset, top + height);
      lines.lineTo(left + offset + height, top);
    }
    context.strokeStyle = HATCH;
    context.lineWidth = 1;
    context.stroke(lines);
    context.restore();
    context.strokeStyle = CASING;
    context.lineWidth = 3.5;
    context.stroke(last.border);
    context.strokeStyle = BORDER;
    context.lineWidth = 1.5;
    context.stroke(last.border);
    context.restore();
  };
}
