/**
 * Pointer and keyboard over the contour: a click starts, the start can be dragged, arrow keys move
 * it.
 */

import { gesture } from "../../widgets/controls.js";
import { ARROWS, bindGestures, isForStage, pixelOf } from "../../plot/gestures.js";
import { contentOf } from "../model/members.js";
import { objectiveOf } from "../model/playground-catalog.js";
import { startOf } from "../model/settings.js";

/** @typedef {import("../../core/store.js").HistoryMode} HistoryMode */
/** @typedef {import("../model/playground-state.js").State} State */

/** An arrow key moves the start by this part of the view, with Shift by a tenth of it. */
const ARROW_PART = 0.01;

/**
 * @param {HTMLElement} stage
 * @param {object} page
 * @param {import("../../core/store.js").Store<import("../model/playground-state.js").State>} page.store
 * @param {import("../model/settings.js").Catalog} page.catalog
 * @param {() => import("../../core/geometry/linear-map.js").LinearMap} page.map
 * @param {(x: number, y: number) => void} page.onStart  a descent was started by a click
 * @param {(x: number, y: number, mode: HistoryMode) => void} page.onMoveStart
 * @param {(at: import("../../plot/gestures.js").Pixel | null) => void} page.onHover
 */
export function bindStage(stage, { store, catalog, map, onStart, onMoveStart, onHover }) {
  const handle = /** @type {HTMLButtonElement} */ (stage.querySelector(".stage-start"));
  const active = () => store.get().surface === "contour";
  /** A function that a file holds cannot be descended from anywhere else. */
  const startable = () => store.get().file?.own == null;
  /** Start and playhead before the last click. @type {Pick<State, "start" | "playhead"> | null} */
  let before = null;

  /**
   * A point of the plane with the digits that a pointer can mean, so that links stay short.
   * @param {number} x
   * @param {number} y
   */
  const meant = (x, y) => {
    const { bounds, area } = map();
    const pixel = (bounds.x1 - bounds.x0) / area.width;
    const digits = Math.min(Math.max(Math.ceil(1 - Math.log10(pixel)), 0), 15);
    return /** @type {const} */ ([Number(x.toFixed(digits)), Number(y.toFixed(digits))]);
  };

  bindGestures(stage, {
    active,
    map,
    whole: () => contentOf(store.get(), catalog),
    onBounds: (bounds, mode) => store.set({ bounds }, mode),
    onClick: ({ px, py }) => {
      before = null;
      if (!startable()) return;
      const { dataX, dataY } = map();
      const { start, playhead } = store.get();
      before = { start, playhead };
      onStart(...meant(dataX(px), dataY(py)));
    },
    // Its first click has started a descent; the start goes back to where it was.
    onDoubleClick: () => {
      store.set({ ...before, bounds: null }, before ? "replace" : "push");
      before = null;
    },
    onHover,
  });
  bindHandle();
  bindKeys();

  function bindHandle() {
    const drag = gesture();
    handle.addEventListener("pointerdown", (event) => {
      if (event.button !== 0) return;
      handle.setPointerCapture(event.pointerId);
      handle.classList.add("dragged");
      event.stopPropagation();
    });
    handle.addEventListener("pointermove", (event) => {
      if (!handle.hasPointerCapture(event.pointerId)) return;
      const { px, py } = pixelOf(stage, event);
      const { area, dataX, dataY } = map();
      const x = dataX(Math.min(Math.max(px, area.left), area.left + area.width));
      const y = dataY(Math.min(Math.max(py, area.top), area.top + area.height));
      onMoveStart(...meant(x, y), drag.mode());
    });
    for (const name of /** @type {const} */ (["pointerup", "pointercancel"])) {
      handle.addEventListener(name, () => {
        handle.classList.remove("dragged");
        drag.end();
      });
    }
  }

  function bindKeys() {
    const move = gesture();
    document.addEventListener("keydown", (event) => {
      const arrow = ARROWS[event.key];
      if (!arrow || !active() || !startable() || !isForStage(stage, event)) return;
      event.preventDefault();
      const state = store.get();
      const start = startOf(state, objectiveOf(catalog, state.objective));
      const { bounds } = map();
      const unit = (bounds.x1 - bounds.x0) * ARROW_PART * (event.shiftKey ? 0.1 : 1);
      const [x, y] = meant(start.x + unit * arrow[0], start.y + unit * arrow[1]);
      onMoveStart(x, y, move.mode());
    });
    document.addEventListener("keyup", move.end);
  }
}
