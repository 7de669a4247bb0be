/** What stands under a video: the settings of all that descend in it, and its address. */

import { appearanceOf } from "../../core/optimizer-style.js";
import { fileDescents, settingsOfOwn } from "../model/members.js";
import { settingsText } from "../model/settings.js";
import { labelOf } from "../model/variants.js";
import { factsOf } from "../plot/export-picture.js";

/** What only a picture's file says: how to come to the view again, which the link does. */
const LEFT_OUT = ["Command"];

/**
 * @param {import("../model/playground-state.js").State} state
 * @param {import("../model/settings.js").Catalog} catalog
 * @param {readonly string[]} ids  of those shown
 * @returns {Promise<string[]>} paragraphs
 */
export async function captionOf(state, catalog, ids) {
  const own = fileDescents(state, catalog);
  const settings = ids.map((id) => {
    const opened = own.find(({ optimizer }) => optimizer === id);
    if (opened) return `${appearanceOf(id).label}: ${settingsOfOwn(opened)}`;
    return `${labelOf(state, id, catalog)}: ${settingsText(state, id, catalog)}`;
  });
  const facts = (await factsOf(state, catalog)).filter(([name]) => !LEFT_OUT.includes(name));
  return [`${settings.join(". ")}.`, ...facts.map(([name, text]) => `${name}: ${text}`)];
}
