/** Basin maps, which are loaded with the first that somebody asks for. */

import { createLatePart } from "./late-part.js";

/**
 * @param {Parameters<typeof import("../panels/basins.js").createBasins>} page
 * @returns {{refresh: () => void}}
 */
export function createBasinsOpener(...page) {
  const [, store] = page;
  const part = createLatePart(async () => {
    const { createBasins } = await import("../panels/basins.js");
    return createBasins(...page);
  });
  return {
    refresh() {
      if (part.now()) part.now()?.refresh();
      else if (store.get().basins !== null) void part.get().then((basins) => basins.refresh());
    },
  };
}
