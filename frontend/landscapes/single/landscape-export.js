/** What can be taken home of a landscape: a picture, its trajectories, its files, a few lines. */

import { theme } from "../../core/theme.js";
import { element } from "../../core/dom.js";
import { Failure } from "../../core/failure.js";
import { createExportMenu, group } from "../../widgets/export-menu.js";
import { contains } from "../../core/geometry/bounds.js";
import { lastExit } from "../../core/geometry/paths.js";
import { heatmapImage, scaleImage } from "../../surfaces/heatmap-image.js";
import { chartPicture, contourPicture, spacePicture, upTo } from "../../plot/picture.js";
import { timeText } from "../model/time-units.js";
import { scaleTicks } from "../../surfaces/coloring.js";
import { modelPicture } from "../../surfaces/model-marks.js";
import { saddlePicture } from "../../surfaces/saddle-marks.js";
import { fadeText } from "../model/plane-distance.js";
import { DIRECTION_SIGNS, surfaceName } from "../../surfaces/surface-names.js";
import { landscapeAsJson, pythonLines, trajectoriesAsCsv } from "../model/landscape-records.js";
import { colorsText, directionText, metricName } from "../model/descriptions.js";
import { linkOf, provenanceOf } from "../model/provenance.js";
import { fileLinks } from "./figure-export.js";

/** @typedef {import("../../plot/picture.js").Format} Format */

/** The charts of the sharpness, as an offer calls them. */
const SHARPNESS = /** @type {const} */ ({ sharpness: "Sharpness", preconditioned: "Preconditioned" });

/** The charts beside a landscape: what an offer calls them, and what their pictures say beside the title. */
const CHARTS = {
  loss: { name: "Loss chart", says: "" },
  accuracy: { name: "Accuracy chart", says: "" },
  truth: {
    name: "In-plane loss",
    says: ": of each run at its snapshots (unbroken), and at their nearest points of the plane (dotted)",
  },
};

/**
 * @param {HTMLElement} root
 * @param {object} source
 * @param {import("../model/selection.js").Selection} source.selection
 * @param {ReturnType<typeof import("./landscape-plot.js").createPlot>} source.plot
 * @param {ReturnType<typeof import("./landscape-space.js").createSpace>} source.space
 * @param {ReturnType<typeof import("./charts.js").createCharts>} source.charts
 */
export function createExport(root, { selection, plot, space, charts }) {
  const { store } = selection;
  const files = element("span", { class: "export-offers" });
  /** The offers of each chart, which may be hidden. @type {Record<string, HTMLElement>} */
  const groups = {};
  /** Those of the charts of the sharpness. @type {Record<string, HTMLElement>} */
  const curved = {};
  const code = element("pre", { class: "export-code", tabindex: 0, "aria-label": "Python" });

  createExportMenu(root, {
    address: () => linkOf(store.get()).slice(location.origin.length),
    fill: ({ offer, save, saveText, copy }) => [
      group("Picture", [
        offer("PNG", "Save the plot as a PNG picture", async () => save(await pictureOf("png"), name("png"))),
        offer("SVG", "Save the plot as an SVG picture", async () => save(await pictureOf("svg"), name("svg"))),
      ]),
      ...Object.values(chartGroups({ offer, save })),
      ...Object.values(sharpnessGroups({ offer, save, saveText })),
      group("Trajectories", [
        offer("CSV", "Save the trajectories that are shown as CSV", () =>
          saveText(trajectoriesAsCsv(selection.landscape(), selection.shown()), "text/csv", name("csv", "trajectories")),
        ),
        offer("JSON", "Save the surface and the trajectories that are shown as JSON", () =>
          saveText(
            landscapeAsJson(selection.landscape(), selection.shown(), selection.surface()),
            "application/json",
            name("json"),
          ),
        ),
      ]),
      group("Its own files", [files]),
      group("In Python", [offer("Copy", "Copy the lines of Python", () => copy(lines(), "Lines copied"))]),
      code,
    ],
    onOpen: () => {
      offerCharts();
      files.replaceChildren(...fileLinks(selection.landscape().entry));
      code.textContent = lines();
    },
  });
  root.hidden = true;

  /** Only charts that have lines are offered. */
  function offerCharts() {
    for (const [id, offers] of Object.entries(groups)) {
      offers.hidden = !charts.shown(/** @type {keyof typeof CHARTS} */ (id)).lines.length;
    }
    for (const [id, offers] of Object.entries(curved)) {
      offers.hidden = !charts.sharpness()?.[/** @type {keyof typeof SHARPNESS} */ (id)].shown().lines.length;
    }
  }

  /**
   * The offers of each chart.
   * @param {Pick<import("../../widgets/export-menu.js").Tools, "offer" | "save">} tools
   */
  function chartGroups({ offer, save }) {
    for (const id of /** @type {(keyof typeof CHARTS)[]} */ (Object.keys(CHARTS))) {
      const offerAs = (/** @type {Format} */ format, /** @type {string} */ article) =>
        offer(format.toUpperCase(), `Save the chart as ${article} ${format.toUpperCase()} picture`, async () =>
          save(await chartOf(id, format), name(format, `${id}-chart`)),
        );
      groups[id] = group(CHARTS[id].name, [offerAs("png", "a"), offerAs("svg", "an")]);
    }
    return groups;
  }

  /**
   * The offers of the charts of the sharpness; the rows of both are one file.
   * @param {Pick<import("../../widgets/export-menu.js").Tools, "offer" | "save" | "saveText">} tools
   */
  function sharpnessGroups({ offer, save, saveText }) {
    for (const id of /** @type {(keyof typeof SHARPNESS)[]} */ (Object.keys(SHARPNESS))) {
      const picture = (/** @type {Format} */ format) =>
        offer(format.toUpperCase(), `Save the chart as ${format.toUpperCase()}`, async () =>
          save(await sharpnessOf(id, format), name(format, `${id}-chart`)),
        );
      const rows = offer("CSV", "Save the curvature along all runs as CSV", async () => {
        const { curvatureAsCsv } = await import("../curvature/sharpness-values.js");
        saveText(curvatureAsCsv(selection.landscape().curvature), "text/csv", name("csv", "curvature"));
      });
      curved[id] = group(SHARPNESS[id], [picture("png"), picture("svg"), ...(id === "sharpness" ? [rows] : [])]);
    }
    return curved;
  }

  /**
   * @param {string} kind
   * @param {string} [part]
   */
  function name(kind, part = selection.diverging() ? selection.metric().id : `${selection.surface().id}-${selection.metric().id}`) {
    return `${selection.landscape().entry.id}-${part}.${kind}`;
  }

  function lines() {
    return pythonLines(selection.landscape(), selection.surface().id, selection.metric().id);
  }

  /**
   * @param {Format} format
   * @returns {Promise<string>} a data URL
   */
  function pictureOf(format) {
    const { view, range } = store.get();
    const metric = selection.metric();
    const { id, label } = selection.surface();
    const { title, shows, entry, manifest } = selection.landscape();
    const coloring = selection.coloring();
    const clipped = colorsText(coloring, metric, view, range ? null : selection.opening().end);
    const subtitle = [
      selection.diverging()
        ? `${metricName(metric)}: loss on the test set less that on the training set`
        : `${metricName(metric)}, ${label ?? surfaceName(id).toLowerCase()}`,
      metric.id === "loss" ? "" : directionText(metric),
      selection.scale() === "log" ? "logarithmic colours" : "",
      selection.shown().length ? timeText(selection.clock(), selection.at()) : "",
      clipped,
      store.get().fade && selection.farthest() > 0 ? fadeText(selection.farthest()) : "",
    ];
    const labels = {
      title: title || entry.id,
      subtitle: subtitle.filter(Boolean).join(" · "),
      caption: shows,
      facts: provenanceOf(manifest, linkOf(store.get())),
    };
    const { area } = plot.map();
    const shown = selection.shown();
    if (view === "3d") {
      const scene = space.scene();
      if (!scene) throw new Failure("The surface is not drawn yet. Try again in a moment.");
      const names = shown.map(({ run }) => selection.look(run).label);
      return spacePicture(scene, names, labels, space.size(), theme(), format);
    }
    return contourPicture(contourOf(selection, plot), labels, area, theme(), format);
  }

  /**
   * @param {keyof typeof CHARTS} id
   * @param {Format} format
   * @returns {Promise<string>} a data URL
   */
  function chartOf(id, format) {
    const { title, entry, manifest } = selection.landscape();
    const { axes, lines } = charts.shown(id);
    if (!lines.length) throw new Failure("This chart is not shown, or has no lines.");
    const { says } = CHARTS[id];
    const labels = {
      title: title || entry.id,
      subtitle: charts.title(id) + says,
      facts: provenanceOf(manifest, linkOf(store.get())),
    };
    return chartPicture(axes, lines, labels, theme(), format);
  }

  /**
   * @param {keyof typeof SHARPNESS} id
   * @param {Format} format
   * @returns {Promise<string>} a data URL
   */
  function sharpnessOf(id, format) {
    const chart = charts.sharpness()?.[id];
    if (!chart) throw new Failure("This chart is not drawn yet. Try again in a moment.");
    const { title, entry, manifest } = selection.landscape();
    const { axes, lines, ground } = chart.shown();
    const facts = provenanceOf(manifest, linkOf(store.get()));
    const labels = { title: title || entry.id, subtitle: chart.title(), caption: chart.caption(), facts };
    return chartPicture(axes, lines, labels, theme(), format, ground);
  }

  return {
    /** @param {boolean} yes */
    hidden(yes) {
      root.hidden = yes;
    },

    /** Charts came late, and the panel may be open. */
    refresh: offerCharts,
  };
}

/**
 * The contour of a landscape for a picture.
 * @param {import("../model/selection.js").Selection} selection
 * @param {Pick<ReturnType<typeof import("./landscape-plot.js").createPlot>, "map" | "layers" | "grid">} plot
 * @returns {import("../../plot/picture.js").Contour}
 */
export function contourOf(selection, plot) {
  const grid = plot.grid();
  if (!grid) throw new Failure("The surface is not drawn yet. Try again in a moment.");
  const { bounds } = plot.map();
  const [shown, metric, coloring] = [selection.shown(), selection.metric(), selection.coloring()];
  const { ends } = selection.landscape();
  return {
    grid,
    bounds,
    heatmap: heatmapImage(plot.map(), plot.layers()),
    scale: { image: scaleImage(coloring.palette), ticks: scaleTicks(coloring, metric) },
    lines: shown.map((trajectory) => {
      const path = selection.path(trajectory);
      return {
        name: selection.look(trajectory.run).label,
        ...upTo(path, selection.at()),
        exit: lastExit(bounds, path, selection.at()),
      };
    }),
    minima: selection.minima().filter(({ x, y }) => contains(bounds, x, y)).map((at) => ({ ...at, global: false })),
    minimumScale: 1,
    more: joined(
      modelPicture(selection.modelLines()),
      saddlePicture(selection.saddles().filter(({ x, y }) => contains(bounds, x, y))),
    ),
    titles: DIRECTION_SIGNS,
    start: startOf(shown),
    ends: ends.filter(({ x, y }) => contains(bounds, x, y)),
    origin: { x: 0, y: 0 },
  };
}

/**
 * What lies on the lines of a picture, from several sources.
 * @param {...{traces: object[], entries: import("../../plot/sheet.js").LegendEntry[]}} parts
 */
function joined(...parts) {
  return { traces: parts.flatMap(({ traces }) => traces), entries: parts.flatMap(({ entries }) => entries) };
}

/** @param {readonly import("../../surfaces/landscape-data.js").Trajectory[]} trajectories */
function startOf(trajectories) {
  const [first] = trajectories;
  return first ? { x: Number(first.x[0]), y: Number(first.y[0]) } : null;
}
