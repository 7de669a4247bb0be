/** Controls of a gallery with more than a page of cards: filters with counts, and links to its pages. */

import { element } from "../../core/dom.js";
import { integer } from "../../core/format.js";
import { FACETS, choicesOf } from "./gallery-filters.js";
import { linkedPages } from "./gallery-pages.js";
import { hrefOf } from "../model/routes.js";

/** @typedef {import("../../surfaces/landscape-data.js").Catalog} Catalog */
/** @typedef {import("../../surfaces/landscape-data.js").Entry} Entry */
/** @typedef {import("./gallery-filters.js").Facet} Facet */
/** @typedef {import("./gallery-filters.js").Wanted} Wanted */

/**
 * A menu for each facet. A facet with one value has none.
 * @param {(facet: Facet, value: string) => void} onChoose  empty: any
 */
export function createFilters(onChoose) {
  const root = element("div", { class: "gallery-filters", role: "group", "aria-label": "Filters" });
  const menus = /** @type {Facet[]} */ (Object.keys(FACETS)).map((facet) => {
    const select = element("select", { onchange: () => onChoose(facet, select.value) });
    const row = element("label", {}, element("span", {}, FACETS[facet].label), select);
    root.append(row);
    return { facet, select, row };
  });
  return {
    root,
    /**
     * @param {Catalog} catalog
     * @param {Wanted} wanted
     * @param {(entry: Entry) => boolean} isFound
     */
    show(catalog, wanted, isFound) {
      for (const { facet, select, row } of menus) {
        const choices = choicesOf(catalog, wanted, facet, isFound);
        select.replaceChildren(
          element("option", { value: "" }, "Any"),
          ...choices.map(({ value, name, count }) => element("option", { value }, `${name} (${integer(count)})`)),
        );
        select.value = wanted[facet];
        row.hidden = choices.length < 2 && !wanted[facet];
      }
    },
  };
}

/**
 * Links to the pages of what is looked for.
 * @param {Wanted} wanted
 * @param {{number: number, last: number}} page
 * @param {string} name  what a screen reader calls them
 */
export function pageLinks(wanted, { number, last }, name) {
  const href = (/** @type {number} */ page) => hrefOf({ ...wanted, page: page === 1 ? null : page });
  const step = (/** @type {number} */ page, /** @type {"prev" | "next"} */ rel, /** @type {string} */ text) =>
    page >= 1 && page <= last ? element("li", {}, element("a", { href: href(page), rel }, text)) : null;
  return element(
    "nav",
    { class: "gallery-pages", "aria-label": name },
    element("p", { tabindex: -1 }, `Page ${integer(number)} of ${integer(last)}`),
    element(
      "ul",
      {},
      step(number - 1, "prev", "Previous"),
      ...linkedPages(number, last).map((page) =>
        page === null
          ? element("li", { "aria-hidden": "true" }, "…")
          : element(
              "li",
              {},
              element("a", { href: href(page), "aria-label": `Page ${integer(page)}`, "aria-current": page === number ? "page" : null }, integer(page)),
            ),
      ),
      step(number + 1, "next", "Next"),
    ),
  );
}
