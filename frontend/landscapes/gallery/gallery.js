/**
 * All that was computed, study by study. The paper's stands in its order: a card for each figure and
 * table, with what belongs to it below.
 */

import { addressOf } from "../../core/addresses.js";
import { themeName } from "../../core/theme.js";
import { element } from "../../core/dom.js";
import { integer, list } from "../../core/format.js";
import { sentenceOf } from "../../core/failure.js";
import { loadLandscape } from "../../surfaces/landscape-data.js";
import { finderOf, ownPlanes, sectionsOf } from "./cards.js";
import { isFiltered } from "./gallery-filters.js";
import { PAGE_CARDS, pageOf } from "./gallery-pages.js";
import { loadProfile } from "../profile/profile-data.js";
import { loadMeasured } from "../model/measured-data.js";
import { gesture } from "../../widgets/controls.js";
import { galleryHref, hrefOf } from "../model/routes.js";
import { appearancesOf } from "../../surfaces/run-style.js";
import { paintThumbnail } from "./thumbnail.js";
import { PLANE_TAGS } from "../../surfaces/surface-names.js";

/** @typedef {import("../../surfaces/landscape-data.js").Catalog} Catalog */
/** @typedef {import("../../surfaces/landscape-data.js").Entry} Entry */
/** @typedef {import("./cards.js").Card} Card */
/** @typedef {import("./thumbnail.js").Looks} Looks */
/** @typedef {import("./gallery-filters.js").Wanted} Wanted */
/** @typedef {import("./gallery-filters.js").Facet} Facet */
/** @typedef {(entry: Entry, name: string, looks?: Looks) => HTMLCanvasElement} PictureMaker */
/** @typedef {(entry: Entry) => {href: string, "data-entry": string, "aria-current": boolean | string}} LinkMaker */

/** How many cards stand there while nothing is known, so that nothing moves when they come. */
const EXPECTED_CARDS = 9;
/** Thumbnails are painted before they scroll into view. */
const AHEAD = "500px";

/**
 * @param {HTMLElement} root
 * @param {{search: HTMLElement, field: HTMLInputElement, found: HTMLElement, picking: HTMLElement}} finding  the
 *   field, what it found, what holds both, and where two are chosen to be compared
 */
export function createGallery(root, { search, field, found, picking }) {
  /** @type {Map<Element, {entry: Entry, looks: Looks}>} */
  const pictures = new Map();
  /** The canvases that have been in view, with the look in which each was painted last. @type {Map<HTMLCanvasElement, string>} */
  const painted = new Map();

  const paint = async (/** @type {HTMLCanvasElement} */ canvas) => {
    const shown = pictures.get(canvas);
    // What is hidden has no size; it is painted when it is shown, if it looks otherwise by then.
    const look = `${canvas.clientWidth} ${canvas.clientHeight} ${devicePixelRatio} ${themeName()}`;
    if (!shown || !canvas.clientWidth || painted.get(canvas) === look) return;
    painted.set(canvas, look);
    try {
      await paintThumbnail(canvas, shown.entry, shown.looks);
      canvas.classList.add("painted");
    } catch (error) {
      canvas.replaceWith(element("p", { class: "failed" }, sentenceOf(error)));
    }
  };
  const nearby = new IntersectionObserver(
    (changes) => {
      for (const { isIntersecting, target } of changes) {
        if (!isIntersecting) continue;
        const canvas = /** @type {HTMLCanvasElement} */ (target);
        nearby.unobserve(canvas);
        painted.set(canvas, "");
        sizes.observe(canvas);
      }
    },
    { rootMargin: AHEAD },
  );
  const sizes = new ResizeObserver((changes) => {
    for (const { target } of changes) paint(/** @type {HTMLCanvasElement} */ (target));
  });

  /**
   * @param {Entry} entry
   * @param {string} name  of its class
   * @param {Looks} [looks]  of the runs, where a legend stands beside it
   */
  const picture = (entry, name, looks = appearancesOf(entry)) => {
    const canvas = element("canvas", { class: name, "aria-hidden": "true" });
    pictures.set(canvas, { entry, looks });
    return canvas;
  };

  /** @type {(facet: Facet, value: string) => void} */
  let onFilter = () => undefined;
  /** The filters, once there are more cards than a page has. @type {ReturnType<typeof import("./gallery-finder.js").createFilters> | null} */
  let filters = null;
  /** Counts what was shown, of which only the last gets its controls. */
  let shows = 0;

  /**
   * The controls that a gallery of one page does without.
   * @param {Catalog} catalog
   * @param {Wanted} wanted
   * @param {{number: number, last: number}} page
   */
  const addFinder = async (catalog, wanted, page) => {
    const current = shows;
    const { createFilters, pageLinks } = await import("./gallery-finder.js");
    if (current !== shows) return;
    if (!filters) {
      filters = createFilters((facet, value) => onFilter(facet, value));
      search.after(filters.root);
    }
    filters.show(catalog, wanted, finderOf(catalog.studies, wanted.find));
    if (page.last === 1) return;
    root.prepend(pageLinks(wanted, page, "Pages of the gallery"));
    root.append(pageLinks(wanted, page, "Pages of the gallery, below the cards"));
  };

  const clear = () => {
    shows += 1;
    nearby.disconnect();
    sizes.disconnect();
    pictures.clear();
    painted.clear();
    root.replaceChildren();
    root.removeAttribute("aria-busy");
  };

  return {
    showLoading() {
      clear();
      root.setAttribute("aria-busy", "true");
      const waiting = Array.from({ length: EXPECTED_CARDS }, () => element("div", { class: "card waiting" }));
      root.append(
        element("section", { class: "study" }, element("header", { class: "study-head" }), element("div", { class: "cards" }, ...waiting)),
      );
    },

    /**
     * Show all landscapes, or those that are looked for; while two are chosen, those that can be: a page of them.
     * @param {Catalog} catalog
     * @param {Wanted} wanted
     */
    show(catalog, wanted) {
      const { find: query, pick } = wanted;
      const engaged = root.contains(document.activeElement) ? document.activeElement : null;
      const isChoosing = picking.contains(document.activeElement);
      clear();
      const drawn = catalog.landscapes.filter(({ kind }) => kind === "landscape");
      const listed = pick ? { ...catalog, landscapes: drawn } : catalog;
      /** @type {LinkMaker} */
      const linkTo = (entry) => ({ href: galleryHref(entry, wanted), "data-entry": entry.id, "aria-current": pick && entry.id === wanted.beside && "true" });
      const whole = catalog.landscapes.length;
      const isNarrowed = query.trim() !== "" || isFiltered(wanted);
      const sections = sectionsOf(listed, query, wanted);
      const page = pageOf(sections, wanted.page);
      const shown = sections.reduce((sum, { entries }) => sum + entries.length, 0);
      if (document.activeElement !== field) field.value = query;
      // Among one there is nothing to look for.
      search.hidden = whole < 2 && !isNarrowed;
      found.textContent = isNarrowed ? `${integer(shown)} of ${integer(whole)}` : "";
      // Of one landscape there are no two.
      picking.hidden = drawn.length < 2;
      picking.replaceChildren(...pickingParts(drawn, wanted));
      if (isChoosing) picking.querySelector("a")?.focus({ preventScroll: true });
      root.classList.toggle("picks", pick);
      const missing = unavailable(catalog);
      root.append(
        ...page.sections.map((section, i) => sectionElement(section, `study-title-${i}`, picture, linkTo)),
        ...(whole === 0 ? [emptiness(catalog)] : []),
        ...(whole > 0 && shown === 0 ? [element("p", { class: "nothing-found" }, nothingFound(query, wanted))] : []),
        ...(missing && !isNarrowed && !pick && page.number === page.last ? [missing] : []),
      );
      // Who chose the first goes on from there.
      const left = engaged?.getAttribute("data-entry");
      const same = [...root.querySelectorAll("a")].filter(({ dataset }) => left && dataset.entry === left);
      // A chapter's picture leads where a card does.
      (same.find(({ className }) => className === engaged?.className) ?? same[0])?.focus({ preventScroll: true });
      for (const canvas of pictures.keys()) nearby.observe(canvas);
      if (filters || page.last > 1 || whole > PAGE_CARDS || isFiltered(wanted)) return addFinder(listed, wanted, page);
      return undefined;
    },

    /** Go to the top of the page of cards, with the focus. */
    enterPage() {
      root.scrollIntoView();
      const heading = /** @type {HTMLElement | null} */ (root.querySelector(".gallery-pages p"));
      heading?.focus({ preventScroll: true });
    },

    /**
     * Tell which filter somebody chooses; empty: any.
     * @param {(facet: Facet, value: string) => void} choose
     */
    bindFilters(choose) {
      onFilter = choose;
    },

    /**
     * Tell what somebody looks for, as they type.
     * @param {(query: string, mode: import("../../core/store.js").HistoryMode) => void} onFind
     */
    bindSearch(onFind) {
      const typing = gesture();
      field.addEventListener("input", () => onFind(field.value, typing.mode()));
      field.addEventListener("change", typing.end);
    },

    clear,

    /** Colours follow the theme. */
    refresh() {
      for (const canvas of painted.keys()) paint(canvas);
      for (const mark of root.querySelectorAll("i")) colorMark(mark);
    },
  };
}

/**
 * Read a landscape that somebody is about to open.
 * @param {Entry | undefined} entry
 */
export function prefetch(entry) {
  // If it fails, opening it will say so.
  if (entry?.kind === "landscape") loadLandscape(entry).catch(() => undefined);
  if (entry?.kind === "profile") loadProfile(entry).catch(() => undefined);
  if (entry?.kind === "segments" || entry?.kind === "lottery" || entry?.kind === "batch-path") {
    loadMeasured(entry).catch(() => undefined);
  }
}

/**
 * A study: its title and text, and its cards.
 * @param {ReturnType<typeof sectionsOf>[number]} section
 * @param {string} title  the id of the title's element
 * @param {PictureMaker} picture
 * @param {LinkMaker} linkTo
 */
function sectionElement({ study, entries, cards }, title, picture, linkTo) {
  const count = entries.length === 1 ? "1 landscape" : `${integer(entries.length)} landscapes`;
  const lead = entries.find(({ id }) => id === study.lead);
  return element(
    "section",
    { class: "study", "data-study": study.id, "aria-labelledby": title },
    element(
      "header",
      { class: "study-head" },
      element("h2", { id: title }, study.title),
      element("p", {}, [study.text, `${count}.`].filter(Boolean).join(" ")),
      lead ? leadElement(lead, picture, linkTo) : null,
      study.chapter ? element("p", {}, element("a", { href: addressOf(`./about#chapter-${study.chapter}`), "aria-label": `What is claimed: ${study.title}` }, "What is claimed")) : null,
    ),
    element(
      "div",
      { class: study.is_paper && cards.length < entries.length ? "cards" : "cards even" },
      ...cards.map((card) => cardElement(card, picture, linkTo)),
    ),
  );
}

/**
 * The way to choose two landscapes, and what to do next.
 * @param {readonly Entry[]} drawn
 * @param {Wanted} wanted
 * @returns {(HTMLElement | string)[]}
 */
function pickingParts(drawn, wanted) {
  if (!wanted.pick) return [element("a", { href: hrefOf({ ...wanted, pick: true }) }, "Compare two landscapes")];
  const held = drawn.find(({ id }) => id === wanted.beside);
  const next = held ? `Choose the landscape to stand beside “${held.title}”.` : "Choose the first of two landscapes.";
  return [`${next} `, element("a", { href: hrefOf({ ...wanted, pick: false, beside: null }) }, "Cancel")];
}

/**
 * The picture that leads a chapter, and leads to its landscape.
 * @param {Entry} lead
 * @param {PictureMaker} picture
 * @param {LinkMaker} linkTo
 */
function leadElement(lead, picture, linkTo) {
  return element("a", { ...linkTo(lead), class: "chapter-lead", "aria-label": lead.title }, picture(lead, "large"));
}

/**
 * @param {Card} card
 * @param {PictureMaker} picture
 * @param {LinkMaker} linkTo
 */
function cardElement(card, picture, linkTo) {
  const { heading, lead, others } = card;
  const groups = ownPlanes(card);
  const planesOf = (/** @type {Entry | null} */ joint) =>
    groups.filter((group) => group.joint === joint).map((group) => planesElement(group, picture, linkTo));
  return element(
    "article",
    { class: "card", "data-id": lead.id },
    element(
      "div",
      { class: "face" },
      picture(lead, "large"),
      heading || !lead.complete ? element("p", { class: "heading" }, withState(heading, lead)) : null,
      element("h3", {}, element("a", linkTo(lead), titleOf(heading, lead.title))),
      element("p", { class: "shows" }, lead.shows),
    ),
    ...planesOf(lead),
    ...others.flatMap((entry) => [
      element(
        "div",
        { class: "face other", "data-id": entry.id },
        picture(entry, "medium"),
        element("h4", {}, element("a", linkTo(entry), entry.title)),
        element("p", { class: "shows" }, entry.complete ? entry.shows : `Incomplete. ${entry.shows}`),
      ),
      ...planesOf(entry),
    ]),
    ...planesOf(null),
  );
}

/**
 * What stands over a card's title, which says so if its landscape is incomplete.
 * @param {string} heading
 * @param {Pick<Entry, "complete">} lead
 */
export function withState(heading, { complete }) {
  return complete || heading.endsWith("incomplete") ? heading : [heading, "incomplete"].filter(Boolean).join(" · ");
}

/**
 * A title without the heading that stands over it already.
 * @param {string} heading
 * @param {string} title
 */
export function titleOf(heading, title) {
  const prefix = `${heading}: `;
  if (!heading || !title.startsWith(prefix)) return title;
  const rest = title.slice(prefix.length);
  return rest.charAt(0).toUpperCase() + rest.slice(1);
}

/**
 * The own planes of some runs: a column for each run, a row for each kind of plane.
 * @param {ReturnType<typeof ownPlanes>[number]} group
 * @param {PictureMaker} picture
 * @param {LinkMaker} linkTo
 */
function planesElement({ joint, planes }, picture, linkTo) {
  const looks = joint && appearancesOf(joint);
  const columns = planes.map((entries) => {
    const [first] = entries;
    const run = first?.runs.find(({ id }) => id === first.origin?.run);
    const look = looks?.get(String(run?.id));
    const mark = element("i", {});
    if (look) {
      mark.dataset.light = look.color("light");
      mark.dataset.dark = look.color("dark");
      mark.dataset.pattern = look.dash3d;
      colorMark(mark);
    }
    return element(
      "li",
      {},
      element("span", { class: "run" }, look ? mark : null, look?.label ?? run?.label ?? ""),
      ...entries.map((entry) =>
        element(
          "a",
          { ...linkTo(entry), class: "small", title: entry.title },
          picture(entry, "tiny", looks ?? undefined),
          element("span", { class: "visually-hidden" }, `${run?.label ?? entry.title}, `),
          element("span", {}, entry.plane ? PLANE_TAGS[entry.plane] : ""),
        ),
      ),
    );
  });
  const one = planes.length === 1;
  return element(
    "div",
    { class: "planes" },
    element("p", {}, one ? "On planes of its own" : "Each on planes of its own"),
    element("ul", {}, ...columns),
  );
}

/**
 * @param {string} query
 * @param {Wanted} wanted
 */
function nothingFound(query, wanted) {
  if (!isFiltered(wanted)) return "Nothing here has all of these words.";
  return query.trim() ? "Nothing here has all of these words and passes the filters." : "Nothing here passes these filters.";
}

/** @param {HTMLElement} mark */
function colorMark(mark) {
  mark.style.color = mark.dataset[themeName()] ?? "";
}

/** @param {Catalog} catalog */
function unavailable({ unavailable: missing }) {
  if (!missing.length) return null;
  return element(
    "section",
    { class: "unavailable", "aria-labelledby": "unavailable-title" },
    element("h2", { id: "unavailable-title" }, "Not available"),
    element(
      "dl",
      {},
      ...missing.flatMap(({ id, reason }) => [element("dt", {}, id), element("dd", {}, reason)]),
    ),
  );
}

/** @param {Catalog} catalog */
function emptiness({ folders }) {
  return element(
    "section",
    { class: "gallery-empty", "aria-labelledby": "empty-title" },
    element("h2", { id: "empty-title" }, "No landscapes yet"),
    element("p", {}, `There are none in the folder${folders.length > 1 ? "s" : ""} `, element("code", {}, list(folders)), ". Two commands make them and show them:"),
    element(
      "pre",
      { tabindex: 0, "aria-label": "Commands" },
      "descent-atlas-precompute run visual-analysis --data data --out results --download\n" +
        "descent-atlas serve --landscapes results/landscapes",
    ),
    element(
      "p",
      {},
      "The first fetches CIFAR-10, trains the paper’s networks and computes its landscapes, in about an hour on two cores. Interrupted, the same command continues.",
    ),
  );
}
