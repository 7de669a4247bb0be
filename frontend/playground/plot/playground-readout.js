/**
 * What lies under the pointer: the objective's value and gradient there, and the step of a path
 * that passes there. The numbers are the server's own, the gradient exact.
 */

import { newest, post } from "../../core/api.js";
import { nearestVertex } from "../../core/geometry/paths.js";
import { lastAtMost } from "../../core/geometry/sequences.js";
import { coordinate, integer, number } from "../../core/format.js";
import { shownOf } from "../model/members.js";
import { pointRequest } from "../model/requests.js";
import { labelOf } from "../model/variants.js";

/** A path's vertex within this distance of the pointer is meant. */
const NEAR_PX = 9;

/**
 * @param {HTMLElement} stage
 * @param {object} source
 * @param {import("../../core/store.js").Store<import("../model/playground-state.js").State>} source.store
 * @param {import("../model/settings.js").Catalog} source.catalog
 * @param {import("../model/computed.js").Model} source.model
 * @param {import("./playground-plot.js").Plot} source.plot
 * @param {() => number} source.step
 * @param {import("../model/spotlight.js").Spotlight} source.spotlight
 */
export function createReadout(stage, { store, catalog, model, plot, step, spotlight }) {
  const output = /** @type {HTMLElement} */ (stage.querySelector(".readout"));
  let values = "";
  let passing = "";

  const show = () => {
    output.textContent = [passing, values].filter(Boolean).join("\n");
  };

  const points = newest(
    (/** @type {ReturnType<typeof pointRequest>} */ body, signal) =>
      /** @type {Promise<{value: number, gradient: {x: number, y: number}}>} */ (
        post("./api/v1/points", body, signal)
      ),
    ({ value, gradient }) => {
      values = `f = ${number(value)}   ∇f = (${number(gradient.x)}, ${number(gradient.y)})`;
      show();
    },
    // What the pointer passes over is no request of the person's; silence is better than an alarm.
    () => undefined,
  );

  /**
   * @param {number} px
   * @param {number} py
   */
  const pathAt = (px, py) => {
    let best = { id: "", text: "", distance: NEAR_PX };
    for (const id of shownOf(store.get(), catalog)) {
      const path = plot.path(id);
      const descent = model.descents().get(id);
      if (!path || !descent) continue;
      const count = lastAtMost(path.steps, step()) + 1;
      const { index, distance } = nearestVertex(plot.map(), path.xs, path.ys, px, py, count);
      if (distance >= best.distance) continue;
      const loss = number(Number(descent.loss[index]));
      const at = integer(Number(descent.step[index]));
      best = { id, text: `${labelOf(store.get(), id, catalog)}, step ${at}: loss ${loss}`, distance };
    }
    return best;
  };

  /** @param {{px: number, py: number} | null} point */
  return (point) => {
    const { area, dataX, dataY } = plot.map();
    const inside =
      point &&
      point.px >= area.left &&
      point.px <= area.left + area.width &&
      point.py >= area.top &&
      point.py <= area.top + area.height;
    output.hidden = !inside;
    if (!inside) {
      spotlight.set(null);
      return points.cancel();
    }
    const { px, py } = point;
    const [x, y] = [dataX(px), dataY(py)];
    const pixel = 1 / (plot.map().x(1) - plot.map().x(0));
    const digits = Math.min(Math.max(Math.ceil(-Math.log10(pixel)), 0), 9);
    passing = `(${coordinate(x, digits)}, ${coordinate(y, digits)})`;
    const path = pathAt(px, py);
    if (path.id) passing = `${path.text}\n${passing}`;
    spotlight.set(path.id || null);
    // The server cannot evaluate a function that a file holds.
    const isForeign = store.get().file?.own != null;
    if (isForeign) values = "";
    show();
    const right = px + 16 + output.offsetWidth < area.left + area.width;
    const below = py + 20 + output.offsetHeight < area.top + area.height;
    const left = right ? px + 16 : px - 12 - output.offsetWidth;
    const top = below ? py + 20 : py - 12 - output.offsetHeight;
    output.style.transform = `translate(${Math.round(left)}px, ${Math.round(top)}px)`;
    if (!isForeign) points.ask(pointRequest(store.get(), catalog, { x, y }), { abort: false });
    return undefined;
  };
}
