/** The catalog's entries: which of them belong together, and the form in which each is shown. */

/** @typedef {import("../../surfaces/landscape-data.js").Catalog} Catalog */
/** @typedef {import("../../surfaces/landscape-data.js").Entry} Entry */

/**
 * Whether a landscape belongs to a single run, as a study makes them for each of its planes.
 * @param {Entry} entry
 */
export function isOwn({ id, origin, plane }) {
  return origin !== null && id === `${origin.run}-${plane}`;
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
 * @returns {"table" | "batch-figure" | "twin-figure" | "landscape"}
 */
export function formOf({ kind, figures, surfaces, arrows }) {
  if (kind === "table") return "table";
  if (figures.includes("1") && arrows && surfaces.length === 4) return "batch-figure";
  if (figures.includes("2") && surfaces.length > 1) return "twin-figure";
  return "landscape";
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
 * The surface with which a landscape opens.
 * @param {readonly string[]} surfaces
 */
export function mainSurface(surfaces) {
  return surfaces.includes("train") ? "train" : String(surfaces.at(-1));
}

/**
 * Which two surfaces stand side by side: a batch's and the one beside it, the whole set's.
 * @param {readonly string[]} surfaces
 * @param {string | null} chosen
 */
export function twinsOf(surfaces, chosen) {
  const whole = mainSurface(surfaces);
  const batches = surfaces.filter((id) => id !== whole);
  return [batches.find((id) => id === chosen) ?? batches[0] ?? whole, whole];
}
