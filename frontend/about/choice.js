/**
 * Which landscapes illustrate what: those of the paper where they are, or else of the first study that
 * has planes, of their kind.
 */

/** @typedef {import("../surfaces/landscape-data.js").Catalog} Catalog */
/** @typedef {import("../surfaces/landscape-data.js").Entry} Entry */

/**
 * @typedef {object} Choice
 * @property {Entry | null} bowl  a random plane around one network
 * @property {Entry | null} joint  a plane with several runs
 * @property {{run: string, random: Entry, pca: Entry}[]} own  runs with planes of their own
 * @property {Entry | null} batches  surfaces of batches, with arrows
 * @property {Entry[]} convex  planes of every kind, whose convexity is compared
 * @property {Entry[]} moments  of one training at which gradients of batches are compared
 * @property {Entry | null} rates  runs that differ in their learning rate
 * @property {Entry | null} trained  whose runs are told of
 */

/**
 * @param {Catalog} catalog
 * @returns {Choice}
 */
export function choose({ landscapes, studies }) {
  const drawn = landscapes.filter(({ kind }) => kind === "landscape");
  const home = studies.find(({ is_paper }) => is_paper)?.id ?? drawn[0]?.study;
  const planes = drawn.filter(({ study }) => study === home);
  const named = (/** @type {string} */ id) => planes.find(({ own_id }) => own_id === id);
  const random = planes.filter(({ plane }) => plane === "random");
  const several = planes.filter(({ runs }) => runs.length > 1);
  const joint = named("optimizers") ?? several.find(({ plane }) => plane === "shared") ?? several[0] ?? null;
  const runs = new Set([
    ...(joint?.runs ?? []).map(({ id }) => id),
    ...planes.map(({ origin }) => origin?.run ?? ""),
  ]);
  const own = [...runs].flatMap((run) => {
    const [dot, pca] = [named(`${run}-random`), named(`${run}-pca`)];
    return dot && pca ? [{ run, random: dot, pca }] : [];
  });
  const compared = own.filter(({ run }) => joint?.runs.some(({ id }) => id === run));
  const alone = compared.length ? compared : own.slice(0, 3);
  return {
    bowl: named("bowl") ?? random[0] ?? null,
    joint,
    own: alone,
    convex: [
      ...alone.map((planes) => planes.random),
      ...alone.map(({ pca }) => pca),
      ...[named("three-minima"), joint].filter((entry) => entry != null),
    ],
    moments: ["batches-early", "batches-end"].flatMap((id) => named(id) ?? []),
    rates: named("learning-rates") ?? null,
    trained: joint ?? planes[0] ?? null,
    batches: named("batches-end") ?? planes.find(({ arrows }) => arrows) ?? null,
  };
}
