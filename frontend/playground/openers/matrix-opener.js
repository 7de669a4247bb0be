/** Who wins where stands below the page, and is loaded when somebody comes near it. */

import { createLatePart } from "./late-part.js";
import { loadStyles } from "../teaching/style-sheets.js";

/** It is there before it comes into sight. */
const NEAR = "300px";

/**
 * @param {HTMLElement} root
 * @param {HTMLElement} link  in the masthead; leads there without a trace in the address
 * @param {Parameters<typeof import("../panels/matrix.js").createMatrix>[1]} page
 */
export function createMatrixOpener(root, link, page) {
  const part = createLatePart(async () => {
    const [{ createMatrix }] = await Promise.all([import("../panels/matrix.js"), loadStyles("matrix.css")]);
    return createMatrix(root, page);
  });
  const load = async () => {
    const matrix = await part.get();
    await matrix.load();
  };

  const watcher = new IntersectionObserver(
    (entries) => {
      if (!entries.some(({ isIntersecting }) => isIntersecting)) return;
      watcher.disconnect();
      void load();
    },
    { rootMargin: NEAR },
  );

  link.addEventListener("click", async (event) => {
    event.preventDefault();
    await load();
    root.scrollIntoView();
    root.querySelector("h2")?.focus({ preventScroll: true });
  });
  return {
    /** From now on it is loaded when it is near. */
    watch: () => watcher.observe(root),
    /** Colours follow the theme. */
    refresh: () => part.now()?.refresh(),
  };
}
