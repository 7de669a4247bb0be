/** The way to the stories, which are loaded when somebody reads one. */

import { createLatePart } from "./late-part.js";

/** @typedef {import("../model/playground-state.js").State} State */

/**
 * @param {HTMLElement} root
 * @param {HTMLButtonElement} opener  the button that shows and hides the stories
 * @param {object} page
 * @param {import("../../core/store.js").Store<State>} page.store
 * @param {import("../model/settings.js").Catalog} page.catalog
 * @param {(state: State) => void} page.open  show a whole state, from its first step
 */
export function createStoriesOpener(root, opener, page) {
  const part = createLatePart(async () => {
    const { createStories } = await import("../panels/stories.js");
    return createStories(root, opener, page);
  });
  /** Whether they are still to open when they come. */
  let isWanted = false;
  opener.addEventListener("click", () => {
    isWanted = true;
    void part.press((stories) => isWanted && stories.toggle());
  });

  const refresh = () => {
    if (part.now()) part.now()?.refresh();
    else if (page.store.get().story !== null) void part.get();
  };
  refresh();
  return {
    refresh,
    show: async (/** @type {string} */ id) => (await part.get()).show(id),
    /** The next story or the one before. @param {1 | -1} by */
    go: async (by) => (await part.get()).go(by),
    fold() {
      isWanted = false;
      part.now()?.fold();
    },
  };
}
