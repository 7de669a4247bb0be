/** The gallery's cards: figures and tables in the order of the paper, and what belongs to each. */

import { isOwn } from "../model/catalog.js";

/** @typedef {import("../../surfaces/landscape-data.js").Catalog} Catalog */
/** @typedef {import("../../surfaces/landscape-data.js").Entry} Entry */

/**
 * What stands together in the gallery: a figure with all its landscapes, or a table.
 * @typedef {object} Card
 * @property {string} heading  "Figure 3"; empty: no figure of the paper
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
 * @param {Catalog} catalog
 * @returns {Card[]}
 */
export function cardsOf({ landscapes }) {
  const planes = landscapes.filter(({ kind }) => kind === "landscape");
  const tables = landscapes.filter(({ kind }) => kind === "table");
  const figures = [...new Set(planes.flatMap((entry) => entry.figures))].sort(
    (a, b) => Number(a) - Number(b) || a.localeCompare(b),
  );
  const cards = figures.flatMap((figure) => [
    ...cardOf(`Figure ${figure}`, planes.filter((entry) => entry.figures.includes(figure))),
    ...tables.filter(({ id }) => TABLES[id]?.after === figure).map(tableCard),
  ]);
  const placed = new Set(cards.map(({ lead }) => lead));
  return [
    ...cards,
    ...tables.filter((entry) => !placed.has(entry)).map(tableCard),
    ...cardOf("", planes.filter((entry) => entry.figures.length === 0)),
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
  const lead = entries.find(({ id }) => id === LEADS[heading]) ?? joint[0] ?? own[0];
  const others = joint.filter((entry) => entry !== lead);
  return lead ? [{ heading, lead, others, own: own.filter((entry) => entry !== lead) }] : [];
}

/**
 * @param {Entry} lead
 * @returns {Card}
 */
function tableCard(lead) {
  return { heading: TABLES[lead.id]?.heading ?? "Table", lead, others: [], own: [] };
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
