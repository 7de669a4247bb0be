/** The menu of a circle: duplicate, rename, pin, move, remove. */

import { element } from "../../core/dom.js";
import { nameField } from "./variant-name.js";

/** Between the menu and its circle, and the window's edge. */
const GAP_PX = 8;

/**
 * Open the menu beside a circle. It closes by Escape, by a choice, and when the focus leaves it.
 * @param {import("./variant-actions.js").VariantActions} actions
 * @param {string} id  of the variant
 * @param {HTMLElement} circle
 */
export function openVariantMenu(actions, id, circle) {
  document.querySelector(".variant-menu")?.remove();
  const { bar, pins } = actions.state();
  const place = bar.indexOf(id);
  const can = actions.offers(id);
  const focusCircle = (/** @type {string | null} */ one) =>
    /** @type {HTMLElement | null} */ (document.querySelector(`.circle[data-optimizer="${one}"]`))?.focus();

  const close = () => menu.remove();
  /**
   * @param {string} text
   * @param {() => string | null | void} act  returns the variant whose circle gets the focus; nothing: this one's
   * @param {boolean} enabled
   */
  const item = (text, act, enabled = true) =>
    element(
      "button",
      {
        type: "button",
        role: "menuitem",
        tabindex: -1,
        "aria-disabled": enabled ? null : "true",
        onclick: () => {
          if (!enabled) return;
          close();
          focusCircle(act() ?? id);
        },
      },
      text,
    );

  const rename = () => {
    const { field } = nameField(actions, id, () => {
      close();
      focusCircle(id);
    });
    menu.removeAttribute("role");
    menu.replaceChildren(element("label", { class: "variant-name" }, "Name", field));
    settle();
    field.select();
  };

  const items = [
    item("Duplicate", () => actions.duplicate(id), can.duplicate),
    element("button", { type: "button", role: "menuitem", tabindex: -1, onclick: rename }, "Rename …"),
    item(pins.includes(id) ? "Unpin" : "Pin", () => actions.pin(id), can.pin),
    item("Move left", () => actions.move(id, place - 1), place > 0),
    item("Move right", () => actions.move(id, place + 1), place < bar.length - 1),
    item(
      "Remove",
      () => {
        actions.remove(id);
        return bar[place + 1] ?? bar[place - 1] ?? null;
      },
      can.remove,
    ),
  ];
  const menu = element(
    "div",
    { class: "variant-menu", role: "menu", "aria-label": actions.label(id), tabindex: -1 },
    ...items,
  );
  menu.addEventListener("keydown", (event) => {
    if (event.key === "Escape") {
      event.stopPropagation();
      close();
      focusCircle(id);
      return;
    }
    const at = items.findIndex((one) => one === document.activeElement);
    const to = { ArrowDown: at + 1, ArrowUp: at - 1, Home: 0, End: items.length - 1 }[event.key];
    if (to === undefined || at < 0) return;
    event.preventDefault();
    items.at(to % items.length)?.focus();
  });
  menu.addEventListener("focusout", (event) => {
    const to = /** @type {Node | null} */ (event.relatedTarget);
    if (!to || !menu.contains(to)) setTimeout(() => menu.contains(document.activeElement) || close());
  });

  const settle = () => {
    const { left, top, width } = circle.getBoundingClientRect();
    const most = document.documentElement.clientWidth - menu.offsetWidth - GAP_PX;
    const x = Math.min(Math.max(left + width / 2 - menu.offsetWidth / 2, GAP_PX), most);
    menu.style.transform = `translate(${Math.round(x)}px, ${Math.round(Math.max(top - menu.offsetHeight - GAP_PX, GAP_PX))}px)`;
  };
  document.body.append(menu);
  settle();
  items[0]?.focus();
}
