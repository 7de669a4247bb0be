/**
 * The lower bar: a coloured circle for each variant, and a menu of all optimizers, which adds and
 * removes them.
 */

import { appearanceOf, colorOf } from "../../core/optimizer-style.js";
import { parseVariantId, unpinnedId } from "../../core/variant-id.js";
import { createCircleBar } from "../../widgets/circle-bar.js";
import { element, icon } from "../../core/dom.js";
import { optimizerOf } from "../model/playground-catalog.js";
import { fileDescents, settingsOfOwn } from "../model/members.js";
import { settingsText } from "../model/settings.js";
import { hasRoom, removed } from "../variants/variant-changes.js";
import { labelOf, nameOf, optimizerIdOf } from "../model/variants.js";
import { barWith } from "../variants/variant-actions.js";

/** The menu stands in columns of this many. */
const MENU_COLUMNS = 2;

/**
 * @param {Readonly<import("../model/playground-state.js").State>} state
 * @param {string} optimizer
 */
function variantsOf({ bar }, optimizer) {
  return bar.filter((id) => optimizerIdOf(id) === optimizer);
}

/**
 * How the ring of a further variant is broken: about as its line is.
 * @param {readonly number[]} dash
 */
function ringOf(dash) {
  return dash.length > 2 ? "dashdot" : "dash";
}

/**
 * @param {HTMLElement} root
 * @param {import("../../core/store.js").Store<import("../model/playground-state.js").State>} store
 * @param {import("../model/settings.js").Catalog} catalog
 * @param {import("../model/spotlight.js").Spotlight} spotlight
 * @param {import("../variants/variant-actions.js").VariantActions} actions
 * @param {() => void} onOpen  a file of descents is to be opened
 * @returns {{refresh: () => void, light: (id: string | null) => void}}
 */
export function createOptimizerBar(root, store, catalog, spotlight, actions, onOpen) {
  const menu = element("div", {
    class: "circle-menu",
    role: "menu",
    "aria-label": "Optimizers in the bar",
    id: "more-optimizers",
    hidden: true,
  });
  menu.style.setProperty("--rows", String(Math.ceil((catalog.optimizers.length + 1) / MENU_COLUMNS)));
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
      const another = element(
        "button",
        {
          type: "button",
          role: "menuitem",
          tabindex: -1,
          class: "another",
          "aria-label": `Another variant of ${name}`,
          title: `Another variant of ${name}`,
          onclick: () => addVariant(id),
        },
        icon("M4 3h9v2H6v9H4zM8 7h9v10H8z"),
      );
      return [id, { item, another, row: element("div", { class: "circle-menu-row", role: "none" }, item, another) }];
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
  const absent = element(
    "p",
    { class: "circle-menu-note", role: "none" },
    "Muon is not here: it orthogonalises matrices, and two numbers have none.",
  );
  menu.append(...[...items.values()].map(({ row }) => row), opener, absent);
  const entries = () => [...items.values()].flatMap(({ item, another }) => [item, another]).concat(opener).filter((one) => one.checkVisibility());

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
   * Add an optimizer, or remove all of its variants; a last one stays.
   * @param {string} optimizer
   */
  const setMember = (optimizer) => {
    const state = store.get();
    const variants = variantsOf(state, optimizer);
    if (variants.length === 0) {
      if (hasRoom(state)) store.set({ bar: barWith(state, optimizer, catalog) }, "push");
    } else if (variants.length < state.bar.length) {
      const after = variants.reduce((one, id) => ({ ...one, ...removed(one, id) }), state);
      store.set(after, "push");
    }
  };

  /** @param {string} optimizer */
  const addVariant = (optimizer) => {
    const last = variantsOf(store.get(), optimizer).at(-1);
    if (last) actions.duplicate(last);
  };

  /** @param {string} id */
  const remove = (id) => {
    const { bar } = store.get();
    if (!bar.includes(id)) return;
    const neighbor = bar[bar.indexOf(id) + 1] ?? bar.at(-2);
    actions.remove(id);
    /** @type {HTMLElement | null} */ (root.querySelector(`[data-optimizer="${neighbor}"]`))?.focus();
  };

  const circles = createCircleBar(root, "optimizer", toggle, {
    onPoint: spotlight.set,
    onRemove: remove,
    onMove: (id, place, mode) => {
      if (store.get().bar.includes(id)) actions.move(id, place, mode);
    },
    onMenu: (id, circle) => {
      if (!store.get().bar.includes(id)) return;
      void import("../variants/variant-menu.js").then(({ openVariantMenu }) => openVariantMenu(actions, id, circle));
    },
  });

  const refresh = () => {
    const state = store.get();
    const { bar, off, file } = state;
    const built = file?.own ? [] : bar;
    const shown = built.map((id) => {
      const name = nameOf(state, id, catalog);
      const label = labelOf(state, id, catalog);
      const title = `${name}: ${optimizerOf(catalog, id).description}\n${settingsText(state, id, catalog)}`;
      const pattern = parseVariantId(id).place > 1 ? ringOf(appearanceOf(id).dash) : "solid";
      return { id, label, name, title, color: colorOf(id), pattern, on: !off.includes(id) };
    });
    const own = fileDescents(state, catalog).map((descent) => {
      const { optimizer: id, label } = descent;
      const title = `${label}, from ${file?.name}\n${settingsOfOwn(descent)}`;
      return { id, label, name: label, title, color: colorOf(id), on: !off.includes(id) };
    });
    circles.show([...shown, ...own], adding);
    const full = !hasRoom(state);
    for (const [id, { item, another, row }] of items) {
      const count = variantsOf(state, id).length;
      item.style.setProperty("--color", colorOf(id));
      row.hidden = file?.own != null;
      item.setAttribute("aria-checked", String(count > 0));
      item.setAttribute("aria-disabled", String(count === bar.length || (full && count === 0)));
      another.hidden = count === 0;
      another.setAttribute("aria-disabled", String(full));
    }
  };

  refresh();
  return { refresh, light: (id) => circles.light(id && unpinnedId(id)) };
}
