/**
 * The gallery's cards. The paper's study has a card for each figure and table, in its order, with what
 * belongs to it; every other study has one for each landscape.
 */

import { KIND_NAMES, isOwn } from "../model/catalog.js";
import { isFiltered, passes } from "./gallery-filters.js";
import { PLANE_NAMES } from "../../surfaces/surface-names.js";

/** @typedef {import("../../surfaces/landscape-data.js").Catalog} Catalog */
/** @typedef {import("../../surfaces/landscape-data.js").Study} Study */
/** @typedef {import("../../surfaces/landscape-data.js").Entry} Entry */

/**
 * What stands together in the gallery: a figure with all its landscapes, or a table.
 * @typedef {object} Card
 * @property {string} heading  "Figure 3", or what kind of landscape it is; empty: no figure of the paper
 * @property {Entry} lead
 * @property {Entry[]} others  further landscapes on which its runs are compared
 * @property {Entry[]} own  those of single runs, each on a plane of its own
 */

/** The paper's tables, each after the figure that it follows there; the controls are to Figure 6. */
const TABLES = /** @type {Record<string, {heading: string, after: string}>} */ ({
  "table-1": { heading: "Table I", after: "3" },
  "table-2": { heading: "Table II", after: "4" },
  controls: { heading: "Beside Figure 6", after: "6" },
});

/**
 * The studies of a catalog, each with its landscapes, or with those that are looked for; studies without
 * any are left out.
 * @param {Pick<Catalog, "studies" | "landscapes">} catalog
 * @param {string} query
 * @param {Partial<Pick<import("./gallery-filters.js").Wanted, import("./gallery-filters.js").Facet>>} [filters]
 * @returns {{study: Study, entries: Entry[], cards: Card[]}[]}
 */
export function sectionsOf({ studies, landscapes }, query, filters = {}) {
  const isFound = finderOf(studies, query);
  /** @type {Map<string, Entry[]>} */
  const found = new Map(studies.map(({ id }) => [id, []]));
  for (const entry of landscapes) if (passes(entry, filters) && isFound(entry)) found.get(entry.study)?.push(entry);
  const isWhole = !query.trim() && !isFiltered(filters);
  return studies
    .map((study) => {
      const entries = found.get(study.id) ?? [];
      // What somebody has looked for is not hidden within the card of something else.
      return { study, entries, cards: study.is_paper && isWhole ? cardsOf(entries) : entries.map(plainCard) };
    })
    .filter(({ entries }) => entries.length > 0);
}

/** What each entry says of itself, its study's title aside. @type {WeakMap<Entry, string>} */
const texts = new WeakMap();

/**
 * A function that tells whether all words of a query are in what a landscape says of itself.
 * @param {readonly Pick<Study, "id" | "title">[]} studies
 * @param {string} query
 * @returns {(entry: Entry) => boolean}
 */
export function finderOf(studies, query) {
  const words = query.toLowerCase().split(/\s+/).filter(Boolean);
  const titles = new Map(studies.map(({ id, title }) => [id, title.toLowerCase()]));
  return (entry) => {
    if (!words.length) return true;
    const { own_id, runs, shows } = entry;
    const said = texts.get(entry) ?? [entry.title, shows, own_id, kindOf(entry), ...runs.flatMap(({ id, label, spec }) => [id, label, spec.optimizer])].join(" ").toLowerCase();
    texts.set(entry, said);
    const title = titles.get(entry.study) ?? "";
    return words.every((word) => said.includes(word) || title.includes(word));
  };
}

/**
 * What kind of thing an entry is, and of how many runs.
 * @param {Entry} entry
 */
export function kindOf({ kind, plane, runs, complete }) {
  const name = kind === "landscape" ? (plane ? PLANE_NAMES[plane] : "Plane") : KIND_NAMES[kind];
  const several = kind === "landscape" && runs.length > 1 ? ` · ${runs.length} runs` : "";
  return name + several + (complete ? "" : " · incomplete");
}

/**
 * @param {Entry} lead
 * @returns {Card}
 */
function plainCard(lead) {
  return { heading: kindOf(lead), lead, others: [], own: [] };
}

/**
 * @param {readonly Entry[]} landscapes  of the paper's study
 * @returns {Card[]}
 */
export function cardsOf(landscapes) {
  const planes = landscapes.filter(({ kind }) => kind === "landscape");
  const tables = landscapes.filter(({ kind }) => kind === "table");
  const figures = [...new Set(planes.flatMap((entry) => entry.figures))].sort(
    (a, b) => Number(a) - Number(b) || a.localeCompare(b),
  );
  const cards = figures.flatMap((figure) => [
    ...cardOf(`Figure ${figure}`, planes.filter((entry) => entry.figures.includes(figure))),
    ...tables.filter(({ own_id }) => TABLES[own_id]?.after === figure).map(tableCard),
  ]);
  const placed = new Set(cards.map(({ lead }) => lead));
  return [
    ...cards,
    ...tables.filter((entry) => !placed.has(entry)).map(tableCard),
    ...cardOf("", planes.filter((entry) => entry.figures.length === 0)),
    ...landscapes.filter(({ kind }) => kind !== "landscape" && kind !== "table").map(plainCard),
  ];
}

/**
 * What leads a figure's card where it is not the first plane on which its runs are compared: in
 * Figure 4 the plane on which a run at too large a rate can be seen to jitter, and in Figure 5 the
 * learning rate of the paper's caption.
 */
const LEADS = /** @type {Record<string, string>} */ ({ "Figure 4": "b64-lr2-m0-pca", "Figure 5": "batch-sizes-caption" });

/**
 * @param {string} heading
 * @param {Entry[]} entries
 * @returns {Card[]}
 */
function cardOf(heading, entries) {
  const own = entries.filter(isOwn);
  const joint = entries.filter((entry) => !isOwn(entry));
  const lead = entries.find(({ own_id }) => own_id === LEADS[heading]) ?? joint[0] ?? own[0];
  const others = joint.filter((entry) => entry !== lead);
  return lead ? [{ heading, lead, others, own: own.filter((entry) => entry !== lead) }] : [];
}

/**
 * @param {Entry} lead
 * @returns {Card}
 */
function tableCard(lead) {
  return { heading: TABLES[lead.own_id]?.heading ?? "Table", lead, others: [], own: [] };
}

/**
 * The own planes of a card by the landscape on which their runs are compared; what belongs to none
 * comes last, under null.
 * @param {Card} card
 * @returns {{joint: Entry | null, planes: Entry[][]}[]}  the planes of one run stand together
 */
export function ownPlanes({ lead, others, own }) {
  const left = new Set(own);
  const groups = [...[lead, ...others].filter((entry) => !isOwn(entry)), null].map((joint) => {
    const runs = joint
      ? joint.runs.map(({ id }) => id)
      : [...new Set([...left].map(({ origin }) => String(origin?.run)))];
    const planes = runs.map((run) => [...left].filter(({ origin }) => origin?.run === run));
    planes.flat().forEach((entry) => left.delete(entry));
    return { joint, planes: planes.filter(({ length }) => length > 0) };
  });
  return groups.filter(({ planes }) => planes.length > 0);
}
