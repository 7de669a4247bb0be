/**
 * What the state selects of the open landscape: a surface, colours, trajectories, and the times of
 * their snapshots. What takes time is computed once.
 */

import { themeName } from "../../core/theme.js";
import { boundsOf } from "../../core/geometry/bounds.js";
import { timesOf } from "./time-units.js";
import { coloring, fittingScale } from "./coloring.js";
import { mainSurface } from "./catalog.js";
import { appearancesOf } from "../../surfaces/run-style.js";

/** @typedef {import("./landscapes-state.js").State} State */
/** @typedef {import("../../surfaces/landscape-data.js").Landscape} Landscape */
/** @typedef {import("../../surfaces/landscape-data.js").Surface} Surface */
/** @typedef {import("../../surfaces/landscape-data.js").Trajectory} Trajectory */
/** @typedef {import("./time-units.js").Times} Times */
/** @typedef {import("./coloring.js").Coloring} Coloring */
/** @typedef {import("../../core/geometry/bounds.js").Bounds} Bounds */

/**
 * @typedef {object} Selection
 * @property {import("../../core/store.js").Store<State>} store
 * @property {() => number} at  the playhead, in the clock's unit
 * @property {() => Landscape} landscape
 * @property {() => Surface} surface
 * @property {() => Float64Array} values  of the surface's metric
 * @property {() => "linear" | "log"} scale  of the colours
 * @property {() => Coloring} coloring
 * @property {() => string} key  of what the coloring depends on
 * @property {() => Bounds} whole  what the grid covers
 * @property {() => Trajectory[]} shown
 * @property {(trajectory: Trajectory) => Times} times
 * @property {(trajectory: Trajectory) => import("../../plot/overlay.js").Path} path  on the plane
 * @property {(run: string) => {label: string, color: string, dash: number[], dash3d: string}} look
 */

/**
 * @param {import("../../core/store.js").Store<State>} store
 * @param {() => number} at
 * @returns {Selection & {open: (landscape: Landscape) => void}}
 */
export function createSelection(store, at) {
  /** @type {Landscape | null} */
  let current = null;
  /** @type {ReturnType<typeof appearancesOf>} */
  let looks = new Map();
  /** @type {Map<string, Coloring>} */
  const colorings = new Map();
  /** @type {Map<string, Times>} */
  const times = new Map();

  const landscape = () => {
    if (!current) throw new Error("No landscape is open.");
    return current;
  };
  const surface = () => {
    const { surfaces, entry } = landscape();
    const asked = store.get().surface;
    const found = surfaces.get(asked ?? "") ?? surfaces.get(mainSurface(entry.surfaces));
    if (!found) throw new Error(`The landscape ${entry.id} has no surface.`);
    return found;
  };
  const values = () => surface()[store.get().metric];
  const scale = () => {
    const { metric, scale: chosen } = store.get();
    return chosen ?? (metric === "loss" ? fittingScale(surface()) : "linear");
  };
  const key = () => {
    const { metric, range } = store.get();
    return [landscape().entry.url, surface().id, metric, scale(), range?.join()].join(" ");
  };
  const timesFor = (/** @type {Trajectory} */ trajectory) => {
    const { clock } = store.get();
    const { entry, manifest } = landscape();
    return computed(times, [entry.url, trajectory.run, clock].join(" "), () =>
      timesOf(clock, trajectory, manifest.dataset.train),
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
    open(next) {
      current = next;
      looks = appearancesOf(next.entry);
    },
    landscape,
    surface,
    values,
    scale,
    key,
    coloring: () =>
      computed(colorings, key(), () => coloring(values(), scale(), store.get().range)),
    whole: () => boundsOf(landscape()),
    shown: () => landscape().trajectories.filter(({ run }) => !store.get().off.includes(run)),
    times: timesFor,
    path(trajectory) {
      const { color, dash } = look(trajectory.run);
      const { x: xs, y: ys } = trajectory;
      return { steps: timesFor(trajectory).snapshots, xs, ys, color, dash };
    },
    look,
  };
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
