/** The colour bar: the heatmap's colours with true values beside them. */

import { PALETTES } from "../core/colors.js";
import { element } from "../core/dom.js";

/**
 * The heatmap's colours as the style sheet knows them.
 * @param {"top" | "right"} end  where the highest is
 * @param {import("../core/colors.js").Palette} [palette]
 */
export function heatmapGradient(end, palette = "heights") {
  return `linear-gradient(to ${end}, ${PALETTES[palette].scale.map(([at, color]) => `${color} ${100 * at}%`).join(", ")})`;
}

/**
 * The bar, and after it the values beside it.
 * @param {readonly {at: number, text: string}[]} ticks
 * @param {import("../core/colors.js").Palette} [palette]
 * @returns {[HTMLElement, ...HTMLElement[]]}
 */
export function colorBar(ticks, palette) {
  const strip = element("div", { class: "strip" });
  strip.style.background = heatmapGradient("top", palette);
  return [
    strip,
    ...ticks.map(({ at, text }) => {
      const tick = element("span", {}, text);
      tick.style.bottom = `${100 * at}%`;
      return tick;
    }),
  ];
}
