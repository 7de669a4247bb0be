/** What is shown of a landscape that is being computed: the finest subgrid of which every point is there. */

/** @typedef {import("../core/api-types.d.ts").GridProgress} GridProgress */

/**
 * The part of a grid that is shown: of an incomplete one some rows and columns, which are points of the
 * whole grid; else all.
 * @param {GridProgress | null} progress
 * @param {{x: Float64Array, y: Float64Array}} grid
 * @returns {{x: Float64Array, y: Float64Array, crop: (values: Float64Array) => Float64Array}}
 */
export function shownPart(progress, { x, y }) {
  if (!progress) return { x, y, crop: (values) => values };
  const columns = everyOf(progress.columns, x.length);
  const rows = everyOf(progress.rows, y.length);
  const pick = (/** @type {Float64Array} */ axis, /** @type {number[]} */ at) => Float64Array.from(at, (i) => Number(axis[i]));
  return {
    x: pick(x, columns),
    y: pick(y, rows),
    crop: (values) => Float64Array.from(rows.flatMap((j) => columns.map((i) => Number(values[j * x.length + i])))),
  };
}

/**
 * @param {number[]} choice  the first index, and the step from one to the next
 * @param {number} count
 */
function everyOf([first = 0, step = 1], count) {
  return Array.from({ length: Math.ceil((count - first) / step) }, (_, k) => first + k * step);
}

/**
 * How far a landscape is computed, in a few words; empty: it is complete.
 * @param {GridProgress | null} progress
 */
export function progressText(progress) {
  return progress ? `computed: ${shareText(progress)} of points` : "";
}

/**
 * What is shown of a landscape that is incomplete, in a sentence; empty: it is complete.
 * @param {GridProgress | null} progress
 */
export function partText(progress) {
  if (!progress) return "";
  const [every, row] = [ordinal(Number(progress.columns[1])), ordinal(Number(progress.rows[1]))];
  return `Incomplete: ${shareText(progress)} of its points are computed; every ${every}column and every ${row}row are shown, and nothing is read off them yet.`;
}

/**
 * Whole percents, rounded down: what is incomplete is never called 100 %.
 * @param {GridProgress} progress
 */
function shareText({ computed, points }) {
  return `${Math.floor((100 * computed) / points)} %`;
}

/** @param {number} step  a power of two */
function ordinal(step) {
  if (step === 1) return "";
  return step % 10 === 2 && step % 100 !== 12 ? `${step}nd ` : `${step}th `;
}
