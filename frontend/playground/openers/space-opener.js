/** The view in 3D, which is loaded when somebody first turns to it. */

import { createLatePart } from "./late-part.js";

/**
 * @param {HTMLElement} root
 * @param {Parameters<typeof import("../plot/playground-space.js").createSpace>[1]} source
 * @returns {Pick<ReturnType<typeof import("../plot/playground-space.js").createSpace>, "scene" | "size" | "emphasize" | "move">
 *   & {refresh: () => void}}
 */
export function createSpaceOpener(root, source) {
  const part = createLatePart(async () => {
    const { createSpace } = await import("../plot/playground-space.js");
    return createSpace(root, source);
  });
  return {
    refresh() {
      if (part.now() || source.store.get().surface === "3d") {
        void part.get().then((space) => space.refresh());
      }
    },
    scene: () => part.now()?.scene() ?? null,
    size: () => ({ width: root.clientWidth, height: root.clientHeight }),
    emphasize: () => part.now()?.emphasize(),
    move: () => part.now()?.move(),
  };
}
