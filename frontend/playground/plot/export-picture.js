/** What the plot shows at this moment, as a picture. */

import { contourPicture, heatmapImage, scaleImage, spacePicture, upTo } from "../../plot/picture.js";
import { appearanceOf } from "../../core/optimizer-style.js";
import { Failure } from "../../core/failure.js";
import { theme } from "../../core/theme.js";
import { integer, setting, ticksOf } from "../../core/format.js";
import { minimumScale } from "./playground-plot.js";
import { hyperparametersOf, parametersOf, startOf } from "../model/settings.js";
import { objectiveOf, optimizerOf } from "../model/playground-catalog.js";

/** @typedef {import("../model/playground-state.js").State} State */

/**
 * @typedef {object} PictureSource
 * @property {import("../../core/store.js").Store<State>} store
 * @property {import("../model/settings.js").Catalog} catalog
 * @property {import("../model/computed.js").Model} model
 * @property {import("./playground-plot.js").Plot} plot
 * @property {Pick<ReturnType<typeof import("./playground-space.js").createSpace>, "scene" | "size">} space
 * @property {() => number} step  the playhead
 */

/**
 * @param {PictureSource} source
 * @param {import("../../plot/picture.js").Format} format
 * @returns {Promise<string>} a data URL
 */
export function pictureOf({ store, catalog, model, plot, space, step }, format) {
  const state = store.get();
  const objective = objectiveOf(catalog, state.objective);
  const surface = model.surface();
  if (!surface) throw new Failure("The surface is not drawn yet. Try again in a moment.");
  const { bounds, area } = plot.map();
  const shown = state.bar.filter((id) => !state.off.includes(id) && model.descents().has(id));
  const names = shown.map((id) => lineName(id, state, catalog));
  const labels = labelsOf(state, objective, step());

  if (state.surface === "3d") {
    const scene = space.scene();
    if (!scene) throw new Failure("The surface is not drawn yet. Try again in a moment.");
    return spacePicture(scene, names, labels, space.size(), theme(), format);
  }
  const contour = {
    grid: { ...surface, levels: surface.levels.length },
    bounds,
    heatmap: heatmapImage(plot.map(), plot.layers()),
    scale: { image: scaleImage(), ticks: ticksOf(surface.levels) },
    lines: shown.flatMap((id, i) => {
      const path = plot.path(id);
      return path ? [{ name: String(names[i]), ...upTo(path, step()), exit: plot.exit(path) }] : [];
    }),
    minima: model.minima(),
    minimumScale: minimumScale(area.width, model.minima().length),
    start: startOf(state, objective),
  };
  return contourPicture(contour, labels, area, theme(), format);
}

/**
 * @param {string} id
 * @param {State} state
 * @param {import("../model/settings.js").Catalog} catalog
 */
function lineName(id, state, catalog) {
  const { lr } = hyperparametersOf(state, optimizerOf(catalog, id));
  // More digits than this would not fit; the other files have them all.
  const rate = Number(Number(lr).toPrecision(3));
  return `${appearanceOf(id).label}, lr ${setting(rate)}`;
}

/**
 * @param {State} state
 * @param {import("../model/settings.js").Objective} objective
 * @param {number} step
 */
function labelsOf(state, objective, step) {
  const parameters = Object.entries(parametersOf(state, objective)).map(
    ([id, value]) => `${id} = ${setting(value)}`,
  );
  const { x, y } = startOf(state, objective);
  const start = `start (${setting(x)}, ${setting(y)})`;
  const at = `step ${integer(Math.floor(step + 1e-9))}`;
  const basins = state.basins && state.surface === "contour" && `basins of ${appearanceOf(state.basins).label}`;
  const groups = [parameters.join(", "), start, at, basins].filter(Boolean);
  return { title: objective.name, subtitle: groups.join(" · ") };
}
