/**
 * The catalog as a person reads it: figures and tables in the order of the paper, and which view a
 * state asks for.
 */

import { fromQuery, toQuery } from "../../core/store.js";
import { DEFAULTS, FIELDS } from "./landscapes-state.js";

/** @typedef {import("./data.js").Catalog} Catalog */
/** @typedef {import("./data.js").Entry} Entry */
/** @typedef {import("./landscapes-state.js").State} State */

/**
 * What stands together in the gallery: a figure with all its landscapes, or a table.
 * @typedef {object} Card
 * @property {string} heading  "Figure 3"; empty: no figure of the paper
 * @property {Entry} lead
 * @property {Entry[]} others  further landscapes on which its runs are compared
 * @property {Entry[]} own  those of single runs, each on a plane of its own
 */

/** @typedef {"gallery" | "table" | "quartet" | "pair" | "landscape" | "missing"} ViewName */

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
 * @param {string} heading
 * @param {Entry[]} entries
 * @returns {Card[]}
 */
function cardOf(heading, entries) {
  const own = entries.filter(isOwn);
  const [lead = own[0], ...others] = entries.filter((entry) => !isOwn(entry));
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
 * Whether a landscape belongs to a single run, as a study makes them for each of its planes.
 * @param {Entry} entry
 */
export function isOwn({ id, origin, plane }) {
  return origin !== null && id === `${origin.run}-${plane}`;
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

/**
 * @param {Catalog} catalog
 * @param {string | null} id
 * @returns {Entry | undefined}
 */
export function entryOf({ landscapes }, id) {
  return landscapes.find((entry) => entry.id === id);
}

/**
 * The landscapes that have a form of their own together with this one, in the catalog's order: the
 * four surfaces of Figure 1 and the two of Figure 2.
 * @param {Catalog} catalog
 * @param {Entry} entry
 */
export function siblingsOf(catalog, entry) {
  const form = formOf(entry);
  return catalog.landscapes.filter((other) => formOf(other) === form);
}

/**
 * The form in which the paper shows a landscape.
 * @param {Entry} entry
 * @returns {"table" | "quartet" | "pair" | "landscape"}
 */
export function formOf({ kind, figures, surfaces, arrows }) {
  if (kind === "table") return "table";
  if (figures.includes("1") && arrows && surfaces.length === 4) return "quartet";
  if (figures.includes("2") && surfaces.length === 2) return "pair";
  return "landscape";
}

/**
 * @param {State} state
 * @param {Catalog} catalog
 * @returns {{view: ViewName, entry: Entry | null}}
 */
export function routeOf({ show, layout }, catalog) {
  if (show === null) return { view: "gallery", entry: null };
  const entry = entryOf(catalog, show);
  if (!entry) return { view: "missing", entry: null };
  const form = formOf(entry);
  return { view: form === "table" || layout === "figure" ? form : "landscape", entry };
}

/**
 * The address of a view that is otherwise at its defaults.
 * @param {Partial<State>} patch
 */
export function hrefOf(patch) {
  return `./landscapes${toQuery(FIELDS, { ...DEFAULTS, ...patch })}`;
}

/**
 * @param {string} search  an address's query
 * @param {Catalog} catalog
 */
export function readState(search, catalog) {
  return sanitized(fromQuery(FIELDS, search, DEFAULTS), catalog);
}

/**
 * A state without what a link says in vain: surfaces and runs that its landscape has not.
 * @param {State} state
 * @param {Catalog} catalog
 * @returns {State}
 */
export function sanitized(state, catalog) {
  const entry = entryOf(catalog, state.show);
  if (!entry) return state;
  const runs = entry.runs.map(({ id }) => id);
  const { surface, cell } = state;
  return {
    ...state,
    surface: surface !== null && entry.surfaces.includes(surface) ? surface : null,
    off: state.off.filter((run) => runs.includes(run)),
    cell: cell !== null && runs.includes(cell) ? cell : null,
  };
}

/**
 * The landscape that shows a run best: on a plane of its own, of which its principal directions
 * show a path and random ones a dot; or else any on which it is drawn.
 * @param {Catalog} catalog
 * @param {string} run
 * @returns {Entry | undefined}
 */
export function landscapeOf(catalog, run) {
  return (
    entryOf(catalog, `${run}-pca`) ??
    entryOf(catalog, `${run}-random`) ??
    catalog.landscapes.find(({ kind, runs }) => kind === "landscape" && runs.some(({ id }) => id === run))
  );
}

/**
 * What a surface is the loss of, in words.
 * @param {string} id
 */
export function surfaceName(id) {
  if (id === "train") return "Whole training set";
  if (id === "test") return "Test set";
  const size = /^batch-(\d+)$/.exec(id)?.[1];
  if (size === "1") return "One image";
  return size ? `Batch of ${size}` : id;
}

/**
 * The surface with which a landscape opens.
 * @param {readonly string[]} surfaces
 */
export function mainSurface(surfaces) {
  return surfaces.includes("train") ? "train" : String(surfaces.at(-1));
}
