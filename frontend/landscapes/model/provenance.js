/** Where a picture of a landscape or table comes from: its study, seeds, versions, and the commands. */

import { FIELDS } from "./landscapes-state.js";
import { toQuery } from "../../core/url-query.js";

/** @typedef {import("./landscapes-state.js").State} State */

/** As many digits of a SHA-256 as tell one from another. */
const KEY_DIGITS = 12;

/**
 * @param {Record<string, any>} manifest
 * @param {string} link  to the view
 * @returns {[string, string][]}  pairs of a name and a text
 */
export function provenanceOf(manifest, link) {
  const { id, kind, study, versions, seeds, key, dataset } = manifest;
  const command = commandOf(manifest);
  const origin = dataset?.origin;
  return [
    ["Study", `${study ?? "not recorded"}; ${kind} ${id}, key ${String(key).slice(0, KEY_DIGITS)}`],
    ...(origin ? [/** @type {[string, string]} */ (["Data", origin])] : []),
    ["Seeds", seedsText(seeds)],
    ["Software", softwareText(versions)],
    ...(command ? [/** @type {[string, string]} */ (["Command", command])] : []),
    ["Link", link],
  ];
}

/** @param {Record<string, string>} versions */
function softwareText({ "descent-atlas": own, torch, ...others }) {
  if (!own && !torch && !Object.keys(others).length) return "not recorded";
  return [`Descent Atlas${own ? ` ${own}` : ""}`, ...(torch ? [`PyTorch ${torch}`] : [])].join(", ");
}

/**
 * The command that computes a landscape or table; null if it does not say of which study it is.
 * @param {Record<string, any>} manifest
 */
export function commandOf({ id, study }) {
  if (!study) return null;
  return `descent-atlas-precompute run ${study} --data DATA --out RESULTS --only ${id}`;
}

/**
 * The seeds of runs, those of most of them first, and of what was drawn for the picture.
 * @param {{runs?: Record<string, number | number[] | null>, plane?: number | null, batches?: number | null}} seeds
 */
export function seedsText({ runs = {}, plane = null, batches = null }) {
  /** @type {Map<string, string[]>} */
  const bySeeds = new Map();
  for (const [run, own] of Object.entries(runs)) {
    const text = [own].flat().join(", ") || "none";
    bySeeds.set(text, [...(bySeeds.get(text) ?? []), run]);
  }
  const [most, ...others] = [...bySeeds].sort(([, a], [, b]) => b.length - a.length);
  const told = [
    ...(most ? [`runs ${most[0]}`] : []),
    ...others.map(([text, named]) => `${named.join(" and ")} ${text}`),
  ];
  return [
    ...told,
    ...(plane === null ? [] : [`plane ${plane}`]),
    ...(batches === null ? [] : [`batches ${batches}`]),
  ].join("; ");
}

/**
 * The address of a view, whole.
 * @param {State} state
 */
export function linkOf(state) {
  return location.origin + location.pathname + toQuery(FIELDS, state);
}
