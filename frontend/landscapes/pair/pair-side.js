/** One of two landscapes side by side: its menu, its plot, and what its colours leave out. */

import { element } from "../../core/dom.js";
import { colorsText, planeText } from "../model/descriptions.js";
import { createSelection } from "../model/selection.js";
import { createPlot } from "../single/landscape-plot.js";
import { createReadout } from "../single/landscape-readout.js";
import { createSpace } from "../single/landscape-space.js";
import { bindPointing, createRunCircles } from "../single/run-circles.js";
import { besideOptions } from "../single/switches.js";
import { entryOf } from "../model/catalog.js";

/** @typedef {import("../model/landscapes-state.js").State} State */
/** @typedef {import("../../surfaces/landscape-data.js").Landscape} Landscape */
/** @typedef {import("../../core/geometry/space.js").Camera} Camera */

/** Which of the two it is, in a link. @type {readonly ("show" | "beside")[]} */
const KEYS = ["show", "beside"];

/**
 * @param {import("../../core/store.js").Store<State>} store
 * @param {ReturnType<typeof import("./pair-shared.js").createShared>} shared
 * @param {import("../../surfaces/landscape-data.js").Catalog} catalog
 * @param {object} pair
 * @param {number} pair.index  0: the left one
 * @param {() => boolean} pair.active
 * @param {() => number} pair.at  the playhead
 * @param {(run: string | null) => void} pair.onPoint
 * @param {(camera: Camera) => void} pair.onTurn  this one is turned by hand
 */
export function createSide(store, shared, catalog, { index, active, at, onPoint, onTurn }) {
  const key = KEYS[index] ?? "beside";
  const selection = createSelection(shared.store, at, shared.of());
  const spaceRoot = element("div", { class: "surface3d", hidden: true, tabindex: 0, role: "group", "aria-label": "Surface in 3D. Arrow keys turn both." });
  const whole = element("button", { type: "button", class: "stage-whole", hidden: true }, "Show all");
  const stage = element(
    "div",
    { class: "stage", tabindex: 0, role: "application" },
    element("canvas", { class: "heatmap" }),
    element("div", { class: "lines" }),
    element("canvas", { class: "paths" }),
    spaceRoot,
    element("output", { class: "readout", hidden: true }),
    whole,
  );
  const chosen = element("span", { class: "plane-chosen", "aria-hidden": "true" });
  const menu = element("select", { "aria-label": index === 0 ? "Left landscape" : "Right landscape" });
  menu.addEventListener("change", () => store.set({ [key]: menu.value, bounds: null, range: null }, "push"));
  const bar = element("div", { class: "circle-bar", role: "group", "aria-label": "Runs" });
  const clipped = element("p", { class: "clipped", hidden: true });
  const about = element("p", { class: "about" });
  const flat = () => active() && store.get().view === "contour";
  const plot = createPlot(stage, selection, { active: flat, onHover: (pixel) => hover(pixel), onMap: () => undefined });
  const hover = createReadout(stage, selection, plot.map, onPoint);
  const space = createSpace(spaceRoot, selection, onTurn);
  const circles = createRunCircles(bar, selection);
  bindPointing(bar, onPoint);

  return {
    selection,
    plot,
    space,
    root: element(
      "figure",
      { class: "pair-side" },
      element("figcaption", {}, element("span", { class: "plane-menu" }, chosen, menu)),
      stage,
      bar,
      clipped,
      about,
    ),

    /** @param {Landscape} landscape */
    open(landscape) {
      selection.open(landscape);
      const other = entryOf(catalog, store.get()[KEYS[1 - index] ?? "show"]);
      menu.replaceChildren(...(other ? besideOptions(catalog, other) : []));
      menu.value = landscape.entry.id;
      chosen.textContent = landscape.title;
      stage.setAttribute("aria-label", `${landscape.title}. Focused, arrow keys move it, plus and minus zoom, 0 shows all; Space plays and pauses.`);
    },
    refresh() {
      const { view, range } = store.get();
      const text = colorsText(selection.coloring(), selection.metric(), view, range ? null : selection.opening().end);
      clipped.textContent = text;
      clipped.hidden = text === "";
      about.textContent = planeText(selection.landscape());
      bar.hidden = selection.landscape().trajectories.length === 0;
      stage.tabIndex = view === "3d" ? -1 : 0;
      whole.hidden = shared.store.get().bounds === null || view !== "contour";
      circles.refresh();
      plot.refresh();
      void space.refresh();
    },
    /** Its size is known now. */
    settle: plot.move,
    /** The playhead moved. */
    move() {
      plot.invalidate();
      space.move();
    },
    turn: space.turn,
    /** @param {string | null} run */
    point(run) {
      if (!active() || !selection.point(run)) return;
      plot.invalidate();
      space.emphasize();
    },
    caption() {
      const { title } = selection.landscape();
      return `${title}: ${planeText(selection.landscape())} ${clipped.textContent}`.trim();
    },
    clear: () => space.clear(),
  };
}
