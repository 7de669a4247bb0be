/** What is said of an opened file: what it holds, what the page does not know of it, its settings. */

import { byId, element } from "../../core/dom.js";
import { sentenceOf } from "../../core/failure.js";
import { setting } from "../../core/format.js";
import { themeName } from "../../core/theme.js";
import { fileDescents, gistOf, settingsOfOwn } from "../model/members.js";
import { objectiveOf } from "../model/playground-catalog.js";
import { lineSample } from "./results.js";

/** @typedef {import("../model/playground-state.js").State} State */
/** @typedef {import("../model/playground-state.js").OpenedFile} OpenedFile */

/**
 * @param {import("../../core/store.js").Store<State>} store
 * @param {import("../model/settings.js").Catalog} catalog
 * @param {(file: OpenedFile) => void} onShow  the view should be of the file's objective again
 * @param {(before: State) => void} onClose  the view from before is to be shown
 * @returns {{refresh: () => void, refuse: (error: unknown) => void}}
 */
export function createOpenedFile(store, catalog, onShow, onClose) {
  const root = byId("opened");
  const list = byId("own-optimizers");
  const problem = byId("file-problem");
  const name = element("h2", { id: "opened-name" });
  const close = element(
    "button",
    { type: "button", class: "text", onclick: () => leave() },
    "Close file",
  );
  const text = element("p", { class: "about" });
  const back = element("button", { type: "button", class: "text", onclick: () => show() }, "Show them");
  const said = element("span", {});
  const dismiss = element(
    "button",
    { type: "button", class: "text", onclick: () => (problem.hidden = true) },
    "Dismiss",
  );
  problem.replaceChildren(said, " ", dismiss);
  root.replaceChildren(element("div", { class: "opened-head" }, name, close), text, back);

  const leave = () => {
    const { file } = store.get();
    if (file) onClose(file.before);
    byId("stage").focus({ preventScroll: true });
  };
  const show = () => {
    const { file } = store.get();
    if (file) onShow(file);
  };

  /** @param {OpenedFile} file */
  const sentenceFor = (file) => {
    if (file.own) {
      return (
        "The page knows this function by the file’s values alone. It offers no other optimizers, " +
        "no basins and no new start."
      );
    }
    if (back.hidden) return "These paths keep their own starts. A moved start moves the others alone.";
    const { id, parameters } = /** @type {NonNullable<OpenedFile["objective"]>} */ (file.objective);
    const values = Object.entries(parameters).map(([key, value]) => `${key} = ${setting(value)}`);
    const where = [objectiveOf(catalog, id).name, ...values].join(", ");
    return `Its descents are on another function: ${where}.`;
  };

  let built = "";
  const refresh = () => {
    const state = store.get();
    const { file } = state;
    const shown = fileDescents(state, catalog);
    root.hidden = !file;
    list.hidden = shown.length === 0;
    if (!file) return;
    name.textContent = file.name;
    back.hidden = shown.length > 0;
    text.textContent = sentenceFor(file);
    const needed = `${file.name} ${shown.map(settingsOfOwn).join()} ${themeName()}`;
    if (needed === built) return;
    built = needed;
    list.replaceChildren(
      element("h2", {}, `From ${file.name}`),
      ...shown.map((descent) =>
        element(
          "details",
          { "data-optimizer": descent.optimizer },
          element(
            "summary",
            {},
            lineSample(descent.optimizer),
            element("span", { class: "name", title: descent.label }, descent.label),
            element("span", { class: "gist" }, gistOf(descent)),
          ),
          element("p", { class: "about" }, `${settingsOfOwn(descent)}.`),
        ),
      ),
    );
  };

  return {
    refresh() {
      problem.hidden = true;
      refresh();
    },
    refuse(error) {
      said.textContent = sentenceOf(error);
      problem.hidden = false;
    },
  };
}
