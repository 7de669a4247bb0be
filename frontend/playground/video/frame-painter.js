/**
 * The frames of a video, each drawn for its step: what rests is drawn once, and what moves lies over it.
 * Nothing here follows the page: a painter shows what the page showed when it was made.
 */

import { post } from "../../core/api.js";
import { Failure } from "../../core/failure.js";
import { integer, ticksOf } from "../../core/format.js";
import { plotArea } from "../../core/geometry/areas.js";
import { containBounds } from "../../core/geometry/bounds.js";
import { levelNumbers } from "../../core/geometry/levels.js";
import { linearMap } from "../../core/geometry/linear-map.js";
import { lastExit } from "../../core/geometry/paths.js";
import { isOwn } from "../../core/optimizer-style.js";
import { theme } from "../../core/theme.js";
import { lineMargins } from "../../plot/chart.js";
import { FONT, below, moved, paragraph, space, tag } from "../../plot/drawing-parts.js";
import { heatmapImage, scaleImage } from "../../surfaces/heatmap-image.js";
import { createOverlay } from "../../plot/overlay.js";
import { chartDrawing, contourDrawing, contourMargins, lineEntry, markEntry } from "../../plot/picture.js";
import { measureText } from "../../plot/picture-file.js";
import { heatmapRaster } from "../../plot/raster.js";
import { legend } from "../../plot/sheet.js";
import { contentOf, drawnOf } from "../model/members.js";
import { objectiveOf } from "../model/playground-catalog.js";
import { surfaceRequest } from "../model/requests.js";
import { startOf } from "../model/settings.js";
import { labelsOf, lineName } from "../plot/export-picture.js";
import { minimumScale } from "../plot/playground-plot.js";
import { captionOf } from "./caption.js";
import { PADDING, frameLayout, unitOf } from "./frame-layout.js";

/** @typedef {import("../plot/export-picture.js").PictureSource} PictureSource */
/** @typedef {import("../model/computed.js").Surface} Surface */
/** @typedef {import("../../plot/overlay.js").Path} Path */
/** @typedef {Omit<import("./frame-plan.js").VideoSettings, "kind" | "seconds" | "rate">} FrameSettings */

/**
 * @typedef {object} FramePainter
 * @property {HTMLCanvasElement} canvas  where frames are drawn
 * @property {number} end  the last step
 * @property {(step: number) => void} draw
 * @property {() => Uint8ClampedArray} pixels  red, green, blue and alpha of what is drawn
 * @property {readonly number[][]} colors  of lines and marks: red, green, blue
 * @property {{title: string, description: string, comment: string}} tags  what a file says of itself
 */

const TITLE = { size: 19, weight: 650 };
const SUBTITLE = { size: 12 };
const COUNTER = { size: 13, weight: 600 };
const CAPTION = { size: 9.5 };
/** Between the title and the step. */
const COUNTER_GAP = 20;
/** Those of minima and of their outlines, on every theme. */
const MARK_COLORS = ["#ffd75e", "#ffffff"];

/**
 * @param {Pick<PictureSource, "store" | "catalog" | "model" | "plot" | "losses">} source
 * @param {FrameSettings} settings
 * @returns {Promise<FramePainter>} rejects with a `Failure` where not all has room
 */
export async function createFramePainter({ store, catalog, model, plot, losses }, settings) {
  const state = { ...store.get(), surface: /** @type {const} */ ("contour") };
  const objective = objectiveOf(catalog, state.objective);
  const colors = theme();
  const measure = measureText();
  const seen = model.surface();
  const members = drawnOf(state, catalog).flatMap((id) => {
    const path = plot.path(id);
    return path ? [{ id, path, name: lineName(id, state, catalog) }] : [];
  });
  if (!seen || !members.length) throw new Failure("The descents are not drawn yet. Try again in a moment.");
  const minima = model.minima();
  const end = Math.max(...members.map(({ path }) => Number(path.steps[path.steps.length - 1])));
  const start = state.file?.own ? null : startOf(state, objective);
  const basins = plot.layers().filter(({ smooth }) => !smooth);
  const lossChart = losses.shown();
  const labels = labelsOf(state, catalog, null);
  const caption = await captionOf(state, catalog, members.map(({ id }) => id));

  const unit = unitOf(settings);
  const size = { width: settings.width / unit, height: settings.height / unit };
  const whole = size.width - 2 * PADDING;
  const counter = { ...COUNTER, color: colors.strong };
  const places = counterPlaces(end, (text) => measure(text, counter));
  const head = below([
    paragraph(labels.title, { ...TITLE, color: colors.strong }, whole - places.width - COUNTER_GAP, measure),
    paragraph(labels.subtitle, { ...SUBTITLE, color: colors.ink }, whole, measure),
  ]);
  const foot = settings.caption
    ? below(caption.map((line) => paragraph(line, { ...CAPTION, color: colors.ink }, whole, measure)))
    : space(0, 0);
  const kinds = /** @type {const} */ (["global minimum", "minimum"]);
  const entries = [
    ...members.map(({ name, path }) => lineEntry({ name, color: path.color, dash: path.dash, ghost: path.ghost === true })),
    ...kinds.filter((kind) => minima.some(({ global }) => global === (kind === "global minimum"))).map(markEntry),
    ...(start ? [markEntry("start")] : []),
  ];
  const legendAt = (/** @type {number} */ width) => legend(entries, width, colors, measure);

  const { layout, surface, bounds } = await fit();
  const map = linearMap(bounds, layout.plot);
  const canvas = canvasOf(settings);
  const context = contextOf(canvas);
  const over = canvasOf(settings);
  // Read back in every frame: without it a browser would draw where reading is slow.
  contextOf(over);
  const overlay = createOverlay(over);
  overlay.resize(size.width, size.height, unit);
  const ground = await drawGround();

  return {
    canvas,
    end,
    draw,
    pixels: () => context.getImageData(0, 0, canvas.width, canvas.height).data,
    colors: [colors.page, colors.strong, colors.ink, ...MARK_COLORS, ...members.map(({ path }) => path.color)].map(rgb),
    tags: { title: labels.title, description: labels.subtitle, comment: caption.join("\n") },
  };

  /**
   * Find room for all parts, and the surface for what the plot then shows. The margins follow the
   * values beside the colour bar, which are those of the surface.
   */
  async function fit() {
    let ticks = ticksOf(/** @type {Surface} */ (seen).levels);
    for (;;) {
      const margins = contourMargins(ticks, undefined);
      const layout = frameLayout(size, {
        head: head.height,
        foot: foot.height,
        legend: settings.legend ? (width) => legendAt(width).height : null,
        chart: settings.chart && lossChart.lines.length > 0,
        margins,
      });
      if ("fault" in layout) throw new Failure(layout.fault);
      const bounds = containBounds(state.bounds ?? contentOf(state, catalog), layout.plot);
      const surface = state.file?.own ? /** @type {Surface} */ (seen) : await surfaceWithin(bounds);
      ticks = ticksOf(surface.levels);
      if (contourMargins(ticks, undefined).right <= margins.right) return { layout, surface, bounds };
    }
  }

  /** @param {import("../../core/geometry/bounds.js").Bounds} bounds */
  async function surfaceWithin(bounds) {
    const body = surfaceRequest(state, catalog, bounds);
    const answer = /** @type {Omit<Surface, "numbers" | "bounds">} */ (await post("./api/v1/surfaces", body));
    return { ...answer, numbers: levelNumbers(answer.z, answer.levels), bounds };
  }

  /** What no step changes. */
  async function drawGround() {
    const grid = { ...surface, levels: surface.levels.length };
    const layers = [{ raster: heatmapRaster(grid), smooth: true }, ...basins];
    const contour = {
      grid,
      bounds,
      heatmap: heatmapImage(map, layers),
      scale: { image: scaleImage(), ticks: ticksOf(surface.levels) },
      lines: [],
      minima: [],
      minimumScale: 1,
      start: null,
    };
    const margins = contourMargins(contour.scale.ticks, undefined);
    const { plot: area, chart, legend: named } = layout;
    const parts = [
      tag("rect", { ...size, fill: colors.page }),
      moved(head.svg, PADDING, PADDING),
      moved((await contourDrawing(contour, area, colors)).svg, area.left - margins.left, area.top - margins.top),
      named ? moved(legendAt(named.width).svg, named.left, named.top) : "",
      chart ? moved((await chartDrawing(lossChart.axes, [], colors, { size: chart })).svg, chart.left, chart.top) : "",
      moved(foot.svg, PADDING, layout.foot),
    ];
    const attributes = { xmlns: "http://www.w3.org/2000/svg", width: settings.width, height: settings.height };
    const svg = tag("svg", { ...attributes, viewBox: `0 0 ${size.width} ${size.height}` }, parts.join(""));
    const image = new Image();
    image.src = `data:image/svg+xml,${encodeURIComponent(svg)}`;
    await image.decode();
    const ground = canvasOf(settings);
    contextOf(ground).drawImage(image, 0, 0, settings.width, settings.height);
    return ground;
  }

  /** @param {number} step */
  function draw(step) {
    context.setTransform(1, 0, 0, 1, 0, 0);
    context.drawImage(ground, 0, 0);
    drawPaths(step);
    context.drawImage(over, 0, 0);
    if (layout.chart) {
      drawLosses(step, layout.chart);
      context.drawImage(over, 0, 0);
    }
    drawCounter(step);
  }

  /** @param {number} step */
  function drawPaths(step) {
    overlay.begin(map, colors.page);
    const scale = minimumScale(map.area.width, minima.length);
    for (const { x, y, global } of minima) overlay.minimum(x, y, global, scale);
    overlay.paths(members.map(({ path }) => path), step);
    for (const { path } of members) {
      overlay.head(path, step);
      const exit = lastExit(bounds, path, step);
      if (exit) overlay.arrow(exit.x, exit.y, exit.angle, path.color);
    }
    for (const { id, path } of members) {
      if (isOwn(id)) overlay.ring(Number(path.xs[0]), Number(path.ys[0]), path.color);
    }
    if (start) overlay.ring(start.x, start.y, colors.strong);
  }

  /**
   * @param {number} step
   * @param {import("../../core/geometry/areas.js").Area} chart
   */
  function drawLosses(step, chart) {
    const { axes, lines } = lossChart;
    const inner = plotArea(chart, lineMargins(axes.titles));
    const area = { ...inner, left: chart.left + inner.left, top: chart.top + inner.top };
    const [[x0, x1], [y0, y1]] = [axes.x, axes.y];
    overlay.begin(linearMap({ x0, x1, y0, y1 }, area), colors.page);
    overlay.rule(step, colors.ink);
    const paths = lines.map(({ path }) => path);
    for (const path of paths) overlay.outlook(path);
    overlay.paths(paths, step);
    for (const path of paths) overlay.head(path, step);
  }

  /** @param {number} step */
  function drawCounter(step) {
    context.setTransform(unit, 0, 0, unit, 0, 0);
    context.font = `${COUNTER.weight} ${COUNTER.size}px ${FONT}`;
    context.fillStyle = colors.strong;
    context.textBaseline = "alphabetic";
    const left = size.width - PADDING - places.width;
    const line = PADDING + TITLE.size;
    context.textAlign = "left";
    context.fillText(places.before, left, line);
    context.fillText(places.after, left + places.number, line);
    context.textAlign = "right";
    context.fillText(integer(Math.floor(step + 1e-9)), left + places.number, line);
  }
}

/**
 * Where the words of "step 7 of 500" stand: none of them moves while the number grows.
 * @param {number} end
 * @param {(text: string) => number} widthOf
 */
function counterPlaces(end, widthOf) {
  const [before, after] = ["step ", ` of ${integer(end)}`];
  const widest = Math.max(...Array.from("0123456789", widthOf));
  const digits = integer(end).replace(/\D/g, "").length;
  const number = widthOf(before) + digits * widest + widthOf(integer(end).replace(/\d/g, ""));
  return { before, after, number, width: number + widthOf(after) };
}

/** @param {import("../../core/geometry/areas.js").Size} size */
function canvasOf({ width, height }) {
  const canvas = document.createElement("canvas");
  canvas.width = width;
  canvas.height = height;
  return canvas;
}

/** @param {HTMLCanvasElement} canvas */
function contextOf(canvas) {
  return /** @type {CanvasRenderingContext2D} */ (canvas.getContext("2d", { willReadFrequently: true }));
}

/**
 * A colour of a style sheet as numbers from 0 to 255.
 * @param {string} color  as `#1f2328` or `rgb(31, 35, 40)`
 * @returns {number[]}
 */
function rgb(color) {
  const pairs = /^#(..)(..)(..)$/.exec(color);
  if (pairs) return pairs.slice(1).map((pair) => parseInt(pair, 16));
  return (color.match(/[\d.]+/g) ?? []).slice(0, 3).map(Number);
}
