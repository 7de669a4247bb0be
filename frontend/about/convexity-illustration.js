/** The illustration of convexity: which share of a surface is convex, out to which radius. */

import { theme, themeName } from "../core/theme.js";
import { element } from "../core/dom.js";
import { plotArea } from "../core/geometry/areas.js";
import { linearMap } from "../core/geometry/linear-map.js";
import { wholeSurface } from "../surfaces/landscape-data.js";
import { prepare } from "../surfaces/surface-canvas.js";
import { appearancesOf } from "../surfaces/run-style.js";
import { PLANE_NAMES } from "../surfaces/surface-names.js";
import { picture, whenSized } from "./drawing.js";

/** @typedef {import("../surfaces/landscape-data.js").Landscape} Landscape */
/** @typedef {import("../surfaces/landscape-data.js").PlaneKind} PlaneKind */

const MARGIN = { left: 44, right: 12, top: 10, bottom: 24 };

/** A line for each kind of plane, whatever the colour of its run. @type {Record<PlaneKind, number[]>} */
const DASHES = { random: [], pca: [7, 4], minima: [2, 3], shared: [11, 3, 2, 3], ends: [2, 3], given: [5, 2], hessian: [14, 4] };

/**
 * @param {HTMLElement} root
 * @param {Landscape[]} landscapes
 * @returns {import("./drawing.js").Illustration}
 */
export function illustrateConvexity(root, landscapes) {
  const curves = landscapes.flatMap((landscape) => {
    const { convexity } = wholeSurface(landscape);
    return [{ landscape, ...convexity, dash: DASHES[landscape.plane.kind] }];
  });
  /** The colours of single runs; a plane of several has none. */
  const colors = () =>
    curves.map(({ landscape: { entry } }) =>
      entry.runs.length === 1
        ? (appearancesOf(entry).get(String(entry.runs[0]?.id))?.color(themeName()) ?? theme().ink)
        : theme().ink,
    );
  const canvas = picture("line-chart", "The share of convex cells within a radius, for each plane.");

  const draw = () => {
    const { context, width, height } = prepare(canvas);
    const { ink, faint } = theme();
    const area = plotArea({ width, height }, MARGIN);
    const map = linearMap({ x0: 0, x1: 1, y0: 0, y1: 1 }, area);
    context.font = "12px system-ui, sans-serif";
    context.fillStyle = ink;
    context.strokeStyle = faint;
    context.textAlign = "right";
    for (const share of [0, 0.25, 0.5, 0.75, 1]) {
      context.beginPath();
      context.moveTo(area.left, map.y(share));
      context.lineTo(area.left + area.width, map.y(share));
      context.stroke();
      context.fillText(`${100 * share}%`, area.left - 7, map.y(share) + 4);
    }
    context.textAlign = "center";
    for (const [at, text] of /** @type {const} */ ([[0.03, "θ*"], [0.5, "half of the reach"], [0.96, "corner"]])) {
      context.fillText(text, map.x(at), height - 7);
    }
    const shown = colors();
    curves.forEach(({ radius, share, dash }, k) => {
      const reach = Number(radius.at(-1)) || 1;
      context.beginPath();
      radius.forEach((at, i) => {
        const value = Number(share[i]);
        if (Number.isFinite(value)) context.lineTo(map.x(at / reach), map.y(value));
      });
      context.setLineDash(dash);
      context.lineWidth = 2;
      context.strokeStyle = String(shown[k]);
      context.stroke();
    });
    context.setLineDash([]);
    items.forEach((item, k) => {
      /** @type {HTMLElement} */ (item.firstChild).style.color = String(shown[k]);
    });
  };
  const items = curves.map(({ landscape: { entry, plane } }) =>
    element(
      "span",
      {},
      element("i", { class: plane.kind, "aria-hidden": "true" }),
      [
        ...(entry.runs.length === 1 ? [appearancesOf(entry).get(String(entry.runs[0]?.id))?.label] : []),
        PLANE_NAMES[plane.kind],
      ].join(" · "),
    ),
  );
  root.replaceChildren(
    element(
      "p",
      { class: "says" },
      "The share of a surface’s cells that curve upward in every direction of the plane, within each distance from the trained network.",
    ),
    canvas,
    element("figcaption", {}, element("p", { class: "figure-legend" }, ...items)),
  );
  return whenSized([canvas], draw);
}
