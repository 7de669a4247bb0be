/** The colour bar: the ground's colours with true values beside them. */

import { GROUND_SCALE } from "../core/colors.js";
import { element } from "../core/dom.js";

/**
 * The ground's colours as the style sheet knows them.
 * @param {"top" | "right"} end  where the highest is
 */
export function groundGradient(end) {
  return `linear-gradient(to ${end}, ${GROUND_SCALE.map(([at, color]) => `${color} ${100 * at}%`).join(", ")})`;
}

/**
 * The bar, and after it the values beside it.
 * @param {readonly {at: number, text: string}[]} ticks
 * @returns {[HTMLElement, ...HTMLElement[]]}
 */
export function colorBar(ticks) {
  const strip = element("div", { class: "strip" });
  strip.style.background = groundGradient("top");
  return [
    strip,
    ...ticks.map(({ at, text }) => {
      const tick = element("span", {}, text);
      tick.style.bottom = `${100 * at}%`;
      return tick;
    }),
  ];
}
