/** Two landscapes side by side: one scale of colours and heights, one camera, one playhead. */

import { theme } from "../../core/theme.js";
import { element } from "../../core/dom.js";
import { Failure } from "../../core/failure.js";
import { watch } from "../../core/store.js";
import { aligned, paragraph, space as emptySpace } from "../../plot/drawing-parts.js";
import { measureText } from "../../plot/picture-file.js";
import { contourDrawing, lineEntry, spaceDrawing } from "../../plot/picture.js";
import { legend } from "../../plot/sheet.js";
import { loadLandscape } from "../../surfaces/landscape-data.js";
import { choiceControl } from "../../widgets/controls.js";
import { group } from "../../widgets/export-menu.js";
import { bindSpaceKey } from "../../widgets/transport.js";
import { surfaceName } from "../../surfaces/surface-names.js";
import { colorLegend } from "../measured/small-maps.js";
import { entryOf } from "../model/catalog.js";
import { metricName, valueText } from "../model/descriptions.js";
import { trajectoriesAsCsv } from "../model/landscape-records.js";
import { linkOf, provenanceOf } from "../model/provenance.js";
import { hrefOf } from "../model/routes.js";
import { timeText } from "../model/time-units.js";
import { createFigureExport } from "../single/figure-export.js";
import { contourOf } from "../single/landscape-export.js";
import { createRunPlayback } from "../single/run-playback.js";
import { createShared } from "./pair-shared.js";
import { createSide } from "./pair-side.js";

/** @typedef {import("../model/landscapes-state.js").State} State */
/** @typedef {import("../../surfaces/landscape-data.js").Entry} Entry */
/** @typedef {import("../../surfaces/landscape-data.js").Landscape} Landscape */

/** The size of each surface in a picture. */
const PICTURE = { width: 460, height: 380 };

/**
 * @param {HTMLElement} root
 * @param {object} page
 * @param {import("../../core/store.js").Store<State>} page.store
 * @param {import("../../surfaces/landscape-data.js").Catalog} page.catalog
 */
export function createPairView(root, { store, catalog }) {
  let open = false;
  const shared = createShared(store, () => sides.map(({ selection }) => selection));
  const transport = element("div", { class: "transport", role: "group", "aria-label": "Playback" });
  const clock = element("div", { class: "clock" });
  const playback = createRunPlayback({ transport, clock }, shared.played, () => sides.forEach((side) => side.move()));
  const sides = [0, 1].map((index) =>
    createSide(store, shared, catalog, {
      index,
      active: () => open,
      at: playback.step,
      onPoint: (run) => sides.forEach((side) => side.point(run)),
      onTurn: (camera) => sides.forEach((side, other) => other !== index && side.turn(camera)),
    }),
  );
  bindSpaceKey(() => open, playback.toggle);

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
  const choices = element("div", { class: "pair-choices" });
  const single = element("a", { class: "single" });
  const swap = element("button", { type: "button", class: "text", onclick: () => exchange() }, "Swap");
  const colors = element("div", { class: "pair-colors" });
  const playing = element("div", { class: "playing" }, transport, clock);
  const note = element("p", { class: "about" });
  const body = element("div", { class: "pair-sides" }, ...sides.map((side) => side.root));
  const head = element(
    "header",
    { class: "figure-header" },
    element(
      "div",
      {},
      element("p", { class: "back" }, element("a", { href: hrefOf({}) }, "All landscapes")),
      element("h1", { id: "pair-title" }, "Two landscapes side by side"),
    ),
    element("div", { class: "switches" }, single, swap, scale.root, view.root),
  );
  root.append(head, choices, colors, body, playing, note);
  /** @type {ReturnType<typeof choiceControl> | null} */
  let metric = null;
  /** @type {ReturnType<typeof choiceControl> | null} */
  let surface = null;

  const exchange = () => {
    const { show, beside: other } = store.get();
    store.set({ show: other, beside: show, bounds: null }, "push");
  };

  /** What both have can be chosen; what would be a choice of one cannot. */
  const fillChoices = () => {
    metric = surface = null;
    const metrics = shared.metrics();
    const surfaces = shared.surfaces();
    if (surfaces.length > 1) {
      surface = choiceControl({
        name: "Surface",
        choices: surfaces.map(({ id, label }) => [id, surfaceName(id, label)]),
        onChange: (choice) => store.set({ surface: choice, range: null }, "push"),
      });
    }
    if (metrics.length > 1) {
      metric = choiceControl({
        name: "Metric",
        choices: metrics.map((one) => [one.id, metricName(one)]),
        onChange: (choice) => store.set({ metric: choice, range: null }, "push"),
      });
    }
    choices.replaceChildren(...[surface, metric].flatMap((one) => (one ? [one.root] : [])));
  };

  const refresh = () => {
    if (!open) return;
    const [first] = sides;
    if (!first) return;
    const { selection } = first;
    view.show(store.get().view);
    scale.show(selection.scale());
    scale.root.hidden = selection.diverging();
    metric?.show(selection.metric().id);
    surface?.show(selection.surface().id);
    if (surface) surface.root.hidden = selection.diverging();
    colors.replaceChildren(element("span", {}, `${metricName(selection.metric())}, one scale for both:`), colorLegend(selection.coloring(), (value) => valueText(value, selection.metric())));
    note.textContent = shared.alike()
      ? "Both planes have one window: who zooms one zooms both."
      : "The planes reach differently far, so each is shown whole.";
    playing.hidden = playback.end() === 0;
    for (const side of sides) side.refresh();
  };

  const exporting = createFigureExport(
    "pair-export",
    store,
    () => {
      if (!open) return null;
      const [left, right] = sides.map(({ selection }) => selection);
      if (!left || !right) return null;
      const link = linkOf(store.get());
      const facts = provenanceOf(left.landscape().manifest, link);
      const told = new Set(facts.map(([, text]) => text));
      const others = provenanceOf(right.landscape().manifest, link).flatMap(([name, text]) =>
        told.has(text) ? [] : [/** @type {[string, string]} */ ([`${name}, right`, text])],
      );
      return {
        entry: left.landscape().entry,
        beside: right.landscape().entry,
        labels: async () => ({
          title: `${left.landscape().title} · ${right.landscape().title}`,
          subtitle: [`${metricName(left.metric())}, one scale for both`, left.shown().length ? timeText(left.clock(), left.at()) : ""].filter(Boolean).join(" · "),
          caption: sides.map((side) => side.caption()).join(" "),
          // What is the same for both is told once.
          facts: [...facts, ...others],
        }),
        body: async () => aligned(await Promise.all(sides.map(partsOf)), 24, 6),
      };
    },
    ({ offer, saveText }) => [
      group("Trajectories", [
        offer("CSV", "Save the trajectories of both as CSV", () => {
          const selections = sides.map(({ selection }) => selection);
          saveText(pairAsCsv(selections), "text/csv", `${selections.map((one) => one.landscape().entry.id).join("-beside-")}.csv`);
        }),
      ]),
    ],
  );

  /**
   * A landscape's name, surface and legend.
   * @param {ReturnType<typeof createSide>} side
   */
  const partsOf = async ({ selection, plot, space }) => {
    const measure = measureText();
    const { strong } = theme();
    const name = paragraph(selection.landscape().title, { size: 14, weight: 600, color: strong }, PICTURE.width, measure);
    const entries = selection.shown().map((one) => {
      const { label, color, dash } = selection.look(one.run);
      return lineEntry({ name: label, color, dash });
    });
    const names = entries.length ? legend(entries, PICTURE.width, theme(), measure) : emptySpace(0, 0);
    if (store.get().view === "3d") {
      const scene = space.scene();
      if (!scene) throw new Failure("The surface is not drawn yet. Try again in a moment.");
      return [name, await spaceDrawing(scene, PICTURE, theme()), names];
    }
    return [name, await contourDrawing(contourOf(selection, plot), PICTURE, theme()), names];
  };

  watch(store, ["surface", "metric", "scale", "range", "view", "axes", "off", "fade", "bounds"], (state) => {
    if (open && state.show === sides[0]?.selection.landscape().entry.id && state.beside !== null) refresh();
  });
  watch(store, ["camera"], (_state, _previous, mode) => {
    // Turned by hand both are drawn already; turned by going back they are not.
    if (open && mode === "none") refresh();
  });
  watch(store, ["off"], () => open && playback.followRuns());
  watch(store, ["clock"], () => open && playback.changeClock());
  watch(store, ["speed"], () => open && playback.showSpeed());
  watch(store, ["playhead"], ({ playhead }, _previous, mode) => {
    if (open && mode === "none" && playhead !== null) playback.stopAt(playhead);
  });

  return {
    /** @param {Entry} entry */
    async load(entry) {
      const other = entryOf(catalog, store.get().beside);
      if (!other) throw new Failure("There is no such landscape to stand beside this one.");
      return Promise.all([loadLandscape(entry), loadLandscape(other)]);
    },
    /** @param {[Landscape, Landscape]} landscapes */
    show(landscapes) {
      const arriving = !open;
      shared.open(landscapes);
      landscapes.forEach((landscape, i) => sides[i]?.open(landscape));
      open = true;
      exporting.hidden(false);
      const [first] = landscapes;
      single.textContent = "Single view";
      single.setAttribute("href", hrefOf({ show: first.entry.id, layout: "single" }));
      fillChoices();
      playback.open(arriving);
      refresh();
      // Sizes are known once both are in sight.
      requestAnimationFrame(() => open && sides.forEach((side) => side.settle()));
    },
    hide() {
      open = false;
      playback.pause();
      exporting.hidden(true);
      for (const side of sides) side.clear();
    },
    refresh,
  };
}

/**
 * The trajectories of both, with the landscape before each row.
 * @param {readonly import("../model/selection.js").Selection[]} selections
 */
export function pairAsCsv(selections) {
  const rows = selections.map((selection) => {
    const landscape = selection.landscape();
    const [header, ...lines] = trajectoriesAsCsv(landscape, selection.shown()).split("\r\n").filter(Boolean);
    return { header: `landscape,${header}`, lines: lines.map((line) => `${landscape.entry.id},${line}`) };
  });
  return `${[rows[0]?.header ?? "", ...rows.flatMap(({ lines }) => lines)].join("\r\n")}\r\n`;
}
