/** A chart of one metric along a segment: its line, the ends, and for the loss the barrier. */

import { theme } from "../../core/theme.js";
import { element } from "../../core/dom.js";
import { plotArea } from "../../core/geometry/areas.js";
import { linearMap } from "../../core/geometry/linear-map.js";
import { drawLineAxes, lineMargins } from "../../plot/chart.js";
import { createOverlay } from "../../plot/overlay.js";

/** @typedef {import("../../plot/line-chart.js").Axes} Axes */
/** @typedef {{xs: ArrayLike<number>, ys: ArrayLike<number>, color: string, dash: number[]}} Line */

/**
 * What a chart shows at some moment.
 * @typedef {object} Shown
 * @property {Axes} axes
 * @property {Line[]} lines  in the units of the axes
 * @property {{x: number, y: number, label: string}[]} ends
 * @property {string} name  what a screen reader calls it
 */

/** About how wide the readout is. */
const READOUT_PX = 190;

/**
 * @param {(t: number) => string} describe  what a pointer at t hears
 */
export function createProfileChart(describe) {
  const canvas = element("canvas", { class: "paths" });
  const below = element("div", { class: "lines" });
  const readout = element("output", { class: "readout", hidden: true });
  const root = element("div", { class: "loss", role: "img" }, below, canvas, readout);
  const overlay = createOverlay(canvas);
  let size = { width: 0, height: 0 };
  /** @type {Shown | null} */
  let current = null;
  /** Where the pointer is; null: elsewhere. @type {number | null} */
  let pointed = null;

  const map = () => {
    const { x, y } = current?.axes ?? { x: [0, 1], y: [0, 1] };
    const bounds = { x0: Number(x[0]), x1: Number(x[1]), y0: Number(y[0]), y1: Number(y[1]) };
    return linearMap(bounds, plotArea(size, lineMargins(current?.axes.titles)));
  };

  const draw = () => {
    if (!size.width || !current) return;
    const { page, ink, strong } = theme();
    overlay.begin(map(), page);
    if (pointed !== null) overlay.rule(pointed, ink);
    for (const line of current.lines) overlay.path({ ...line, steps: line.xs }, Infinity);
    overlay.names(current.ends, strong);
  };

  const settle = () => {
    if (!size.width || !current) return;
    draw();
    drawLineAxes(below, current.axes, size, theme());
  };

  new ResizeObserver(() => {
    size = { width: root.clientWidth, height: root.clientHeight };
    overlay.resize(size.width, size.height);
    settle();
  }).observe(root);

  root.addEventListener("pointermove", (event) => {
    const box = root.getBoundingClientRect();
    const at = map().dataX(event.clientX - box.left);
    pointed = current && at >= 0 && at <= 1 ? at : null;
    readout.hidden = pointed === null;
    draw();
    if (pointed === null) return;
    readout.textContent = describe(pointed);
    const px = Math.min(event.clientX - box.left + 12, size.width - Math.max(READOUT_PX, readout.offsetWidth));
    readout.style.transform = `translate(${px}px, ${Math.max(event.clientY - box.top - 32, 0)}px)`;
  });
  root.addEventListener("pointerleave", () => {
    pointed = null;
    readout.hidden = true;
    draw();
  });

  return {
    root,
    shown: () => current,
    /** @param {Shown} next */
    show(next) {
      current = next;
      root.setAttribute("aria-label", next.name);
      settle();
    },
  };
}
