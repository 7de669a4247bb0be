/**
 * What the state selects of the open landscape: a surface, colours, trajectories, and the times of
 * their snapshots. What takes time is computed once.
 */

import { themeName } from "../../core/theme.js";
import { clocksOf, openingClock, timesOf } from "./time-units.js";
import { mainSurface } from "./catalog.js";
import { coloring, crossedValues, divergingColoring, fittingScale, openingRange, symmetric } from "../../surfaces/coloring.js";
import { rangeOf } from "../../surfaces/surface-geometry.js";
import { minimaOf, saddlesOf } from "../../surfaces/minima.js";
import { GAP } from "../../surfaces/train-test-gap.js";
import { piecesOf } from "./faded-path.js";
import { borderLines, excessOf, modelLines, modelValues } from "./quadratic-model.js";
import { farthestOf, opacitiesOf } from "./plane-distance.js";
import { appearancesOf } from "../../surfaces/run-style.js";

/** @typedef {import("./landscapes-state.js").State} State */
/** @typedef {import("../../surfaces/landscape-data.js").Landscape} Landscape */
/** @typedef {import("../../surfaces/landscape-data.js").Surface} Surface */
/** @typedef {import("../../surfaces/landscape-data.js").Trajectory} Trajectory */
/** @typedef {import("../../surfaces/landscape-data.js").Metric} Metric */
/** @typedef {import("./time-units.js").Times} Times */
/** @typedef {import("../../surfaces/coloring.js").Coloring} Coloring */
/** @typedef {import("../../surfaces/coloring.js").OpeningRange} OpeningRange */
/** @typedef {import("../../core/geometry/bounds.js").Bounds} Bounds */

/**
 * @typedef {object} Selection
 * @property {import("../../core/store.js").Store<State>} store
 * @property {() => number} at  the playhead, in the clock's unit
 * @property {() => import("./time-units.js").ClockName} clock  what the playhead counts
 * @property {() => Landscape} landscape
 * @property {() => Surface} surface
 * @property {() => Metric} metric  that is shown
 * @property {() => Float64Array} values  of the surface's metric
 * @property {() => "linear" | "log"} scale  of the colours
 * @property {() => Coloring} coloring
 * @property {() => OpeningRange} opening  the range of the colours where nobody chose one
 * @property {() => OpeningRange} ownOpening  the same, of this landscape alone
 * @property {() => string} key  of what the coloring depends on
 * @property {() => Bounds} whole  what the grid covers
 * @property {() => {x: number, y: number}[]} minima  of the loss, as they are counted beside the plot;
 *   none while another metric is shown
 * @property {() => {x: number, y: number}[]} saddles  of the same, inside the grid
 * @property {() => import("../../core/api-types.d.ts").QuadraticModel | null} model  of the surface's loss at the
 *   origin of a plane of eigenvectors; null: there is none, or another metric is shown
 * @property {() => {levels: import("./quadratic-model.js").Line[], border: import("./quadratic-model.js").Line[]} | null} modelLines
 *   level lines of the model, and where it fails; null: they are not to be seen
 * @property {() => boolean} diverging  whether the metric's colours lie about a fixed zero
 * @property {(range: [number, number]) => [number, number]} fitted  a range that the metric's colours can have
 * @property {() => number} farthest  how far snapshots lie out of the plane at most; 0: not known, or nothing does
 * @property {() => Trajectory[]} shown
 * @property {() => string | null} front  the run that somebody points at
 * @property {(trajectory: Trajectory) => Times} times
 * @property {(trajectory: Trajectory) => import("../../plot/overlay.js").Path & {opacities?: Float64Array}} path  on the plane
 * @property {(run: string) => {label: string, color: string, dash: number[], dash3d: string}} look
 */

/**
 * What is found once for each surface's loss.
 * @type {WeakMap<Float64Array, {minima: import("../../surfaces/minima.js").Minimum[], saddles: import("../../surfaces/minima.js").Saddle[]}>}
 */
const critical = new WeakMap();

/**
 * What a landscape shares with the one beside it.
 * @typedef {object} Shared
 * @property {() => OpeningRange} opening  the range of the colours where nobody chose one
 * @property {() => import("./time-units.js").ClockName} clock
 * @property {() => string} metric
 * @property {() => string | null} surface
 * @property {() => import("../../surfaces/landscape-data.js").Run[]} runs  which are told apart
 */

/**
 * @param {import("../../core/store.js").Store<State>} store
 * @param {() => number} at
 * @param {Shared} [shared]
 * @returns {Selection & {open: (landscape: Landscape) => void, point: (run: string | null) => boolean}}
 *   `point` tells whether another run is pointed at than before
 */
export function createSelection(store, at, shared) {
  /** @type {Landscape | null} */
  let current = null;
  /** @type {string | null} */
  let front = null;
  /** @type {ReturnType<typeof appearancesOf>} */
  let looks = new Map();
  /** @type {Map<string, Coloring>} */
  const colorings = new Map();
  /** @type {Map<string, OpeningRange>} */
  const openings = new Map();
  /** @type {Map<string, Times>} */
  const times = new Map();

  const landscape = () => {
    if (!current) throw new Error("No landscape is open.");
    return current;
  };
  const surface = () => {
    const { surfaces, entry } = landscape();
    const asked = shared ? shared.surface() : store.get().surface;
    const found = surfaces.get(asked ?? "") ?? surfaces.get(mainSurface(entry.surfaces));
    if (!found) throw new Error(`The landscape ${entry.id} has no surface.`);
    return found;
  };
  const metric = () => {
    const { metrics } = landscape();
    const asked = shared ? shared.metric() : store.get().metric;
    const found = metrics.find(({ id }) => id === asked) ?? metrics[0];
    if (!found) throw new Error("The landscape has no metric.");
    return found;
  };
  const values = () => {
    const found = surface().values.get(metric().id);
    if (!found) throw new Error(`The surface ${surface().id} has no ${metric().id}.`);
    return found;
  };
  const diverging = () => metric() === GAP;
  const model = () =>
    (metric().id === "loss" && landscape().plane.curvature?.models.find((one) => one.surface === surface().id)) || null;
  /** @type {Map<string, {levels: import("./quadratic-model.js").Line[], border: import("./quadratic-model.js").Line[]}>} */
  const modelled = new Map();
  const criticalPoints = () => {
    // Of an incomplete surface nobody knows them.
    if (metric().id !== "loss" || landscape().progress) return { minima: [], saddles: [] };
    const { x, y } = landscape();
    const { loss } = surface();
    const found = critical.get(loss) ?? { minima: minimaOf(loss, x.length, y.length), saddles: saddlesOf(loss, x.length, y.length) };
    critical.set(loss, found);
    return found;
  };
  /** @param {readonly {i: number, j: number}[]} cells */
  const placesOf = (cells) => {
    const { x, y } = landscape();
    return cells.map(({ i, j }) => ({ x: Number(x[i]), y: Number(y[j]) }));
  };
  /** @returns {OpeningRange} */
  const ownOpening = () => {
    const { entry, trajectories } = landscape();
    /** @type {() => OpeningRange} */
    const compute = () => {
      if (diverging()) return openingGap(values(), crossedValues(landscape(), values(), trajectories));
      return isLossLike(metric())
        ? openingRange(values(), crossedValues(landscape(), values(), trajectories))
        : { range: rangeOf(values()), end: "highest" };
    };
    return computed(openings, [entry.url, surface().id, metric().id].join(" "), compute);
  };
  const opening = () => (shared ? shared.opening() : ownOpening());
  const scale = () => {
    if (diverging()) return "linear";
    const { scale: chosen } = store.get();
    return chosen ?? (isLossLike(metric()) ? fittingScale(opening().range) : "linear");
  };
  const key = () => {
    const range = store.get().range ?? opening().range;
    return [landscape().entry.url, surface().id, metric().id, scale(), range.join()].join(" ");
  };
  const clock = () => {
    if (shared) return shared.clock();
    const { trajectories, manifest } = landscape();
    const { clock: chosen } = store.get();
    const counted = chosen !== null && clocksOf(trajectories, manifest.dataset.train ?? null).includes(chosen);
    return counted ? chosen : openingClock(trajectories);
  };
  const timesFor = (/** @type {Trajectory} */ trajectory) => {
    const { entry, manifest } = landscape();
    return computed(times, [entry.url, trajectory.run, clock()].join(" "), () =>
      timesOf(clock(), trajectory, manifest.dataset.train ?? null),
    );
  };
  const look = (/** @type {string} */ run) => {
    const found = looks.get(run);
    if (!found) throw new Error(`The landscape has no run ${run}.`);
    return { ...found, color: found.color(themeName()) };
  };

  return {
    store,
    at,
    clock,
    open(next) {
      current = next;
      front = null;
      looks = appearancesOf(shared ? { ...next.entry, runs: shared.runs() } : next.entry);
    },
    landscape,
    surface,
    metric,
    values,
    scale,
    key,
    coloring: () =>
      computed(colorings, key(), () => {
        const range = store.get().range ?? opening().range;
        return diverging() ? divergingColoring(values(), range) : coloring(values(), scale(), range);
      }),
    diverging,
    model,
    modelLines() {
      const found = model();
      const { curvature } = landscape().plane;
      if (!found || !curvature || !store.get().quadratic) return null;
      return computed(modelled, key(), () => {
        const { manifest } = landscape();
        const noise = manifest.surfaces.find((/** @type {{id: string}} */ { id }) => id === found.surface)?.noise;
        const excess = excessOf(found, landscape(), surface().loss, curvature.rise, noise);
        const { levels } = this.coloring();
        return { levels: modelLines(modelValues(found, landscape()), levels, landscape()), border: borderLines(excess, landscape()) };
      });
    },
    fitted: (range) => (diverging() ? symmetric(range) : range),
    opening,
    ownOpening,
    whole: () => landscape().whole,
    minima: () => placesOf(criticalPoints().minima),
    saddles: () => placesOf(criticalPoints().saddles),
    farthest: () => farthestOf(landscape().trajectories),
    shown: () => landscape().trajectories.filter(({ run }) => !store.get().off.includes(run)),
    front: () => front,
    point(run) {
      const shown = run !== null && looks.has(run) && !store.get().off.includes(run) ? run : null;
      const other = shown !== front;
      front = shown;
      return other;
    },
    times: timesFor,
    path(trajectory) {
      const { x: xs, y: ys } = trajectory;
      const { color, dash } = look(trajectory.run);
      const path = { steps: timesFor(trajectory).snapshots, xs, ys, color, dash };
      const opacities = store.get().fade ? opacitiesOf(trajectory, farthestOf(landscape().trajectories)) : null;
      return opacities ? { ...path, opacities, pieces: (count) => piecesOf(opacities, count) } : path;
    },
    look,
  };
}

/**
 * Whether a metric's high values are far corners that nobody looks for, as those of a loss are.
 * @param {Metric} metric
 */
function isLossLike({ higher_is_better, unit }) {
  return higher_is_better === false && unit === "number";
}

/**
 * The range of a gap with which a landscape opens: as far about zero as its sizes reach but for outliers.
 * @param {Float64Array} values
 * @param {readonly number[]} crossed  the values under the paths
 * @returns {OpeningRange}
 */
function openingGap(values, crossed) {
  const { range, end } = openingRange(values.map(Math.abs), crossed.map(Math.abs));
  return { range: symmetric([0, range[1]]), end };
}

/** Results that are kept: as many as the switches of several landscapes produce. */
const MOST_KEPT = 60;

/**
 * @template T
 * @param {Map<string, T>} known
 * @param {string} key
 * @param {() => T} compute
 * @returns {T}
 */
function computed(known, key, compute) {
  const found = known.get(key) ?? compute();
  if (known.size >= MOST_KEPT) known.clear();
  known.set(key, found);
  return found;
}
