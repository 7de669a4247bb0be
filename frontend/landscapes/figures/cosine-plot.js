/** A strip plot: every batch's cosine as a dot, with median and quartiles, one strip a batch size. */

import { coordinate } from "../../core/format.js";
import { cosinesText } from "../model/arrow-text.js";
import { scatter } from "../../surfaces/cosines.js";

/** @typedef {import("../../surfaces/landscape-data.js").Cosines} Cosines */

const NAMESPACE = "http://www.w3.org/2000/svg";
/** In units of the drawing. */
const WIDTH = 480;
const LEFT = 84;
const RIGHT = 12;
const STRIP = 44;
const FOOT = 22;
const TICKS = [-1, -0.5, 0, 0.5, 1];

/**
 * @param {string} tag
 * @param {Record<string, string | number>} attributes
 * @param {...(Node | string)} children
 */
function svg(tag, attributes, ...children) {
  const node = document.createElementNS(NAMESPACE, tag);
  for (const [name, value] of Object.entries(attributes)) node.setAttribute(name, String(value));
  node.append(...children);
  return node;
}

/**
 * @param {Cosines[]} cosines
 * @returns {Element}
 */
export function cosinePlot(cosines) {
  const lowest = Math.min(0, ...cosines.flatMap(({ values }) => [...values].filter(Number.isFinite)));
  const from = Math.max(-1, Math.floor(lowest * 10) / 10);
  const x = (/** @type {number} */ value) => LEFT + ((value - from) / (1 - from)) * (WIDTH - LEFT - RIGHT);
  const bottom = STRIP * cosines.length;
  const ticks = TICKS.filter((tick) => tick >= from).flatMap((tick) => [
    svg("line", { class: tick === 0 ? "axis zero" : "axis", x1: x(tick), x2: x(tick), y1: 4, y2: bottom + 4 }),
    svg("text", { class: "tick", x: x(tick), y: bottom + 18, "text-anchor": "middle" }, coordinate(tick, tick % 1 ? 1 : 0)),
  ]);
  const strips = cosines.flatMap(({ images, values, median, quartiles: [low, high] }, k) => {
    const y = STRIP * (k + 0.5) + 2;
    const name = images === 1 ? "1 image" : `batch ${images}`;
    return [
      svg("text", { class: "name", x: LEFT - 14, y: y + 4, "text-anchor": "end" }, name),
      ...[...values].flatMap((value, i) =>
        Number.isFinite(value)
          ? [svg("circle", { class: "dot", cx: x(value).toFixed(1), cy: (y + 11 * scatter(i)).toFixed(1), r: 2.2 })]
          : [],
      ),
      ...(low === null || high === null
        ? []
        : [svg("rect", { class: "quartiles", x: x(low), y: y - 15, width: x(high) - x(low), height: 30, rx: 3 })]),
      ...(median === null
        ? []
        : [svg("line", { class: "median", x1: x(median), x2: x(median), y1: y - 15, y2: y + 15 })]),
    ];
  });
  return svg(
    "svg",
    {
      class: "cosine-plot",
      viewBox: `0 0 ${WIDTH} ${bottom + FOOT}`,
      role: "img",
      "aria-label": cosinesText(cosines),
    },
    ...ticks,
    ...strips,
  );
}
