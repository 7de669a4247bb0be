/** What can be chosen of a landscape: plane, surface, metric, colours, view. */

import { choiceControl } from "../../widgets/controls.js";
import { element } from "../../core/dom.js";
import { isOwn } from "../model/catalog.js";
import { surfaceName } from "../../surfaces/surface-names.js";
import { labelsOf } from "../../surfaces/run-style.js";
import { PLANE_NAMES } from "../../surfaces/surface-names.js";

/** @typedef {import("../model/selection.js").Selection} Selection */
/** @typedef {import("../../surfaces/landscape-data.js").Catalog} Catalog */
/** @typedef {import("../../surfaces/landscape-data.js").Entry} Entry */

/**
 * The planes that can take the place of a landscape's: those of its figures, and the own ones of
 * its runs.
 * @param {Catalog} catalog
 * @param {Entry} entry
 * @returns {{name: string, entries: {entry: Entry, name: string}[]}[]}
 */
export function planesOf({ landscapes }, entry) {
  const inFigure = landscapes.filter(
    (other) =>
      other.kind === "landscape" && (other === entry || other.figures.some((f) => entry.figures.includes(f))),
  );
  const joint = inFigure.filter((other) => !isOwn(other));
  const runs = new Map(inFigure.flatMap((other) => other.runs.map((run) => [run.id, run])));
  const labels = labelsOf([...runs.values()]);
  const groups = [{ name: "Of all runs together", entries: joint.map((one) => ({ entry: one, name: one.title })) }];
  for (const [id, label] of labels) {
    const own = inFigure.filter((other) => isOwn(other) && other.origin?.run === id);
    const entries = own.map((one) => ({ entry: one, name: `${label}: ${planeName(one).toLowerCase()}` }));
    groups.push({ name: `Of ${label} alone`, entries });
  }
  return groups.filter(({ entries }) => entries.length > 0);
}

/** @param {Entry} entry */
function planeName({ plane }) {
  return plane ? PLANE_NAMES[plane] : "Plane";
}

/**
 * @param {Selection} selection
 * @param {Catalog} catalog
 */
export function createSwitches(selection, catalog) {
  const { store } = selection;
  const view = choiceControl({
    name: "View",
    choices: [
      ["contour", "Contour"],
      ["3d", "3D"],
    ],
    onChange: (choice) => store.set({ view: choice }, "push"),
  });
  const metric = choiceControl({
    name: "Metric",
    choices: [
      ["loss", "Loss"],
      ["accuracy", "Accuracy"],
    ],
    onChange: (choice) => store.set({ metric: choice, range: null }, "push"),
  });
  const scale = choiceControl({
    name: "Scale of the colours",
    choices: [
      ["linear", "Linear"],
      ["log", "Log"],
    ],
    onChange: (choice) => store.set({ scale: choice }, "push"),
  });
  const plane = element("select", { "aria-label": "Plane" });
  plane.addEventListener("change", () => {
    // What belongs to this plane alone does not apply to another.
    store.set({ show: plane.value, layout: "single", bounds: null, range: null }, "push");
  });
  const surfaces = element("div", {});
  const range = createRange(selection);
  /** @type {ReturnType<typeof choiceControl> | null} */
  let surface = null;

  return {
    view: view.root,
    rows: [
      row("Plane", plane),
      row("Surface", surfaces, metric.root),
      row("Colours", scale.root, range.root),
    ],

    /** Another landscape is open. */
    open() {
      const { entry } = selection.landscape();
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
      surface = choiceControl({
        name: "Surface",
        choices: entry.surfaces.map((id) => [id, surfaceName(id)]),
        onChange: (choice) => store.set({ surface: choice }, "push"),
      });
      surfaces.replaceChildren(surface.root);
      this.refresh();
    },

    refresh() {
      const state = store.get();
      view.show(state.view);
      metric.show(state.metric);
      scale.show(selection.scale());
      surface?.show(selection.surface().id);
      range.refresh();
    },
  };
}

/**
 * The ends of the colours, in the metric's own unit; accuracies in percent.
 * @param {Selection} selection
 */
function createRange(selection) {
  const { store } = selection;
  const unit = () => (store.get().metric === "accuracy" ? 100 : 1);
  const field = (/** @type {string} */ name) =>
    element("input", { type: "number", step: "any", inputmode: "decimal", "aria-label": name });
  const [low, high] = [field("Lowest colour at"), field("Highest colour at")];
  const reset = element(
    "button",
    { type: "button", class: "text", onclick: () => store.set({ range: null }, "push") },
    "All",
  );
  reset.title = "From the lowest to the highest value";
  for (const input of [low, high]) {
    input.addEventListener("change", () => {
      const [from, to] = [Number(low.value) / unit(), Number(high.value) / unit()];
      const valid = low.value !== "" && high.value !== "" && from < to;
      input.setCustomValidity(valid ? "" : "The lowest must be below the highest.");
      if (!input.reportValidity()) return;
      store.set({ range: [from, to] }, "push");
    });
  }
  return {
    root: element("span", { class: "range-fields" }, low, element("span", {}, "to"), high, reset),
    refresh() {
      const { range } = selection.coloring();
      [low, high].forEach((input, i) => {
        input.setCustomValidity("");
        if (document.activeElement !== input) {
          input.value = String(Number((Number(range[i]) * unit()).toPrecision(5)));
        }
      });
      reset.hidden = store.get().range === null;
    },
  };
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
