/** The catalog's entries: which of them belong together, and the form in which each is shown. */

/** @typedef {import("../../surfaces/landscape-data.js").Catalog} Catalog */
/** @typedef {import("../../surfaces/landscape-data.js").Entry} Entry */

/**
 * Whether a landscape belongs to a single run, as a study makes them for each of its planes.
 * @param {Entry} entry
 */
export function isOwn({ own_id, origin, plane }) {
  return origin !== null && own_id === `${origin.run}-${plane}`;
}

/** What landscapes that are no plane are called. @type {Record<Exclude<Entry["kind"], "landscape">, string>} */
export const KIND_NAMES = {
  table: "Table",
  profile: "Profile",
  segments: "Segments between runs",
  lottery: "Random planes",
  "batch-path": "Batches along a path",
};

/** The entries of each catalog by their ids. @type {WeakMap<readonly Entry[], Map<string, Entry>>} */
const known = new WeakMap();

/**
 * @param {Catalog} catalog
 * @param {string | null} id
 * @returns {Entry | undefined}
 */
export function entryOf({ landscapes }, id) {
  if (id === null) return undefined;
  const entries = known.get(landscapes) ?? new Map(landscapes.map((entry) => [entry.id, entry]));
  known.set(landscapes, entries);
  return entries.get(id);
}

/**
 * Whose a landscape is, over its title: the paper's figures, or else its study; a study without a
 * title of its own has none here.
 * @param {Catalog} catalog
 * @param {Entry} entry
 * @returns {string}
 */
export function headingOf({ studies }, { is_paper, figures, study }) {
  if (is_paper) return figures.length ? `Figure${figures.length > 1 ? "s" : ""} ${figures.join(", ")}` : "";
  return studies.find(({ id }) => id === study)?.title ?? "";
}

/**
 * The landscapes that have a form of their own together with this one, in the catalog's order: the
 * four surfaces of Figure 1 and the two of Figure 2.
 * @param {Catalog} catalog
 * @param {Entry} entry
 */
export function siblingsOf(catalog, entry) {
  const form = formOf(entry);
  return catalog.landscapes.filter((other) => other.study === entry.study && formOf(other) === form);
}

/**
 * The form in which a landscape is shown; Figures 1 and 2 of the paper have one of their own.
 * @param {Entry} entry
 * @returns {"table" | "profile" | "segments" | "lottery" | "batch-path" | "batch-figure" | "twin-figure" | "landscape"}
 */
export function formOf({ kind, figures, surfaces, arrows, complete }) {
  if (kind !== "landscape") return kind;
  // Figures compare statistics, which an incomplete landscape lacks.
  if (!complete) return "landscape";
  if (figures.includes("1") && arrows && surfaces.length === 4) return "batch-figure";
  if (figures.includes("2") && surfaces.length > 1) return "twin-figure";
  return "landscape";
}

/**
 * The landscape that shows a table's run best: on a plane of its own, of which its principal directions
 * show a path and random ones a dot; or else any on which it is drawn.
 * @param {Catalog} catalog
 * @param {Entry} table  of the same study
 * @param {string} run
 * @returns {Entry | undefined}
 */
export function landscapeOf({ landscapes }, { study }, run) {
  const planes = landscapes.filter((entry) => entry.study === study && entry.kind === "landscape");
  const own = (/** @type {string} */ plane) => planes.find(({ own_id }) => own_id === `${run}-${plane}`);
  return own("pca") ?? own("random") ?? planes.find(({ runs }) => runs.some(({ id }) => id === run));
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
