/**
 * Printing what is on the screen. Paper has another width, and nothing is drawn anew for it: the
 * plots keep the size and the theme that they have on the screen, and are scaled as they are.
 */

import { themeName } from "../../core/theme.js";

/** The width of what is printed of a page, in CSS pixels: A4 and US Letter with usual margins. */
const PAPER_PX = 680;
/** The colour bar beside the plot. */
const SCALE_PX = 66;

/** @param {readonly HTMLElement[]} plots */
export function bindPrinting(plots) {
  window.addEventListener("beforeprint", () => {
    const widest = Math.max(...plots.map(({ clientWidth }) => clientWidth));
    for (const plot of plots) {
      plot.style.setProperty("--screen-width", `${plot.clientWidth}px`);
      plot.style.setProperty("--screen-height", `${plot.clientHeight}px`);
    }
    const { classList, style } = document.documentElement;
    style.setProperty("--paper-zoom", String(Math.min(1, PAPER_PX / (widest + SCALE_PX))));
    classList.toggle("dark-plots", themeName() === "dark");
  });
}
