/** What lies under the pointer: a snapshot of a run, and the surface's nearest grid point. */

import { coordinate, integer, number, setting } from "../../core/format.js";
import { nearestVertex } from "../../core/geometry/paths.js";
import { lastAtMost } from "../../core/geometry/sequences.js";
import { isInside } from "../../plot/gestures.js";
import { isCounted, timeOf } from "../model/time-units.js";
import { nearestCell } from "../../surfaces/coloring.js";
import { valueText } from "../model/descriptions.js";

/** @typedef {import("../model/selection.js").Selection} Selection */

/** A loss is a plain number. */
const LOSS = /** @type {const} */ ({ unit: "number" });

/** A snapshot within this distance of the pointer is meant. */
const NEAR_PX = 10;

/**
 * @param {HTMLElement} stage
 * @param {Selection} selection
 * @param {() => import("../../core/geometry/linear-map.js").LinearMap} map
 * @param {(run: string | null) => void} onPoint  the pointer is at a run, or at none
 */
export function createReadout(stage, selection, map, onPoint) {
  const output = /** @type {HTMLElement} */ (stage.querySelector(":scope > .readout"));

  /** @param {import("../../plot/gestures.js").Pixel} at */
  const snapshotUnder = ({ px, py }) => {
    let best = { distance: NEAR_PX, run: /** @type {string | null} */ (null), lines: /** @type {string[]} */ ([]) };
    for (const trajectory of selection.shown()) {
      const { x, y, steps, loss, lossInPlane, distance: outside, result } = trajectory;
      const count = lastAtMost(selection.times(trajectory).snapshots, selection.at()) + 1;
      const { index, distance } = nearestVertex(map(), x, y, px, py, count);
      if (index < 0 || distance >= best.distance) continue;
      const step = Number(steps[index]);
      const epoch = isCounted("epoch", result, null) ? setting(Number(timeOf("epoch", result, null)(step).toPrecision(4))) : null;
      const { label } = selection.look(trajectory.run);
      best = {
        distance,
        run: trajectory.run,
        lines: [
          `${label}, ${result.step_unit ?? "step"} ${integer(step)}${epoch === null ? "" : `, epoch ${epoch}`}`,
          // Nothing more is known of another program's path.
          ...(loss.length
            ? [
                `loss ${valueText(Number(loss[index]), LOSS)}, in the plane ${valueText(Number(lossInPlane[index]), LOSS)}`,
                `${number(Number(outside[index]))} out of the plane`,
              ]
            : []),
        ],
      };
    }
    return best;
  };

  /** @param {import("../../plot/gestures.js").Pixel} at */
  const valueUnder = ({ px, py }) => {
    const { x, y } = selection.landscape();
    const metric = selection.metric();
    const cell = nearestCell(selection.landscape(), map().dataX(px), map().dataY(py));
    if (cell < 0) return "outside the grid";
    const [i, j] = [cell % x.length, Math.floor(cell / x.length)];
    const gap = Math.min(Number(x[1]) - Number(x[0]), Number(y[1]) - Number(y[0]));
    const digits = Math.min(Math.max(Math.ceil(-Math.log10(gap)), 0) + 1, 9);
    const place = `${coordinate(Number(x[i]), digits)}, ${coordinate(Number(y[j]), digits)}`;
    return `${metric.label} ${valueText(Number(selection.values()[cell]), metric)} at (${place})`;
  };

  /** @param {import("../../plot/gestures.js").Pixel | null} at */
  return (at) => {
    const { area } = map();
    output.hidden = !at || !isInside(area, at);
    const { run, lines } = at && !output.hidden ? snapshotUnder(at) : { run: null, lines: [] };
    onPoint(run);
    if (!at || output.hidden) return;
    output.textContent = [...lines, valueUnder(at)].join("\n");
    const { px, py } = at;
    const right = px + 16 + output.offsetWidth < area.left + area.width;
    const below = py + 20 + output.offsetHeight < area.top + area.height;
    const left = right ? px + 16 : px - 12 - output.offsetWidth;
    const top = below ? py + 20 : py - 12 - output.offsetHeight;
    output.style.transform = `translate(${Math.round(left)}px, ${Math.round(top)}px)`;
  };
}
