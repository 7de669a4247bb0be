/**
 * Pointer, wheel and keyboard over a contour, which can be dragged, magnified and
 * clicked. The wheel alone scrolls the page; it zooms with Ctrl or ⌘, or while the plot has the
 * keyboard's focus.
 */

import { element, zoomOf } from "../core/dom.js";
import { gesture } from "../widgets/controls.js";
import { containBounds, panBounds, zoomBounds } from "../core/geometry/bounds.js";

/** @typedef {import("../core/geometry/bounds.js").Bounds} Bounds */
/** @typedef {import("../core/store.js").HistoryMode} HistoryMode */
/** @typedef {{px: number, py: number}} Pixel  of the stage */

/** A pointer that moved less between down and up has clicked. */
const CLICK_PX = 5;
const ZOOM_PER_WHEEL_PX = 0.0018;
const ZOOM_KEY = 1.5;
/** How far the whole may be magnified (beyond, tick labels need more room), and left behind. */
const ZOOM_LIMITS = { in: 1e-4, out: 20 };
/** The wheel has no end of its own; after this long without one the next is another gesture. */
const WHEEL_GESTURE_MS = 500;
/** By the keyboard: who has only clicked may want to scroll on. */
const FOCUSED = ":focus-visible, :has(:focus-visible)";
/** How long the hint on the wheel stays. */
const HINT_MS = 3500;

/** Where arrow keys lead, y upwards. @type {Record<string, [number, number]>} */
export const ARROWS = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, 1], ArrowDown: [0, -1] };

/**
 * @param {HTMLElement} stage  with a button `.stage-whole` in it
 * @param {object} contour
 * @param {() => boolean} contour.active  whether a contour is to be seen
 * @param {() => import("../core/geometry/linear-map.js").LinearMap} contour.map
 * @param {() => Bounds} contour.whole  what is to be seen when nobody has zoomed
 * @param {(bounds: Bounds | null, mode: HistoryMode) => void} contour.onBounds  null: the whole
 * @param {(at: Pixel) => void} [contour.onClick]  the first click of a double click too
 * @param {() => void} [contour.onDoubleClick]  without, a double click shows the whole
 * @param {(at: Pixel | null) => void} contour.onHover
 */
export function bindGestures(stage, { active, map, whole, onBounds, onClick, onDoubleClick, onHover }) {
  const showAll = /** @type {HTMLButtonElement} */ (stage.querySelector(".stage-whole"));

  /**
   * @param {number} factor
   * @param {Pixel} at
   * @param {HistoryMode} mode
   * @returns {boolean} whether there was room for it
   */
  const zoom = (factor, { px, py }, mode) => {
    const { bounds, area, dataX, dataY } = map();
    const next = zoomBounds(bounds, factor, { x: dataX(px), y: dataY(py) });
    const all = containBounds(whole(), area);
    const part = (next.x1 - next.x0) / (all.x1 - all.x0);
    if (part < ZOOM_LIMITS.in || part > ZOOM_LIMITS.out) return false;
    onBounds(next, mode);
    return true;
  };
  const center = () => {
    const { left, top, width, height } = map().area;
    return { px: left + width / 2, py: top + height / 2 };
  };

  bindPointer();
  bindWheel();
  bindKeys();

  function bindPointer() {
    /** @type {Map<number, Pixel>} */
    const pointers = new Map();
    let moved = false;
    const pan = gesture();
    /** Where a pointer that has not moved left the contour. @type {Pixel | null} */
    let released = null;

    const onContour = (/** @type {Event} */ event) =>
      active() && !(/** @type {Element} */ (event.target).closest("button, .circle-bar"));

    let hovered = false;
    /**
     * Tell of the pointer, and once that it has left: what else is on the stage may then tell of its own.
     * @param {Pixel | null} at
     */
    const hover = (at) => {
      if (at === null && !hovered) return;
      hovered = at !== null;
      onHover(at);
    };
    // Before the bar hears of it, which lies on the stage.
    stage.addEventListener("pointerover", (event) => onContour(event) || hover(null), { capture: true });

    stage.addEventListener("pointerdown", (event) => {
      if (event.button !== 0 || !onContour(event)) return;
      if (pointers.size === 0) moved = false;
      released = null;
      pointers.set(event.pointerId, pixelOf(stage, event));
      stage.setPointerCapture(event.pointerId);
      hover(null);
    });

    stage.addEventListener("pointermove", (event) => {
      const before = pointers.get(event.pointerId);
      const now = pixelOf(stage, event);
      if (!before) {
        hover(onContour(event) && event.pointerType !== "touch" ? now : null);
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
      const { bounds, dataX, dataY } = map();
      const dx = dataX(before.px) - dataX(now.px);
      const dy = dataY(before.py) - dataY(now.py);
      stage.classList.add("panned");
      pointers.set(event.pointerId, now);
      onBounds(panBounds(bounds, dx, dy), pan.mode());
    });

    /**
     * @param {number} id
     * @param {Pixel} before
     * @param {Pixel} now
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
      if (!moved && pointers.size === 0) released = pixelOf(stage, event);
    });
    // The browser counts the clicks: how long a double click may take is the person's own setting. The
    // point is that of the release, which knows parts of a pixel.
    stage.addEventListener("click", (event) => {
      const at = released;
      released = null;
      if (at && onContour(event) && event.detail < 2 && isInside(map().area, at)) onClick?.(at);
    });
    stage.addEventListener("pointercancel", (event) => {
      pointers.delete(event.pointerId);
      pan.end();
      stage.classList.remove("panned");
    });
    stage.addEventListener("pointerleave", () => hover(null));

    // The second click of a slow one meets the handle, which the first has brought there.
    stage.addEventListener("dblclick", (event) => {
      const onHandle = /** @type {Element} */ (event.target).matches(".stage-start");
      if (!onContour(event) && !(active() && onHandle)) return;
      if (onDoubleClick) onDoubleClick();
      else onBounds(null, "push");
    });
    showAll.addEventListener("click", () => onBounds(null, "push"));
  }

  function bindWheel() {
    const wheel = gesture();
    let ending = 0;
    listenToWheel(stage, (event) => {
      // The surface in 3D zooms by itself.
      if (!active()) return;
      if (zoom(wheelFactor(event), pixelOf(stage, event), wheel.mode())) event.preventDefault();
      clearTimeout(ending);
      ending = window.setTimeout(wheel.end, WHEEL_GESTURE_MS);
    });
  }

  function bindKeys() {
    // Also where nothing has the focus: a newcomer's first key should do something.
    document.addEventListener("keydown", (event) => {
      if (!active() || !isForStage(stage, event)) return;
      if (event.key === "+" || event.key === "=") zoom(1 / ZOOM_KEY, center(), "push");
      else if (event.key === "-") zoom(ZOOM_KEY, center(), "push");
      else if (event.key === "0") onBounds(null, "push");
    });
  }
}

/**
 * How many times as much is seen after a turn of the wheel.
 * @param {WheelEvent} event
 */
export function wheelFactor({ deltaY, deltaMode }) {
  const pixels = deltaY * (deltaMode === 0 ? 1 : 30);
  return Math.exp(Math.min(Math.max(pixels, -300), 300) * ZOOM_PER_WHEEL_PX);
}

/**
 * Leave the wheel to the page unless it is meant for a plot: with Ctrl or ⌘, or while the plot has
 * the keyboard's focus. The first wheel that the page gets is answered by a hint.
 * @param {HTMLElement} root  in which the hint is placed
 * @param {(event: WheelEvent) => void} [onZoom]  a wheel that is meant for the plot
 */
export function listenToWheel(root, onZoom) {
  let hinted = false;
  const hint = element("p", { class: "stage-note", role: "status", hidden: true });
  root.append(hint);

  const sayHow = () => {
    if (hinted) return;
    hinted = true;
    const key = /Mac|iPhone|iPad/.test(navigator.userAgent) ? "⌘" : "Ctrl";
    hint.textContent = `${key} and the wheel zoom`;
    hint.hidden = false;
    setTimeout(() => (hint.hidden = true), HINT_MS);
  };

  // In the capturing phase, because the surface in 3D listens too and would hold the page.
  root.addEventListener(
    "wheel",
    (event) => {
      if (/** @type {Element} */ (event.target).closest(".circle-bar")) return;
      const modified = event.ctrlKey || event.metaKey;
      if (!modified && !root.matches(FOCUSED)) {
        event.stopPropagation();
        sayHow();
        return;
      }
      // With a modifier the browser would magnify the whole page.
      if (modified) event.preventDefault();
      onZoom?.(event);
    },
    { passive: false, capture: true },
  );
}

/**
 * Whether a key is meant for a stage: pressed on it, on the handle in it, or on nothing at all.
 * @param {HTMLElement} stage
 * @param {KeyboardEvent} event
 */
export function isForStage(stage, event) {
  if (event.ctrlKey || event.metaKey || event.altKey) return false;
  const target = /** @type {Element} */ (event.target);
  const handle = stage.contains(target) && target.matches(".stage-start");
  return target === stage || target === document.body || handle;
}

/**
 * @param {HTMLElement} stage
 * @param {MouseEvent} event
 * @returns {Pixel}
 */
export function pixelOf(stage, event) {
  const box = stage.getBoundingClientRect();
  const zoom = zoomOf(stage);
  return { px: (event.clientX - box.left) / zoom, py: (event.clientY - box.top) / zoom };
}

/**
 * @param {import("../core/geometry/areas.js").Area} area
 * @param {Pixel} at
 */
export function isInside({ left, top, width, height }, { px, py }) {
  return px >= left && px <= left + width && py >= top && py <= top + height;
}
