/**
 * The part of a grid above a level, as polygons between its points: marching squares, with runs of
 * whole cells joined.
 */

/**
 * @typedef {object} Region
 * @property {[number, number][][]} polygons  in the grid's own coordinates
 * @property {[number, number, number, number][]} edge  pieces of the border: x, y to x, y
 * @property {number} share  of the cells that lie in it, wholly or in part
 */

/** What stands for infinity between two points. */
const HUGE = 1e300;

/**
 * @param {{x: ArrayLike<number>, y: ArrayLike<number>, values: ArrayLike<number>}} grid  values row by row of y
 * @param {number} level
 * @returns {Region}
 */
export function regionAbove({ x, y, values }, level) {
  const nx = x.length;
  const ny = y.length;
  const height = (/** @type {number} */ i, /** @type {number} */ j) => {
    const value = Number(values[j * nx + i]) - level;
    return Number.isFinite(value) ? value : value < 0 ? -HUGE : HUGE;
  };
  /** @type {[number, number][][]} */
  const polygons = [];
  /** @type {[number, number, number, number][]} */
  const edge = [];
  let cells = 0;
  for (let j = 0; j + 1 < ny; j++) {
    const [y0, y1] = [Number(y[j]), Number(y[j + 1])];
    let run = -1;
    const endRun = (/** @type {number} */ i) => {
      if (run < 0) return;
      const [x0, x1] = [Number(x[run]), Number(x[i])];
      polygons.push([[x0, y0], [x1, y0], [x1, y1], [x0, y1]]);
      run = -1;
    };
    for (let i = 0; i + 1 < nx; i++) {
      const corners = [height(i, j), height(i + 1, j), height(i + 1, j + 1), height(i, j + 1)];
      const inside = corners.filter((one) => one > 0).length;
      if (inside > 0) cells += 1;
      if (inside === 4) {
        if (run < 0) run = i;
        continue;
      }
      endRun(i);
      if (inside === 0) continue;
      /** @type {[number, number][]} */
      const places = [
        [Number(x[i]), y0],
        [Number(x[i + 1]), y0],
        [Number(x[i + 1]), y1],
        [Number(x[i]), y1],
      ];
      /** @type {[number, number][]} */
      const polygon = [];
      /** @type {[number, number][]} */
      const cuts = [];
      corners.forEach((here, k) => {
        const next = Number(corners[(k + 1) % 4]);
        const from = /** @type {[number, number]} */ (places[k]);
        const to = /** @type {[number, number]} */ (places[(k + 1) % 4]);
        if (here > 0) polygon.push(from);
        if (here > 0 === next > 0) return;
        const t = here / (here - next);
        /** @type {[number, number]} */
        const cut = [from[0] + t * (to[0] - from[0]), from[1] + t * (to[1] - from[1])];
        polygon.push(cut);
        cuts.push(cut);
      });
      polygons.push(polygon);
      for (let k = 0; k + 1 < cuts.length; k += 2) {
        edge.push([.../** @type {[number, number]} */ (cuts[k]), .../** @type {[number, number]} */ (cuts[k + 1])]);
      }
    }
    endRun(nx - 1);
  }
  return { polygons, edge, share: cells / Math.max((nx - 1) * (ny - 1), 1) };
}
