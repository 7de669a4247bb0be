/** What batches of several sizes see at some moments of a training: small multiples with one playhead. */

import { theme, themeName } from "../../core/theme.js";
import { createPlayback } from "../../core/playback.js";
import { element } from "../../core/dom.js";
import { coordinate, integer, number, setting } from "../../core/format.js";
import { lastAtMost, valueAt } from "../../core/geometry/sequences.js";
import { watch } from "../../core/store.js";
import { aligned, below, paragraph } from "../../plot/drawing-parts.js";
import { measureText } from "../../plot/picture-file.js";
import { surfaceName } from "../../surfaces/surface-names.js";
import { appearancesOf } from "../../surfaces/run-style.js";
import { drawPath } from "../../surfaces/surface-canvas.js";
import { choiceControl } from "../../widgets/controls.js";
import { group } from "../../widgets/export-menu.js";
import { bindSpaceKey, createTransport } from "../../widgets/transport.js";
import { headingOf } from "../model/catalog.js";
import { loadMeasured } from "../model/measured-data.js";
import { linkOf, provenanceOf } from "../model/provenance.js";
import { UNITS, neighbor } from "../model/time-units.js";
import { createFigureExport } from "../single/figure-export.js";
import { figureHeader } from "../single/figure-header.js";
import { drawDirection, mapDrawing, paintCanvas, sharedColoring } from "./small-maps.js";
import { batchPathAsCsv } from "./measured-records.js";

/** @typedef {import("../model/landscapes-state.js").State} State */
/** @typedef {import("../model/measured-data.js").BatchPathData} BatchPathData */
/** @typedef {import("../model/measured-data.js").View} View */

/** The size of a map in a picture. */
const PICTURE = { width: 132, height: 108 };

/**
 * @param {HTMLElement} root
 * @param {object} page
 * @param {import("../../core/store.js").Store<State>} page.store
 * @param {import("../../surfaces/landscape-data.js").Catalog} page.catalog
 */
export function createBatchPathView(root, { store, catalog }) {
  /** @type {BatchPathData | null} */
  let data = null;
  /** @type {{canvas: HTMLCanvasElement, view: View, moment: number | null}[]} */
  let maps = [];
  /** @type {HTMLButtonElement[]} */
  let heads = [];
  /** The texts under the large maps, by view. @type {Map<View, HTMLElement>} */
  let texts = new Map();
  let current = -1;
  /** @type {Map<string, import("../../surfaces/coloring.js").Coloring>} */
  const colorings = new Map();
  const now = element("p", { class: "now", role: "status" });
  const transportRoot = element("div", { class: "transport", role: "group", "aria-label": "Playback" });

  const playback = createPlayback({
    onFrame: (at) => {
      transport.showStep(at, end());
      follow();
    },
    onPlaying: (playing, ended) => {
      transport.showPlaying(playing);
      if (ended) store.set({ playhead: null }, "replace");
    },
  });
  const seek = (/** @type {number} */ at) => {
    playback.pause();
    playback.seek(at);
    store.set({ playhead: Math.round(playback.step()), clock: "step" }, "replace");
  };
  const toggle = () => {
    if (playback.playing()) seek(playback.step());
    else playback.play();
  };
  const transport = createTransport(
    transportRoot,
    {
      onToggle: toggle,
      onSeek: seek,
      onStep: (direction) => seek(neighbor([steps()], playback.step(), direction)),
      onSpeed: (speed) => store.set({ speed }, "push"),
    },
    UNITS.step,
  );
  bindSpaceKey(() => data !== null, toggle);
  const range = choiceControl({
    name: "Ranges of the colours",
    choices: [
      ["own", "Own ranges"],
      ["common", "One range"],
    ],
    onChange: (choice) => store.set({ common: choice === "common" }, "push"),
  });

  const steps = () => Float64Array.from(data?.moments ?? [], ({ step }) => step);
  const end = () => Number(data?.moments.at(-1)?.step ?? 0);
  /** The last moment that the playhead has reached. */
  const reached = () => Math.max(lastAtMost(steps(), playback.step()), 0);

  /**
   * @param {BatchPathData} shown
   * @param {View} view
   * @param {number} moment
   */
  const colorsOf = (shown, view, moment) => {
    const { common } = store.get();
    const keyOf = (/** @type {View} */ one, /** @type {number} */ i) => `${common} ${one.surface} ${i}`;
    const key = keyOf(view, moment);
    if (!colorings.has(key)) {
      const asked = common ? shown.views.flatMap((one) => shown.moments.map((_, i) => ({ one, i }))) : [{ one: view, i: moment }];
      const surfaces = asked.map(({ one, i }) => one.map("loss", i));
      const color = sharedColoring(surfaces);
      asked.forEach(({ one, i }, k) => colorings.set(keyOf(one, i), color(/** @type {Float64Array} */ (surfaces[k]))));
    }
    return /** @type {import("../../surfaces/coloring.js").Coloring} */ (colorings.get(key));
  };

  /**
   * The path so far, the snapshot, and the way down for these samples.
   * @param {BatchPathData} shown
   * @param {View} view
   * @param {number} moment
   * @param {number} width  of the path
   * @returns {import("./small-maps.js").Extra}
   */
  const marksOf = (shown, view, moment, width) => (context, map) => {
    const at = shown.moments[moment];
    if (!at) return;
    const { strong, page } = theme();
    if (shown.path) {
      const { path } = shown;
      const count = lastAtMost(path.steps, at.step) + 1;
      const part = (/** @type {Float64Array} */ values) => [...values.slice(0, count), valueAt(path.steps, values, at.step)];
      const look = appearancesOf(shown.entry).get(shown.run);
      drawPath(context, map, { x: part(path.x), y: part(path.y), color: look?.color(themeName()) ?? strong, dash: [] }, page, width);
    }
    drawDirection(context, map, at, { x: Number(view.arrow.x[moment]), y: Number(view.arrow.y[moment]) }, strong);
  };

  /** Large maps follow the playhead; small ones stay. */
  const follow = () => {
    const shown = data;
    if (!shown) return;
    const moment = reached();
    if (moment === current) return;
    current = moment;
    heads.forEach((head, i) => head.setAttribute("aria-pressed", String(i === moment)));
    keepInSight(heads[moment]);
    for (const { canvas, view, moment: own } of maps) {
      if (own === null) paintCanvas(canvas, shown, colorsOf(shown, view, moment), marksOf(shown, view, moment, 2));
      else canvas.classList.toggle("current", own === moment);
    }
    const at = shown.moments[moment];
    now.textContent = at ? momentText(at) : "";
    for (const [view, node] of texts) node.textContent = viewText(view, moment);
  };

  const draw = () => {
    const shown = data;
    if (!shown) return;
    range.show(store.get().common ? "common" : "own");
    transport.showSpeed(store.get().speed);
    playback.setSpeed(store.get().speed);
    for (const { canvas, view, moment } of maps) {
      if (moment !== null) paintCanvas(canvas, shown, colorsOf(shown, view, moment), marksOf(shown, view, moment, 1.2));
    }
    current = -1;
    follow();
  };
  const sizes = new ResizeObserver(draw);

  const exporting = createFigureExport(
    "batch-path-export",
    store,
    () => {
      const shown = data;
      if (!shown) return null;
      return {
        entry: shown.entry,
        labels: async () => ({
          title: shown.title,
          subtitle: `Loss of the same images at ${shown.moments.length} moments, ${store.get().common ? "one range of colours" : "a range of colours for each map"}; arrows: the way down, equally long`,
          caption: `${shown.shows} ${shown.rule}`,
          facts: provenanceOf(shown.manifest, linkOf(store.get())),
        }),
        body: async () => sheetOf(shown),
      };
    },
    ({ offer, saveText }) => [
      group("Arrows", [
        offer("CSV", "Save the gradients at each moment as CSV", () => {
          if (data) saveText(batchPathAsCsv(data), "text/csv", `${data.entry.id}.csv`);
        }),
      ]),
    ],
  );

  /** @param {BatchPathData} shown */
  const sheetOf = (shown) => {
    const [measure, { strong, ink }] = [measureText(), theme()];
    const text = (/** @type {string} */ words, weight = 400) =>
      paragraph(words, { size: 11, weight, color: weight > 400 ? strong : ink }, PICTURE.width, measure);
    const columns = shown.moments.map((at, moment) => [
      text(momentText(at), 600),
      ...shown.views.flatMap((view) => [
        mapDrawing(PICTURE, shown, colorsOf(shown, view, moment), marksOf(shown, view, moment, 1.4)),
        text(`${surfaceName(view.surface)}: ${viewText(view, moment)}`),
      ]),
    ]);
    const half = Math.ceil(columns.length / 2);
    return below([aligned(columns.slice(0, half), 12, 5), aligned(columns.slice(half), 12, 5)], 18);
  };

  watch(store, ["common", "speed"], ({ show }) => {
    if (data && show === data.entry.id) draw();
  });
  watch(store, ["playhead"], ({ show, playhead }, _previous, mode) => {
    if (data && show === data.entry.id && mode === "none" && playhead !== null) playback.seek(playhead);
  });

  return {
    load: loadMeasured,
    /** @param {BatchPathData} next */
    show(next) {
      data = next;
      colorings.clear();
      exporting.hidden(false);
      sizes.disconnect();
      maps = [];
      texts = new Map();
      const canvas = (/** @type {View} */ view, /** @type {number | null} */ moment, /** @type {"map-large" | "map-small"} */ name) => {
        const made = element("canvas", { class: name === "map-large" ? "map-large" : "map-small", role: "img", "aria-label": `Loss of ${surfaceName(view.surface).toLowerCase()}` });
        if (moment !== null) made.addEventListener("click", () => seek(Number(next.moments[moment]?.step)));
        maps.push({ canvas: made, view, moment });
        return made;
      };
      const large = next.views.map((view) => {
        const text = element("p", { class: "about" });
        texts.set(view, text);
        return element(
          "figure",
          {},
          element("figcaption", {}, element("span", { class: "name" }, surfaceName(view.surface)), view.surface === "train" && `${integer(view.images)} images`),
          canvas(view, null, "map-large"),
          text,
        );
      });
      heads = next.moments.map((at) =>
        element("button", { type: "button", class: "moment", title: momentText(at), onclick: () => seek(at.step) }, shortText(at)),
      );
      const rows = next.views.map((view) =>
        element(
          "tr",
          {},
          element("th", { scope: "row" }, surfaceName(view.surface)),
          ...next.moments.map((_, moment) => element("td", {}, canvas(view, moment, "map-small"))),
        ),
      );
      root.replaceChildren(
        figureHeader({ id: "batch-path-title", heading: headingOf(catalog, next.entry), entry: next.entry, switches: [range.root] }),
        transportRoot,
        now,
        element("div", { class: "maps-now" }, ...large),
        element(
          "div",
          { class: "moments", tabindex: 0, role: "group", "aria-label": "All moments" },
          element(
            "table",
            {},
            element("thead", {}, element("tr", {}, element("td", {}), ...heads.map((head) => element("th", { scope: "col" }, head)))),
            element("tbody", {}, ...rows),
          ),
        ),
        element(
          "p",
          { class: "about" },
          `${next.rule} Arrows are the way down for these images at the snapshot, drawn equally long; under each map stands how long the gradient is, and its cosine with that on all training images, in all dimensions. Colours end where outliers begin; what lies above is hatched.`,
        ),
      );
      playback.setEnd(end());
      const { playhead, clock } = store.get();
      playback.seek(playhead !== null && clock === "step" ? playhead : end());
      transport.showPlaying(false);
      draw();
      for (const { canvas: one } of maps) sizes.observe(one);
    },
    hide() {
      playback.pause();
      data = null;
      maps = [];
      exporting.hidden(true);
      sizes.disconnect();
      root.replaceChildren();
    },
    refresh: draw,
  };
}

/**
 * Scroll the moments sideways, where they do not all fit, until one is in the middle.
 * @param {HTMLElement | undefined} head
 */
function keepInSight(head) {
  const row = head?.closest(".moments");
  if (!head || !row) return;
  const [own, whole] = [head.getBoundingClientRect(), row.getBoundingClientRect()];
  row.scrollLeft += own.left + own.width / 2 - (whole.left + whole.width / 2);
}

/** @param {import("../../core/api-types.d.ts").BatchMoment} at */
function momentText({ step, epoch, distance }) {
  const passed = epoch === null ? "" : `, epoch ${setting(Number(epoch.toPrecision(3)))}`;
  return `Step ${integer(step)}${passed}, ${number(distance)} out of the plane`;
}

/** @param {import("../../core/api-types.d.ts").BatchMoment} at */
function shortText({ step }) {
  return integer(step);
}

/**
 * What a view's arrow is worth.
 * @param {View} view
 * @param {number} moment
 */
export function viewText({ arrow, surface }, moment) {
  const [norm, cosine] = [Number(arrow.norm[moment]), Number(arrow.cosine[moment])];
  const long = `gradient ${number(norm)} long`;
  return surface === "train" || !Number.isFinite(cosine) ? long : `${long}, cosine ${coordinate(cosine)}`;
}
