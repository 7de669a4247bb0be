/** The chapters of the atlas: what each is about, a picture of it, and where its claims are judged. */

import { addressOf } from "../core/addresses.js";
import { element } from "../core/dom.js";
import { boundsOf, coverBounds } from "../core/geometry/bounds.js";
import { linearMap } from "../core/geometry/linear-map.js";
import { openingColoring } from "../surfaces/coloring.js";
import { wholeSurface } from "../surfaces/landscape-data.js";
import { SMALL_LEVELS, drawMap, drawPath, prepare } from "../surfaces/surface-canvas.js";
import { appearancesOf } from "../surfaces/run-style.js";
import { theme, themeName } from "../core/theme.js";
import { picture, whenSized } from "./drawing.js";

/** @typedef {import("../surfaces/landscape-data.js").Catalog} Catalog */
/** @typedef {import("../surfaces/landscape-data.js").Entry} Entry */
/** @typedef {import("../surfaces/landscape-data.js").Landscape} Landscape */
/** @typedef {import("../surfaces/landscape-data.js").Study} Study */
/** @typedef {NonNullable<Study["chapter"]>} ChapterName */

/**
 * Where each chapter's claims stand on the page. The digits answer the paper's claims, beside it.
 * @type {Record<ChapterName, string>}
 */
export const CLAIMS_OF = { paper: "claims", skips: "skips", transformer: "transformer", digits: "claims" };

/**
 * A study of the atlas's own, and the landscape that leads its chapter.
 * @typedef {{study: Study, name: ChapterName, lead: Entry | null}} Chapter
 */

/**
 * The chapters that are there, in the atlas's order.
 * @param {Pick<Catalog, "studies" | "landscapes">} catalog
 * @returns {Chapter[]}
 */
export function chaptersOf({ studies, landscapes }) {
  const order = Object.keys(CLAIMS_OF);
  return studies
    .flatMap((study) => {
      if (study.chapter === null) return [];
      const lead = landscapes.find(({ id }) => id === study.lead) ?? null;
      return [{ study, name: study.chapter, lead }];
    })
    .sort((a, b) => order.indexOf(a.name) - order.indexOf(b.name));
}

/**
 * @param {Chapter} chapter
 * @param {boolean} areJudged  whether its claims stand on this page
 * @returns {{root: HTMLElement, figure: HTMLElement | null}}
 */
export function chapterElement({ study, name, lead }, areJudged) {
  const title = `chapter-${name}-title`;
  const figure = lead === null ? null : element("figure", { id: `chapter-${name}-figure`, "aria-busy": "true" });
  const links = [
    lead !== null && element("a", { href: addressOf(`./landscapes?show=${encodeURIComponent(lead.id)}`) }, lead.title),
    areJudged && element("a", { href: `#${CLAIMS_OF[name]}`, "aria-label": `Its claims: ${study.title}` }, "Its claims"),
  ];
  const root = element(
    "li",
    { class: "atlas-chapter", id: `chapter-${name}`, "aria-labelledby": title },
    element(
      "div",
      {},
      element("h3", { id: title }, study.title),
      element("p", {}, study.text),
      element("p", { class: "chapter-links" }, ...links),
    ),
    figure,
  );
  return { root, figure };
}

/**
 * A map of the landscape that leads a chapter, with the paths on it.
 * @param {HTMLElement} root
 * @param {Landscape} landscape
 * @returns {import("./drawing.js").Illustration}
 */
export function illustrateChapter(root, landscape) {
  const { x, y, entry, trajectories } = landscape;
  const colors = openingColoring(landscape, wholeSurface(landscape), SMALL_LEVELS);
  const canvas = picture("surface-map broad", `A map of the loss: ${entry.title}`);
  const looks = appearancesOf(entry);
  const draw = () => {
    const { context, width, height } = prepare(canvas);
    // As in the gallery: a random plane at one scale, a path's as wide as the picture.
    const area = { left: 0, top: 0, width, height };
    const bounds = boundsOf(landscape);
    const map = linearMap(landscape.plane.kind === "random" ? coverBounds(bounds, area) : bounds, area);
    drawMap(context, map, { x, y }, colors, 0.8);
    for (const path of trajectories) {
      const look = looks.get(path.run);
      if (!look) continue;
      drawPath(context, map, { x: path.x, y: path.y, color: look.color(themeName()), dash: look.dash }, theme().page, 1.75);
    }
  };
  root.replaceChildren(canvas);
  return whenSized([canvas], draw);
}
