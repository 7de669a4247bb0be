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
export function strokeCased(context, line, look, halo, width) {
  strokeCasing(context, line, halo, width);
  strokeCore(context, line, look, width);
}

/**
 * Stroke the pieces of a path that fades: the casings first, so that none lies over the piece before.
 * @param {CanvasRenderingContext2D} context
 * @param {readonly {line: Path2D, opacity: number}[]} pieces
 * @param {{color: string, dash: readonly number[]}} look
 * @param {string} halo
 * @param {number} width
 */
export function strokePieces(context, pieces, look, halo, width) {
  const whole = context.globalAlpha;
  const each = (/** @type {(line: Path2D) => void} */ stroke) => {
    for (const { line, opacity } of pieces) {
      context.globalAlpha = whole * opacity;
      stroke(line);
    }
  };
  each((line) => strokeCasing(context, line, halo, width));
  each((line) => strokeCore(context, line, look, width));
  context.globalAlpha = whole;
}

/**
 * @param {CanvasRenderingContext2D} context
 * @param {Path2D} line
 * @param {string} halo
 * @param {number} width
 */
function strokeCasing(context, line, halo, width) {
  const opacity = context.globalAlpha;
  context.setLineDash([]);
  context.strokeStyle = halo;
  context.lineWidth = width + 2 * CASING;
  context.globalAlpha = CASING_OPACITY * opacity;
  context.stroke(line);
  context.globalAlpha = opacity;
}

/**
 * @param {CanvasRenderingContext2D} context
 * @param {Path2D} line
 * @param {{color: string, dash: readonly number[]}} look
 * @param {number} width
 */
function strokeCore(context, line, { color, dash }, width) {
  const opacity = context.globalAlpha;
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
