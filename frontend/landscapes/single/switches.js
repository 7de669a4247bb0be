/** What can be chosen of a landscape: plane, surface, metric, colours, view. */

import { choiceControl } from "../../widgets/controls.js";
import { element } from "../../core/dom.js";
import { integer } from "../../core/format.js";
import { extentWithin } from "../../surfaces/coloring.js";
import { extentOf } from "../../surfaces/surface-geometry.js";
import { isOwn } from "../model/catalog.js";
import { metricName } from "../model/descriptions.js";
import { surfaceName } from "../../surfaces/surface-names.js";
import { labelsOf } from "../../surfaces/run-style.js";
import { PLANE_NAMES } from "../../surfaces/surface-names.js";

/** @typedef {import("../model/selection.js").Selection} Selection */
/** @typedef {import("../../surfaces/landscape-data.js").Catalog} Catalog */
/** @typedef {import("../../surfaces/landscape-data.js").Entry} Entry */

/** Landscapes that a menu offers of one study: a menu of thousands takes seconds to open, and is of no use. */
const MOST_OFFERED = 300;

/**
 * The landscapes of a study that a menu offers beside one of them: all, or those that share a run with it.
 * @param {readonly Entry[]} entries
 * @param {Entry} entry
 */
function offeredOf(entries, entry) {
  if (entries.length <= MOST_OFFERED) return entries;
  const runs = new Set(entry.runs.map(({ id }) => id));
  const sharing = entries.filter((other) => other !== entry && other.runs.some(({ id }) => runs.has(id)));
  return [...entries.filter((other) => other === entry), ...sharing.slice(0, MOST_OFFERED - 1)];
}

/**
 * What a menu's group is called, which tells how many it leaves out.
 * @param {string} name
 * @param {readonly Entry[]} offered
 * @param {readonly Entry[]} all
 */
function groupName(name, offered, all) {
  return offered.length < all.length ? `${name} (${integer(offered.length)} of ${integer(all.length)})` : name;
}

/**
 * The planes that can take the place of a landscape's: those of its figures, or of its study where that
 * is not the paper's, and the own ones of its runs. Of a study of many, those that share a run with it.
 * @param {Catalog} catalog
 * @param {Entry} entry
 * @returns {{name: string, entries: {entry: Entry, name: string}[]}[]}
 */
export function planesOf({ landscapes }, entry) {
  const isNear = (/** @type {Entry} */ other) =>
    other === entry || !entry.is_paper || other.figures.some((figure) => entry.figures.includes(figure));
  const all = landscapes.filter((other) => other.kind === "landscape" && other.study === entry.study && isNear(other));
  const near = offeredOf(all, entry);
  const joint = near.filter((other) => !isOwn(other));
  const runs = new Map(near.flatMap((other) => other.runs.map((run) => [run.id, run])));
  const labels = labelsOf({ runs: [...runs.values()], is_paper: entry.is_paper });
  const name = groupName(entry.is_paper ? "Of all runs together" : "Of the study", near, all);
  const groups = [{ name, entries: joint.map((one) => ({ entry: one, name: one.title })) }];
  for (const [id, label] of labels) {
    const own = near.filter((other) => isOwn(other) && other.origin?.run === id);
    const entries = own.map((one) => ({ entry: one, name: `${label}: ${inSentence(planeName(one))}` }));
    groups.push({ name: `Of ${label} alone`, entries });
  }
  return groups.filter(({ entries }) => entries.length > 0);
}

/**
 * The landscapes that can stand beside another, by their studies. A link can name any other.
 * @param {Catalog} catalog
 * @param {Entry} entry  the one that is left out
 */
export function besideOptions({ landscapes, studies }, entry) {
  const planes = landscapes.filter((one) => one.kind === "landscape" && one !== entry);
  return studies.flatMap(({ id, title }) => {
    const all = planes.filter((one) => one.study === id);
    const entries = offeredOf(all, entry);
    return entries.length
      ? [element("optgroup", { label: groupName(title, entries, all) }, ...entries.map((one) => element("option", { value: one.id }, one.title)))]
      : [];
  });
}

/** @param {Entry} entry */
function planeName({ plane }) {
  return plane ? PLANE_NAMES[plane] : "Plane";
}

/** @param {string} name  such as "Random plane", but not "PCA plane" or "Hessian plane" */
function inSentence(name) {
  return /^(?!Hessian)[A-Z][a-z]/.test(name) ? name.charAt(0).toLowerCase() + name.slice(1) : name;
}

/**
 * @param {Selection} selection
 * @param {Catalog} catalog
 * @param {() => boolean} canStretch  whether the grid needs axes of different scales to fill the plot
 */
export function createSwitches(selection, catalog, canStretch) {
  const { store } = selection;
  const view = choiceControl({
    name: "View",
    choices: [
      ["contour", "Contour"],
      ["3d", "3D"],
    ],
    onChange: (choice) => store.set({ view: choice }, "push"),
  });
  const scale = choiceControl({
    name: "Scale of the colours",
    choices: [
      ["linear", "Linear"],
      ["log", "Log"],
    ],
    onChange: (choice) => store.set({ scale: choice }, "push"),
  });
  // A select cuts long titles off. It lies unseen over its choice, which has as many lines as it needs.
  const plane = element("select", { "aria-label": "Plane" });
  const chosen = element("span", { class: "plane-chosen", "aria-hidden": "true" });
  const planeMenu = element("span", { class: "plane-menu" }, chosen, plane);
  plane.addEventListener("change", () => {
    // What belongs to this plane alone does not apply to another.
    store.set({ show: plane.value, layout: "single", bounds: null, range: null }, "push");
  });
  const other = element("select", { "aria-label": "Landscape beside this one" });
  const invitation = element("span", { class: "plane-chosen", "aria-hidden": "true" }, "Choose another landscape");
  const besideMenu = element("span", { class: "plane-menu" }, invitation, other);
  other.addEventListener("change", () => {
    if (other.value) store.set({ beside: other.value, layout: "single", bounds: null, range: null }, "push");
  });
  const surfaces = element("div", {});
  const metrics = element("div", {});
  const range = createRange(selection);
  const axes = choiceControl({
    name: "Scales of the axes",
    choices: [
      ["fill", "Fill the plot"],
      ["equal", "Equal scales"],
    ],
    onChange: (choice) => store.set({ axes: choice }, "push"),
  });
  const planeRow = row("Plane", planeMenu);
  const surfaceRow = row("Surface", surfaces);
  const metricRow = row("Metric", metrics);
  const axesRow = row("Axes", axes.root);
  const besideRow = row("Beside", besideMenu);
  /** @type {ReturnType<typeof choiceControl> | null} */
  let surface = null;
  /** @type {ReturnType<typeof choiceControl> | null} */
  let metric = null;

  return {
    view: view.root,
    rows: [planeRow, surfaceRow, metricRow, row("Colours", scale.root, range.root), axesRow, besideRow],

    /** Another landscape is open. */
    open() {
      const { entry, metrics: measured, surfaces: drawn } = selection.landscape();
      plane.replaceChildren(
        ...planesOf(catalog, entry).map(({ name, entries }) =>
          element(
            "optgroup",
            { label: name },
            ...entries.map((one) => element("option", { value: one.entry.id }, one.name)),
          ),
        ),
      );
      plane.value = entry.id;
      const others = besideOptions(catalog, entry);
      other.replaceChildren(element("option", { value: "" }, "None"), ...others);
      besideRow.hidden = others.length === 0;
      chosen.textContent = plane.selectedOptions[0]?.textContent ?? "";
      surface = choiceControl({
        name: "Surface",
        choices: [...drawn.values()].map(({ id, label }) => [id, surfaceName(id, label)]),
        onChange: (choice) => store.set({ surface: choice }, "push"),
      });
      surfaces.replaceChildren(surface.root);
      metric = choiceControl({
        name: "Metric",
        choices: measured.map((one) => [one.id, metricName(one)]),
        onChange: (choice) => store.set({ metric: choice, range: null }, "push"),
      });
      metrics.replaceChildren(metric.root);
      // A choice of one is none.
      planeRow.hidden = plane.options.length < 2;
      metricRow.hidden = measured.length < 2;
      this.refresh();
    },

    refresh() {
      const state = store.get();
      view.show(state.view);
      metric?.show(selection.metric().id);
      scale.show(selection.scale());
      // The gap is that of two surfaces, and lies about zero.
      scale.root.hidden = selection.diverging();
      surfaceRow.hidden = selection.diverging() || selection.landscape().surfaces.size < 2;
      surface?.show(selection.surface().id);
      range.refresh();
      axes.show(state.axes);
      axesRow.hidden = state.axes === "fill" && !canStretch();
    },
  };
}

/**
 * The ends of the colours, in the metric's own unit; shares in percent.
 * @param {Selection} selection
 */
function createRange(selection) {
  const { store } = selection;
  const unit = () => (selection.metric().unit === "share" ? 100 : 1);
  const field = (/** @type {string} */ name) =>
    element("input", { type: "number", step: "any", inputmode: "decimal", "aria-label": name });
  const [low, high] = [field("Lowest colour at"), field("Highest colour at")];
  /**
   * @param {string} label
   * @param {string} title
   * @param {() => [number, number] | null} rangeOf  null: none
   */
  const offer = (label, title, rangeOf) => {
    const offered = () => {
      const range = rangeOf();
      return range && selection.fitted(range);
    };
    const onclick = () => store.set({ range: settled(offered()) }, "push");
    return { rangeOf: offered, button: element("button", { type: "button", class: "text", title, onclick }, label) };
  };
  const opening = () => selection.opening().range;
  /** The range with which the landscape opens needs no place in the link. @param {[number, number] | null} range */
  const settled = (range) => (range && sameRange(range, opening()) ? null : range);
  const offers = [
    offer("Default", "From the lowest value to where outliers begin, or to the highest under a path", opening),
    offer("Fit to view", "From the lowest to the highest value in view", () =>
      extentWithin(selection.landscape(), selection.values(), store.get().bounds ?? selection.whole()),
    ),
    offer("All", "From the lowest to the highest value", () => extentOf(selection.values())),
  ];
  for (const input of [low, high]) {
    input.addEventListener("change", () => {
      const [from, to] = [Number(low.value) / unit(), Number(high.value) / unit()];
      const valid = low.value !== "" && high.value !== "" && from < to;
      // About a fixed zero each end moves the other.
      const moved = selection.diverging() ? selection.fitted(input === low ? [from, 0] : [0, to]) : /** @type {[number, number]} */ ([from, to]);
      input.setCustomValidity(valid ? "" : "The lowest must be below the highest.");
      if (!input.reportValidity()) return;
      store.set({ range: settled(moved) }, "push");
    });
  }
  return {
    root: element(
      "span",
      { class: "range-fields" },
      element("span", { class: "range-ends" }, low, element("span", {}, "to"), high),
      element("span", { class: "range-offers" }, ...offers.map(({ button }) => button)),
    ),
    refresh() {
      const { range } = selection.coloring();
      [low, high].forEach((input, i) => {
        input.setCustomValidity("");
        if (document.activeElement !== input) {
          input.value = fieldText(Number(range[i]) * unit());
        }
      });
      for (const { rangeOf, button } of offers) {
        // What would change nothing is not offered.
        const offered = rangeOf();
        button.hidden = !offered || sameRange(range, offered);
      }
    },
  };
}

/**
 * @param {readonly [number, number]} a
 * @param {readonly [number, number]} b
 */
function sameRange(a, b) {
  return a[0] === b[0] && a[1] === b[1];
}

/** A number beyond this would not fit into its field digit by digit. */
const LONGEST_WHOLE = 1e6;

/** @param {number} value */
export function fieldText(value) {
  const rounded = Number(value.toPrecision(5));
  return Math.abs(rounded) >= LONGEST_WHOLE ? rounded.toExponential() : String(rounded);
}

/**
 * @param {string} name
 * @param {HTMLElement[]} controls
 */
function row(name, ...controls) {
  return element(
    "div",
    { class: "setting" },
    element("span", { class: "setting-name", "aria-hidden": "true" }, name),
    element("div", { class: "setting-controls" }, ...controls),
  );
}
