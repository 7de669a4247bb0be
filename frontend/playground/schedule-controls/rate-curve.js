/** The learning rate over the steps, as a small curve and in words. */

import { element } from "../../core/dom.js";
import { integer, setting } from "../../core/format.js";

/** @typedef {import("../model/computed.js").Rates} Rates */

const WIDTH = 300;
const HEIGHT = 56;
/** Digits of a rate in words. */
const DIGITS = 3;

/** The line's own width has room above and below. */
const MARGIN = 2;

const SVG = "http://www.w3.org/2000/svg";

/**
 * The curve as an SVG path in a box of 300 × 56: the first step at its left end, the last at its
 * right, a rate of 0 at its bottom.
 * @param {Rates} rates
 */
export function ratePath({ step, rate }) {
  const most = Math.max(...rate);
  const last = Math.max(Number(step.at(-1)) - 1, 1);
  const points = Array.from(rate, (value, i) => {
    const x = (WIDTH * (Number(step[i]) - 1)) / last;
    const y = HEIGHT - MARGIN - (most > 0 ? (value / most) * (HEIGHT - 2 * MARGIN) : 0);
    return `${x.toFixed(2)} ${y.toFixed(2)}`;
  });
  // One step alone is a line as well.
  if (points.length === 1) points.push(`${WIDTH} ${points[0]?.split(" ")[1]}`);
  return `M${points.join("L")}`;
}

/**
 * The first rate, the highest if it lies between, and the last.
 * @param {Rates} rates
 */
export function rateText({ step, rate }) {
  const last = rate.length - 1;
  const highest = rate.indexOf(Math.max(...rate));
  const told = [...new Set([0, highest > 0 && Number(rate[highest]) > Number(rate[last]) ? highest : 0, last])];
  const brief = (/** @type {number} */ value) => setting(Number(value.toPrecision(DIGITS)));
  return told.map((i) => `${brief(Number(rate[i]))} in step ${integer(Number(step[i]))}`).join(" → ");
}

/**
 * @param {string} name  of the optimizer
 * @param {string} color
 * @param {Rates} rates
 */
export function rateCurve(name, color, rates) {
  const text = rateText(rates);
  const svg = document.createElementNS(SVG, "svg");
  svg.setAttribute("viewBox", `0 0 ${WIDTH} ${HEIGHT}`);
  svg.setAttribute("preserveAspectRatio", "none");
  svg.setAttribute("role", "img");
  svg.setAttribute("aria-label", `Learning rate of ${name}: ${text.replaceAll(" → ", ", then ")}`);
  const line = document.createElementNS(SVG, "path");
  line.setAttribute("d", ratePath(rates));
  line.setAttribute("stroke", color);
  line.setAttribute("vector-effect", "non-scaling-stroke");
  svg.append(line);
  return element("figure", { class: "rate-curve" }, svg, element("figcaption", {}, `lr ${text}`));
}
