/** Numbers of landscapes, in the words of the page. Nothing here touches the page itself. */

import { coordinate, integer, list } from "../core/format.js";
import { valueAt } from "../core/geometry/sequences.js";
import { degrees } from "../surfaces/cosines.js";
import { wholeSurface } from "../surfaces/landscape-data.js";

/** @typedef {import("../surfaces/landscape-data.js").Landscape} Landscape */
/** @typedef {import("../surfaces/landscape-data.js").Trajectory} Trajectory */
/** @typedef {import("../core/api-types.d.ts").ClaimNumber["unit"]} Unit */

/**
 * A number with its unit.
 * @param {number | null} value
 * @param {Unit} unit
 */
export function quantity(value, unit) {
  if (value === null) return "not finite";
  switch (unit) {
    case "accuracy":
      return `${coordinate(value, 2)}%`;
    case "angle":
      return `${coordinate(value, 1)}°`;
    case "share":
      return share(value);
    case "count":
    case "images":
      return integer(Math.round(value));
    case "seconds":
      return `${integer(Math.round(value))} s`;
    case "loss":
      return Math.abs(value) < 1e4 ? coordinate(value, 4) : value.toExponential(1);
    case "ratio":
      return coordinate(value, 2);
    case "curvature":
      return Math.abs(value) >= 1e4 ? integer(Math.round(value)) : coordinate(value, 2);
    default:
      return coordinate(value, 3);
  }
}

/**
 * A share in percent, with two digits that count where it is small.
 * @param {number | null} value
 */
export function share(value) {
  if (value === null) return "not finite";
  const percent = 100 * value;
  if (percent !== 0 && Math.abs(percent) < 1) {
    return `${percent.toFixed(1 - Math.floor(Math.log10(Math.abs(percent))))}%`;
  }
  return `${coordinate(percent, 1)}%`;
}

/** @param {Landscape} landscape */
export function tellPlane({ manifest, entry }) {
  const { dataset, network } = manifest;
  const run = entry.runs.find(({ id }) => id === entry.origin?.run);
  const trained =
    dataset.train == null
      ? ""
      : `: a network trained on the ${integer(dataset.train)} ${dataset.classes?.length ? "images" : "samples"} of ${dataset.name}${run ? ` (${run.label})` : ""}`;
  return (
    `Here θ has ${integer(network.parameters)} dimensions${trained}. ` +
    `${integer(entry.grid ? entry.grid[0] * entry.grid[1] : 0)} networks were measured for this picture.`
  );
}

/**
 * The values of a surface along the lines through the origin.
 * @param {Landscape} landscape
 * @param {Float64Array} values
 */
export function profiles({ x, y }, values) {
  const [i, j] = [nearest(x, 0), nearest(y, 0)];
  return {
    along: Float64Array.from(x, (_, k) => Number(values[j * x.length + k])),
    up: Float64Array.from(y, (_, k) => Number(values[k * x.length + i])),
    middle: Number(values[j * x.length + i]),
  };
}

/**
 * @param {Float64Array} axis
 * @param {number} value
 */
function nearest(axis, value) {
  return axis.reduce((best, at, i) => (Math.abs(at - value) < Math.abs(Number(axis[best]) - value) ? i : best), 0);
}

/** @param {Landscape} landscape */
export function tellFilters(landscape) {
  const { manifest, evaluation } = landscape;
  const { gram, origin_norm } = manifest.plane; // which every random plane tells
  const [[vv, ve], [, ee]] = gram;
  const angle = degrees(ve / Math.sqrt(vv * ee));
  const { loss } = wholeSurface(landscape);
  const { along, middle } = profiles(landscape, loss);
  const classes = manifest.dataset.classes?.length ?? 0;
  return (
    `Here v is ${coordinate(Math.sqrt(vv), 2)} long and θ*, with its biases, ${coordinate(origin_norm, 2)}. ` +
    `The angle between v and η is ${coordinate(angle, 1)}°: in so many dimensions random directions ` +
    `are all but orthogonal. The loss is ${coordinate(middle, 2)} in the middle and ` +
    `${coordinate(Number(along[0]), 2)} and ${coordinate(Number(along.at(-1)), 2)} at the ends of v` +
    (classes > 1 && evaluation === null
      ? `; to hold all ${classes} classes equally likely costs ln ${classes} = ${coordinate(Math.log(classes), 2)}.`
      : ".")
  );
}

/**
 * Where a run is at a share of its steps.
 * @typedef {object} Moment
 * @property {number} step
 * @property {number} inside  distance from the origin within the plane
 * @property {number} outside  distance out of the plane
 * @property {number} length  distance from the origin
 * @property {number} loss  that training had
 * @property {number} lossInPlane  under its shadow
 */

/**
 * @param {Trajectory} path
 * @param {number} time  0 to 1
 * @returns {Moment}
 */
export function momentOf(path, time) {
  const last = Number(path.steps.at(-1));
  const step = nearestStep(path, time * last);
  const at = (/** @type {ArrayLike<number>} */ values) => valueAt(path.steps, values, step);
  const [length, outside] = [at(path.length), at(path.distance)];
  return {
    step,
    inside: Math.sqrt(Math.max(length ** 2 - outside ** 2, 0)),
    outside,
    length,
    loss: at(path.loss),
    lossInPlane: at(path.lossInPlane),
  };
}

/**
 * The longest bar that some paths need: of the lengths in and out of the plane, end to end.
 * @param {readonly Pick<Trajectory, "length" | "distance">[]} paths
 */
export function longestBar(paths) {
  const bars = paths.flatMap(({ length, distance }) =>
    Array.from(length, (whole, i) => {
      const outside = Number(distance[i]);
      return Math.sqrt(Math.max(whole ** 2 - outside ** 2, 0)) + outside;
    }),
  );
  return Math.max(...bars.filter(Number.isFinite), 1e-9);
}

/**
 * Lengths at snapshots are known; those between two are not on a straight line.
 * @param {Trajectory} path
 * @param {number} step
 */
function nearestStep({ steps }, step) {
  return steps.reduce((best, at) => (Math.abs(at - step) < Math.abs(best - step) ? at : best), Number(steps[0]));
}

/** @param {Moment} moment */
export function tellMoment({ step, inside, outside, loss, lossInPlane }) {
  return (
    `step ${integer(step)} · ${coordinate(inside, 2)} in the plane, ${coordinate(outside, 2)} out of it · ` +
    `loss ${lossText(loss)}, under its shadow ${lossText(lossInPlane)}`
  );
}

/** @param {number} loss */
function lossText(loss) {
  if (!Number.isFinite(loss)) return "not finite";
  return Math.abs(loss) < 1e4 ? coordinate(loss, 2) : quantity(loss, "loss");
}

/**
 * How large a path is on a plane: the farthest that it goes along either axis.
 * @param {Trajectory} path
 */
export function farthestOf({ x, y }) {
  let farthest = 0;
  for (const axis of [x, y]) {
    for (const value of axis) if (Number.isFinite(value)) farthest = Math.max(farthest, Math.abs(value));
  }
  return farthest;
}

/**
 * What a random plane shows of the run that it is around.
 * @param {Landscape} random
 */
export function tellDot(random) {
  const path = random.trajectories.find(({ run }) => run === random.plane.origin?.run);
  if (!path) return "";
  return (
    `Here 2/P is ${share(2 / random.manifest.network.parameters)}. The path began ${coordinate(Number(path.length[0]), 2)} from where it ended, ` +
    `and on the random plane it keeps within ${farthestOf(path).toPrecision(2)} of a unit from there` +
    (path.energyAboutEnd === null ? "." : `: ${share(path.energyAboutEnd)} of its energy.`)
  );
}

/** @param {Landscape} landscape */
export function tellBatches({ arrows, cosines, surfaces }) {
  const pointed = cosines.map(
    ({ images, median }) =>
      `${median === null ? "not finite" : coordinate(median, 2)} for ${images === 1 ? "one image" : `${integer(images)} images`}`,
  );
  const own = arrows.filter(({ surface }) => surfaces.has(surface) && surface !== "train");
  if (!pointed.length) return `${own.length} batches are drawn.`;
  return `Here the median cosine of ${integer(cosines[0]?.batches ?? 0)} batches is ${list(pointed)}.`;
}

/**
 * Round numbers between two.
 * @param {number} low
 * @param {number} high
 */
export function ticks(low, high) {
  const rough = (high - low) / 5;
  const power = 10 ** Math.floor(Math.log10(rough));
  const step = power * ([1, 2, 5].find((factor) => factor * power >= rough) ?? 10);
  const first = Math.ceil(low / step);
  return Array.from({ length: Math.max(Math.floor(high / step) - first + 1, 0) }, (_, i) => (first + i) * step);
}

/**
 * The mean losses of the last tenth but one and of the last tenth of a run's evenly spaced snapshots,
 * as the claims count them; null where there are too few.
 * @param {Pick<Trajectory, "uniform" | "loss">} path
 */
export function lastTenths({ uniform, loss }) {
  const even = loss.filter((_, i) => uniform[i]);
  const count = Math.max(Math.floor((even.length - 1) / 10), 1);
  if (even.length < 2 * count + 1) return null;
  const mean = (/** @type {Float64Array} */ part) => part.reduce((sum, value) => sum + value, 0) / count;
  const [before, last] = [mean(even.subarray(-2 * count, -count)), mean(even.subarray(-count))];
  return Number.isFinite(before) && Number.isFinite(last) ? { before, last } : null;
}
