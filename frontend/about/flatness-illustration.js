/** The illustration of flatness: sharpness beside test accuracy of many runs at one training loss. */

import { element } from "../core/dom.js";
import { coordinate, integer } from "../core/format.js";
import { plotArea } from "../core/geometry/areas.js";
import { linearMap } from "../core/geometry/linear-map.js";
import { theme } from "../core/theme.js";
import { prepare } from "../surfaces/surface-canvas.js";
import { picture, whenSized } from "./drawing.js";
import { ticks } from "./numbers.js";

/** @typedef {import("../core/api-types.d.ts").ClaimNumber} ClaimNumber */

const MARGIN = { left: 44, right: 22, top: 12, bottom: 40 };
const DOT_RADIUS = 4;

/** How the numbers of a run are labelled. */
const LABEL = /^(.*), seed (\d+): (sharpness|test accuracy)$/s;

/**
 * A run with one seed; the accuracy is in percent.
 * @typedef {{setting: string, seed: string, sharpness: number, accuracy: number}} Scattered
 */

/**
 * The runs of which both numbers are told.
 * @param {readonly ClaimNumber[]} numbers
 * @returns {Scattered[]}
 */
export function scatterOf(numbers) {
  /** @type {Map<string, {setting: string, seed: string, sharpness?: number, accuracy?: number}>} */
  const found = new Map();
  for (const { label, value } of numbers) {
    const [, setting, seed, what] = LABEL.exec(label) ?? [];
    if (setting === undefined || seed === undefined || value === null) continue;
    const own = found.get(`${setting} ${seed}`) ?? { setting, seed };
    found.set(`${setting} ${seed}`, { ...own, [what === "sharpness" ? "sharpness" : "accuracy"]: value });
  }
  return [...found.values()].flatMap(({ sharpness, accuracy, ...rest }) =>
    sharpness === undefined || accuracy === undefined ? [] : [{ ...rest, sharpness, accuracy }],
  );
}

/**
 * The middle of each setting's runs, and where they are.
 * @param {readonly Scattered[]} runs
 */
export function starsOf(runs) {
  const settings = [...new Set(runs.map(({ setting }) => setting))];
  return settings.map((setting) => {
    const own = runs.filter((run) => run.setting === setting);
    const mean = (/** @type {(run: Scattered) => number} */ of) => own.reduce((sum, run) => sum + of(run), 0) / own.length;
    return { middle: { sharpness: mean((run) => run.sharpness), accuracy: mean((run) => run.accuracy) }, own };
  });
}

/**
 * @param {HTMLElement} root
 * @param {{numbers: readonly ClaimNumber[]}} claim
 * @returns {import("./drawing.js").Illustration | null}  null: there is nothing to draw
 */
export function illustrateFlatness(root, { numbers }) {
  const runs = scatterOf(numbers);
  if (!runs.length) return null;
  const stars = starsOf(runs);
  const canvas = picture("line-chart", `Sharpness and test accuracy of ${integer(runs.length)} runs of ${integer(stars.length)} settings at one training loss.`);
  const [x0, x1] = widened(runs.map(({ sharpness }) => sharpness));
  const [y0, y1] = widened(runs.map(({ accuracy }) => accuracy));

  const draw = () => {
    const { context, width, height } = prepare(canvas);
    const { ink, faint, strong } = theme();
    const map = linearMap({ x0, x1, y0, y1 }, plotArea({ width, height }, MARGIN));
    const { left, top, width: across, height: down } = map.area;
    context.font = "12px system-ui, sans-serif";
    context.fillStyle = ink;
    context.strokeStyle = faint;
    context.lineWidth = 1;
    context.textAlign = "right";
    for (const accuracy of ticks(y0, y1)) {
      context.beginPath();
      context.moveTo(left, map.y(accuracy));
      context.lineTo(left + across, map.y(accuracy));
      context.stroke();
      context.fillText(`${coordinate(accuracy, y1 - y0 < 5 ? 1 : 0)}%`, left - 7, map.y(accuracy) + 4);
    }
    context.textAlign = "center";
    for (const sharpness of ticks(x0, x1)) context.fillText(coordinate(sharpness, x1 - x0 < 5 ? 1 : 0), map.x(sharpness), top + down + 16);
    context.fillText("sharpness", left + across / 2, height - 4);
    context.strokeStyle = context.fillStyle = strong;
    for (const { middle, own } of stars) {
      for (const { sharpness, accuracy } of own) {
        context.globalAlpha = 0.45;
        context.beginPath();
        context.moveTo(map.x(middle.sharpness), map.y(middle.accuracy));
        context.lineTo(map.x(sharpness), map.y(accuracy));
        context.stroke();
        context.globalAlpha = 0.85;
        context.beginPath();
        context.arc(map.x(sharpness), map.y(accuracy), DOT_RADIUS, 0, 2 * Math.PI);
        context.fill();
      }
    }
    context.globalAlpha = 1;
  };
  root.replaceChildren(
    element("p", { class: "says" }, "Test accuracy over sharpness, each run where its training loss first passes the same value."),
    canvas,
    element("figcaption", {}, "A dot is a run; lines join the seeds of one setting. The numbers name every run."),
  );
  return whenSized([canvas], draw);
}

/**
 * The range of some numbers, with room at both ends.
 * @param {readonly number[]} values
 * @returns {[number, number]}
 */
function widened(values) {
  const [low, high] = [Math.min(...values), Math.max(...values)];
  const room = 0.08 * (high - low || Math.abs(high) || 1);
  return [low - room, high + room];
}
