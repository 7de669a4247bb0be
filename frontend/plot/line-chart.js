/**
 * A chart of lines that move with the playhead: axes by Plotly, lines by the overlay.
 */

import { theme } from "../core/theme.js";
import { drawLineAxes, lineMargins } from "./chart.js";
import { plotArea } from "../core/geometry/areas.js";
import { linearMap } from "../core/geometry/linear-map.js";
import { valueAt } from "../core/geometry/sequences.js";
import { createOverlay } from "./overlay.js";

/** @typedef {import("./overlay.js").Path} Path */

/**
 * @typedef {object} Line
 * @property {string} id
 * @property {Path} path  in the units of the axes; of a logarithmic one, the exponent of ten
 */

/**
 * @typedef {object} Ground
 * @property {import("./overlay.js").Picture} draw
 * @property {(log: boolean) => object[]} traces  the same for a picture, in true values
 */

/**
 * @typedef {object} Axes
 * @property {[number, number]} x
 * @property {[number, number]} y  of the decadic logarithm if `log`
 * @property {boolean} log
 * @property {boolean} [whole]  there is nothing between whole numbers of x
 * @property {boolean} [percent]  y is a share
 * @property {boolean} [shares]  x is a share
 * @property {{at: number[], text: string[]}} [ticks]  of y, in true values; otherwise Plotly chooses
 * @property {{x: string, y: string}} [titles]  with their units; empty: none, and no room for it
 */

/** A pointer this near to a line names it. */
const NEAR_PX = 24;
/** About how wide what it says is. */
const READOUT_PX = 170;

/**
 * @param {HTMLElement} root  with `.lines`, `.paths` and `.readout` in it
 * @param {object} source
 * @param {() => number} source.playhead
 * @param {(id: string, x: number) => string} source.describe  what a pointer on a line at x hears
 * @param {(x: number) => void} [source.onSeek]  somebody pressed at x
 * @param {(id: string | null) => void} [source.onPoint]  somebody points at a line, or at none
 */
export function createLineChart(root, { playhead, describe, onSeek, onPoint }) {
  const below = /** @type {HTMLElement} */ (root.querySelector(".lines"));
  const readout = /** @type {HTMLElement} */ (root.querySelector(".readout"));
  const overlay = createOverlay(/** @type {HTMLCanvasElement} */ (root.querySelector(".paths")));
  let size = { width: 0, height: 0 };
  /** @type {Axes} */
  let axes = { x: [0, 1], y: [0, 1], log: false };
  /** @type {readonly Line[]} */
  let lines = [];
  /** What lies behind the lines. @type {Ground | null} */
  let ground = null;
  let map = linearMap({ x0: 0, x1: 1, y0: 0, y1: 1 }, plotArea(size, lineMargins(undefined)));
  let frame = 0;
  /** The line that stands out. @type {string | null} */
  let emphasized = null;

  const draw = () => {
    if (!size.width) return;
    const colors = theme();
    const at = playhead();
    overlay.begin(map, colors.page);
    if (ground) overlay.draw(ground.draw);
    overlay.rule(at, colors.ink);
    for (const { path } of lines) overlay.outlook(path);
    const paths = lines.map(({ path }) => path);
    overlay.paths(paths, at, emphasized === null ? -1 : lines.findIndex(({ id }) => id === emphasized));
    for (const path of paths) overlay.head(path, at);
  };

  const settle = () => {
    const [x0, x1] = axes.x;
    const [y0, y1] = axes.y;
    map = linearMap({ x0, x1, y0, y1 }, plotArea(size, lineMargins(axes.titles)));
    draw();
    if (size.width && lines.length) drawLineAxes(below, axes, size, theme());
  };

  new ResizeObserver(() => {
    size = { width: root.clientWidth, height: root.clientHeight };
    overlay.resize(size.width, size.height);
    settle();
  }).observe(root);

  root.addEventListener("pointermove", (event) => {
    const box = root.getBoundingClientRect();
    const px = event.clientX - box.left;
    const py = event.clientY - box.top;
    const x = axes.whole ? Math.round(map.dataX(px)) : map.dataX(px);
    let best = { id: "", distance: x < axes.x[0] || x > axes.x[1] ? 0 : NEAR_PX };
    for (const { id, path } of lines) {
      const distance = Math.abs(map.y(valueAt(path.steps, path.ys, x)) - py);
      if (distance < best.distance) best = { id, distance };
    }
    readout.hidden = best.id === "";
    onPoint?.(best.id || null);
    if (readout.hidden) return;
    readout.textContent = describe(best.id, x);
    const left = Math.min(px + 12, size.width - Math.max(READOUT_PX, readout.offsetWidth));
    readout.style.transform = `translate(${left}px, ${Math.max(py - 32, 0)}px)`;
  });
  root.addEventListener("pointerleave", () => {
    readout.hidden = true;
    onPoint?.(null);
  });
  if (onSeek) {
    const seek = (/** @type {PointerEvent} */ event) => {
      const x = map.dataX(event.clientX - root.getBoundingClientRect().left);
      onSeek(Math.min(Math.max(x, axes.x[0]), axes.x[1]));
    };
    root.addEventListener("pointerdown", (event) => {
      if (event.button === 0) seek(event);
    });
    root.addEventListener("pointermove", (event) => {
      if (event.buttons & 1 && event.pointerType === "mouse") seek(event);
    });
  }

  const invalidate = () => {
    frame ||= requestAnimationFrame(() => {
      frame = 0;
      draw();
    });
  };

  return {
    invalidate,
    /** What the chart shows, for a picture. */
    shown: () => ({ axes, lines, ground }),
    /** @param {readonly Line[]} next  those that are shown */
    setLines(next) {
      lines = next;
      invalidate();
    },
    /** @param {Ground | null} next */
    setGround(next) {
      ground = next;
      invalidate();
    },
    /** @param {string | null} id  of the line that stands out */
    emphasize(id) {
      if (id === emphasized) return;
      emphasized = id;
      invalidate();
    },
    /** @param {Axes} next */
    setAxes(next) {
      axes = next;
      settle();
    },
  };
}

/** @param {ArrayLike<number>} values */
export function lowest(values) {
  let result = Infinity;
  for (let i = 0; i < values.length; i++) result = Math.min(result, Number(values[i]));
  return result;
}

/** @param {ArrayLike<number>} values */
export function highest(values) {
  let result = -Infinity;
  for (let i = 0; i < values.length; i++) result = Math.max(result, Number(values[i]));
  return result;
}
