/**
 * Stretches in which one drawn line runs over another, so that a picture can show both.
 *
 * Each line is sampled along its way and marks the cells of a fine raster; a later line that comes
 * through marked cells for long enough coincides there with those that marked them.
 */

import { cutFar, isFar } from "../core/geometry/canvas-reach.js";

/**
 * A line in pixels: x and y of its vertices.
 * @typedef {{xs: ArrayLike<number>, ys: ArrayLike<number>}} PixelLine
 */

/**
 * @typedef {object} Stretch
 * @property {number[]} xs
 * @property {number[]} ys
 * @property {number[]} below  the earlier lines that run along at least half of it
 */

/** Lines nearer to each other than about this cannot be told apart. */
const CELL_PX = 2;
const SAMPLE_PX = 1.5;
/** Lines that cross meet for a shorter way. */
const SHORTEST_PX = 14;
/** A line longer than so many samples fills the plot: nothing runs along it. */
const MOST_SAMPLES = 20_000;
/** As many lines as a cell has bits. */
const MOST_LINES = 31;

/** Samples of the line at hand: they are made anew in every frame, and so in one place. */
const samples = new Float64Array(3 * MOST_SAMPLES + 3);

/**
 * @param {readonly PixelLine[]} lines  in the order in which they are drawn
 * @param {{width: number, height: number}} size  of the canvas
 * @returns {Stretch[][]}  of each line, where it covers earlier ones
 */
export function coincidentStretches(lines, { width, height }) {
  const columns = Math.ceil(width / CELL_PX) + 3;
  const rows = Math.ceil(height / CELL_PX) + 3;
  const cells = new Uint32Array(columns * rows);
  // One cell of margin spares the neighbours their own checks.
  const cellAt = (/** @type {number} */ px, /** @type {number} */ py) => {
    const i = Math.floor(px / CELL_PX) + 1;
    const j = Math.floor(py / CELL_PX) + 1;
    return i < 1 || j < 1 || i > columns - 2 || j > rows - 2 ? -1 : j * columns + i;
  };
  const around = (/** @type {number} */ cell) => {
    let found = 0;
    for (let row = cell - columns; row <= cell + columns; row += columns) {
      found |= Number(cells[row - 1]) | Number(cells[row]) | Number(cells[row + 1]);
    }
    return found;
  };

  return lines.map((line, k) => {
    if (k >= MOST_LINES) return [];
    const count = sample(line);
    if (count === null) return [];
    /** @type {Stretch[]} */
    const stretches = [];
    let open = openStretch();
    const close = () => {
      if ((open.xs.length - 1) * SAMPLE_PX >= SHORTEST_PX) stretches.push(closed(open, k));
      open = openStretch();
    };
    /** @type {number[]} */
    const own = [];
    let last = NaN;
    for (let s = 0; s < count; s += 3) {
      const px = Number(samples[s]);
      const py = Number(samples[s + 1]);
      const piece = Number(samples[s + 2]);
      if (piece !== last) close();
      last = piece;
      const cell = cellAt(px, py);
      if (cell >= 0) own.push(cell);
      const lower = cell < 0 ? 0 : around(cell);
      if (!lower) {
        close();
        continue;
      }
      open.xs.push(px);
      open.ys.push(py);
      open.lower.push(lower);
    }
    close();
    // Where a line runs over itself it is one line.
    for (const cell of own) cells[cell] = Number(cells[cell]) | (1 << k);
    return stretches;
  });
}

/** @returns {{xs: number[], ys: number[], lower: number[]}} */
function openStretch() {
  return { xs: [], ys: [], lower: [] };
}

/**
 * @param {ReturnType<typeof openStretch>} open
 * @param {number} k  the number of its line
 * @returns {Stretch}
 */
function closed({ xs, ys, lower }, k) {
  const runsAlong = (/** @type {number} */ line) => lower.filter((bits) => bits & (1 << line)).length;
  const below = Array.from({ length: k }, (_, line) => line).filter((line) => 2 * runsAlong(line) >= lower.length);
  return { xs, ys, below };
}

/**
 * Write points along a line at even distances to `samples`: px, py and the number of the unbroken piece
 * on which each lies.
 * @param {PixelLine} line
 * @returns {number | null} how many numbers these are; null if there would be too many
 */
function sample({ xs, ys }) {
  let count = 0;
  let piece = 0;
  let rest = 0;
  for (let i = 1; i < xs.length; i++) {
    let ax = Number(xs[i - 1]);
    let ay = Number(ys[i - 1]);
    let bx = Number(xs[i]);
    let by = Number(ys[i]);
    let goesOn = true;
    if (isFar(ax) || isFar(ay) || isFar(bx) || isFar(by)) {
      const cut = cutFar(ax, ay, bx, by);
      if (!cut) {
        piece++;
        rest = 0;
        continue;
      }
      [ax, ay, bx, by] = cut;
      if (ax !== xs[i - 1] || ay !== ys[i - 1]) piece++;
      goesOn = bx === xs[i] && by === ys[i];
    }
    const length = Math.hypot(bx - ax, by - ay);
    let along = rest;
    for (; along <= length; along += SAMPLE_PX) {
      const t = length ? along / length : 0;
      if (count >= 3 * MOST_SAMPLES) return null;
      samples[count] = ax + t * (bx - ax);
      samples[count + 1] = ay + t * (by - ay);
      samples[count + 2] = piece;
      count += 3;
    }
    rest = along - length;
    if (!goesOn) piece++;
  }
  return count;
}
