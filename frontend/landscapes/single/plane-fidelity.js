/** How much of each run's movement the plane shows, beside what it would show of random walks. */

import { choiceControl } from "../../widgets/controls.js";
import { element } from "../../core/dom.js";
import { percent } from "../../core/format.js";
import { endsText, fidelityText, wayText } from "../model/fidelity.js";

/** @typedef {import("../model/selection.js").Selection} Selection */

/** Of so many runs all is told at once; of more, each run's sentences unfold. */
const MOST_TOLD = 6;

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
  const fade = choiceControl({
    name: "Fade the paths",
    choices: [["yes", "Fade paths by their distance out of the plane"]],
    onChange: () => store.set({ fade: !store.get().fade }, "push"),
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
    element("div", { class: "fidelity-switches" }, truth.root, fade.root),
  );

  /** @param {import("../../surfaces/landscape-data.js").Trajectory} trajectory */
  const shareElement = (trajectory) => {
    const { label, color } = selection.look(trajectory.run);
    const { energyAboutEnd: energy, randomWalks } = trajectory;
    const { low, high } = randomWalks?.energy ?? { low: null, high: null };
    const bar = element("span", { class: "share-bar", "aria-hidden": "true" });
    bar.style.setProperty("--share", `${100 * (energy ?? 0)}%`);
    bar.style.setProperty("--color", color);
    if (low !== null && high !== null) {
      const mark = element("span", { class: "walk-mark" });
      mark.style.left = `${100 * low}%`;
      mark.style.width = `${100 * (high - low)}%`;
      bar.append(mark);
    }
    const name = element("span", { class: "name" }, label);
    const value = element("span", { class: "value" }, energy === null ? "—" : percent(energy));
    const range = low === null || high === null ? "" : rangeText(low, high);
    const told = [fidelityText(trajectory, selection.landscape().manifest.schema), wayText(trajectory)];
    const meanings = (/** @type {string[]} */ ...texts) => texts.map((text) => element("span", { class: "meaning" }, text));
    const item = (/** @type {Node[]} */ ...parts) => element("li", { "data-run": trajectory.run }, ...parts);
    if (selection.landscape().trajectories.length > MOST_TOLD) {
      const more = range ? [`Random walks: ${range}.`, ...told] : told;
      return item(element("details", {}, element("summary", {}, name, value, bar), ...meanings(...more)));
    }
    if (range) value.append(element("span", { class: "walk" }, ` · random walks ${range}`));
    return item(name, value, bar, ...meanings(...told));
  };

  return {
    refresh() {
      truth.show(store.get().truth ? "yes" : null);
      fade.show(store.get().fade ? "yes" : null);
      fade.root.hidden = selection.farthest() === 0;
      const shown = selection.shown();
      // Without a path there is nothing to be true to, and of another program's nothing was measured.
      const { trajectories } = selection.landscape();
      root.hidden = trajectories.every(({ loss, energyAboutEnd }) => !loss.length && energyAboutEnd === null);
      walks.hidden = trajectories.every(({ randomWalks }) => randomWalks === null);
      const told = endsText(shown, (run) => selection.look(run).label);
      ends.textContent = told;
      ends.hidden = told === "";
      list.replaceChildren(...shown.map(shareElement));
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
