/** Addresses of the landscapes: which view a state asks for, and links to views. */

import { addressOf } from "../../core/addresses.js";
import { fromQuery, toQuery } from "../../core/url-query.js";
import { entryOf, formOf } from "./catalog.js";
import { GAP, hasGap } from "../../surfaces/train-test-gap.js";
import { DEFAULTS, FIELDS } from "./landscapes-state.js";

/** @typedef {import("../../surfaces/landscape-data.js").Catalog} Catalog */
/** @typedef {import("../../surfaces/landscape-data.js").Entry} Entry */
/** @typedef {import("./landscapes-state.js").State} State */
/** @typedef {"gallery" | "missing" | "pair" | ReturnType<typeof formOf>} ViewName */

/**
 * @param {State} state
 * @param {Catalog} catalog
 * @returns {{view: ViewName, entry: Entry | null}}
 */
export function routeOf({ show, layout, beside }, catalog) {
  if (show === null) return { view: "gallery", entry: null };
  const entry = entryOf(catalog, show);
  if (!entry) return { view: "missing", entry: null };
  const form = formOf(entry);
  if (entry.kind !== "landscape") return { view: form, entry };
  if (entryOf(catalog, beside)?.kind === "landscape") return { view: "pair", entry };
  return { view: layout === "figure" ? form : "landscape", entry };
}

/**
 * The address of a view that is otherwise at its defaults.
 * @param {Partial<State>} patch
 */
export function hrefOf(patch) {
  return addressOf(`./landscapes${toQuery(FIELDS, { ...DEFAULTS, ...patch })}`);
}

/**
 * Where an entry of the gallery leads: to itself or, while two landscapes are chosen, to the choice of
 * the second and then to both. Who chose one takes it back there.
 * @param {Entry} entry
 * @param {import("../gallery/gallery-filters.js").Wanted} wanted
 */
export function galleryHref({ id }, wanted) {
  const { pick, beside } = wanted;
  if (!pick) return hrefOf({ show: id });
  if (beside === null) return hrefOf({ ...wanted, beside: id });
  return beside === id ? hrefOf({ ...wanted, beside: null }) : hrefOf({ show: beside, beside: id });
}

/**
 * @param {string} search  an address's query
 * @param {Catalog} catalog
 */
export function readState(search, catalog) {
  return sanitized(fromQuery(FIELDS, search, DEFAULTS), catalog);
}

/**
 * A state without what a link says in vain: surfaces, metrics and runs that its landscape has not. A playhead
 * whose link names no clock counts epochs, as all did before there was a choice by length.
 * @param {State} given
 * @param {Catalog} catalog
 * @returns {State}
 */
export function sanitized(given, catalog) {
  const state = given.playhead !== null && given.clock === null ? { ...given, clock: /** @type {const} */ ("epoch") } : given;
  const entry = entryOf(catalog, state.show);
  if (!entry) {
    const held = state.pick && entryOf(catalog, state.beside)?.kind === "landscape";
    return held ? state : { ...state, beside: null };
  }
  const runs = entry.runs.map(({ id }) => id);
  const other = entryOf(catalog, state.beside);
  const shown = [...runs, ...(other?.runs.map(({ id }) => id) ?? [])];
  const { surface, cell, metric, beside } = state;
  return {
    ...state,
    metric: entry.metrics.includes(metric) || (metric === GAP.id && hasGap(entry)) ? metric : DEFAULTS.metric,
    surface: surface !== null && entry.surfaces.includes(surface) ? surface : null,
    beside: other?.kind === "landscape" && entry.kind === "landscape" && beside !== state.show ? beside : null,
    pick: false,
    off: state.off.filter((run) => shown.includes(run)),
    cell: cell !== null && runs.includes(cell) ? cell : null,
  };
}
