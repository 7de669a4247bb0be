/** Circles in a row that a mouse drags to another place; a key or a long press asks for more. */

/** A pointer that moves less than this means a press. */
const SLACK_PX = 6;
/** So near to an end a dragged circle scrolls the row, so far at a time. */
const EDGE_PX = 32;
const SCROLL_PX = 14;
/** A finger that rests so long asks for the menu. */
const LONG_PRESS_MS = 500;

/** @typedef {"push" | "replace"} Mode */

/**
 * @param {HTMLElement} row
 * @param {(target: EventTarget | null) => HTMLElement | null} circleAt
 * @param {(circle: HTMLElement, place: number, mode: Mode) => void} onMove  to a place from 0; one drag is
 *   one `push`
 */
export function bindDragging(row, circleAt, onMove) {
  /** @type {{circle: HTMLElement, x: number, moving: boolean, mode: Mode} | null} */
  let drag = null;

  row.addEventListener("pointerdown", (event) => {
    const circle = circleAt(event.target);
    // A finger scrolls the row.
    if (!circle || event.button !== 0 || event.pointerType === "touch") return;
    drag = { circle, x: event.clientX, moving: false, mode: "push" };
  });
  row.addEventListener("pointermove", (event) => {
    if (!drag) return;
    if (!(event.buttons & 1)) return end();
    if (!drag.moving && Math.abs(event.clientX - drag.x) < SLACK_PX) return;
    if (!drag.moving) {
      drag.moving = true;
      // Whoever has captured the pointer gets the click: no circle is switched.
      row.setPointerCapture(event.pointerId);
      drag.circle.classList.add("dragged");
    }
    const { left, right } = row.getBoundingClientRect();
    if (event.clientX > right - EDGE_PX) row.scrollLeft += SCROLL_PX;
    else if (event.clientX < left + EDGE_PX) row.scrollLeft -= SCROLL_PX;
    const { circle } = drag;
    const all = /** @type {HTMLElement[]} */ ([...row.children]);
    const others = all.filter((one) => one !== circle);
    const place = others.filter((one) => middle(one) < event.clientX).length;
    if (place === all.indexOf(circle)) return;
    onMove(circle, place, drag.mode);
    drag.mode = "replace";
  });
  const end = () => {
    drag?.circle.classList.remove("dragged");
    drag = null;
  };
  for (const name of ["pointerup", "pointercancel"]) row.addEventListener(name, end);
}

/** @param {HTMLElement} node */
function middle(node) {
  const { left, width } = node.getBoundingClientRect();
  return left + width / 2;
}

/**
 * Shift and an arrow key move the circle that has the focus.
 * @param {HTMLElement} row
 * @param {(target: EventTarget | null) => HTMLElement | null} circleAt
 * @param {(circle: HTMLElement, place: number, mode: Mode) => void} onMove
 */
export function bindOrderKeys(row, circleAt, onMove) {
  row.addEventListener("keydown", (event) => {
    const by = { ArrowLeft: -1, ArrowRight: 1 }[event.key];
    const circle = circleAt(event.target);
    if (!by || !circle || !event.shiftKey || event.altKey || event.ctrlKey || event.metaKey) return;
    event.preventDefault();
    const place = [...row.children].indexOf(circle) + by;
    if (place >= 0 && place < row.children.length) onMove(circle, place, "push");
  });
}

/**
 * A right click, the menu key or a long press asks for a circle's menu.
 * @param {HTMLElement} row
 * @param {(target: EventTarget | null) => HTMLElement | null} circleAt
 * @param {(circle: HTMLElement) => void} onMenu
 */
export function bindMenu(row, circleAt, onMenu) {
  let timer = 0;
  let pressed = false;
  const cancel = () => clearTimeout(timer);
  row.addEventListener("contextmenu", (event) => {
    const circle = circleAt(event.target);
    if (!circle) return;
    event.preventDefault();
    // Some browsers report a long press themselves.
    if (!pressed) onMenu(circle);
    cancel();
  });
  row.addEventListener("pointerdown", (event) => {
    cancel();
    pressed = false;
    const circle = circleAt(event.target);
    if (!circle || event.pointerType !== "touch") return;
    timer = window.setTimeout(() => {
      pressed = true;
      onMenu(circle);
    }, LONG_PRESS_MS);
  });
  for (const name of ["pointerup", "pointercancel"]) row.addEventListener(name, cancel);
  row.addEventListener("scroll", cancel, { passive: true });
  row.addEventListener(
    "click",
    (event) => {
      // A key clicks, too.
      if (!pressed || event.detail === 0) return;
      // The finger that asked for the menu is lifted: it switches nothing.
      pressed = false;
      event.stopPropagation();
      event.preventDefault();
    },
    { capture: true },
  );
}
