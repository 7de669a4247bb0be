/** The runs as circles that show and hide them, and pointing at a run anywhere. */

import { createCircleBar } from "../../widgets/circle-bar.js";
import { runSettings } from "../../surfaces/run-style.js";

/** @typedef {import("../model/selection.js").Selection} Selection */

/**
 * The runs as circles that show and hide them.
 * @param {HTMLElement} root
 * @param {Selection} selection
 */
export function createRunCircles(root, selection) {
  const { store } = selection;
  const circles = createCircleBar(root, "run", (id) => {
    const { off } = store.get();
    store.set({ off: off.includes(id) ? off.filter((one) => one !== id) : [...off, id] }, "push");
  });
  return {
    refresh() {
      const { off } = store.get();
      const { trajectories, entry } = selection.landscape();
      circles.show(
        trajectories.map(({ run, label }) => {
          const look = selection.look(run);
          const found = entry.runs.find(({ id }) => id === run);
          const title = [label, found ? runSettings(found) : ""].filter(Boolean).join("\n");
          const { color, dash3d: pattern } = look;
          return { id: run, label: look.label, name: label, title, color, pattern, on: !off.includes(run) };
        }),
      );
    },
  };
}

/**
 * Tell which run's element the pointer or the focus is on.
 * @param {HTMLElement} root  of elements with `data-run`
 * @param {(run: string | null) => void} onPoint
 */
export function bindPointing(root, onPoint) {
  const runOf = (/** @type {EventTarget | null} */ target) =>
    /** @type {HTMLElement | null} */ (target instanceof Element ? target.closest("[data-run]") : null)?.dataset.run ??
    null;
  for (const kind of ["pointerover", "focusin"]) root.addEventListener(kind, (event) => onPoint(runOf(event.target)));
  for (const kind of ["pointerleave", "focusout"]) root.addEventListener(kind, () => onPoint(null));
}
