/** What planes, their directions and their surfaces are called. */

/** @typedef {import("./landscape-data.js").PlaneKind} PlaneKind */

/** @type {Record<PlaneKind, string>} */
export const PLANE_NAMES = {
  random: "Random plane",
  pca: "PCA plane",
  minima: "Plane through three ends",
  shared: "Shared plane",
};

/** The same where there is room for a word. @type {Record<PlaneKind, string>} */
export const PLANE_TAGS = { random: "Random", pca: "PCA", minima: "Minima", shared: "Shared" };

/** A plane's two directions. @type {[string, string]} */
export const DIRECTION_SIGNS = ["α", "β"];

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
