/** Strokes of paths on maps: a line in its colour on a pale casing, dashed or not. */

export const PATH_WIDTH = 2.25;
/** How far the casing reaches beyond its path on each side: enough to part it from the ground. */
export const CASING = 1;
export const CASING_OPACITY = 0.85;
/** Between its dashes a path keeps its hue: dashes on a pale casing would look grey. */
export const GAP_OPACITY = 0.5;

/**
 * Stroke a line, at the context's own opacity.
 * @param {CanvasRenderingContext2D} context
 * @param {Path2D} line
 * @param {{color: string, dash: readonly number[]}} look  `dash` in pixels, for a line of the usual
 *   width or more; thinner lines have shorter dashes
 * @param {string} halo
 * @param {number} width
 */
export function strokeCased(context, line, { color, dash }, halo, width) {
  const opacity = context.globalAlpha;
  context.setLineDash([]);
  context.strokeStyle = halo;
  context.lineWidth = width + 2 * CASING;
  context.globalAlpha = CASING_OPACITY * opacity;
  context.stroke(line);
  context.strokeStyle = color;
  context.lineWidth = width;
  if (dash.length) {
    context.globalAlpha = GAP_OPACITY * opacity;
    context.stroke(line);
  }
  context.globalAlpha = opacity;
  context.setLineDash(dash.map((length) => length * Math.min(width / PATH_WIDTH, 1)));
  context.lineCap = dash.length ? "butt" : "round";
  context.stroke(line);
  context.setLineDash([]);
  context.lineCap = "round";
}
