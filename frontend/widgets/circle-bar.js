/** Coloured circles that show and hide: the lower bar of a plot, one row that scrolls. */

import { element } from "../core/dom.js";
import { bindDragging, bindMenu, bindOrderKeys } from "./circle-order.js";

/**
 * @typedef {object} Item
 * @property {string} id
 * @property {string} label  under the circle
 * @property {string} name  what it is called in full
 * @property {string} title  what it is, and with which settings
 * @property {string} color
 * @property {string} [pattern]  of its line, "dash" or "dashdot"; solid without
 * @property {boolean} on
 */

/**
 * @param {HTMLElement} root
 * @param {"optimizer" | "run"} kind  the circles carry their ids in the attribute `data-` and this
 * @param {(id: string) => void} onToggle
 * @param {object} [more]
 * @param {(id: string | null) => void} [more.onPoint]  a circle is hovered over or focused, or none
 * @param {(id: string) => void} [more.onRemove]  Delete was pressed on a circle
 * @param {(id: string, place: number, mode: "push" | "replace") => void} [more.onMove]  a circle was
 *   dragged to a place, or moved by Shift and an arrow key
 * @param {(id: string, circle: HTMLElement) => void} [more.onMenu]  its menu is asked for
 * @returns {{
 *   show: (items: readonly Item[], ...after: Node[]) => void,
 *   light: (id: string | null) => void,
 * }} `show` puts `after` behind the circles; `light` marks one of them
 */
export function createCircleBar(root, kind, onToggle, { onPoint, onRemove, onMove, onMenu } = {}) {
  const row = element("div", { class: "circle-row" });
  const idOf = (/** @type {Element | null} */ node) =>
    /** @type {HTMLElement | null} */ (node)?.dataset[kind];
  const circleOf = (/** @type {EventTarget | null} */ target) =>
    /** @type {HTMLElement | null} */ (/** @type {Element} */ (target).closest(".circle"));
  const circleAt = (/** @type {Event} */ event) => circleOf(event.target);
  bindScrolling(row);
  if (onPoint) {
    for (const name of ["pointerover", "focusin"]) {
      row.addEventListener(name, (event) => onPoint(idOf(circleAt(event)) ?? null));
    }
    for (const name of ["pointerleave", "focusout"]) row.addEventListener(name, () => onPoint(null));
  }
  if (onRemove) {
    row.addEventListener("keydown", (event) => {
      const id = event.key === "Delete" ? idOf(circleAt(event)) : undefined;
      if (id) onRemove(id);
    });
  }

  if (onMove) {
    const move = (/** @type {HTMLElement} */ circle, /** @type {number} */ place, /** @type {"push" | "replace"} */ mode) => {
      onMove(String(idOf(circle)), place, mode);
      circle.scrollIntoView({ block: "nearest", inline: "nearest" });
    };
    bindDragging(row, circleOf, move);
    bindOrderKeys(row, circleOf, move);
  }
  if (onMenu) bindMenu(row, circleOf, (circle) => onMenu(String(idOf(circle)), circle));

  /** @param {string} id */
  const circle = (id) =>
    element(
      "button",
      {
        type: "button",
        class: "circle",
        [`data-${kind}`]: id,
        "aria-keyshortcuts": onMove ? "Shift+ArrowLeft Shift+ArrowRight Delete" : null,
        onclick: () => onToggle(id),
      },
      element("span", { class: "dot" }),
      element("span", { class: "label" }),
    );

  /**
   * @param {HTMLElement} button
   * @param {Item} item
   */
  const write = (button, { label, name, color, pattern = "solid", on, title }) => {
    // A name that is called must hold what is read.
    const called = name.toLowerCase().includes(label.toLowerCase()) ? name : `${label}, ${name}`;
    for (const [key, value] of [
      ["aria-label", called],
      ["aria-pressed", String(on)],
      ["data-pattern", pattern],
      ["title", title],
    ]) {
      button.setAttribute(String(key), String(value));
    }
    button.style.setProperty("--color", color);
    const text = /** @type {HTMLElement} */ (button.lastElementChild);
    if (text.textContent !== label) text.textContent = label;
  };

  return {
    show(items, ...after) {
      const focused = idOf(document.activeElement);
      const present = /** @type {HTMLElement[]} */ ([...row.children]);
      const known = new Map(present.map((node) => [idOf(node), node]));
      const buttons = items.map(({ id }) => known.get(id) ?? circle(id));
      items.forEach((item, i) => write(/** @type {HTMLElement} */ (buttons[i]), item));
      if (present.length && buttons.length === present.length && buttons.every((node, i) => node === present[i])) return;
      row.replaceChildren(...buttons);
      // What is taken out of the page loses the focus: a menu in it would.
      if (row.parentElement !== root) root.replaceChildren(row, ...after);
      if (focused) buttons.find((node) => idOf(node) === focused)?.focus();
    },
    light(id) {
      for (const node of row.children) node.classList.toggle("lit", id !== null && idOf(node) === id);
    },
  };
}

/**
 * What a row hides at an end fades out there, and a wheel that turns over it scrolls it until it
 * comes to its end.
 * @param {HTMLElement} row
 */
function bindScrolling(row) {
  const room = () => row.scrollWidth - row.clientWidth;
  const show = () => {
    row.classList.toggle("more-before", row.scrollLeft > 1);
    row.classList.toggle("more-after", row.scrollLeft < room() - 1);
  };
  row.addEventListener("scroll", show, { passive: true });
  new ResizeObserver(show).observe(row);
  new MutationObserver(show).observe(row, { childList: true });
  row.addEventListener(
    "wheel",
    (event) => {
      if (event.deltaX !== 0 || event.ctrlKey || event.metaKey) return;
      const before = row.scrollLeft;
      row.scrollLeft += event.deltaY;
      if (row.scrollLeft !== before) event.preventDefault();
    },
    { passive: false },
  );
}
