/** The minima of a surface, found as the offline job counts them, and its saddles. */

/** A climb of less than this part of a minimum's loss is rounding, as in the job's statistics. */
const NOISE = 1e-5;

/**
 * @typedef {object} Minimum
 * @property {number} i  its column
 * @property {number} j  its row
 * @property {number} value
 * @property {boolean} border  whether it lies on the grid's border, where the surface may fall on
 * @property {boolean} lowest  of all
 */

/**
 * Cells from which every way to a lower one climbs by more than noise. A way leads between cells
 * that touch at edges or corners, and avoids cells that are not finite.
 * @param {ArrayLike<number>} loss  row by row
 * @param {number} nx
 * @param {number} ny
 * @returns {Minimum[]}  the lowest first
 */
export function minimaOf(loss, nx, ny) {
  return [...flood(loss, nx, ny).lowest].map((cell, k) => {
    const [i, j] = [cell % nx, Math.floor(cell / nx)];
    const border = i === 0 || j === 0 || i === nx - 1 || j === ny - 1;
    return { i, j, value: Number(loss[cell]), border, lowest: k === 0 };
  });
}

/** @typedef {{i: number, j: number, value: number}} Saddle */

/**
 * Cells inside the grid where two basins first meet as the level rises, or two hills as it falls, if
 * both are deeper than noise. On the border nothing is known of the surface beyond, and none is called a
 * saddle.
 * @param {ArrayLike<number>} loss  row by row
 * @param {number} nx
 * @param {number} ny
 * @returns {Saddle[]}  the lowest first
 */
export function saddlesOf(loss, nx, ny) {
  const upsideDown = Float64Array.from(loss, (value) => -value);
  const cells = new Set([...flood(loss, nx, ny).passes, ...flood(upsideDown, nx, ny).passes]);
  return [...cells]
    .map((cell) => ({ i: cell % nx, j: Math.floor(cell / nx), value: Number(loss[cell]) }))
    .filter(({ i, j }) => i > 0 && j > 0 && i < nx - 1 && j < ny - 1)
    .sort((a, b) => a.value - b.value);
}

/**
 * Raise the water from the lowest cell to the highest.
 * @param {ArrayLike<number>} loss
 * @param {number} nx
 * @param {number} ny
 * @returns {{lowest: Set<number>, passes: Set<number>}}  the lowest cell of each basin deeper than noise,
 *   and the cells at which two such basins first meet
 */
function flood(loss, nx, ny) {
  const value = (/** @type {number} */ cell) => Number(loss[cell]);
  const order = Array.from({ length: nx * ny }, (_, cell) => cell)
    .filter((cell) => Number.isFinite(value(cell)))
    .sort((a, b) => value(a) - value(b) || a - b);
  /** A cell of the same basin, in the end its lowest; -1: not flooded yet. */
  const basin = new Int32Array(nx * ny).fill(-1);
  const lowestOf = (/** @type {number} */ cell) => {
    let at = cell;
    while (basin[at] !== at) {
      basin[at] = Number(basin[Number(basin[at])]);
      at = Number(basin[at]);
    }
    return at;
  };
  /** @type {Set<number>} */
  const kept = new Set();
  /** @type {Set<number>} */
  const passes = new Set();

  for (const cell of order) {
    const roots = new Set(neighbors(cell, nx, ny).flatMap((near) => (Number(basin[near]) < 0 ? [] : [lowestOf(near)])));
    basin[cell] = cell;
    if (!roots.size) {
      kept.add(cell);
      continue;
    }
    const [deepest = cell, ...shallower] = [...roots].sort((a, b) => value(a) - value(b) || a - b);
    for (const root of shallower) {
      // Two basins meet here. The shallower one ends; it counts if it is deeper than noise.
      if (value(cell) - value(root) <= NOISE * Math.abs(value(root))) kept.delete(root);
      else passes.add(cell);
      basin[root] = deepest;
    }
    basin[cell] = deepest;
  }
  return { lowest: kept, passes };
}

/**
 * @param {number} cell
 * @param {number} nx
 * @param {number} ny
 */
function neighbors(cell, nx, ny) {
  const [i, j] = [cell % nx, Math.floor(cell / nx)];
  const found = [];
  for (let row = Math.max(j - 1, 0); row <= Math.min(j + 1, ny - 1); row++) {
    for (let column = Math.max(i - 1, 0); column <= Math.min(i + 1, nx - 1); column++) {
      if (row !== j || column !== i) found.push(row * nx + column);
    }
  }
  return found;
}
