/** What the plot shows at this moment, as a picture. */

import { get } from "../../core/api.js";
import { heatmapImage, scaleImage } from "../../surfaces/heatmap-image.js";
import { chartPicture, contourPicture, spacePicture, upTo } from "../../plot/picture.js";
import { Failure } from "../../core/failure.js";
import { theme } from "../../core/theme.js";
import { integer, setting, ticksOf } from "../../core/format.js";
import { minimumScale } from "./playground-plot.js";
import { fileDescents, gistOf, shownOf } from "../model/members.js";
import { hyperparametersOf, noiseOf, parametersOf, startOf } from "../model/settings.js";
import { objectiveOf } from "../model/playground-catalog.js";
import { scheduleName } from "../schedules/schedule-settings.js";
import { titleOf } from "../model/typed-function.js";
import { labelOf } from "../model/variants.js";

/** @typedef {import("../model/playground-state.js").State} State */

/**
 * @typedef {object} PictureSource
 * @property {import("../../core/store.js").Store<State>} store
 * @property {import("../model/settings.js").Catalog} catalog
 * @property {import("../model/computed.js").Model} model
 * @property {import("./playground-plot.js").Plot} plot
 * @property {Pick<ReturnType<typeof import("./playground-space.js").createSpace>, "scene" | "size">} space
 * @property {Pick<ReturnType<typeof import("./loss-chart.js").createLossChart>, "shown">} losses
 * @property {() => number} step  the playhead
 * @property {() => import("../../plot/picture.js").Contour["more"]} more  what else lies on the paths
 * @property {ReturnType<typeof import("../ensemble/many-seeds.js").createManySeeds>["shown"]} ensemble
 */

/**
 * @param {PictureSource} source
 * @param {import("../../plot/picture.js").Format} format
 * @returns {Promise<string>} a data URL
 */
export async function pictureOf({ store, catalog, model, plot, space, step, more, ensemble }, format) {
  const state = store.get();
  const objective = objectiveOf(catalog, state.objective);
  const surface = model.surface();
  if (!surface) throw new Failure("The surface is not drawn yet. Try again in a moment.");
  const { bounds, area } = plot.map();
  const shown = shownOf(state, catalog).filter((id) => model.descents().has(id));
  const names = shown.map((id) => lineName(id, state, catalog));
  const others = more();
  const seeds = ensemble();
  const labels = { ...labelsOf(state, catalog, step(), seeds), facts: await factsOf(state, catalog, seeds) };

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
    ground: seeds?.traces() ?? [],
    lines: shown.flatMap((id, i) => {
      const path = plot.path(id);
      return path ? [{ name: String(names[i]), ...upTo(path, step()), exit: plot.exit(path) }] : [];
    }),
    ...(others && { more: others }),
    minima: model.minima(),
    minimumScale: minimumScale(area.width, model.minima().length),
    start: state.file?.own ? null : startOf(state, objective),
  };
  return contourPicture(contour, labels, area, theme(), format);
}

/**
 * The chart of losses, whole.
 * @param {PictureSource} source
 * @param {import("../../plot/picture.js").Format} format
 * @returns {Promise<string>} a data URL
 */
export async function lossesOf({ store, catalog, losses, ensemble }, format) {
  const state = store.get();
  const { axes, lines, ground } = losses.shown();
  const seeds = ground && ensemble();
  if (!lines.length) throw new Failure("The losses are not drawn yet. Try again in a moment.");
  const { title, subtitle } = labelsOf(state, catalog, null, seeds);
  const reference = state.file?.own ? "the lowest loss" : "the global minimum’s";
  const scale = axes.log ? `Distance of the loss to ${reference}, by step` : "Loss by step";
  const labels = { title, subtitle: `${scale} · ${subtitle}`, facts: await factsOf(state, catalog, seeds) };
  const named = lines.map(({ id, path }) => ({ ...path, name: lineName(id, state, catalog) }));
  return chartPicture(axes, named, labels, theme(), format, ground?.traces(axes.log));
}

/**
 * What stands beside the curves over the learning rate.
 * @param {Pick<PictureSource, "store" | "catalog">} source
 * @returns {Promise<import("../../plot/sheet.js").Labels>}
 */
export async function ratesLabels({ store, catalog }) {
  const state = store.get();
  const objective = objectiveOf(catalog, state.objective);
  const parameters = Object.entries(parametersOf(state, objective)).map(([id, value]) => `${id} = ${setting(value)}`);
  const what = "Starts that arrive at a global minimum, and median arrivals in gradients, over the learning rate, with 95 % intervals";
  return {
    title: titleOf(objective),
    subtitle: [what, parameters.join(", ")].filter(Boolean).join(" · "),
    facts: await factsOf(state, catalog),
  };
}

/**
 * Where a picture comes from: pairs of a name and a text.
 * @param {State} state
 * @param {import("../model/settings.js").Catalog} catalog
 * @param {ReturnType<PictureSource["ensemble"]>} ensemble  the one in the picture
 * @returns {Promise<[string, string][]>}
 */
export async function factsOf(state, catalog, ensemble = null) {
  const { file } = state;
  const shown = fileDescents(state, catalog).map(({ label, seed }) => `${label} ${seed}`);
  const opened = /** @type {[string, string][]} */ (
    file && shown.length ? [["File", `${file.name}; seeds: ${shown.join(", ")}`]] : []
  );
  if (file?.own) {
    return [...opened, ["Software", await softwareText()], ["Command", "descent-atlas serve, then open the file"]];
  }
  const { std, batch_size: batch, seed } = noiseOf(state, catalog);
  const many = ensemble ? `; ${ensemble.label} ${seed} to ${seed + ensemble.answer.seeds - 1}` : "";
  return [
    ["Seeds", `gradient noise ${seed}${many}, of standard deviation ${setting(std)} and batches of ${integer(batch)}`],
    ...opened,
    ["Software", await softwareText()],
    ["Command", `descent-atlas serve, then open the link${opened.length ? " and the file" : ""}`],
    ["Link", location.href],
  ];
}

/** The program with its version, where the server tells it: while it warms up it may not. */
async function softwareText() {
  try {
    const { version } = /** @type {import("../../core/api-types.d.ts").HealthResponse} */ (await get("./api/v1/health"));
    return `Descent Atlas ${version}`;
  } catch {
    return "Descent Atlas";
  }
}

/**
 * @param {string} id
 * @param {State} state
 * @param {import("../model/settings.js").Catalog} catalog
 */
export function lineName(id, state, catalog) {
  const own = fileDescents(state, catalog).find(({ optimizer }) => optimizer === id);
  if (own) return `${own.label}, ${gistOf(own)}`;
  const label = labelOf(state, id, catalog);
  const { lr } = hyperparametersOf(state, id, catalog);
  // More digits than this would not fit; the other files have them all.
  const rate = `lr ${setting(Number(Number(lr).toPrecision(3)))}`;
  const named = label.split(", ");
  return [label, rate, scheduleName(state, id, catalog)].filter((part, i) => part && (i === 0 || !named.includes(part))).join(", ");
}

/**
 * @param {State} state
 * @param {import("../model/settings.js").Catalog} catalog
 * @param {number | null} step  null: the picture is of all
 * @param {ReturnType<PictureSource["ensemble"]>} ensemble  the one in the picture
 */
export function labelsOf(state, catalog, step, ensemble = null) {
  const objective = objectiveOf(catalog, state.objective);
  const at = step !== null && `step ${integer(Math.floor(step + 1e-9))}`;
  if (state.file?.own) {
    return { title: state.file.own.name, subtitle: [state.file.name, at].filter(Boolean).join(" · ") };
  }
  const parameters = Object.entries(parametersOf(state, objective)).map(
    ([id, value]) => `${id} = ${setting(value)}`,
  );
  const { x, y } = startOf(state, objective);
  const start = `start (${setting(x)}, ${setting(y)})`;
  const basins = state.basins && state.surface === "contour" && `basins of ${labelOf(state, state.basins, catalog)}`;
  const seeds = ensemble && `${ensemble.label} under ${integer(ensemble.answer.seeds)} seeds`;
  const groups = [parameters.join(", "), start, at, basins, seeds].filter(Boolean);
  return { title: titleOf(objective), subtitle: groups.join(" · ") };
}
