/** What stands beside a landscape's plot in words, and the colour bar. */

import { element } from "../../core/dom.js";
import { colorBar } from "../../plot/color-bar.js";
import { GAP, gapText } from "../../surfaces/train-test-gap.js";
import { surfaceName } from "../../surfaces/surface-names.js";
import { scaleTicks } from "../../surfaces/coloring.js";
import { colorsText, dotOf, metricName, planeText, scalesText, surfaceText } from "../model/descriptions.js";
import { fadeText } from "../model/plane-distance.js";
import { unitsIn3d } from "./landscape-space.js";

/**
 * @typedef {object} Notes
 * @property {HTMLElement} stage
 * @property {HTMLElement} space
 * @property {HTMLElement} whole  shows all again
 * @property {HTMLElement} scale  of the colours
 * @property {HTMLElement} clipped  what the colours do not show
 * @property {HTMLElement} fade  what it means that paths fade
 * @property {HTMLElement} fadeText
 * @property {HTMLElement} dot  why the path is a dot
 * @property {HTMLElement} dotText
 * @property {HTMLElement} zoom  to the dot
 * @property {HTMLElement} surface
 * @property {HTMLElement} plane
 */

/** For so many the colour bar's usual width has room. */
const USUAL_DIGITS = 6;

/**
 * @param {Notes} parts
 * @param {import("../model/selection.js").Selection} selection
 * @param {() => import("../../core/geometry/linear-map.js").LinearMap} map  of the contour
 */
export function createNotes(parts, selection, map) {
  const { store } = selection;
  parts.zoom.addEventListener("click", () => {
    const dot = dotOf(selection.landscape());
    if (dot) store.set({ bounds: dot.bounds, view: "contour" }, "push");
  });

  const showSurface = () => {
    const { id, label } = selection.surface();
    const name = surfaceName(id, label);
    const { view } = store.get();
    const counted = selection.landscape().manifest.metrics ? "sample" : "image";
    const isGap = selection.metric() === GAP;
    parts.surface.textContent = isGap
      ? gapText(selection.landscape().surfaces, counted)
      : surfaceText(selection.surface(), name, selection.metric(), view, counted, selection.saddles().length);
    const stage = isGap ? "test set less training set" : name;
    for (const node of [parts.stage, parts.space]) node.setAttribute("aria-label", stageName(stage));
  };

  /** @param {string} surface */
  const stageName = (surface) => {
    const { view } = store.get();
    const keys =
      view === "3d"
        ? "arrow keys turn it, plus and minus come nearer and go away"
        : "arrow keys move it, plus and minus zoom, 0 shows all";
    return `${metricName(selection.metric())}, ${surface}. Focused, ${keys}; Space plays and pauses.`;
  };

  const showPlane = () => {
    const { view, bounds, axes } = store.get();
    const flat = map();
    const units =
      view === "3d"
        ? unitsIn3d(bounds ?? selection.whole(), axes === "equal")
        : {
            x: flat.area.width / (flat.bounds.x1 - flat.bounds.x0),
            y: flat.area.height / (flat.bounds.y1 - flat.bounds.y0),
          };
    parts.plane.textContent = `${planeText(selection.landscape())} ${scalesText(units)}`;
  };

  const showColors = () => {
    const coloring = selection.coloring();
    const { view, range } = store.get();
    const metric = selection.metric();
    const { above, below } = coloring.counts;
    const clipped = colorsText(coloring, metric, view, range ? null : selection.opening().end);
    parts.clipped.textContent = clipped;
    parts.clipped.hidden = clipped === "";
    // Without a finite value there is nothing that colours could mean.
    parts.scale.classList.toggle("empty", coloring.extent === null);
    parts.scale.classList.toggle("diverging", coloring.palette === "diverging");
    const values = scaleTicks(coloring, metric);
    const [strip, ...ticks] = colorBar(values, coloring.palette);
    // A flat surface has values of many digits.
    const longest = Math.max(...values.map(({ text }) => text.length));
    parts.scale.style.width = longest > USUAL_DIGITS ? `${longest + 3}ch` : "";
    parts.scale.replaceChildren(strip, ...ticks);
    // In 3D the surface is cut off there, and nothing is hatched.
    if (above && view === "contour") strip.append(element("i", { class: "above" }));
    if (below && view === "contour") strip.append(element("i", { class: "below" }));
  };

  const showDot = () => {
    const dot = dotOf(selection.landscape());
    parts.dot.hidden = dot === null;
    parts.dotText.textContent = dot?.text ?? "";
  };

  const showFade = () => {
    const farthest = selection.farthest();
    parts.fade.hidden = !store.get().fade || farthest === 0;
    if (!parts.fade.hidden) parts.fadeText.textContent = fadeText(farthest);
  };

  const showControls = () => {
    const { view, bounds } = store.get();
    parts.zoom.hidden = bounds !== null;
    parts.whole.hidden = bounds === null || view !== "contour";
    // In 3D the keys are the surface's own.
    parts.stage.tabIndex = view === "3d" ? -1 : 0;
  };

  return {
    showPlane,
    refresh() {
      showSurface();
      showPlane();
      showColors();
      showDot();
      showFade();
      showControls();
    },
  };
}
