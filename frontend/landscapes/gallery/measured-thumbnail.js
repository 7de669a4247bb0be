/** Small pictures of what is measured around points: curves of segments, or a few of many planes. */

import { theme } from "../../core/theme.js";
import { linearMap } from "../../core/geometry/linear-map.js";
import { prepare } from "../../surfaces/surface-canvas.js";
import { extentOf } from "../../surfaces/surface-geometry.js";
import { paintMap, sharedColoring } from "../measured/small-maps.js";

/** @typedef {import("../model/measured-data.js").Segments} Segments */
/** @typedef {import("../model/measured-data.js").LotteryData} LotteryData */
/** @typedef {import("../model/measured-data.js").BatchPathData} BatchPathData */

const GAP = 4;
const INSET = 18;

/**
 * @param {HTMLCanvasElement} canvas
 * @param {"segments" | "lottery" | "batch-path"} form
 * @param {any} data  of that form
 */
export function paintMeasured(canvas, form, data) {
  if (form === "segments") paintSegments(canvas, data);
  else if (form === "lottery") {
    /** @type {LotteryData} */
    const lottery = data;
    paintGrid(canvas, lottery, lottery.shown.slice(0, 9).map((seed) => lottery.plane("loss", seed)), 3);
  } else {
    /** @type {BatchPathData} */
    const path = data;
    const some = [0, Math.floor((path.moments.length - 1) / 2), path.moments.length - 1];
    paintGrid(canvas, path, path.views.slice(0, 3).flatMap((view) => some.map((moment) => view.map("loss", moment))), 3);
  }
}

/**
 * @param {HTMLCanvasElement} canvas
 * @param {{x: Float64Array, y: Float64Array}} grid
 * @param {Float64Array[]} surfaces
 * @param {number} columns
 */
function paintGrid(canvas, grid, surfaces, columns) {
  const { context, width, height } = prepare(canvas);
  const rows = Math.ceil(surfaces.length / columns);
  const size = { width: (width - GAP * (columns - 1)) / columns, height: (height - GAP * (rows - 1)) / rows };
  const color = sharedColoring(surfaces);
  surfaces.forEach((values, k) => {
    context.save();
    context.translate((k % columns) * (size.width + GAP), Math.floor(k / columns) * (size.height + GAP));
    paintMap(context, size, grid, color(values), () => undefined);
    context.restore();
  });
}

/**
 * @param {HTMLCanvasElement} canvas
 * @param {Segments} segments
 */
function paintSegments(canvas, { t, profiles }) {
  const { context, width, height } = prepare(canvas);
  const { faint, strong } = theme();
  const curves = profiles.flatMap(({ curves: own }) => own[0]?.values.get("loss") ?? []);
  const [low, high] = extentOf(...curves) ?? [0, 1];
  const map = linearMap(
    { x0: 0, x1: 1, y0: low, y1: high > low ? high : low + 1 },
    { left: INSET, top: INSET, width: width - 2 * INSET, height: height - 2 * INSET },
  );
  context.fillStyle = faint;
  context.globalAlpha = 0.45;
  context.fillRect(0, 0, width, height);
  context.globalAlpha = 0.7;
  context.strokeStyle = strong;
  context.lineWidth = 1.75;
  for (const ys of curves) {
    context.beginPath();
    ys.forEach((value, i) => {
      if (!Number.isFinite(value)) return;
      // What is not finite leaves a gap.
      if (i && Number.isFinite(Number(ys[i - 1]))) context.lineTo(map.x(Number(t[i])), map.y(value));
      else context.moveTo(map.x(Number(t[i])), map.y(value));
    });
    context.stroke();
  }
}
