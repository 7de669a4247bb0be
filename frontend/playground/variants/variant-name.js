/** The field for a variant's name. */

import { element } from "../../core/dom.js";
import { MAX_NAME } from "../../core/variant-id.js";

/**
 * @param {import("./variant-actions.js").VariantActions} actions
 * @param {string} id  of the variant
 * @param {() => void} [onDone]  the name was entered, or left as it was by Escape
 * @returns {{field: HTMLInputElement, show: () => void}}
 */
export function nameField(actions, id, onDone = () => undefined) {
  const field = element("input", {
    type: "text",
    class: "name-field",
    maxlength: MAX_NAME,
    autocomplete: "off",
    spellcheck: "false",
  });
  const show = () => {
    const own = actions.state().names[id] ?? "";
    // What is being typed stays.
    if (document.activeElement !== field) field.value = own;
    if (!own) field.placeholder = actions.label(id);
  };
  field.addEventListener("change", () => actions.rename(id, field.value));
  field.addEventListener("keydown", (event) => {
    if (event.key === "Escape") field.value = actions.state().names[id] ?? "";
    else if (event.key !== "Enter") return;
    event.preventDefault();
    if (event.key === "Enter") actions.rename(id, field.value);
    onDone();
  });
  show();
  return { field, show };
}
