/** The colour bar: the heatmap's colours with true values beside them. */

import { HEATMAP_SCALE } from "../core/colors.js";
import { element } from "../core/dom.js";

/**
 * The heatmap's colours as the style sheet knows them.
 * @param {"top" | "right"} end  where the highest is
 */
export function heatmapGradient(end) {
  return `linear-gradient(to ${end}, ${HEATMAP_SCALE.map(([at, color]) => `${color} ${100 * at}%`).join(", ")})`;
}

/**
 * The bar, and after it the values beside it.
 * @param {readonly {at: number, text: string}[]} ticks
 * @returns {[HTMLElement, ...HTMLElement[]]}
 */
export function colorBar(ticks) {
  const strip = element("div", { class: "strip" });
  strip.style.background = heatmapGradient("top");
  return [
    strip,
    ...ticks.map(({ at, text }) => {
      const tick = element("span", {}, text);
      tick.style.bottom = `${100 * at}%`;
      return tick;
    }),
  ];
}
