/**
 * The paths that a click would start, faintly, where the pointer rests. One request is under way at a
 * time, and of those that come meanwhile only the newest is sent.
 */

import { newest, post } from "../../core/api.js";
import { appearanceOf, colorOf, isOwn } from "../../core/optimizer-style.js";
import { shownOf } from "../model/members.js";
import { descentsRequest, optimizersRequest } from "../model/requests.js";
import { stepsOf } from "../model/settings.js";

/** @typedef {import("../model/playground-state.js").State} State */
/** @typedef {import("../model/settings.js").Catalog} Catalog */
/** @typedef {import("../model/computed.js").ServerDescent} ServerDescent */

/** More paths than these hide each other: then there is one. */
const MOST = 5;
/** Steps that a preview may take in all, which the server computes in a few milliseconds. */
const MOST_STEPS = 14_000;
/** A preview is of where the pointer is; farther away it goes. */
const NEAR_PX = 24;

/**
 * Whose paths are previewed: all that are shown, or one of many.
 * @param {State} state
 * @param {Catalog} catalog
 * @param {string | null} lit  the one that was pointed at last
 */
export function previewedOf(state, catalog, lit) {
  const shown = shownOf(state, catalog).filter((id) => !isOwn(id) && state.bar.includes(id));
  const steps = shown.reduce((sum, id) => sum + stepsOf(state, id, catalog), 0);
  if (shown.length <= MOST && steps <= MOST_STEPS) return shown;
  return lit !== null && shown.includes(lit) ? [lit] : shown.slice(0, 1);
}

/**
 * @param {object} source
 * @param {import("../../core/store.js").Store<State>} source.store
 * @param {Catalog} source.catalog
 * @param {import("../plot/playground-plot.js").Plot} source.plot
 */
export function createPreview({ store, catalog, plot }) {
  /** @type {{start: {x: number, y: number}, paths: import("../../plot/overlay.js").Path[]} | null} */
  let shown = null;

  const clear = () => {
    paths.cancel();
    if (!shown) return;
    shown = null;
    plot.invalidate();
  };

  const paths = newest(
    (/** @type {{body: ReturnType<typeof descentsRequest>, ids: readonly string[]}} */ { body }, signal) =>
      /** @type {Promise<{descents: ServerDescent[]}>} */ (post("./api/v1/descents", body, signal)),
    ({ descents }, { body, ids }) => {
      shown = {
        start: body.start,
        paths: descents.map(({ step: steps, x: xs, y: ys }, i) => {
          const id = String(ids[i]);
          return { steps, xs, ys, color: colorOf(id), dash: appearanceOf(id).dash };
        }),
      };
      plot.invalidate();
    },
    // Nobody asked for a preview.
    () => undefined,
  );

  plot.decorate((overlay) => {
    if (!shown) return;
    for (const path of shown.paths) overlay.outlook(path, "cased");
  }, "below");
  // What changes makes a preview stale.
  store.subscribe(clear);

  return {
    clear,
    /**
     * The pointer moves, and leaves a preview that is far away.
     * @param {import("../../plot/gestures.js").Pixel} at
     */
    move({ px, py }) {
      if (!shown) return;
      const { x, y } = plot.map();
      if (Math.hypot(x(shown.start.x) - px, y(shown.start.y) - py) > NEAR_PX) clear();
    },
    /**
     * The pointer rests.
     * @param {import("../../plot/gestures.js").Pixel} at
     * @param {string | null} lit
     */
    rest({ px, py }, lit) {
      const state = store.get();
      const ids = previewedOf(state, catalog, lit);
      if (!ids.length) return;
      const { dataX, dataY } = plot.map();
      const body = {
        ...descentsRequest(state, catalog),
        start: { x: dataX(px), y: dataY(py) },
        optimizers: optimizersRequest(state, catalog, ids),
      };
      paths.ask({ body, ids }, { abort: false });
    },
  };
}
