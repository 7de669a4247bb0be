/** Curves and maps over the learning rate as files: rows with their settings, and pictures. */

import { cellColors } from "../../core/colors.js";
import { setting } from "../../core/format.js";
import { theme, themeName } from "../../core/theme.js";
import { below, space, tag, textAt } from "../../plot/drawing-parts.js";
import { pictureFile } from "../../plot/picture-file.js";
import { powerText } from "./rate-axis.js";
import { curvesDrawing, layoutOf } from "./rate-drawing.js";
import { called, valuesOf } from "./rate-requests.js";

/** @typedef {import("./rate-requests.js").RatePoint} RatePoint */
/** @typedef {ReturnType<ReturnType<typeof import("./rate-panel.js").createRatePanel>["shown"]>} Shown */

const PICTURE_PX = 720;
const ROW_PX = 22;
const LEFT_PX = 60;
const RIGHT_PX = 14;

const COLUMNS = "variant,optimizer,across,value,lr,starts,arrived,share,low,high,steps,steps_low,steps_high";

/**
 * One row a point, below the settings as lines that begin with #.
 * @param {Shown} shown
 * @param {string} link  to the view
 */
export function ratesAsCsv({ wholes, map }, link) {
  const measured = [
    ...wholes.map(({ id, request, known }) => ({ id, request, known })),
    ...(map ? [{ id: map.id, request: map.request, known: map.known }] : []),
  ];
  const settings = [
    `Descent Atlas: ${link}`,
    ...measured.map(({ id, request }) => `${id}: ${JSON.stringify(request)}`),
    "starts: the first scrambled Sobol points of the domain (seed 0 of the scrambling); start i draws noise of its own",
    "low, high: Wilson's 95 % interval; steps: median step of arrival, in gradients, with a 95 % interval of order statistics",
  ];
  const rows = measured.flatMap(({ id, request, known }) =>
    (known?.points ?? []).map((point) => {
      const { value, lr, arrived, share, low, high, steps, steps_low: first, steps_high: last } = point;
      const starts = known?.whole?.starts ?? "";
      const across = "across" in request ? (request.across?.id ?? "") : "";
      return [id, request.optimizer.id, across, value, lr, starts, arrived, share, low, high, steps, first, last]
        .map((one) => one ?? "")
        .join(",");
    }),
  );
  return `${[...settings.map((line) => `# ${line}`), COLUMNS, ...rows].join("\r\n")}\r\n`;
}

/**
 * @param {Shown} shown
 * @param {import("../../plot/sheet.js").Labels} labels
 * @param {(id: string) => string} nameOf  a variant's name
 * @param {import("../../plot/picture-file.js").Format} format
 * @returns {Promise<string>} a data URL
 */
export function ratesPicture({ curves, ranges, map }, labels, nameOf, format) {
  const colors = theme();
  const drawing = curvesDrawing(curves, layoutOf(PICTURE_PX, curves.length, ranges), colors);
  const body = map && map.points.length ? below([drawing, space(1, 18), mapDrawing(map, colors)]) : drawing;
  const entries = curves.map(({ id, color, dash, rate }) => ({
    kind: /** @type {const} */ ("line"),
    name: `${nameOf(id)}, η ${setting(Number(rate.toPrecision(3)))}`,
    color,
    dash,
  }));
  return pictureFile(labels, body, entries, colors, format);
}

/**
 * @param {NonNullable<Shown["map"]>} map
 * @param {import("../../core/theme.js").Theme} colors
 * @returns {import("../../plot/drawing-parts.js").Drawing}
 */
function mapDrawing({ points, second }, colors) {
  const rates = [...new Set(points.map(({ lr }) => lr))].sort((a, b) => a - b);
  const values = valuesOf(second);
  const wide = (PICTURE_PX - LEFT_PX - RIGHT_PX) / rates.length;
  const style = { size: 12, color: colors.ink };
  const foot = values.length * ROW_PX + 22;
  const y = (/** @type {number | null} */ value) => (values.length - 1 - values.indexOf(Number(value))) * ROW_PX + 18;
  const x = (/** @type {number} */ lr) => LEFT_PX + rates.indexOf(lr) * wide;
  const parts = [
    textAt(`share of starts that arrive; up: ${called(second)}`, LEFT_PX, 10, style),
    ...points.map((point) =>
      tag("rect", {
        x: x(point.lr).toFixed(2),
        y: y(point.value),
        width: wide.toFixed(2),
        height: ROW_PX,
        fill: cellColors(point.share, themeName()).background,
      }),
    ),
    ...values.map((value) => textAt(setting(value), LEFT_PX - 7, y(value) + 15, style, "end")),
    ...rates
      .filter((lr) => Math.abs(Math.log10(lr) - Math.round(Math.log10(lr))) < 1e-6)
      .map((lr) => textAt(powerText(Math.round(Math.log10(lr))), x(lr) + wide / 2, foot + 10, style, "middle")),
    textAt("learning rate η", PICTURE_PX / 2, foot + 30, style, "middle"),
  ];
  return { svg: parts.join(""), width: PICTURE_PX, height: foot + 38 };
}
