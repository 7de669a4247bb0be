/** The share of each trajectory that lies in the plane, beside the share of a random walk. */

import { choiceControl } from "../../widgets/controls.js";
import { element } from "../../core/dom.js";
import { percent } from "../../core/format.js";
import { fidelityText } from "../model/descriptions.js";

/** @typedef {import("../model/selection.js").Selection} Selection */

/**
 * @param {HTMLElement} root
 * @param {Selection} selection
 */
export function createPlaneFidelity(root, selection) {
  const { store } = selection;
  const list = element("ul", { class: "shares" });
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
      "How much of a path lies in this plane: the share of its squared distances from the origin. " +
        "Even a random walk that ends where the run ends has the share marked ",
      element("span", { class: "walk-mark", "aria-hidden": "true" }),
      "; only what exceeds it says something.",
    ),
    list,
    truth.root,
  );

  return {
    refresh() {
      truth.show(store.get().truth ? "yes" : null);
      list.replaceChildren(
        ...selection.shown().map((trajectory) => {
          const { label, color } = selection.look(trajectory.run);
          const { energy, randomWalkEnergy: walk } = trajectory;
          const bar = element("span", { class: "share-bar", "aria-hidden": "true" });
          bar.style.setProperty("--share", `${100 * (energy ?? 0)}%`);
          bar.style.setProperty("--color", color);
          if (walk !== null) {
            const mark = element("span", { class: "walk-mark" });
            mark.style.left = `${100 * walk}%`;
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
              element("span", { class: "walk" }, walk === null ? "" : ` · random walk ${percent(walk)}`),
            ),
            bar,
            element("span", { class: "meaning" }, fidelityText(trajectory)),
          );
        }),
      );
    },
  };
}
