/** What stands over a figure or table: the way back, its title, its switches. */

import { choiceControl } from "../../widgets/controls.js";
import { element } from "../../core/dom.js";
import { momentText } from "../model/descriptions.js";
import { hrefOf } from "../model/routes.js";
import { siblingsOf } from "../model/catalog.js";

/** @typedef {import("../../surfaces/landscape-data.js").Catalog} Catalog */
/** @typedef {import("../../surfaces/landscape-data.js").Entry} Entry */

/**
 * @param {object} options
 * @param {string} options.id  of the title
 * @param {string} options.heading  such as "Figure 1"; empty: none
 * @param {Entry} options.entry
 * @param {Node[]} options.switches
 * @param {Node} [options.status]  beside the way back
 */
export function figureHeader({ id, heading, entry, switches, status }) {
  return element(
    "header",
    { class: "figure-header" },
    element(
      "div",
      {},
      element(
        "p",
        { class: "back" },
        element("a", { href: hrefOf({}) }, "All landscapes"),
        heading !== "" && ` · ${heading}`,
        status,
      ),
      element("h1", { id }, entry.title),
      element("p", { class: "shows" }, entry.shows),
    ),
    element("div", { class: "switches" }, ...switches),
  );
}

/**
 * The switch between landscapes of one form, such as those of Figure 1 early and late in training;
 * null where there is no other.
 * @param {Catalog} catalog
 * @param {Entry} entry
 * @param {(id: string) => void} onChange
 */
export function siblingSwitch(catalog, entry, onChange) {
  const siblings = siblingsOf(catalog, entry);
  if (siblings.length < 2) return null;
  const labels = siblings.map(momentText);
  // Where the moment does not tell them apart, the id does.
  const choices = siblings.map(
    ({ id }, i) =>
      /** @type {[string, string]} */ ([
        id,
        labels.indexOf(String(labels[i])) === labels.lastIndexOf(String(labels[i])) ? String(labels[i]) : id,
      ]),
  );
  const control = choiceControl({ name: "Landscape", choices, onChange });
  control.show(entry.id);
  return control.root;
}

/**
 * The link to the ordinary view of a landscape.
 * @param {Entry} entry
 */
export function singleLink({ id }) {
  return element("a", { class: "single", href: hrefOf({ show: id, layout: "single" }) }, "Single view");
}
