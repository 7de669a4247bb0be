/**
 * Pointer and keyboard over the contour: a click starts, the start can be dragged, the ground can
 * be dragged and magnified.
 */

import { containWindow, panWindow, zoomWindow } from "../geometry.js";
import { gesture } from "../controls.js";
import { domainOf, objectiveOf, startOf } from "./settings.js";

/** @typedef {import("../geometry.js").Window} Window */
/** @typedef {import("../state.js").HistoryMode} HistoryMode */

/** A pointer that moved less between down and up has clicked. */
const CLICK_PX = 5;
const ZOOM_PER_WHEEL_PX = 0.0018;
const ZOOM_KEY = 1.5;
/** An arrow key moves the start by this part of the window, with Shift by a tenth of it. */
const ARROW_PART = 0.01;
/** How far the domain may be magnified (beyond, tick labels need more room), and left behind. */
const ZOOM_LIMITS = { in: 1e-4, out: 20 };
/** The wheel has no end of its own; after this long without one the next is another gesture. */
const WHEEL_GESTURE_MS = 500;

/**
 * @param {HTMLElement} stage
 * @param {object} page
 * @param {import("../state.js").Store<import("./state.js").State>} page.store
 * @param {import("./settings.js").Catalog} page.catalog
 * @param {() => import("../geometry.js").LinearMap} page.map
 * @param {(x: number, y: number) => void} page.onStart  a descent was started by a click
 * @param {(x: number, y: number, mode: HistoryMode) => void} page.onMoveStart
 * @param {(point: {px: number, py: number} | null) => void} page.onHover
 */
export function bindStage(stage, { store, catalog, map, onStart, onMoveStart, onHover }) {
  const handle = /** @type {HTMLButtonElement} */ (stage.querySelector(".start"));
  const whole = /** @type {HTMLButtonElement} */ (stage.querySelector(".whole"));
  const flat = () => store.get().surface === "contour";

  /** @param {PointerEvent | WheelEvent | MouseEvent} event */
  const pixel = (event) => {
    const box = stage.getBoundingClientRect();
    return { px: event.clientX - box.left, py: event.clientY - box.top };
  };
  const domain = () => domainOf(objectiveOf(catalog, store.get().objective));

  /**
   * @param {number} factor
   * @param {{px: number, py: number}} at
   * @param {HistoryMode} mode
   */
  const zoom = (factor, { px, py }, mode) => {
    const { window, dataX, dataY } = map();
    const next = zoomWindow(window, factor, { x: dataX(px), y: dataY(py) });
    const whole = containWindow(domain(), map().area);
    const part = (next.x1 - next.x0) / (whole.x1 - whole.x0);
    if (part < ZOOM_LIMITS.in || part > ZOOM_LIMITS.out) return;
    store.set({ window: next }, mode);
  };
  /**
   * A point of the ground with the digits that a pointer can mean, so that links stay short.
   * @param {number} x
   * @param {number} y
   */
  const meant = (x, y) => {
    const { window, area } = map();
    const pixel = (window.x1 - window.x0) / area.width;
    const digits = Math.min(Math.max(Math.ceil(1 - Math.log10(pixel)), 0), 15);
    return /** @type {const} */ ([Number(x.toFixed(digits)), Number(y.toFixed(digits))]);
  };
  const center = () => {
    const { left, top, width, height } = map().area;
    return { px: left + width / 2, py: top + height / 2 };
  };

  bindHandle();
  bindGround();
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
      const { px, py } = pixel(event);
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

  function bindGround() {
    /** @type {Map<number, {px: number, py: number}>} */
    const pointers = new Map();
    let moved = false;
    const pan = gesture();
    const wheel = gesture();
    let wheelEnd = 0;

    const onGround = (/** @type {Event} */ event) =>
      flat() && !(/** @type {Element} */ (event.target).closest("button, .bar"));

    stage.addEventListener("pointerdown", (event) => {
      if (event.button !== 0 || !onGround(event)) return;
      if (pointers.size === 0) moved = false;
      pointers.set(event.pointerId, pixel(event));
      stage.setPointerCapture(event.pointerId);
      onHover(null);
    });

    stage.addEventListener("pointermove", (event) => {
      const before = pointers.get(event.pointerId);
      const now = pixel(event);
      if (!before) {
        onHover(onGround(event) && event.pointerType !== "touch" ? now : null);
        return;
      }
      if (pointers.size === 2) {
        pinch(event.pointerId, before, now);
        moved = true;
        pointers.set(event.pointerId, now);
        return;
      }
      if (!moved && Math.hypot(now.px - before.px, now.py - before.py) < CLICK_PX) return;
      moved = true;
      // One finger scrolls the page; it takes two to move the plot.
      if (event.pointerType === "touch") return;
      const { window, dataX, dataY } = map();
      const dx = dataX(before.px) - dataX(now.px);
      const dy = dataY(before.py) - dataY(now.py);
      stage.classList.add("panned");
      pointers.set(event.pointerId, now);
      store.set({ window: panWindow(window, dx, dy) }, pan.mode());
    });

    /**
     * @param {number} id
     * @param {{px: number, py: number}} before
     * @param {{px: number, py: number}} now
     */
    const pinch = (id, before, now) => {
      const other = [...pointers].find(([key]) => key !== id)?.[1];
      if (!other) return;
      const from = Math.hypot(before.px - other.px, before.py - other.py);
      const to = Math.hypot(now.px - other.px, now.py - other.py);
      if (from > 0 && to > 0) zoom(from / to, other, pan.mode());
    };

    stage.addEventListener("pointerup", (event) => {
      if (!pointers.delete(event.pointerId)) return;
      pan.end();
      stage.classList.remove("panned");
      if (moved || pointers.size) return;
      const { px, py } = pixel(event);
      const { area, dataX, dataY } = map();
      const inside =
        px >= area.left && px <= area.left + area.width && py >= area.top && py <= area.top + area.height;
      if (inside) onStart(...meant(dataX(px), dataY(py)));
    });
    stage.addEventListener("pointercancel", (event) => {
      pointers.delete(event.pointerId);
      pan.end();
      stage.classList.remove("panned");
    });
    stage.addEventListener("pointerleave", () => onHover(null));

    stage.addEventListener(
      "wheel",
      (event) => {
        if (!onGround(event)) return;
        event.preventDefault();
        const pixels = event.deltaY * (event.deltaMode === 0 ? 1 : 30);
        const factor = Math.exp(Math.min(Math.max(pixels, -300), 300) * ZOOM_PER_WHEEL_PX);
        zoom(factor, pixel(event), wheel.mode());
        clearTimeout(wheelEnd);
        wheelEnd = setTimeout(wheel.end, WHEEL_GESTURE_MS);
      },
      { passive: false },
    );

    stage.addEventListener("dblclick", (event) => {
      if (onGround(event)) store.set({ window: null }, "push");
    });
    whole.addEventListener("click", () => store.set({ window: null }, "push"));
  }

  function bindKeys() {
    const move = gesture();
    /** @type {Record<string, [number, number]>} */
    const arrows = {
      ArrowLeft: [-1, 0],
      ArrowRight: [1, 0],
      ArrowUp: [0, 1],
      ArrowDown: [0, -1],
    };
    // Also where nothing has the focus: a newcomer's first key should move the start.
    document.addEventListener("keydown", (event) => {
      if (!flat() || event.ctrlKey || event.metaKey || event.altKey) return;
      const target = /** @type {Element} */ (event.target);
      if (target !== stage && target !== handle && target !== document.body) return;
      const arrow = arrows[event.key];
      if (arrow) {
        event.preventDefault();
        const state = store.get();
        const start = startOf(state, objectiveOf(catalog, state.objective));
        const { window } = map();
        const unit = (window.x1 - window.x0) * ARROW_PART * (event.shiftKey ? 0.1 : 1);
        const [x, y] = meant(start.x + unit * arrow[0], start.y + unit * arrow[1]);
        onMoveStart(x, y, move.mode());
      } else if (event.key === "+" || event.key === "=") zoom(1 / ZOOM_KEY, center(), "push");
      else if (event.key === "-") zoom(ZOOM_KEY, center(), "push");
      else if (event.key === "0") store.set({ window: null }, "push");
    });
    document.addEventListener("keyup", move.end);
  }
}
