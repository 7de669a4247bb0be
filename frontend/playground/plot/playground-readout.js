/**
 * What lies under the pointer: the objective's value and gradient there, and the step of a path
 * that passes there, with its optimizer's state. By keyboard: the step at the playhead of the variant
 * that has the focus. The numbers are the server's own, the gradient exact.
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
 * @param {HTMLElement} source.bar  whose circles can have the focus
 * @param {Pick<import("../moves/moves.js").Moves, "explain">} source.moves
 */
export function createReadout(stage, { store, catalog, model, plot, step, spotlight, bar, moves }) {
  const output = /** @type {HTMLElement} */ (stage.querySelector(".readout"));
  let values = "";
  let passing = "";
  /** The state of the optimizer whose path is meant. */
  let remembered = "";
  /** Whose state that is, after which step, and of which descents. */
  let meant = "";
  let meantOf = model.request();
  let forget = () => {};
  /** Where it stands. */
  let beside = { px: 0, py: 0 };
  /** What has the keyboard's focus. @type {string | null} */
  let focused = null;

  const show = () => {
    const text = [passing, values, remembered].filter(Boolean).join("\n");
    if (output.textContent !== text) output.textContent = text;
    const { area } = plot.map();
    const { px, py } = beside;
    const right = px + 16 + output.offsetWidth < area.left + area.width;
    const below = py + 20 + output.offsetHeight < area.top + area.height;
    const left = right ? px + 16 : Math.max(px - 12 - output.offsetWidth, area.left);
    const top = below ? py + 20 : Math.max(py - 12 - output.offsetHeight, area.top);
    output.style.transform = `translate(${Math.round(left)}px, ${Math.round(top)}px)`;
  };

  /**
   * Read the state of an optimizer after a step.
   * @param {string | null} id
   * @param {number} at
   */
  const explain = (id, at) => {
    const next = id === null ? "" : `${id} ${at}`;
    if (next === meant && meantOf === model.request()) return;
    meant = next;
    meantOf = model.request();
    remembered = "";
    forget();
    if (id === null) return;
    forget = moves.explain(id, at, (text) => {
      remembered = text;
      show();
    });
  };

  const points = newest(
    (/** @type {ReturnType<typeof pointRequest>} */ body, signal) =>
      /** @type {Promise<import("../../core/api-types.d.ts").PointResponse>} */ (post("./api/v1/points", body, signal)),
    ({ value, gradient }) => {
      const [f, fx, fy] = [value, gradient.x, gradient.y].map((one) => number(one ?? NaN));
      values = `f = ${f}   ∇f = (${fx}, ${fy})`;
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
    let best = { id: "", text: "", at: 0, distance: NEAR_PX };
    for (const id of shownOf(store.get(), catalog)) {
      const path = plot.path(id);
      const descent = model.descents().get(id);
      if (!path || !descent) continue;
      const count = lastAtMost(path.steps, step()) + 1;
      const { index, distance } = nearestVertex(plot.map(), path.xs, path.ys, px, py, count);
      if (distance >= best.distance) continue;
      const at = Number(descent.step[index]);
      best = { id, text: told(id, at, Number(descent.loss[index])), at, distance };
    }
    return best;
  };

  /**
   * @param {string} id
   * @param {number} at
   * @param {number} loss
   */
  const told = (id, at, loss) => `${labelOf(store.get(), id, catalog)}, step ${integer(at)}: loss ${number(loss)}`;

  /** The variant that has the keyboard's focus, at the playhead. */
  const followFocus = () => {
    if (focused === null) return;
    const path = plot.path(focused);
    const descent = model.descents().get(focused);
    output.hidden = !path || !descent || store.get().surface !== "contour";
    if (output.hidden || !path || !descent) return;
    const index = Math.max(lastAtMost(path.steps, step() + 1e-9), 0);
    const at = Number(path.steps[index]);
    const { area, x, y } = plot.map();
    beside = {
      px: Math.min(Math.max(x(Number(path.xs[index])), area.left), area.left + area.width),
      py: Math.min(Math.max(y(Number(path.ys[index])), area.top), area.top + area.height),
    };
    const place = `(${coordinate(Number(path.xs[index]), 3)}, ${coordinate(Number(path.ys[index]), 3)})`;
    passing = `${told(focused, at, Number(descent.loss[index]))}\n${place}`;
    values = "";
    explain(focused, at);
    show();
  };
  bar.addEventListener("focusin", (event) => {
    const circle = /** @type {HTMLElement} */ (event.target);
    focused = circle.matches(":focus-visible") ? (circle.dataset.optimizer ?? null) : null;
    followFocus();
  });
  bar.addEventListener("focusout", () => {
    if (focused === null) return;
    focused = null;
    output.hidden = true;
    explain(null, 0);
  });

  /** @param {{px: number, py: number} | null} point */
  const hover = (point) => {
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
      explain(null, 0);
      points.cancel();
      return followFocus();
    }
    const { px, py } = point;
    const [x, y] = [dataX(px), dataY(py)];
    const pixel = 1 / (plot.map().x(1) - plot.map().x(0));
    const digits = Math.min(Math.max(Math.ceil(-Math.log10(pixel)), 0), 9);
    passing = `(${coordinate(x, digits)}, ${coordinate(y, digits)})`;
    const path = pathAt(px, py);
    if (path.id) passing = `${path.text}\n${passing}`;
    spotlight.set(path.id || null);
    explain(path.id || null, path.at);
    beside = point;
    // The server cannot evaluate a function that a file holds.
    const isForeign = store.get().file?.own != null;
    if (isForeign) values = "";
    show();
    if (!isForeign) points.ask(pointRequest(store.get(), catalog, { x, y }), { abort: false });
    return undefined;
  };

  return {
    hover,
    /** The playhead has moved. */
    follow: followFocus,
  };
}
