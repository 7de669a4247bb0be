/** What can be taken home of a landscape: a picture, its trajectories, its files, a few lines. */

import { theme } from "../../core/theme.js";
import { element } from "../../core/dom.js";
import { Failure } from "../../core/failure.js";
import { createExportMenu, group } from "../../widgets/export-menu.js";
import { lastExit } from "../../core/geometry/paths.js";
import { contourPicture, heatmapImage, scaleImage, spacePicture, upTo } from "../../plot/picture.js";
import { toQuery } from "../../core/url-query.js";
import { timeText } from "../model/time-units.js";
import { scaleTicks } from "../../surfaces/coloring.js";
import { DIRECTION_SIGNS, surfaceName } from "../../surfaces/surface-names.js";
import { arraysName, landscapeAsJson, pythonLines, trajectoriesAsCsv } from "../model/landscape-records.js";
import { FIELDS } from "../model/landscapes-state.js";
import { colorsText } from "../model/descriptions.js";

/** @typedef {import("../../plot/picture.js").Format} Format */

/**
 * @param {HTMLElement} root
 * @param {object} source
 * @param {import("../model/selection.js").Selection} source.selection
 * @param {ReturnType<typeof import("./landscape-plot.js").createPlot>} source.plot
 * @param {ReturnType<typeof import("./landscape-space.js").createSpace>} source.space
 */
export function createExport(root, { selection, plot, space }) {
  const { store } = selection;
  const files = element("span", { class: "export-offers" });
  const code = element("pre", { class: "export-code", tabindex: 0, "aria-label": "Python" });

  createExportMenu(root, {
    address: () => location.pathname + toQuery(FIELDS, store.get()),
    fill: ({ offer, save, saveText, copy }) => [
      group("Picture", [
        offer("PNG", "Save the plot as a PNG picture", async () => save(await pictureOf("png"), name("png"))),
        offer("SVG", "Save the plot as an SVG picture", async () => save(await pictureOf("svg"), name("svg"))),
      ]),
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
      const { entry } = selection.landscape();
      files.replaceChildren(
        ...Object.entries(entry.files).map(([file, href]) =>
          element("a", { href, download: file === "arrays.npz" ? arraysName(entry.id) : `${entry.id}-${file}` }, file),
        ),
      );
      code.textContent = lines();
    },
  });
  root.hidden = true;

  /**
   * @param {string} kind
   * @param {string} [part]
   */
  function name(kind, part = `${selection.surface().id}-${store.get().metric}`) {
    return `${selection.landscape().entry.id}-${part}.${kind}`;
  }

  function lines() {
    return pythonLines(selection.landscape(), selection.surface().id, store.get().metric);
  }

  /**
   * @param {Format} format
   * @returns {Promise<string>} a data URL
   */
  function pictureOf(format) {
    const { metric, view, range } = store.get();
    const { title, entry } = selection.landscape();
    const coloring = selection.coloring();
    const clipped = colorsText(coloring, metric, view, range ? null : selection.opening().end);
    const subtitle = [
      `${metric === "loss" ? "Loss" : "Accuracy"}, ${surfaceName(selection.surface().id).toLowerCase()}`,
      selection.scale() === "log" ? "logarithmic colours" : "",
      timeText(selection.clock(), selection.at()),
      clipped,
    ];
    const labels = { title: title || entry.id, subtitle: subtitle.filter(Boolean).join(" · ") };
    const { bounds, area } = plot.map();
    const shown = selection.shown();
    if (view === "3d") {
      const scene = space.scene();
      if (!scene) throw new Failure("The surface is not drawn yet. Try again in a moment.");
      const names = shown.map(({ run }) => selection.look(run).label);
      return spacePicture(scene, names, labels, area, theme(), format);
    }
    const grid = plot.grid();
    if (!grid) throw new Failure("The surface is not drawn yet. Try again in a moment.");
    const contour = {
      grid,
      bounds,
      heatmap: heatmapImage(plot.map(), plot.layers()),
      scale: { image: scaleImage(), ticks: scaleTicks(coloring, metric) },
      lines: shown.map((trajectory) => {
        const path = selection.path(trajectory);
        return {
          name: selection.look(trajectory.run).label,
          ...upTo(path, selection.at()),
          exit: lastExit(bounds, path, selection.at()),
        };
      }),
      minima: plot.minima().map((place) => ({ ...place, global: false })),
      minimumScale: 1,
      titles: DIRECTION_SIGNS,
      start: startOf(shown),
      origin: { x: 0, y: 0 },
    };
    return contourPicture(contour, labels, area, theme(), format);
  }

  return {
    /** @param {boolean} yes */
    hidden(yes) {
      root.hidden = yes;
    },
  };
}

/** @param {readonly import("../../surfaces/landscape-data.js").Trajectory[]} trajectories */
function startOf(trajectories) {
  const [first] = trajectories;
  return first ? { x: Number(first.x[0]), y: Number(first.y[0]) } : null;
}
