/**
 * The chart of losses against steps: axes by Plotly, lines by the overlay, so that they move with
 * everything else. On the logarithmic scale it shows f − f*, the distance to the global minimum's
 * value, because objectives may be negative.
 */

import { LOSS_MARGINS, drawLossAxes, plotArea } from "../chart.js";
import { linearMap, valueAt } from "../geometry.js";
import { createOverlay } from "../overlay.js";
import { appearanceOf, colorOf, theme } from "../appearance.js";
import { integer, number } from "../format.js";

/** @typedef {import("./model.js").Descent} Descent */

/** Losses nearer to f* than this are rounding. */
const FLOOR = 1e-16;
/** How long descents must stay the same before the axes follow them. */
const REST_MS = 150;
/** A pointer this near to a line names it. */
const NEAR_PX = 24;

/**
 * @param {HTMLElement} root
 * @param {import("../state.js").Store<import("./state.js").State>} store
 * @param {import("./model.js").Model} model
 * @param {() => number} step
 */
export function createLossChart(root, store, model, step) {
  const lines = /** @type {HTMLElement} */ (root.querySelector(".lines"));
  const readout = /** @type {HTMLElement} */ (root.querySelector(".readout"));
  const overlay = createOverlay(/** @type {HTMLCanvasElement} */ (root.querySelector(".paths")));
  let size = { width: 0, height: 0 };
  let end = 1;
  /** @type {[number, number]} */
  let range = [0, 1];
  /** @type {import("../geometry.js").LinearMap} */
  let map = linearMap({ x0: 0, x1: 1, y0: 0, y1: 1 }, plotArea(size, LOSS_MARGINS));
  /** @type {Map<string, import("../overlay.js").Path>} */
  let paths = new Map();
  let frame = 0;
  let timer = 0;

  const logarithmic = () => store.get().lossScale === "log";
  const shown = () => {
    const { bar, off } = store.get();
    return bar.filter((id) => !off.includes(id) && paths.has(id));
  };

  const rebuild = () => {
    const lowest = Math.min(...model.minima().map(({ value }) => value));
    const descents = [...model.descents().values()];
    const floor = Math.min(lowest, ...descents.map(({ loss }) => min(loss)));
    const height = logarithmic()
      ? (/** @type {Float64Array} */ loss) =>
          loss.map((value) => Math.log10(Math.max(value - floor, FLOOR)))
      : (/** @type {Float64Array} */ loss) => loss;
    paths = new Map(
      descents.map(({ optimizer: id, step: steps, loss }) => [
        id,
        { steps, xs: steps, ys: height(loss), color: colorOf(id), dash: appearanceOf(id).dash },
      ]),
    );
  };

  /**
   * The range that the losses shown need. On the linear scale it ends at the highest of the first
   * and last losses: one wild step would flatten all else, and may leave the chart at the top.
   */
  const fit = () => {
    const visible = shown();
    const calm = visible.filter((id) => model.descents().get(id)?.status !== "diverged");
    const values = (calm.length ? calm : visible).map((id) => paths.get(id)?.ys ?? []);
    const low = Math.min(...values.map(min));
    const ends = (/** @type {ArrayLike<number>} */ ys) => max([Number(ys[0]), Number(ys[ys.length - 1])]);
    const high = Math.max(...values.map(logarithmic() ? max : ends));
    if (!Number.isFinite(low) || !Number.isFinite(high)) return;
    const margin = 0.06 * (high - low) || 0.5;
    range = [low - margin, high + margin];
  };

  const place = () => {
    map = linearMap({ x0: 0, x1: Math.max(end, 1), y0: range[0], y1: range[1] }, plotArea(size, LOSS_MARGINS));
  };

  const draw = () => {
    if (!size.width) return;
    const colors = theme();
    overlay.begin(map, colors.page);
    overlay.rule(step(), colors.ink);
    for (const id of shown()) {
      const path = paths.get(id);
      if (path) overlay.outlook(path);
    }
    for (const id of shown()) {
      const path = paths.get(id);
      if (path) overlay.path(path, step());
    }
    for (const id of shown()) {
      const path = paths.get(id);
      if (path) overlay.head(path, step());
    }
  };

  const invalidate = () => {
    frame ||= requestAnimationFrame(() => {
      frame = 0;
      draw();
    });
  };

  const settle = () => {
    fit();
    place();
    draw();
    if (!size.width || !paths.size) return;
    drawLossAxes(lines, { x: [0, Math.max(end, 1)], y: range, log: logarithmic() }, size, theme());
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
    const at = Math.round(map.dataX(px));
    if (at < 0 || at > end) return void (readout.hidden = true);
    let best = { id: "", distance: NEAR_PX };
    for (const id of shown()) {
      const path = paths.get(id);
      const distance = path ? Math.abs(map.y(valueAt(path.steps, path.ys, at)) - py) : Infinity;
      if (distance < best.distance) best = { id, distance };
    }
    const descent = model.descents().get(best.id);
    readout.hidden = !descent;
    if (!descent) return;
    const value = valueAt(descent.step, descent.loss, at);
    readout.textContent = `${appearanceOf(best.id).label}, step ${integer(Math.min(at, descent.steps))}: ${number(value)}`;
    readout.style.transform = `translate(${Math.min(px + 12, size.width - 170)}px, ${Math.max(py - 32, 0)}px)`;
  });
  root.addEventListener("pointerleave", () => (readout.hidden = true));

  return {
    invalidate,
    /** @param {number} newEnd  the last step of the axis; the axes follow at once or after a rest */
    refresh(newEnd, atOnce = false) {
      end = newEnd;
      rebuild();
      invalidate();
      clearTimeout(timer);
      if (atOnce) settle();
      else timer = setTimeout(settle, REST_MS);
    },
  };
}

/** @param {ArrayLike<number>} values */
function min(values) {
  let result = Infinity;
  for (let i = 0; i < values.length; i++) result = Math.min(result, Number(values[i]));
  return result;
}

/** @param {ArrayLike<number>} values */
function max(values) {
  let result = -Infinity;
  for (let i = 0; i < values.length; i++) result = Math.max(result, Number(values[i]));
  return result;
}
