/** What the data say on convexity, in words. */

import { percent } from "../../core/format.js";

/** @typedef {import("./data.js").Surface} Surface */

/**
 * One line about a surface: how much of it is convex, and how many minima it has.
 * @param {Pick<Surface, "convexity" | "minima" | "minimaOnBorder">} surface
 */
export function convexityText({ convexity, minima, minimaOnBorder }) {
  const share = convexity.share.at(-1);
  const convex =
    share === undefined || Number.isNaN(share)
      ? "No cell can be judged"
      : `${percent(share)} of the cells are convex`;
  return `${convex}; ${minima === 1 ? "one minimum" : `${minima} minima`}${borderText(minima, minimaOnBorder)}.`;
}

/**
 * @param {number} minima
 * @param {number} border
 */
function borderText(minima, border) {
  if (border === 0) return "";
  if (border < minima) return `, ${border} of them at the border`;
  return minima === 1 ? ", at the border" : ", all at the border";
}
