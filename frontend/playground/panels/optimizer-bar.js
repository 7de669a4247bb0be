/**
 * The lower bar: a coloured circle for each optimizer, and a menu of all optimizers, which adds and
 * removes them.
 */

import { appearanceOf, colorOf } from "../../core/optimizer-style.js";
import { createCircleBar } from "../../widgets/circle-bar.js";
import { element } from "../../core/dom.js";
import { optimizerOf } from "../model/playground-catalog.js";
import { fileDescents, settingsOfOwn } from "../model/members.js";
import { settingsText } from "../model/settings.js";

/** The menu stands in columns of this many. */
const MENU_COLUMNS = 2;

/**
 * @param {HTMLElement} root
 * @param {import("../../core/store.js").Store<import("../model/playground-state.js").State>} store
 * @param {import("../model/settings.js").Catalog} catalog
 * @param {import("../model/spotlight.js").Spotlight} spotlight
 * @param {() => void} onOpen  a file of descents is to be opened
 * @returns {{refresh: () => void, light: (id: string | null) => void}}
 */
export function createOptimizerBar(root, store, catalog, spotlight, onOpen) {
  const menu = element("div", {
    class: "circle-menu",
    role: "menu",
    "aria-label": "Optimizers in the bar",
    id: "more-optimizers",
    hidden: true,
  });
  menu.style.setProperty("--rows", String(Math.ceil(catalog.optimizers.length / MENU_COLUMNS)));
  const more = element(
    "button",
    {
      type: "button",
      class: "circle-more",
      "aria-label": "Add or remove optimizers",
      "aria-haspopup": "menu",
      "aria-controls": menu.id,
      "aria-expanded": "false",
      title: "Add or remove optimizers",
      onclick: () => open(menu.hidden === true),
    },
    "+",
  );
  const adding = element("div", { class: "circle-adding" }, more, menu);
  const items = new Map(
    catalog.optimizers.map(({ id, name }) => {
      const item = element(
        "button",
        { type: "button", role: "menuitemcheckbox", tabindex: -1, onclick: () => setMember(id) },
        element("span", { class: "dot" }),
        name,
      );
      return [id, item];
    }),
  );
  const opener = element(
    "button",
    {
      type: "button",
      role: "menuitem",
      tabindex: -1,
      class: "circle-menu-file",
      title: "Open descents that descent_atlas.torch2d has saved",
      onclick: () => {
        open(false);
        more.focus();
        onOpen();
      },
    },
    "Your own, from a file …",
  );
  menu.append(...items.values(), opener);
  const entries = () => [...items.values(), opener].filter((item) => !item.hidden);

  /** @param {boolean} yes */
  const open = (yes) => {
    menu.hidden = !yes;
    more.setAttribute("aria-expanded", String(yes));
    if (yes) entries()[0]?.focus();
  };

  menu.addEventListener("keydown", (event) => {
    const all = entries();
    const at = all.findIndex((item) => item === document.activeElement);
    const to = { ArrowDown: at + 1, ArrowUp: at - 1, Home: 0, End: all.length - 1 }[event.key];
    if (to !== undefined) {
      event.preventDefault();
      all.at(to % all.length)?.focus();
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

  /**
   * Add an optimizer, or remove it; the last one stays.
   * @param {string} id
   */
  const setMember = (id) => {
    const { bar, off, basins } = store.get();
    const present = bar.includes(id);
    if (present && bar.length === 1) return;
    const members = present ? bar.filter((one) => one !== id) : [...bar, id];
    const next = catalog.optimizers.map((one) => one.id).filter((one) => members.includes(one));
    store.set(
      {
        bar: next,
        off: off.filter((one) => one !== id),
        basins: basins === id ? (next[0] ?? null) : basins,
      },
      "push",
    );
  };

  /** @param {string} id */
  const remove = (id) => {
    const { bar } = store.get();
    if (!bar.includes(id)) return;
    const neighbor = bar[bar.indexOf(id) + 1] ?? bar.at(-2);
    setMember(id);
    /** @type {HTMLElement | null} */ (root.querySelector(`[data-optimizer="${neighbor}"]`))?.focus();
  };

  const circles = createCircleBar(root, "optimizer", toggle, { onPoint: spotlight.set, onRemove: remove });

  const refresh = () => {
    const state = store.get();
    const { bar, off, file } = state;
    const built = file?.own ? [] : bar;
    const shown = built.map((id) => {
      const { name, description } = optimizerOf(catalog, id);
      const { label } = appearanceOf(id);
      const title = `${name}: ${description}\n${settingsText(state, id, catalog)}`;
      return { id, label, name, title, color: colorOf(id), on: !off.includes(id) };
    });
    const own = fileDescents(state, catalog).map((descent) => {
      const { optimizer: id, label } = descent;
      const title = `${label}, from ${file?.name}\n${settingsOfOwn(descent)}`;
      return { id, label, name: label, title, color: colorOf(id), on: !off.includes(id) };
    });
    circles.show([...shown, ...own], adding);
    for (const [id, item] of items) {
      item.style.setProperty("--color", colorOf(id));
      item.hidden = file?.own != null;
      item.setAttribute("aria-checked", String(bar.includes(id)));
      item.setAttribute("aria-disabled", String(bar.length === 1 && bar.includes(id)));
    }
  };

  refresh();
  return { refresh, light: circles.light };
}
