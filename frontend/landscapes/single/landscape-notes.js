/** What stands beside a landscape's plot in words, and the colour bar. */

import { element } from "../../core/dom.js";
import { colorBar } from "../../plot/color-bar.js";
import { surfaceName } from "../../surfaces/surface-names.js";
import { scaleTicks } from "../model/coloring.js";
import { clippingText, dotOf, planeText, surfaceText } from "../model/descriptions.js";
import { isStretched } from "./landscape-plot.js";
import { isSquashed } from "./landscape-space.js";

/**
 * @typedef {object} Notes
 * @property {HTMLElement} stage
 * @property {HTMLElement} space
 * @property {HTMLElement} whole  shows all again
 * @property {HTMLElement} scale  of the colours
 * @property {HTMLElement} clipped  what the colours do not show
 * @property {HTMLElement} dot  why the path is a dot
 * @property {HTMLElement} dotText
 * @property {HTMLElement} zoom  to the dot
 * @property {HTMLElement} surface
 * @property {HTMLElement} plane
 */

/**
 * @param {Notes} parts
 * @param {import("../model/selection.js").Selection} selection
 */
export function createNotes(parts, selection) {
  const { store } = selection;
  parts.zoom.addEventListener("click", () => {
    const dot = dotOf(selection.landscape());
    if (dot) store.set({ bounds: dot.bounds, view: "contour" }, "push");
  });

  const showSurface = () => {
    const { id } = selection.surface();
    const name = surfaceName(id);
    parts.surface.textContent = surfaceText(selection.surface(), name);
    for (const node of [parts.stage, parts.space]) node.setAttribute("aria-label", stageName(name));
  };

  /** @param {string} surface */
  const stageName = (surface) => {
    const { view, metric } = store.get();
    const keys =
      view === "3d"
        ? "arrow keys turn it, plus and minus come nearer and go away"
        : "arrow keys move it, plus and minus zoom, 0 shows all";
    return `${metric === "loss" ? "Loss" : "Accuracy"}, ${surface}. Focused, ${keys}; Space plays and pauses.`;
  };

  const showPlane = () => {
    const { stage } = parts;
    const area = { width: stage.clientWidth || 1, height: stage.clientHeight || 1 };
    const flat = store.get().view === "contour";
    const stretched = flat ? isStretched(selection.whole(), area) : isSquashed(selection.whole());
    parts.plane.textContent = [
      planeText(selection.landscape()),
      stretched ? "To fill the plot, its two axes have scales of their own." : "",
    ].join(" ");
  };

  const showColors = () => {
    const coloring = selection.coloring();
    const { metric } = store.get();
    const { above, below } = coloring.counts;
    const clipped = clippingText(coloring, metric);
    parts.clipped.textContent = clipped && `Not in the colours: ${clipped}`;
    parts.clipped.hidden = clipped === "";
    const [strip, ...ticks] = colorBar(scaleTicks(coloring, metric));
    parts.scale.replaceChildren(strip, ...ticks);
    if (above) strip.append(element("i", { class: "above" }));
    if (below) strip.append(element("i", { class: "below" }));
  };

  const showDot = () => {
    const dot = dotOf(selection.landscape());
    parts.dot.hidden = dot === null;
    parts.dotText.textContent = dot?.text ?? "";
  };

  const showControls = () => {
    const { view, bounds } = store.get();
    parts.zoom.hidden = bounds !== null;
    parts.whole.hidden = bounds === null || view !== "contour";
    // In 3D the keys are the surface's own.
    parts.stage.tabIndex = view === "3d" ? -1 : 0;
  };

  return {
    refresh() {
      showSurface();
      showPlane();
      showColors();
      showDot();
      showControls();
    },
  };
}
