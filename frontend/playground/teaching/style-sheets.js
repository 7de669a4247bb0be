/** Style sheets that are loaded when they are first needed. */

import { element } from "../../core/dom.js";

/** @type {Map<string, Promise<void>>} */
const loading = new Map();

/**
 * Load a style sheet of the playground once. A sheet that does not come leaves the page readable, so
 * nobody waits for it longer.
 * @param {string} name  of its file
 * @returns {Promise<void>} once it holds, or did not come
 */
export function loadStyles(name) {
  const known = loading.get(name);
  if (known) return known;
  const href = new URL(`../styles/${name}`, import.meta.url).href;
  const link = element("link", { rel: "stylesheet", href });
  const done = /** @type {Promise<void>} */ (
    new Promise((resolve) => {
      link.addEventListener("load", () => resolve());
      link.addEventListener("error", () => resolve());
    })
  );
  loading.set(name, done);
  document.head.append(link);
  return done;
}
