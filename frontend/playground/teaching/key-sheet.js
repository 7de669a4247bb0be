/** The sheet that lists all keys, as a dialog. */

import { element } from "../../core/dom.js";
import { areKeysOn, setKeysOn } from "./key-setting.js";
import { OTHER_KEYS, SHORTCUTS } from "./shortcuts.js";
import { loadStyles } from "./style-sheets.js";

/** @type {HTMLDialogElement | null} */
let sheet = null;

/** Show the sheet. Closing it gives the focus back to where it was. */
export async function showKeySheet() {
  await loadStyles("teaching.css");
  sheet ??= createSheet();
  if (!sheet.open) sheet.showModal();
}

function createSheet() {
  const rows = [...OTHER_KEYS, ...SHORTCUTS].map(({ shown, what }) =>
    element(
      "tr",
      {},
      element("th", { scope: "row" }, ...keycaps(shown)),
      element("td", {}, what),
    ),
  );
  const single = element("input", { type: "checkbox", id: "single-keys", checked: areKeysOn() });
  single.addEventListener("change", () => setKeysOn(single.checked));
  const close = element("button", { type: "button", onclick: () => dialog.close() }, "Close");
  const dialog = element(
    "dialog",
    { class: "key-sheet", "aria-labelledby": "key-sheet-title" },
    element("div", { class: "key-sheet-head" }, element("h2", { id: "key-sheet-title" }, "Keys"), close),
    element("table", {}, element("tbody", {}, ...rows)),
    element(
      "p",
      { class: "about" },
      "Keys act unless you are typing in a field, and only without Ctrl, Alt or ⌘.",
    ),
    element("p", {}, element("label", { for: "single-keys" }, single, " Letters, digits and signs act")),
  );
  dialog.addEventListener("keydown", (event) => {
    if (event.key === "?") dialog.close();
  });
  // A click beside the sheet hits the dialog itself, whose content fills it.
  dialog.addEventListener("click", (event) => {
    if (event.target === dialog) dialog.close();
  });
  document.body.append(dialog);
  return dialog;
}

/**
 * @param {readonly string[]} shown
 * @returns {(Node | string)[]}
 */
function keycaps(shown) {
  return shown.flatMap((key) => (key === "…" ? [" … "] : [element("kbd", {}, key), " "]));
}
