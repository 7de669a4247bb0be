/**
 * The chart of sharpness along the paths: sharpness times learning rate as a share of each rule's own
 * limit, so that one line at 1 is the limit of all.
 */

import { element } from "../../core/dom.js";
import { integer, number } from "../../core/format.js";
import { valueAt } from "../../core/geometry/sequences.js";
import { appearanceOf, colorOf } from "../../core/optimizer-style.js";
import { theme } from "../../core/theme.js";
import { createLineChart } from "../../plot/line-chart.js";
import { labelOf } from "../model/variants.js";

/** @typedef {import("./stability-source.js").StabilityPath} StabilityPath */

/** The chart ends here: a spike beyond it leaves the chart at the top. */
const HIGHEST = 2.5;
/** It shows at least this much above the limit. */
const ROOM = 1.25;

/**
 * A path's ratios to its limit, where there is one.
 * @param {StabilityPath} path
 */
export function ratiosOf({ limit, product }) {
  return limit ? product.map((value) => value / limit.value) : null;
}

/**
 * The ends of the axis that some ratios need.
 * @param {readonly ArrayLike<number>[]} all
 * @returns {[number, number]}
 */
export function rangeOf(all) {
  let [low, high] = [0, ROOM];
  for (const ratios of all) {
    for (let i = 0; i < ratios.length; i++) {
      const value = Number(ratios[i]);
      if (!Number.isFinite(value)) continue;
      low = Math.min(low, value);
      high = Math.max(high, value * 1.05);
    }
  }
  return [Math.max(low, -0.5), Math.min(high, HIGHEST)];
}

/**
 * @param {HTMLElement} root
 * @param {object} source
 * @param {import("../../core/store.js").Store<import("../model/playground-state.js").State>} source.store
 * @param {import("../model/settings.js").Catalog} source.catalog
 * @param {() => number} source.step  the playhead
 * @param {import("../model/spotlight.js").Spotlight} source.spotlight
 * @param {(step: number) => void} source.seek
 */
export function createSharpnessChart(root, { store, catalog, step, spotlight, seek }) {
  root.replaceChildren(
    element("div", { class: "lines" }),
    element("canvas", { class: "paths" }),
    element("output", { class: "readout", hidden: true }),
  );
  /** @type {ReadonlyMap<string, StabilityPath>} */
  let paths = new Map();

  const chart = createLineChart(root, {
    playhead: step,
    onPoint: spotlight.set,
    onSeek: (x) => seek(Math.round(x)),
    describe: (id, at) => {
      const path = paths.get(id);
      if (!path?.limit) return "";
      const value = valueAt(path.step, path.product, Math.max(at, 1));
      return `${labelOf(store.get(), id, catalog)}, step ${integer(Math.max(at, 1))}: ${number(value)} of ${number(path.limit.value)}`;
    },
  });

  /** @type {import("../../plot/line-chart.js").Ground} */
  const limitLine = {
    draw: (context, map) => {
      const y = map.y(1);
      const { left, width } = map.area;
      context.setLineDash([6, 4]);
      context.strokeStyle = theme().strong;
      context.lineWidth = 1.25;
      context.beginPath();
      context.moveTo(left, y);
      context.lineTo(left + width, y);
      context.stroke();
      context.setLineDash([]);
      context.font = "12px system-ui, sans-serif";
      context.textAlign = "right";
      context.textBaseline = "bottom";
      context.lineWidth = 4;
      context.strokeStyle = theme().page;
      context.strokeText("limit", left + width - 4, y - 2);
      context.fillStyle = theme().strong;
      context.fillText("limit", left + width - 4, y - 2);
    },
    traces: () => [],
  };

  return {
    invalidate: chart.invalidate,
    emphasize: chart.emphasize,
    /**
     * @param {ReadonlyMap<string, StabilityPath>} next  those that are shown, by variant
     * @param {number} end  the last step of the axis
     */
    show(next, end) {
      paths = next;
      const lines = [...next].flatMap(([id, path]) => {
        const ratios = ratiosOf(path);
        if (!ratios || ratios.length === 0) return [];
        const look = { color: colorOf(id), dash: appearanceOf(id).dash };
        return [{ id, path: { steps: path.step, xs: path.step, ys: ratios, ...look } }];
      });
      chart.setLines(lines);
      chart.setGround(limitLine);
      chart.setAxes({
        x: [0, Math.max(end, 1)],
        y: rangeOf(lines.map(({ path }) => path.ys)),
        log: false,
        whole: true,
        titles: { x: "step", y: "ηλ / limit" },
      });
      return lines.length;
    },
  };
}
