/** How much of each run's movement the plane shows, beside what it would show of random walks. */

import { choiceControl } from "../../widgets/controls.js";
import { element } from "../../core/dom.js";
import { percent } from "../../core/format.js";
import { endsText, fidelityText, wayText } from "../model/fidelity.js";

/** @typedef {import("../model/selection.js").Selection} Selection */

/**
 * @param {HTMLElement} root
 * @param {Selection} selection
 * @param {HTMLElement} ends  at the picture: which drawn ends mislead
 */
export function createPlaneFidelity(root, selection, ends) {
  const { store } = selection;
  const list = element("ul", { class: "shares" });
  const walks = element(
    "span",
    {},
    " Of random walks in place of the runs it would show the range marked ",
    element("span", { class: "walk-mark", "aria-hidden": "true" }),
    " (90% of 100 sets, each with a plane of its own); only what exceeds it says something.",
  );
  const truth = choiceControl({
    name: "True loss against loss in the plane",
    choices: [["yes", "True loss against loss in the plane"]],
    onChange: () => store.set({ truth: !store.get().truth }, "push"),
  });
  root.replaceChildren(
    element("h2", { id: "plane-fidelity-title" }, "What the picture is worth"),
    element(
      "p",
      { class: "about" },
      "How much of each run’s movement about its own end this plane shows.",
      walks,
    ),
    list,
    truth.root,
  );

  return {
    refresh() {
      truth.show(store.get().truth ? "yes" : null);
      const shown = selection.shown();
      // Without a path there is nothing to be true to.
      const { trajectories } = selection.landscape();
      root.hidden = trajectories.length === 0;
      walks.hidden = trajectories.every(({ randomWalks }) => randomWalks === null);
      const told = endsText(shown, (run) => selection.look(run).label);
      ends.textContent = told;
      ends.hidden = told === "";
      list.replaceChildren(
        ...shown.map((trajectory) => {
          const { label, color } = selection.look(trajectory.run);
          const { energyAboutEnd: energy, randomWalks: walks } = trajectory;
          const { low, high } = walks?.energy ?? { low: null, high: null };
          const bar = element("span", { class: "share-bar", "aria-hidden": "true" });
          bar.style.setProperty("--share", `${100 * (energy ?? 0)}%`);
          bar.style.setProperty("--color", color);
          if (low !== null && high !== null) {
            const mark = element("span", { class: "walk-mark" });
            mark.style.left = `${100 * low}%`;
            mark.style.width = `max(2px, ${100 * (high - low)}%)`;
            bar.append(mark);
          }
          return element(
            "li",
            { "data-run": trajectory.run },
            element("span", { class: "name" }, label),
            element(
              "span",
              { class: "value" },
              energy === null ? "—" : percent(energy),
              low !== null &&
                high !== null &&
                element("span", { class: "walk" }, ` · random walks ${rangeText(low, high)}`),
            ),
            bar,
            element("span", { class: "meaning" }, fidelityText(trajectory, selection.landscape().manifest.schema)),
            element("span", { class: "meaning" }, wayText(trajectory)),
          );
        }),
      );
    },
  };
}

/**
 * @param {number} low
 * @param {number} high
 */
function rangeText(low, high) {
  const ends = [percent(low), percent(high)];
  return ends[0] === ends[1] ? ends[0] : ends.join(" to ");
}
