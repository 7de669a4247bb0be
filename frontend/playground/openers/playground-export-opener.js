/** The button in the masthead whose menu, and all that it offers, is loaded when it is first opened. */

import { createLatePart } from "./late-part.js";
import { createExportOpener } from "../../widgets/export-opener.js";

/**
 * @param {HTMLElement} root
 * @param {Parameters<typeof import("../panels/playground-export.js").createExport>[2]} source
 * @returns {{refresh: () => void}}  more may be there to be offered
 */
export function createPlaygroundExportOpener(root, source) {
  const opener = createExportOpener(root);
  const part = createLatePart(async () => {
    const { createExport } = await import("../panels/playground-export.js");
    return createExport(root, opener, source);
  });
  opener.addEventListener("click", () => void part.press((menu) => menu.toggle()));
  return { refresh: () => part.now()?.refresh() };
}
