/** Coloured circles that show and hide: the lower bar of a plot. */

import { element } from "../core/dom.js";

/**
 * @typedef {object} Item
 * @property {string} id
 * @property {string} label  under the circle
 * @property {string} name  what it is called in full
 * @property {string} title  what it is
 * @property {string} color
 * @property {boolean} on
 */

/**
 * @param {HTMLElement} root
 * @param {"optimizer" | "run"} kind  the circles carry their ids in the attribute `data-` and this
 * @param {(id: string) => void} onToggle
 * @returns {{show: (items: readonly Item[], ...after: Node[]) => boolean}} `show` tells whether
 *   there are other circles now than before; then `after` stands behind them
 */
export function createCircleBar(root, kind, onToggle) {
  const idOf = (/** @type {Element | null} */ node) =>
    /** @type {HTMLElement | null} */ (node)?.dataset[kind];

  /** @param {Item} item */
  const circle = ({ id, label, name, title }) => {
    // A name that is called must hold what is read.
    const called = name.toLowerCase().includes(label.toLowerCase()) ? name : `${label}, ${name}`;
    return element(
      "button",
      {
        type: "button",
        class: "circle",
        [`data-${kind}`]: id,
        "aria-label": called,
        title,
        onclick: () => onToggle(id),
      },
      element("span", { class: "dot" }),
      element("span", { class: "label" }, label),
    );
  };

  return {
    show(items, ...after) {
      const focused = idOf(document.activeElement);
      const present = [...root.querySelectorAll(".circle")];
      const labels = present.map((node) => node.textContent);
      const same =
        present.map(idOf).join() === items.map(({ id }) => id).join() &&
        labels.join() === items.map(({ label }) => label).join();
      const buttons = /** @type {HTMLElement[]} */ (same ? present : items.map(circle));
      items.forEach(({ color, on }, i) => {
        buttons[i]?.setAttribute("aria-pressed", String(on));
        buttons[i]?.style.setProperty("--color", color);
      });
      if (same && present.length) return false;
      root.replaceChildren(...buttons, ...after);
      if (focused) buttons.find((node) => idOf(node) === focused)?.focus();
      return true;
    },
  };
}
