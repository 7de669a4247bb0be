/** The choice of how losses are drawn: as they are, or by their logarithms. */

import { choiceControl } from "../../widgets/controls.js";

/** @param {import("../../core/store.js").Store<import("../model/landscapes-state.js").State>} store */
export function createLossScale(store) {
  return choiceControl({
    name: "Scale of the losses",
    choices: [
      ["linear", "Linear"],
      ["log", "Log"],
    ],
    onChange: (choice) => store.set({ lossScale: choice }, "push"),
  });
}
