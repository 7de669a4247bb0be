/** The export menu of a figure or table: its picture, its files, and the link. */

import { theme } from "../../core/theme.js";
import { byId, element } from "../../core/dom.js";
import { Failure } from "../../core/failure.js";
import { pictureFile } from "../../plot/picture-file.js";
import { createExportMenu, group } from "../../widgets/export-menu.js";
import { arraysName } from "../model/landscape-records.js";
import { linkOf } from "../model/provenance.js";

/** @typedef {import("../../surfaces/landscape-data.js").Entry} Entry */
/** @typedef {import("../../plot/drawing-parts.js").Drawing} Drawing */
/** @typedef {import("../../plot/sheet.js").Labels} Labels */

/**
 * What a figure gives away at some moment; `body` draws it for a picture.
 * @typedef {object} Offered
 * @property {Entry} entry
 * @property {Entry} [beside]  a second one that the picture shows
 * @property {() => Promise<Labels>} labels
 * @property {() => Promise<Drawing>} body
 */

/**
 * @param {string} id  of the menu, which stands in the masthead where a landscape's own does
 * @param {import("../../core/store.js").Store<import("../model/landscapes-state.js").State>} store
 * @param {() => Offered | null} offered
 * @param {(tools: import("../../widgets/export-menu.js").Tools) => HTMLElement[]} [more]  further groups
 */
export function createFigureExport(id, store, offered, more = () => []) {
  const root = element("div", { id });
  byId("export").after(root);
  const files = element("span", { class: "export-offers" });
  const current = () => {
    const now = offered();
    if (!now) throw new Failure("The figure is not drawn yet. Try again in a moment.");
    return now;
  };
  createExportMenu(root, {
    address: () => linkOf(store.get()).slice(location.origin.length),
    fill: (tools) => {
      const picture = (/** @type {import("../../plot/picture-file.js").Format} */ format) => async () => {
        const { entry, beside, labels, body } = current();
        const url = await pictureFile(await labels(), await body(), [], theme(), format);
        tools.save(url, `${[entry, ...(beside ? [beside] : [])].map(({ id }) => id).join("-beside-")}.${format}`);
      };
      return [
        group("Picture", [
          tools.offer("PNG", "Save what is shown as a PNG picture", picture("png")),
          tools.offer("SVG", "Save what is shown as an SVG picture", picture("svg")),
        ]),
        ...more(tools),
        group("Its own files", [files]),
      ];
    },
    onOpen: () => {
      const { entry, beside } = current();
      files.replaceChildren(...fileLinks(entry), ...(beside ? fileLinks(beside, `${beside.id}-`) : []));
    },
  });
  root.hidden = true;
  return {
    /** @param {boolean} yes */
    hidden(yes) {
      root.hidden = yes;
    },
  };
}

/**
 * Links to a landscape's files, under names that tell whose they are.
 * @param {Entry} entry
 * @param {string} [whose]  before what the links say
 */
export function fileLinks(entry, whose = "") {
  return Object.entries(entry.files).map(([file, href]) =>
    element("a", { href, download: file === "arrays.npz" ? arraysName(entry.id) : `${entry.id}-${file}` }, whose + file),
  );
}
