/** Many random planes at one network: nine of them, and the range over all of what the draw decides. */

import { theme } from "../../core/theme.js";
import { element } from "../../core/dom.js";
import { integer, number, percent } from "../../core/format.js";
import { watch } from "../../core/store.js";
import { below, beside, paragraph } from "../../plot/drawing-parts.js";
import { measureText } from "../../plot/picture-file.js";
import { surfaceName } from "../../surfaces/surface-names.js";
import { labelsOf } from "../../surfaces/run-style.js";
import { choiceControl } from "../../widgets/controls.js";
import { group } from "../../widgets/export-menu.js";
import { headingOf } from "../model/catalog.js";
import { loadMeasured } from "../model/measured-data.js";
import { linkOf, provenanceOf } from "../model/provenance.js";
import { createFigureExport } from "../single/figure-export.js";
import { figureHeader } from "../single/figure-header.js";
import { colorLegend, drawDirection, mapDrawing, paintCanvas, sharedColoring } from "./small-maps.js";
import { lotteryAsCsv } from "./measured-records.js";

/** @typedef {import("../model/landscapes-state.js").State} State */
/** @typedef {import("../model/measured-data.js").LotteryData} LotteryData */

/** So many planes stand side by side. */
const SHOWN = 9;
const IN_A_ROW = 3;
const PICTURE = { width: 210, height: 190 };

/**
 * The seeds in groups: those that are shown at first, then the others in order.
 * @param {Pick<LotteryData, "seeds" | "shown">} lottery
 * @returns {number[][]}
 */
export function groupsOf({ seeds, shown }) {
  const others = seeds.filter((seed) => !shown.includes(seed));
  const groups = [shown.slice(0, SHOWN)];
  const rest = [...shown.slice(SHOWN), ...others];
  for (let i = 0; i < rest.length; i += SHOWN) groups.push(rest.slice(i, i + SHOWN));
  return groups;
}

/**
 * @param {HTMLElement} root
 * @param {object} page
 * @param {import("../../core/store.js").Store<State>} page.store
 * @param {import("../../surfaces/landscape-data.js").Catalog} page.catalog
 */
export function createLotteryView(root, { store, catalog }) {
  /** @type {LotteryData | null} */
  let data = null;
  /** @type {((values: Float64Array) => import("../../surfaces/coloring.js").Coloring) | null} */
  let color = null;
  /** @type {{canvas: HTMLCanvasElement, seed: number}[]} */
  let maps = [];
  const panels = element("div", { class: "lottery-maps" });
  /** @type {ReturnType<typeof choiceControl> | null} */
  let groups = null;

  /** @param {LotteryData} shown */
  const drawn = (shown) => {
    const all = groupsOf(shown);
    return all[store.get().draw ?? 0] ?? all[0] ?? [];
  };

  /**
   * @param {LotteryData} shown
   * @param {number} seed
   * @returns {import("./small-maps.js").Extra}
   */
  const marksOf = (shown, seed) => (context, map) => {
    const i = shown.seeds.indexOf(seed);
    const { strong, ink } = theme();
    // The whole set's on top.
    for (const { surface, x, y } of [...shown.arrows].reverse()) {
      drawDirection(context, map, { x: 0, y: 0 }, { x: Number(x[i]), y: Number(y[i]) }, surface === "train" ? strong : ink);
    }
  };

  const draw = () => {
    if (!data || !color) return;
    groups?.show(String(store.get().draw ?? 0));
    for (const { canvas, seed } of maps) paintCanvas(canvas, data, color(data.plane("loss", seed)), marksOf(data, seed));
  };
  const sizes = new ResizeObserver(draw);

  const fill = () => {
    const shown = data;
    if (!shown) return;
    sizes.disconnect();
    maps = drawn(shown).map((seed) => ({
      seed,
      canvas: element("canvas", { class: "map-large", role: "img", "aria-label": `Loss on the random plane of seed ${seed}` }),
    }));
    panels.replaceChildren(
      ...maps.map(({ canvas, seed }) =>
        element("figure", {}, canvas, element("figcaption", {}, element("span", { class: "name" }, `Seed ${seed}`))),
      ),
    );
    draw();
    for (const { canvas } of maps) sizes.observe(canvas);
  };

  const exporting = createFigureExport(
    "lottery-export",
    store,
    () => {
      const shown = data;
      const colors = color;
      if (!shown || !colors) return null;
      return {
        entry: shown.entry,
        labels: async () => ({
          title: shown.title,
          subtitle: `Loss on ${lossText(shown)}, colours from ${colors(shown.plane("loss", Number(shown.seeds[0]))).range.map((end) => number(end)).join(" to ")} for all; seeds ${drawn(shown).join(", ")}`,
          caption: [shown.shows, arrowsText(shown), curvatureText(shown), ...shown.statistics.map(statisticText)].filter(Boolean).join(" "),
          facts: provenanceOf(shown.manifest, linkOf(store.get())),
        }),
        body: async () => {
          const [measure, { ink }] = [measureText(), theme()];
          const made = drawn(shown).map((seed) =>
            below(
              [
                mapDrawing(PICTURE, shown, colors(shown.plane("loss", seed)), marksOf(shown, seed)),
                paragraph(`Seed ${seed}`, { size: 12, color: ink }, PICTURE.width, measure),
              ],
              4,
            ),
          );
          const rows = [];
          for (let i = 0; i < made.length; i += IN_A_ROW) rows.push(beside(made.slice(i, i + IN_A_ROW), 14));
          return below(rows, 12);
        },
      };
    },
    ({ offer, saveText }) => [
      group("Seeds", [
        offer("CSV", "Save the numbers of every seed as CSV", () => {
          if (data) saveText(lotteryAsCsv(data), "text/csv", `${data.entry.id}.csv`);
        }),
      ]),
    ],
  );

  watch(store, ["draw"], ({ show }) => {
    if (data && show === data.entry.id) fill();
  });

  return {
    load: loadMeasured,
    /** @param {LotteryData} next */
    show(next) {
      data = next;
      color = sharedColoring(next.seeds.map((seed) => next.plane("loss", seed)));
      exporting.hidden(false);
      const all = groupsOf(next);
      groups =
        all.length > 1
          ? choiceControl({
              name: "Which planes",
              choices: all.map((seeds, i) => [String(i), seeds.length > 1 ? `Seeds ${seeds[0]}–${seeds.at(-1)}` : `Seed ${seeds[0]}`]),
              onChange: (choice) => store.set({ draw: choice === "0" ? null : Number(choice) }, "push"),
            })
          : null;
      const first = next.plane("loss", Number(next.seeds[0]));
      const steep = curvatureText(next);
      root.replaceChildren(
        figureHeader({ id: "lottery-title", heading: headingOf(catalog, next.entry), entry: next.entry, switches: groups ? [groups.root] : [] }),
        element(
          "div",
          { class: "lottery-body" },
          element("div", {}, panels, colorLegend(color(first)), element("p", { class: "about" }, `Loss on ${lossText(next)}. ${arrowsText(next)}`)),
          element(
            "div",
            { class: "reading" },
            element("h2", {}, "What the draw decides"),
            element("p", {}, `${integer(next.seeds.length)} random planes at one network, ${originText(next)}, each from a seed of its own. The lines span the planes; a dot is one of them.`),
            element("ul", { class: "draws" }, ...next.statistics.map((one) => statisticElement(one))),
            ...(steep ? [element("h2", {}, "What no draw shows"), element("p", {}, steep), element("p", { class: "about" }, String(next.curvature?.rule))] : []),
          ),
        ),
      );
      fill();
    },
    hide() {
      data = null;
      maps = [];
      exporting.hidden(true);
      sizes.disconnect();
      root.replaceChildren();
    },
    refresh: draw,
  };
}

/** @param {LotteryData} lottery */
function lossText({ images, surface }) {
  return `${integer(images)} ${images === 1 ? "sample" : "samples"} (${surfaceName(surface).toLowerCase()})`;
}

/** @param {LotteryData} lottery */
function originText({ origin, entry }) {
  return `${labelsOf(entry).get(origin.run) ?? origin.run} at step ${integer(origin.step)}`;
}

/** @param {LotteryData} lottery */
function arrowsText({ arrows }) {
  const batch = arrows.find(({ surface }) => surface !== "train");
  if (!arrows.length) return "";
  const other = batch ? `, the other that of the ${surfaceName(batch.surface).toLowerCase()}` : "";
  const cosine = batch && batch.cosine !== null ? ` In all dimensions their cosine is ${number(batch.cosine)}.` : "";
  return `Arrows are ways down at the network, drawn equally long: the strong one that of the whole training set${other}.${cosine}`;
}

/**
 * What the planes show of the sharpness.
 * @param {Pick<LotteryData, "curvature" | "seeds">} lottery
 * @returns {string}  empty: not measured
 */
export function curvatureText({ curvature, seeds }) {
  if (!curvature) return "";
  const { images, images_seed, sharpness, residual, highest, ratio, tolerance } = curvature;
  const drawn = images_seed === null ? "" : ` (drawn with seed ${images_seed})`;
  const on = `on ${integer(images)} training samples${drawn}`;
  if (sharpness === null) return `The sharpness at the network has not converged ${on}: its residual is above ${percent(tolerance)} of it.`;
  const exact = residual === null ? "" : `, residual ${percent(residual / Math.abs(sharpness))}`;
  const seen = highest === null ? "none is finite in any plane" : `the steepest of all directions in ${integer(seeds.length)} planes has ${number(highest)}${ratio === null ? "" : `, ${percent(ratio)} of it`}`;
  return `The sharpness there is ${number(sharpness)} ${on}${exact}; ${seen}.`;
}

/** @param {LotteryData["statistics"][number]} statistic */
function valueOf({ unit }) {
  return (/** @type {number | null} */ value) =>
    value === null ? "—" : unit === "share" ? percent(value) : unit === "degrees" ? `${Math.round(value)}°` : number(value);
}

/**
 * A statistic's range in a sentence.
 * @param {LotteryData["statistics"][number]} statistic
 */
export function statisticText(statistic) {
  const { label, lowest, median, highest, truth } = statistic;
  const text = valueOf(statistic);
  const whole = truth === null ? "" : `; in all dimensions ${text(truth)}`;
  return `${label.charAt(0).toUpperCase()}${label.slice(1)}: ${text(lowest)} to ${text(highest)}, median ${text(median)}${whole}.`;
}

/**
 * A statistic with a dot for each plane on a line.
 * @param {LotteryData["statistics"][number]} statistic
 */
function statisticElement(statistic) {
  const { values, lowest, highest, truth, rule } = statistic;
  const ends = [lowest, highest, truth].filter((value) => value !== null).map(Number);
  const [low, high] = [Math.min(...ends), Math.max(...ends)];
  const place = (/** @type {number} */ value) => `${high > low ? (100 * (value - low)) / (high - low) : 50}%`;
  const line = element("span", { class: "draw-line", "aria-hidden": "true" });
  for (const value of values) {
    if (!Number.isFinite(value)) continue;
    const dot = element("i", { class: "draw-dot" });
    dot.style.left = place(value);
    line.append(dot);
  }
  if (truth !== null) {
    const mark = element("i", { class: "draw-truth" });
    mark.style.left = place(truth);
    line.append(mark);
  }
  return element("li", { title: rule }, element("span", {}, statisticText(statistic)), line);
}
