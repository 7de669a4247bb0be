/** The lower bar: a coloured circle for each optimizer, and a menu with those not yet in it. */

import { appearanceOf, colorOf } from "../../core/optimizer-style.js";
import { createCircleBar } from "../../widgets/circle-bar.js";
import { element } from "../../core/dom.js";
import { optimizerOf } from "../model/playground-catalog.js";

/**
 * @param {HTMLElement} root
 * @param {import("../../core/store.js").Store<import("../model/playground-state.js").State>} store
 * @param {import("../model/settings.js").Catalog} catalog
 * @returns {{refresh: () => void}}
 */
export function createOptimizerBar(root, store, catalog) {
  const menu = element("div", { class: "circle-menu", role: "menu", id: "more-optimizers", hidden: true });
  const more = element(
    "button",
    {
      type: "button",
      class: "circle-more",
      "aria-label": "Add an optimizer",
      "aria-haspopup": "menu",
      "aria-controls": menu.id,
      "aria-expanded": "false",
      title: "Add an optimizer",
      onclick: () => open(menu.hidden === true),
    },
    "+",
  );
  const adding = element("div", { class: "circle-adding" }, more, menu);

  /** @param {boolean} yes */
  const open = (yes) => {
    menu.hidden = !yes;
    more.setAttribute("aria-expanded", String(yes));
    if (yes) /** @type {HTMLElement | null} */ (menu.firstElementChild)?.focus();
  };

  menu.addEventListener("keydown", (event) => {
    const items = /** @type {HTMLElement[]} */ ([...menu.children]);
    const at = items.indexOf(/** @type {HTMLElement} */ (document.activeElement));
    const to = { ArrowDown: at + 1, ArrowUp: at - 1, Home: 0, End: items.length - 1 }[event.key];
    if (to !== undefined) {
      event.preventDefault();
      items.at(to % items.length)?.focus();
    } else if (event.key === "Escape") {
      open(false);
      more.focus();
    }
  });
  document.addEventListener("pointerdown", (event) => {
    if (!adding.contains(/** @type {Node} */ (event.target))) open(false);
  });
  adding.addEventListener("focusout", (event) => {
    const to = /** @type {Node | null} */ (event.relatedTarget);
    if (to && !adding.contains(to)) open(false);
  });

  /** @param {string} id */
  const toggle = (id) => {
    const { off } = store.get();
    const next = off.includes(id) ? off.filter((one) => one !== id) : [...off, id];
    store.set({ off: next }, "push");
  };

  const circles = createCircleBar(root, "optimizer", toggle);

  const refresh = () => {
    const { bar, off } = store.get();
    const items = bar.map((id) => {
      const { name, description } = optimizerOf(catalog, id);
      const { label } = appearanceOf(id);
      const title = `${name}: ${description}`;
      return { id, label, name, title, color: colorOf(id), on: !off.includes(id) };
    });
    if (!circles.show(items, adding)) return;
    const absent = catalog.optimizers.filter(({ id }) => !bar.includes(id));
    menu.replaceChildren(
      ...absent.map(({ id, name }) => {
        const item = element(
          "button",
          { type: "button", role: "menuitem", tabindex: -1, onclick: () => add(id) },
          element("span", { class: "dot" }),
          name,
        );
        item.style.setProperty("--color", colorOf(id));
        return item;
      }),
    );
    adding.hidden = absent.length === 0;
  };

  /** @param {string} id */
  const add = (id) => {
    const members = new Set([...store.get().bar, id]);
    const order = catalog.optimizers.map((optimizer) => optimizer.id);
    open(false);
    store.set({ bar: order.filter((one) => members.has(one)) }, "push");
    /** @type {HTMLElement | null} */ (root.querySelector(`[data-optimizer="${id}"]`))?.focus();
  };

  refresh();
  return { refresh };
}
