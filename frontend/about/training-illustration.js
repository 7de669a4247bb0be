/** The illustration of trainings: the true loss of each run over its steps, and how it still moves. */

import { theme, themeName } from "../core/theme.js";
import { element } from "../core/dom.js";
import { coordinate } from "../core/format.js";
import { plotArea } from "../core/geometry/areas.js";
import { linearMap } from "../core/geometry/linear-map.js";
import { prepare } from "../surfaces/surface-canvas.js";
import { appearancesOf } from "../surfaces/run-style.js";
import { rangeOf } from "../surfaces/surface-geometry.js";
import { picture, whenSized } from "./drawing.js";
import { lastTenths, ticks } from "./numbers.js";

/** @typedef {import("../surfaces/landscape-data.js").Landscape} Landscape */

const MARGIN = { left: 40, right: 22, top: 10, bottom: 40 };

/**
 * @param {HTMLElement} root
 * @param {Landscape} landscape
 * @returns {import("./drawing.js").Illustration}
 */
export function illustrateTraining(root, landscape) {
  const looks = appearancesOf(landscape.entry);
  const runs = landscape.trajectories.map((path) => {
    const last = Number(path.steps.at(-1)) || 1;
    const look = looks.get(path.run);
    const mark = element("i", { "aria-hidden": "true", "data-pattern": look?.dash3d ?? "solid" });
    return {
      path,
      mark,
      shares: Float64Array.from(path.steps, (step) => step / last),
      tenths: lastTenths(path),
      look,
      label: look?.label ?? path.label,
    };
  });
  const canvas = picture("line-chart", "The training loss of each run over its steps; its last two tenths are shaded.");

  const draw = () => {
    const { context, width, height } = prepare(canvas);
    const { ink, faint, strong } = theme();
    const [low, high] = rangeOf(...runs.map(({ path }) => path.loss));
    const room = 0.06 * (high - low || 1);
    const map = linearMap({ x0: 0, x1: 1, y0: low - room, y1: high + room }, plotArea({ width, height }, MARGIN));
    const { left, top, width: across, height: down } = map.area;
    context.fillStyle = faint;
    for (const [from, alpha] of /** @type {const} */ ([[0.8, 0.35], [0.9, 0.7]])) {
      context.globalAlpha = alpha;
      context.fillRect(map.x(from), top, map.x(0.1) - map.x(0), down);
    }
    context.globalAlpha = 1;
    context.font = "12px system-ui, sans-serif";
    context.strokeStyle = faint;
    context.lineWidth = 1;
    context.fillStyle = ink;
    context.textAlign = "right";
    for (const loss of ticks(low - room, high + room)) {
      context.beginPath();
      context.moveTo(left, map.y(loss));
      context.lineTo(left + across, map.y(loss));
      context.stroke();
      context.fillText(coordinate(loss, high - low < 1 ? 2 : 1), left - 7, map.y(loss) + 4);
    }
    context.textAlign = "center";
    for (const share of [0, 0.25, 0.5, 0.75, 1]) {
      context.fillText(`${100 * share}%`, map.x(share), top + down + 16);
    }
    context.fillText("share of each training", left + across / 2, height - 4);
    context.lineJoin = "round";
    for (const { path, shares, tenths, mark, look } of runs) {
      const color = look?.color(themeName()) ?? strong;
      mark.style.color = color;
      context.strokeStyle = color;
      context.lineWidth = 1.75;
      context.setLineDash(look?.dash ?? []);
      context.beginPath();
      let drawing = false;
      path.loss.forEach((loss, i) => {
        if (!Number.isFinite(loss)) drawing = false;
        else if (drawing) context.lineTo(map.x(Number(shares[i])), map.y(loss));
        else {
          context.moveTo(map.x(Number(shares[i])), map.y(loss));
          drawing = true;
        }
      });
      context.stroke();
      context.setLineDash([]);
      context.lineWidth = 4;
      for (const [from, mean] of /** @type {const} */ ([[0.8, tenths?.before], [0.9, tenths?.last]])) {
        if (mean === undefined) continue;
        context.beginPath();
        context.moveTo(map.x(from) + 2, map.y(mean));
        context.lineTo(map.x(from + 0.1) - 2, map.y(mean));
        context.stroke();
      }
    }
  };
  root.replaceChildren(
    element("p", { class: "says" }, "The loss on the whole training set as each training went on."),
    canvas,
    element(
      "figcaption",
      {},
      element("p", { class: "figure-legend" }, ...runs.map(({ mark, label }) => element("span", {}, mark, label))),
      "Shaded: the last two tenths; thick lines are the mean losses there.",
    ),
  );
  return whenSized([canvas], draw);
}
