/** Choosing an objective by its picture, and setting its parameters. */

import { get } from "../../core/api.js";
import { byId, element, math } from "../../core/dom.js";
import { setting } from "../../core/format.js";
import { linspace } from "../../core/geometry/sequences.js";
import { watch } from "../../core/store.js";
import { heatmapRaster } from "../../plot/raster.js";
import { numberControl } from "../../widgets/controls.js";
import { domainOf, objectiveOf } from "../model/playground-catalog.js";
import { foundSentence, minimaSentence } from "../model/captions.js";
import { groundOf } from "../model/members.js";
import { openingOf, parametersOf } from "../model/settings.js";
import { isTyped, titleOf } from "../model/typed-function.js";

/** Points along each axis of a thumbnail; the browser smooths it to its size. */
const THUMBNAIL_COUNT = 51;
/** In a thumbnail a number of a level is a byte: 0 one below the first level, this one above the last. */
const HIGHEST_BYTE = 255;

/** @param {import("../model/playground-catalog.js").Parameter} parameter */
function rangeText({ min, max }) {
  return `from ${setting(min)} to ${setting(max)}`;
}

/**
 * @param {import("../../core/store.js").Store<import("../model/playground-state.js").State>} store
 * @param {import("../model/settings.js").Catalog} catalog
 * @param {(story: string) => void} onStory  a story is to be shown
 */
export function createObjectiveMenu(store, catalog, onStory) {
  const thumbnails = byId("thumbnails");
  const parameters = byId("parameters");
  /** @type {Map<string, import("../../widgets/controls.js").NumberControl>} */
  let controls = new Map();
  const minima = element("span", {});
  const undo = element(
    "button",
    { type: "button", class: "text", onclick: () => store.set({ parameters: {} }, "push") },
    "Reset",
  );

  for (const objective of catalog.objectives) {
    const canvas = element("canvas", {
      width: THUMBNAIL_COUNT,
      height: THUMBNAIL_COUNT,
      "aria-hidden": "true",
    });
    const button = element(
      "button",
      {
        type: "button",
        "data-objective": objective.id,
        title: objective.description,
        onclick: () => choose(objective.id),
      },
      canvas,
      element("span", {}, objective.name),
    );
    thumbnails.append(button);
  }

  /** @param {string} id */
  const choose = (id) => {
    const state = store.get();
    if (id === groundOf(state)) return;
    const file = state.file?.own ? null : state.file;
    store.set({ ...openingOf(state, catalog, id), playhead: null, heightScale: null, file }, "push");
  };

  /** What is not at its default is kept in the state, and so in the link. */
  const setParameter = (
    /** @type {import("../model/playground-catalog.js").Parameter} */ parameter,
    /** @type {number} */ value,
    /** @type {import("../../core/store.js").HistoryMode} */ mode,
  ) => {
    const { [parameter.id]: _before, ...others } = store.get().parameters;
    const next = value === parameter.default ? others : { ...others, [parameter.id]: value };
    store.set({ parameters: next }, mode);
  };

  /** What stands here of a function that a file holds. @param {string} name @param {string} file */
  const buildForeign = (name, file) => {
    document.title = `${name} · Descent Atlas`;
    byId("objective-name").textContent = name;
    byId("objective-formula").replaceChildren();
    byId("objective-about").textContent =
      `A function of your own. ${file} holds its values and not its formula. ` +
      "Choose an objective above to leave it.";
    byId("objective-stories").replaceChildren();
    controls = new Map();
    parameters.replaceChildren();
  };

  const build = () => {
    const { file } = store.get();
    if (file?.own) return buildForeign(file.own.name, file.name);
    const objective = objectiveOf(catalog, store.get().objective);
    document.title = `${titleOf(objective)} · Descent Atlas`;
    byId("objective-name").textContent = objective.name;
    byId("objective-formula").replaceChildren(math(objective.formula));
    minima.textContent = "";
    byId("objective-about").replaceChildren(
      `${objective.description} `,
      minima,
      objective.reference.url &&
        element(
          "a",
          { href: objective.reference.url, title: objective.reference.text, rel: "noopener" },
          "Source",
        ),
    );
    byId("objective-stories").replaceChildren(
      ...objective.stories.map(({ id, title }) =>
        element("button", { type: "button", class: "text", onclick: () => onStory(id) }, `Story: ${title}`),
      ),
    );
    controls = new Map(
      objective.parameters.map((parameter) => [
        parameter.id,
        numberControl({
          name: parameter.description,
          symbol: parameter.symbol,
          caption: isTyped(objective.id) ? rangeText(parameter) : parameter.description,
          description: parameter.description,
          min: parameter.min,
          max: parameter.max,
          scale: "linear",
          onInput: (value, mode) => setParameter(parameter, value, mode),
        }),
      ]),
    );
    parameters.replaceChildren(...[...controls.values()].map(({ root }) => root), undo);
    return undefined;
  };

  const refresh = () => {
    const state = store.get();
    const objective = objectiveOf(catalog, state.objective);
    for (const [id, value] of Object.entries(parametersOf(state, objective))) {
      controls.get(id)?.show(value);
    }
    undo.hidden = Object.keys(state.parameters).length === 0;
    for (const button of thumbnails.children) {
      const chosen = /** @type {HTMLElement} */ (button).dataset.objective === groundOf(state);
      button.setAttribute("aria-pressed", String(chosen));
    }
  };

  watch(store, ["objective", "file"], (state, previous) => {
    if (groundOf(state) !== groundOf(previous)) build();
  });
  watch(store, ["objective", "parameters", "file"], refresh);
  build();
  refresh();

  return {
    /**
     * Say which minima there are at the parameters of the moment.
     * @param {readonly import("../model/computed.js").Minimum[]} found
     * @param {boolean} tooMany
     */
    showMinima(found, tooMany) {
      const objective = objectiveOf(catalog, store.get().objective);
      const own = isTyped(objective.id);
      const sentence = `${own ? foundSentence(found, tooMany, domainOf(objective)) : minimaSentence(found)} `;
      if (minima.textContent !== sentence) minima.textContent = sentence;
    },
    async paintThumbnails() {
      /** @type {{thumbnails: {objective: string, levels: number, numbers: Uint8Array}[]}} */
      const answer = await get("./api/v1/thumbnails");
      const x = linspace(0, 1, THUMBNAIL_COUNT);
      for (const { objective, levels, numbers: bytes } of answer.thumbnails) {
        const numbers = Float64Array.from(bytes, (byte) => (byte / HIGHEST_BYTE) * (levels + 1) - 1);
        const raster = heatmapRaster({ x, y: x, numbers, levels });
        const canvas = thumbnails.querySelector(`[data-objective="${objective}"] canvas`);
        /** @type {HTMLCanvasElement | null} */ (canvas)?.getContext("2d")?.drawImage(raster.canvas, 0, 0);
      }
    },
  };
}
