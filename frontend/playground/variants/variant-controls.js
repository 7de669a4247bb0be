/** A variant's name, and what can be done with it, in its panel. */

import { element } from "../../core/dom.js";
import { nameField } from "./variant-name.js";

/**
 * @param {HTMLElement} root  `.variant-controls`
 * @param {import("./variant-actions.js").VariantActions} actions
 * @param {string} id
 * @returns {() => void} shows them as the state has them
 */
export function fillVariantControls(root, actions, id) {
  const name = nameField(actions, id);
  /**
   * @param {string} text
   * @param {string} title
   * @param {() => void} onclick
   */
  const button = (text, title, onclick) => element("button", { type: "button", class: "text", title, onclick }, text);
  const duplicate = button("Duplicate", "A second variant with these settings, beside this one", () => {
    const copy = actions.duplicate(id);
    if (copy) focusPanel(copy);
  });
  const pin = button("Pin", "Keep what it shows as a faint path while its settings change", () => actions.pin(id));
  const remove = button("Remove", "Take it out of the bar", () => {
    const { bar } = actions.state();
    const next = bar[bar.indexOf(id) + 1] ?? bar.at(-2);
    actions.remove(id);
    if (next) focusPanel(next);
  });
  root.replaceChildren(
    element("label", { class: "variant-name" }, "Name", name.field),
    element("div", { class: "variant-buttons" }, duplicate, pin, remove),
  );
  return () => {
    // A panel that is gone shows nothing; its variant may be gone, too.
    if (!root.isConnected) return;
    const can = actions.offers(id);
    name.show();
    pin.textContent = actions.state().pins.includes(id) ? "Unpin" : "Pin";
    duplicate.disabled = !can.duplicate;
    pin.disabled = !can.pin;
    remove.disabled = !can.remove;
  };
}

/** @param {string} id */
function focusPanel(id) {
  /** @type {HTMLElement | null} */ (
    document.querySelector(`.optimizer-panels [data-optimizer="${id}"] > summary`)
  )?.focus();
}
