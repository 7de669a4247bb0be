/** Contour or surface, basins or not, the scales. */

import { byId } from "../../core/dom.js";
import { choiceControl, switchControl } from "../../widgets/controls.js";
import { scaleOf } from "../model/members.js";

/**
 * @param {import("../../core/store.js").Store<import("../model/playground-state.js").State>} store
 * @param {import("../model/settings.js").Catalog} catalog
 */
export function createSwitches(store, catalog) {
  const surface = choiceControl({
    name: "View",
    choices: [
      ["contour", "Contour"],
      ["3d", "3D"],
    ],
    onChange: (choice) => store.set({ surface: choice }, "push"),
  });
  const height = switchControl({
    name: "Log height",
    description: "The height is the logarithm of the distance to the lowest value",
    onChange: (on) => store.set({ heightScale: on ? "log" : "linear" }, "push"),
  });
  const basins = switchControl({
    name: "Basins",
    description: "Which minimum an optimizer reaches from where",
    onChange: (on) => {
      const { bar } = store.get();
      const first = bar.includes("adam") ? "adam" : (bar[0] ?? null);
      store.set({ basins: on ? first : null }, "push");
    },
  });
  const loss = choiceControl({
    name: "Scale of the loss",
    choices: [
      ["linear", "Linear"],
      ["log", "Log (f − f*)"],
    ],
    onChange: (choice) => store.set({ lossScale: choice }, "push"),
  });
  byId("switches").replaceChildren(height.root, basins.root, surface.root);
  byId("loss-scale").replaceChildren(loss.root);
  return {
    refresh() {
      const state = store.get();
      surface.show(state.surface);
      height.root.hidden = state.surface !== "3d";
      height.show((state.heightScale ?? scaleOf(state, catalog)) === "log");
      basins.root.hidden = state.surface === "3d" || state.file?.own != null;
      basins.show(state.basins !== null);
      loss.show(state.lossScale);
    },
  };
}
