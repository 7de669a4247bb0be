/** The lower bar: a coloured circle for each optimizer, and a menu with those not yet in it. */

import { element } from "../dom.js";
import { appearanceOf, colorOf } from "../appearance.js";
import { optimizerOf } from "./settings.js";

/**
 * @param {HTMLElement} root
 * @param {import("../state.js").Store<import("./state.js").State>} store
 * @param {import("./settings.js").Catalog} catalog
 * @returns {{refresh: () => void}}
 */
export function createBar(root, store, catalog) {
  const menu = element("div", { class: "menu", role: "menu", id: "more-optimizers", hidden: true });
  const more = element(
    "button",
    {
      type: "button",
      class: "more",
      "aria-label": "Add an optimizer",
      "aria-haspopup": "menu",
      "aria-controls": menu.id,
      "aria-expanded": "false",
      title: "Add an optimizer",
      onclick: () => open(menu.hidden === true),
    },
    "+",
  );
  const adding = element("div", { class: "adding" }, more, menu);

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

  /** @param {string} id */
  const circle = (id) => {
    const on = !store.get().off.includes(id);
    const { name, description } = optimizerOf(catalog, id);
    const { label } = appearanceOf(id);
    // A name that is called must hold what is read.
    const called = name.toLowerCase().includes(label.toLowerCase()) ? name : `${label}, ${name}`;
    const button = element(
      "button",
      {
        type: "button",
        class: "circle",
        "data-optimizer": id,
        "aria-pressed": String(on),
        "aria-label": called,
        title: `${name}: ${description}`,
        onclick: () => toggle(id),
      },
      element("span", { class: "dot" }),
      element("span", { class: "label" }, label),
    );
    button.style.setProperty("--color", colorOf(id));
    return button;
  };

  const refresh = () => {
    const { bar, off } = store.get();
    const focused = /** @type {HTMLElement | null} */ (document.activeElement)?.dataset.optimizer;
    const present = [...root.querySelectorAll(".circle")].map(
      (node) => /** @type {HTMLElement} */ (node).dataset.optimizer,
    );
    if (present.join() === bar.join()) {
      for (const node of root.querySelectorAll(".circle")) {
        const button = /** @type {HTMLElement} */ (node);
        const id = /** @type {string} */ (button.dataset.optimizer);
        button.setAttribute("aria-pressed", String(!off.includes(id)));
        button.style.setProperty("--color", colorOf(id));
      }
      return;
    }
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
    root.replaceChildren(...bar.map(circle), adding);
    if (focused) {
      const again = root.querySelector(`[data-optimizer="${focused}"]`);
      /** @type {HTMLElement | null} */ (again)?.focus();
    }
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
