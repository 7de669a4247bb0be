/** What the plot shows at this moment, as a picture. */

import { GROUND_SCALE } from "../colors.js";
import { lastAtMost, linearMap, valueAt } from "../geometry.js";
import { contourPicture, spacePicture } from "../picture.js";
import { drawRasters } from "../raster.js";
import { appearanceOf, theme } from "../appearance.js";
import { integer, levelText, setting } from "../format.js";
import { minimumScale } from "./plot.js";
import { hyperparametersOf, objectiveOf, optimizerOf, parametersOf, startOf } from "./settings.js";

/** @typedef {import("./state.js").State} State */
/** @typedef {import("../overlay.js").Path} Path */

/** The ground's pixels for each of the plot's: a PNG is drawn at this scale. */
const GROUND_RATIO = 2;
/** Every so many levels the colour bar has a value beside it, as on the page. */
const TICK_INTERVAL = 5;

/**
 * @typedef {object} Sight
 * @property {import("../state.js").Store<State>} store
 * @property {import("./settings.js").Catalog} catalog
 * @property {import("./model.js").Model} model
 * @property {import("./plot.js").Plot} plot
 * @property {{scene: () => import("../chart.js").Scene3d | null}} space
 * @property {() => number} step  the playhead
 */

/**
 * @param {Sight} sight
 * @param {import("../picture.js").Format} format
 * @returns {Promise<string>} a data URL
 */
export function pictureOf({ store, catalog, model, plot, space, step }, format) {
  const state = store.get();
  const objective = objectiveOf(catalog, state.objective);
  const surface = model.surface();
  if (!surface) throw new Error("The surface is not there yet.");
  const { window, area } = plot.map();
  const shown = state.bar.filter((id) => !state.off.includes(id) && model.descents().has(id));
  const names = shown.map((id) => lineName(id, state, catalog));
  const labels = labelsOf(state, objective, step());

  if (state.surface === "3d") {
    const scene = space.scene();
    if (!scene) throw new Error("The surface is not there yet.");
    return spacePicture(scene, names, labels, area, theme(), format);
  }
  const contour = {
    grid: { ...surface, levels: surface.levels.length },
    window,
    ground: groundImage(plot),
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

/** @param {number[]} levels */
function ticksOf(levels) {
  const last = levels.length - 1;
  return levels.flatMap((level, i) =>
    i % TICK_INTERVAL === 0 ? [{ at: i / last, text: levelText(level, levels) }] : [],
  );
}

/** The ground's colours, the lowest at the bottom. */
function scaleImage() {
  const canvas = document.createElement("canvas");
  canvas.width = 1;
  canvas.height = 512;
  const context = /** @type {CanvasRenderingContext2D} */ (canvas.getContext("2d"));
  const gradient = context.createLinearGradient(0, canvas.height, 0, 0);
  for (const [at, color] of GROUND_SCALE) gradient.addColorStop(at, color);
  context.fillStyle = gradient;
  context.fillRect(0, 0, 1, canvas.height);
  return canvas.toDataURL();
}

/** @param {import("./plot.js").Plot} plot */
function groundImage(plot) {
  const { window, area } = plot.map();
  const canvas = document.createElement("canvas");
  const whole = {
    left: 0,
    top: 0,
    width: area.width * GROUND_RATIO,
    height: area.height * GROUND_RATIO,
  };
  drawRasters(canvas, linearMap(window, whole), plot.layers());
  return canvas.toDataURL();
}

/**
 * @param {Path} path
 * @param {number} step
 */
function upTo({ steps, xs, ys, color, dash }, step) {
  const count = lastAtMost(steps, step) + 1;
  const part = (/** @type {ArrayLike<number>} */ values) => [
    ...Array.from({ length: count }, (_, i) => Number(values[i])),
    valueAt(steps, values, step),
  ];
  return { x: part(xs), y: part(ys), color, dash };
}

/**
 * @param {string} id
 * @param {State} state
 * @param {import("./settings.js").Catalog} catalog
 */
function lineName(id, state, catalog) {
  const { lr } = hyperparametersOf(state, optimizerOf(catalog, id));
  // More digits than this would not fit; the other files have them all.
  const rate = Number(Number(lr).toPrecision(3));
  return `${appearanceOf(id).label}, lr ${setting(rate)}`;
}

/**
 * @param {State} state
 * @param {import("./settings.js").Objective} objective
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
