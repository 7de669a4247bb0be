/** The button that opens a menu of what can be taken home. */

import { element, icon } from "../core/dom.js";

const ICON = "M9.2 3h1.6v7.2l2.6-2.6 1.2 1.2L10 13.4 5.4 8.8l1.2-1.2 2.6 2.6zM4 15.4h12V17H4z";

/**
 * @param {HTMLElement} root  of the menu
 * @returns {HTMLButtonElement}
 */
export function createExportOpener(root) {
  const opener = element(
    "button",
    { type: "button", class: "export-opener", "aria-expanded": "false", "aria-controls": `${root.id}-panel` },
    icon(ICON),
    element("span", {}, "Export"),
  );
  root.classList.add("export");
  root.replaceChildren(opener);
  return opener;
}
