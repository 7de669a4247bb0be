/**
 * The chart of losses against steps. On the logarithmic scale it shows f − f*, the distance to the
 * global minimum's value, because objectives may be negative; where minima are not known, to the
 * lowest loss of all.
 */

import { appearanceOf, colorOf } from "../../core/optimizer-style.js";
import { integer, number } from "../../core/format.js";
import { isPin } from "../../core/variant-id.js";
import { valueAt } from "../../core/geometry/sequences.js";
import { drawnOf } from "../model/members.js";
import { labelOf } from "../model/variants.js";
import { createLineChart, highest, lowest } from "../../plot/line-chart.js";

/** Losses nearer to f* than this are rounding. */
const FLOOR = 1e-16;
/** How long descents must stay the same before the axes follow them. */
const REST_MS = 150;

/**
 * @param {HTMLElement} root
 * @param {object} source
 * @param {import("../../core/store.js").Store<import("../model/playground-state.js").State>} source.store
 * @param {import("../model/settings.js").Catalog} source.catalog
 * @param {import("../model/computed.js").Model} source.model
 * @param {() => number} source.step
 * @param {import("../model/spotlight.js").Spotlight} source.spotlight
 * @param {(step: number) => void} source.seek
 */
export function createLossChart(root, { store, catalog, model, step, spotlight, seek }) {
  let end = 1;
  /** @type {[number, number]} */
  let range = [0, 1];
  /** @type {import("../../plot/line-chart.js").Line[]} */
  let lines = [];
  let timer = 0;

  const logarithmic = () => store.get().lossScale === "log";

  const chart = createLineChart(root, {
    playhead: step,
    onPoint: spotlight.set,
    onSeek: (x) => seek(Math.round(x)),
    describe: (id, at) => {
      const descent = model.descents().get(id);
      if (!descent) return "";
      const value = valueAt(descent.step, descent.loss, at);
      return `${labelOf(store.get(), id, catalog)}, step ${integer(Math.min(at, descent.steps))}: ${number(value)}`;
    },
  });

  const rebuild = () => {
    const least = Math.min(...model.minima().map(({ value }) => value));
    const descents = [...model.descents().values()];
    const floor = Math.min(least, ...descents.map(({ loss }) => lowest(loss)));
    const height = logarithmic()
      ? (/** @type {Float64Array} */ loss) =>
          loss.map((value) => Math.log10(Math.max(value - floor, FLOOR)))
      : (/** @type {Float64Array} */ loss) => loss;
    lines = drawnOf(store.get(), catalog).flatMap((id) => {
      const descent = model.descents().get(id);
      if (!descent) return [];
      const { step: steps, loss } = descent;
      const look = { color: colorOf(id), dash: appearanceOf(id).dash, ghost: isPin(id) };
      return [{ id, path: { steps, xs: steps, ys: height(loss), ...look } }];
    });
    chart.setLines(lines);
  };

  /**
   * The range that the losses shown need. On the linear scale it ends at the highest of the first
   * and last losses: one wild step would flatten all else, and may leave the chart at the top.
   */
  const fit = () => {
    const calm = lines.filter(({ id }) => model.descents().get(id)?.status !== "diverged");
    const values = (calm.length ? calm : lines).map(({ path }) => path.ys);
    const low = Math.min(...values.map(lowest));
    const ends = (/** @type {ArrayLike<number>} */ ys) => Math.max(Number(ys[0]), Number(ys[ys.length - 1]));
    const high = Math.max(...values.map(logarithmic() ? highest : ends));
    if (!Number.isFinite(low) || !Number.isFinite(high)) return;
    const margin = 0.06 * (high - low) || 0.5;
    range = [low - margin, high + margin];
  };

  const settle = () => {
    fit();
    const distance = store.get().file?.own ? "f − lowest" : "f − f*";
    const titles = { x: "step", y: logarithmic() ? distance : "loss f" };
    chart.setAxes({ x: [0, Math.max(end, 1)], y: range, log: logarithmic(), whole: true, titles });
  };

  return {
    invalidate: chart.invalidate,
    emphasize: chart.emphasize,
    /** What the chart shows, for a picture. */
    shown: chart.shown,
    /** @param {number} newEnd  the last step of the axis; the axes follow at once or after a rest */
    refresh(newEnd, atOnce = false) {
      end = newEnd;
      rebuild();
      clearTimeout(timer);
      if (atOnce) settle();
      else timer = setTimeout(settle, REST_MS);
    },
  };
}
