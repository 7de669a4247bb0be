/** Small pictures of landscapes and tables, painted from their own data. */

import { theme, themeName } from "../../core/theme.js";
import { boundsOf, coverBounds } from "../../core/geometry/bounds.js";
import { linearMap } from "../../core/geometry/linear-map.js";
import { colorsOf, tableOf, tellingOf } from "../table/cells.js";
import { loadLandscape } from "../../surfaces/landscape-data.js";
import { chordAt, loadProfile, lossesOf } from "../profile/profile-data.js";
import { loadMeasured } from "../model/measured-data.js";
import { formOf, mainSurface, twinsOf } from "../model/catalog.js";
import { openingColoring } from "../../surfaces/coloring.js";
import { SMALL_LEVELS, dot, drawArrow, drawMap, drawPath, drawSideView, prepare, within } from "../../surfaces/surface-canvas.js";
import { linearShades, rangeOf } from "../../surfaces/surface-geometry.js";

/** @typedef {import("../../surfaces/landscape-data.js").Entry} Entry */
/** @typedef {import("../../surfaces/landscape-data.js").Landscape} Landscape */
/** @typedef {import("../../surfaces/landscape-data.js").Surface} Surface */

/** @typedef {ReturnType<typeof import("../../surfaces/run-style.js").appearancesOf>} Looks */

/** A picture smaller than this has no level lines, and thinner paths. */
const SMALL_PX = 100;
const GAP = 6;
const NAME_PX = 13;
/** Around the lines of a profile. */
const INSET = 18;

/**
 * Paint an entry of the catalog on a canvas, as soon as its data are there.
 * @param {HTMLCanvasElement} canvas
 * @param {Entry} entry
 * @param {Looks} looks  of the runs in the legend beside it
 */
export async function paintThumbnail(canvas, entry, looks) {
  const form = formOf(entry);
  if (form === "table") return paintTable(canvas, entry);
  if (form === "profile") {
    const profile = await loadProfile(entry);
    return canvas.clientWidth ? paintProfile(canvas, profile) : undefined;
  }
  if (form === "segments" || form === "lottery" || form === "batch-path") {
    const [data, { paintMeasured }] = await Promise.all([loadMeasured(entry), import("./measured-thumbnail.js")]);
    return canvas.clientWidth ? paintMeasured(canvas, form, data) : undefined;
  }
  const landscape = await loadLandscape(entry);
  if (!canvas.clientWidth) return undefined;
  if (form === "batch-figure") return paintBatchFigure(canvas, landscape);
  if (form === "twin-figure") return paintTwinFigure(canvas, landscape);
  return paintPlane(canvas, landscape, looks);
}

/**
 * @param {HTMLCanvasElement} canvas
 * @param {Landscape} landscape
 * @param {Looks} looks
 */
function paintPlane(canvas, landscape, looks) {
  const { context, width, height } = prepare(canvas);
  const { x, y, trajectories, entry, plane } = landscape;
  const surface = /** @type {Surface} */ (landscape.surfaces.get(mainSurface(entry.surfaces)));
  const area = { left: 0, top: 0, width, height };
  const map = linearMap(plane.kind === "random" ? coverBounds(landscape.whole, area) : landscape.whole, area);
  const small = width < SMALL_PX;
  drawMap(context, map, { x, y }, openingColoring(landscape, surface, SMALL_LEVELS), small ? 0 : 0.8);
  const halo = theme().page;
  for (const path of trajectories) {
    const look = looks.get(path.run);
    const color = look?.color(themeName()) ?? theme().strong;
    drawPath(context, map, { x: path.x, y: path.y, color, dash: look?.dash ?? [] }, halo, small ? 1.3 : 2.2);
  }
  for (const { x: px, y: py } of landscape.ends) dot(context, map.x(px), map.y(py), small ? 2 : 4, theme().strong, halo);
}

/**
 * The loss along a segment, and the straight line between its ends.
 * @param {HTMLCanvasElement} canvas
 * @param {import("../profile/profile-data.js").Profile} profile
 */
function paintProfile(canvas, profile) {
  const { context, width, height } = prepare(canvas);
  const losses = lossesOf(profile);
  const chord = Float64Array.from(profile.t, (t) => chordAt(profile, t));
  const [low, high] = rangeOf(losses, chord);
  const bounds = { x0: 0, x1: 1, y0: low, y1: high > low ? high : low + 1 };
  const map = linearMap(bounds, { left: INSET, top: INSET, width: width - 2 * INSET, height: height - 2 * INSET });
  const { faint, strong, page } = theme();
  context.fillStyle = faint;
  context.globalAlpha = 0.45;
  context.fillRect(0, 0, width, height);
  context.globalAlpha = 1;
  /** @param {Float64Array} ys */
  const line = (ys) => {
    context.beginPath();
    profile.t.forEach((t, i) => {
      const y = Number(ys[i]);
      if (!Number.isFinite(y)) return;
      // What is not finite leaves a gap.
      if (i && Number.isFinite(Number(ys[i - 1]))) context.lineTo(map.x(t), map.y(y));
      else context.moveTo(map.x(t), map.y(y));
    });
    context.stroke();
  };
  context.strokeStyle = theme().ink;
  context.lineWidth = 1.25;
  context.setLineDash([4, 4]);
  line(chord);
  context.setLineDash([]);
  context.strokeStyle = strong;
  context.lineWidth = 2.25;
  line(losses);
  for (const [t, y] of /** @type {const} */ ([[0, losses[0]], [1, losses.at(-1)]])) {
    if (Number.isFinite(y)) dot(context, map.x(t), map.y(Number(y)), 4.5, strong, page);
  }
}

/**
 * Four surfaces with their arrows, as the paper's Figure 1 has them.
 * @param {HTMLCanvasElement} canvas
 * @param {Landscape} landscape
 */
function paintBatchFigure(canvas, landscape) {
  const { context, width, height } = prepare(canvas);
  const w = (width - GAP) / 2;
  const h = (height - GAP) / 2;
  const { strong, page } = theme();
  landscape.entry.surfaces.forEach((id, k) => {
    const surface = landscape.surfaces.get(id);
    if (!surface) return;
    const area = { left: (k % 2) * (w + GAP), top: Math.floor(k / 2) * (h + GAP), width: w, height: h };
    const { x, y } = landscape;
    const map = linearMap(coverBounds(boundsOf(landscape), area), area);
    within(context, area, () =>
      drawMap(context, map, { x, y }, openingColoring(landscape, surface, SMALL_LEVELS), width < SMALL_PX ? 0 : 0.7),
    );
    const arrow = landscape.arrows.find((one) => one.surface === id);
    if (width < SMALL_PX || !arrow || arrow.x === null || arrow.y === null) return;
    const angle = Math.atan2(arrow.y, arrow.x);
    drawArrow(context, { px: map.x(0), py: map.y(0), angle, length: 0.34 * h }, strong, page);
  });
}

/**
 * Two surfaces from the side at one scale of heights, as the paper's Figure 2 has them.
 * @param {HTMLCanvasElement} canvas
 * @param {Landscape} landscape
 */
function paintTwinFigure(canvas, landscape) {
  const { context, width, height } = prepare(canvas);
  const surfaces = twinsOf(landscape.entry.surfaces, null).flatMap((id) => landscape.surfaces.get(id) ?? []);
  const range = rangeOf(...surfaces.map(({ loss }) => loss));
  const { x, y } = landscape;
  surfaces.forEach(({ loss }, k) => {
    const area = { left: (k * width) / 2, top: 0, width: width / 2, height };
    drawSideView(context, area, { x, y, shades: linearShades(loss, range) });
  });
}

/**
 * @param {HTMLCanvasElement} canvas
 * @param {Entry} entry
 */
function paintTable(canvas, entry) {
  const { context, width, height } = prepare(canvas);
  const { rows, columns, cell } = tableOf(entry.cells);
  const telling = tellingOf(entry.cells);
  const w = (width + 2) / columns.length;
  const h = (height + 2) / rows.length;
  const size = Math.min(w / 4.2, h / 2.4, 24);
  context.textAlign = "center";
  context.textBaseline = "middle";
  rows.forEach((row, j) =>
    columns.forEach((column, i) => {
      const found = cell(row, column);
      if (!found || found.mean === null) return;
      const { background, text } = colorsOf(found.mean, themeName(), telling);
      context.fillStyle = background;
      context.fillRect(i * w, j * h, w - 2, h - 2);
      if (size <= 7) return;
      const [px, py] = [(i + 0.5) * w - 1, (j + 0.5) * h - 1];
      context.fillStyle = text;
      context.font = `${size}px system-ui, sans-serif`;
      context.fillText(found.mean.toFixed(1), px, py);
      // Where there is room, a number has its name.
      context.font = `${NAME_PX}px system-ui, sans-serif`;
      if (rows.length === 1 && context.measureText(column).width < w - 8) context.fillText(column, px, py - 1.3 * size);
    }),
  );
}
