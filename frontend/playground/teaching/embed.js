/** The page in a frame of another site: without what its link leaves out, and with a link to the whole. */

import { byId, element } from "../../core/dom.js";
import { PARTS, wholePageOf } from "./embedding.js";
import { loadStyles } from "./style-sheets.js";

/** @param {import("../../core/store.js").Store<import("../model/playground-state.js").State>} store */
export async function createEmbed(store) {
  const link = element("a", { target: "_blank", rel: "noopener" }, "Open in Descent Atlas");
  const refresh = () => {
    const state = store.get();
    document.documentElement.dataset.hide = state.hide.filter((part) => PARTS.includes(part)).join(" ");
    link.href = wholePageOf(state, location.href);
  };
  refresh();
  store.subscribe(refresh);
  await loadStyles("embed.css");
  const foot = element("p", { class: "embed-foot" }, link);
  byId("transport").closest(".instrument")?.append(foot);
}
