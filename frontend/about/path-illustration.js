/** The illustrations of paths: several on one plane with what it does not show, and one as a dot. */

import { theme, themeName } from "../core/theme.js";
import { element } from "../core/dom.js";
import { integer } from "../core/format.js";
import { boundsOf } from "../core/geometry/bounds.js";
import { lastAtMost, valueAt } from "../core/geometry/sequences.js";
import { HATCHED_TEXT, openingColoring } from "../surfaces/coloring.js";
import { wholeSurface } from "../surfaces/landscape-data.js";
import { SMALL_LEVELS, dot, drawMap, drawPath, prepare, within } from "../surfaces/surface-canvas.js";
import { appearancesOf } from "../surfaces/run-style.js";
import { mapTo, picture, shapeLike, slider, whenSized } from "./drawing.js";
import { farthestOf, longestBar, momentOf, share, tellMoment } from "./numbers.js";

/** @typedef {import("../surfaces/landscape-data.js").Landscape} Landscape */
/** @typedef {import("../surfaces/landscape-data.js").Trajectory} Trajectory */
/** @typedef {import("./drawing.js").Illustration} Illustration */

/** Where the slider stands at first: underway, when most of a path is still out of the plane. */
const FIRST_TIME = 0.25;

/** How much of its picture a magnified dot takes. */
const ROOM = 1.25;

/** @param {Landscape} landscape */
function colorsOf(landscape) {
  return openingColoring(landscape, wholeSurface(landscape), SMALL_LEVELS);
}

/**
 * @param {HTMLElement} root
 * @param {Landscape} landscape
 * @returns {Illustration}
 */
export function illustratePaths(root, landscape) {
  const { x, y, trajectories, entry } = landscape;
  const colors = colorsOf(landscape);
  const looks = appearancesOf(entry);
  let time = FIRST_TIME;
  const canvas = picture("surface-map", "The paths of several trainings on one plane, with where each is at the slider’s time.");
  shapeLike(canvas, boundsOf(landscape));
  const rows = trajectories.map((path) => {
    const mark = element("i", { "aria-hidden": "true", "data-pattern": looks.get(path.run)?.dash3d ?? "solid" });
    const inside = element("b", { class: "inside" });
    const outside = element("b", { class: "outside" });
    const text = element("span", { class: "moment" });
    return {
      path,
      mark,
      inside,
      outside,
      text,
      root: element(
        "li",
        {},
        element("span", { class: "run" }, mark, looks.get(path.run)?.label ?? path.label),
        element("span", { class: "lengths", "aria-hidden": "true" }, inside, outside),
        text,
      ),
    };
  });
  const longest = longestBar(trajectories);

  const draw = () => {
    const { context, width, height } = prepare(canvas);
    const map = mapTo(boundsOf(landscape), width, height);
    const { page, strong } = theme();
    drawMap(context, map, { x, y }, colors, 0.8);
    const colorOf = (/** @type {Trajectory} */ { run }) => looks.get(run)?.color(themeName()) ?? strong;
    const dashOf = (/** @type {Trajectory} */ { run }) => looks.get(run)?.dash ?? [];
    for (const path of trajectories) {
      context.globalAlpha = 0.6;
      drawPath(context, map, { x: path.x, y: path.y, color: colorOf(path), dash: dashOf(path) }, page, 1.2);
      context.globalAlpha = 1;
      const { step } = momentOf(path, time);
      const count = lastAtMost(path.steps, step) + 1;
      const color = colorOf(path);
      const [xs, ys] = [path.x.subarray(0, count), path.y.subarray(0, count)];
      drawPath(context, map, { x: xs, y: ys, color, dash: dashOf(path) }, page, 2.2);
    }
    for (const path of trajectories) {
      const { step } = momentOf(path, time);
      const [px, py] = [path.x, path.y].map((values) => valueAt(path.steps, values, step));
      dot(context, map.x(Number(px)), map.y(Number(py)), 6, colorOf(path), page);
    }
    for (const row of rows) {
      row.mark.style.color = colorOf(row.path);
      row.inside.style.background = colorOf(row.path);
    }
  };
  const tell = () => {
    for (const { path, inside, outside, text } of rows) {
      const moment = momentOf(path, time);
      inside.style.width = `${(100 * moment.inside) / longest}%`;
      outside.style.width = `${(100 * moment.outside) / longest}%`;
      text.textContent = tellMoment(moment);
    }
  };
  const control = slider({
    label: "Time",
    min: 0,
    max: 1,
    step: 0.005,
    value: time,
    text: (value) => `${Math.round(100 * value)}% of each training`,
    onInput(value) {
      time = value;
      illustration.redraw();
      tell();
    },
  });
  root.replaceChildren(
    canvas,
    element("div", { class: "controls" }, control.root),
    element(
      "figcaption",
      {},
      element("ul", { class: "moments" }, ...rows.map((row) => row.root)),
      "Bars: how far each network is from θ*, within the plane (full) and out of it (hatched).",
      colors.counts.above > 0 && ` ${HATCHED_TEXT}`,
    ),
  );
  const illustration = whenSized([canvas], draw);
  tell();
  return illustration;
}

/**
 * Of several runs the one that is drawn: SGD's, if it is there.
 * @template {{random: Landscape}} T
 * @param {T[]} own
 * @returns {T}
 */
export function featuredOf(own) {
  const featured = own.find(({ random }) => random.plane.origin?.run === "sgd") ?? own[0];
  if (!featured) throw new Error("No run has planes of its own.");
  return featured;
}

/**
 * One run on a random plane true to scale, its dot magnified, and its principal plane; and what each
 * plane holds of each run.
 * @param {HTMLElement} root
 * @param {{random: Landscape, pca: Landscape}[]} own  for each run
 * @returns {Illustration}
 */
export function illustrateLoss(root, own) {
  const { random, pca } = featuredOf(own);
  const run = random.plane.origin?.run ?? "";
  const pathOf = (/** @type {Landscape} */ landscape) => landscape.trajectories.find((path) => path.run === run);
  const [dotted, drawn] = [pathOf(random), pathOf(pca)];
  if (!dotted || !drawn) throw new Error("A run has no path on its own plane.");
  const reach = ROOM * (farthestOf(dotted) || 1e-9);
  const around = { x0: -reach, x1: reach, y0: -reach, y1: reach };
  const label = appearancesOf(random.entry).get(run)?.label ?? run;
  const views = [
    { landscape: random, path: dotted, bounds: boundsOf(random), text: "Random plane" },
    { landscape: random, path: dotted, bounds: around, text: `The dot, ${integer(Math.round(1 / reach))} times as large` },
    { landscape: pca, path: drawn, bounds: boundsOf(pca), text: "PCA plane" },
  ].map((view) => ({
    ...view,
    colors: colorsOf(view.landscape),
    canvas: picture(view.landscape === pca ? "surface-map broad" : "surface-map square", `${label}: ${view.text}`),
  }));

  const draw = () => {
    for (const { canvas, landscape, path, bounds, colors } of views) {
      const { context, width, height } = prepare(canvas);
      const map = mapTo(bounds, width, height);
      const { page, strong } = theme();
      const color = appearancesOf(landscape.entry).get(run)?.color(themeName()) ?? strong;
      within(context, map.area, () => {
        drawMap(context, map, landscape, colors, 0.7);
        drawPath(context, map, { x: path.x, y: path.y, color, dash: [] }, page, 1.8);
      });
    }
  };
  const rows = own.map(({ random: one, pca: other }) => {
    const id = String(one.entry.origin?.run);
    const of = (/** @type {Landscape} */ { trajectories }) => trajectories.find((path) => path.run === id);
    const cells = [of(one)?.energyAboutEnd, of(other)?.energyAboutEnd, of(other)?.randomWalks?.energy.high];
    return element(
      "tr",
      {},
      element("th", { scope: "row" }, one.entry.runs.find((entry) => entry.id === id)?.label ?? id),
      ...cells.map((value) => element("td", {}, value == null ? "not measured" : share(value))),
    );
  });
  root.replaceChildren(
    element(
      "div",
      { class: "picture-row three" },
      ...views.map(({ canvas, text }) => element("div", {}, canvas, element("p", { class: "under" }, text))),
    ),
    element(
      "div",
      { class: "scrolling", tabindex: 0, role: "group", "aria-label": "Energy" },
      element(
        "table",
        {},
        element("caption", {}, "Energy about the run’s end that a plane shows"),
        element(
          "thead",
          {},
          element("tr", {}, ...["Run", "Random plane", "PCA plane", "95% of random walks, PCA plane: up to"].map((text) => element("th", { scope: "col" }, text))),
        ),
        element("tbody", {}, ...rows),
      ),
    ),
  );
  return whenSized(views.map(({ canvas }) => canvas), draw);
}
