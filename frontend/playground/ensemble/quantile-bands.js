/**
 * The losses of an ensemble behind the lines of the chart: the middle nine tenths and the middle half
 * of those of the descents that have not diverged, as bands, and their median as a line.
 */

/** @typedef {import("../plot/loss-chart.js").Bands} Bands */
/** @typedef {[Float64Array, Float64Array, Float64Array, Float64Array, Float64Array]} Five */

/** Of each of the two bands, which lie over each other: all along, and once more up to the playhead. */
const OPACITY = 0.11;
const MEDIAN_AHEAD = 0.3;
const MEDIAN_WIDTH = 1.5;

/**
 * @param {object} losses
 * @param {Int32Array} losses.step
 * @param {Float64Array} losses.loss  the quantiles at 5, 25, 50, 75 and 95 %, one after the other; NaN
 *   where no descent is left
 * @param {string} losses.color
 * @param {() => number} playhead
 * @returns {Bands}
 */
export function quantileBands({ step, loss, color }, playhead) {
  const gone = loss.subarray(0, step.length).findIndex(Number.isNaN);
  const count = gone < 0 ? step.length : gone;
  const steps = Array.from(step.subarray(0, count));
  const rows = [0, 1, 2, 3, 4].map((i) => loss.slice(i * step.length, i * step.length + count));

  return {
    low: rows[0] ?? loss,
    high: rows[4] ?? loss,
    ground(height) {
      const [at5, at25, at50, at75, at95] = /** @type {Five} */ (rows.map(height));
      return {
        draw(context, map) {
          const [outer, inner] = [areaOf(steps, at5, at95, map), areaOf(steps, at25, at75, map)];
          const median = new Path2D();
          for (let k = 0; k < count; k++) median.lineTo(map.x(Number(steps[k])), map.y(Number(at50[k])));
          const paint = (/** @type {number} */ opacity) => {
            context.globalAlpha = OPACITY;
            context.fill(outer);
            context.fill(inner);
            context.globalAlpha = opacity;
            context.stroke(median);
          };
          context.save();
          context.setLineDash([]);
          context.fillStyle = color;
          context.strokeStyle = color;
          context.lineWidth = MEDIAN_WIDTH;
          paint(MEDIAN_AHEAD);
          const { left, top, height: tall } = map.area;
          context.beginPath();
          context.rect(left, top, Math.max(map.x(playhead()) - left, 0), tall);
          context.clip();
          paint(1);
          context.restore();
        },
        traces(log) {
          const line = (/** @type {Float64Array} */ heights, /** @type {object} */ look) => ({
            type: "scatter",
            mode: "lines",
            x: steps,
            y: Array.from(heights, (value) => (log ? 10 ** value : value)),
            line: { color, width: 0 },
            ...look,
          });
          const filled = { fill: "tonexty", fillcolor: color, opacity: 2 * OPACITY };
          return [
            line(at5, {}),
            line(at95, filled),
            line(at25, {}),
            line(at75, filled),
            line(at50, { line: { color, width: MEDIAN_WIDTH } }),
          ];
        },
      };
    },
  };
}

/**
 * The area between two lines.
 * @param {number[]} steps
 * @param {Float64Array} below
 * @param {Float64Array} above
 * @param {import("../../core/geometry/linear-map.js").LinearMap} map
 */
function areaOf(steps, below, above, map) {
  const shape = new Path2D();
  steps.forEach((step, k) => shape.lineTo(map.x(step), map.y(Number(above[k]))));
  for (let k = steps.length - 1; k >= 0; k--) shape.lineTo(map.x(Number(steps[k])), map.y(Number(below[k])));
  return shape;
}
