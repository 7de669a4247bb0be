/** What planes, their directions and their surfaces are called. */

/** @typedef {import("./landscape-data.js").PlaneKind} PlaneKind */

/** @type {Record<PlaneKind, string>} */
export const PLANE_NAMES = {
  random: "Random plane",
  pca: "PCA plane",
  minima: "Plane through three ends",
  shared: "Shared plane",
  ends: "Plane through chosen ends",
  given: "Plane along given directions",
  hessian: "Hessian plane",
};

/** The same where there is room for a word. @type {Record<PlaneKind, string>} */
export const PLANE_TAGS = { random: "Random", pca: "PCA", minima: "Minima", shared: "Shared", ends: "Ends", given: "Given", hessian: "Hessian" };

/** A plane's two directions. @type {[string, string]} */
export const DIRECTION_SIGNS = ["α", "β"];

/**
 * What a surface is the loss of, in words.
 * @param {string} id
 * @param {string | null} [label]  its own
 */
export function surfaceName(id, label = null) {
  if (label !== null) return label.charAt(0).toUpperCase() + label.slice(1);
  if (id === "train") return "Whole training set";
  if (id === "test") return "Test set";
  const size = /^batch-(\d+)$/.exec(id)?.[1];
  if (size === "1") return "One image";
  return size ? `Batch of ${size}` : id;
}
