/** What two landscapes side by side share: range and scale of the colours, metric, surface, clock, window. */

import { clocksOf, openingClock } from "../model/time-units.js";

/** @typedef {import("../model/landscapes-state.js").State} State */
/** @typedef {import("../model/selection.js").Selection} Selection */
/** @typedef {import("../../surfaces/landscape-data.js").Landscape} Landscape */
/** @typedef {import("../../surfaces/coloring.js").OpeningRange} OpeningRange */
/** @typedef {import("../../core/store.js").Store<State>} Store */

/** Grids whose ends differ by less than this part of their width cover the same. */
const SAME = 1e-6;

/**
 * One range for two: from the lower of the lowest ends to the higher of the highest.
 * @param {readonly OpeningRange[]} openings  at least one
 * @returns {OpeningRange}
 */
export function joinedOpening(openings) {
  const highest = openings.reduce((a, b) => (b.range[1] > a.range[1] ? b : a));
  return { range: [Math.min(...openings.map(({ range }) => range[0])), highest.range[1]], end: highest.end };
}

/**
 * Whether two grids cover the same bounds.
 * @param {Pick<Landscape, "x" | "y">} a
 * @param {Pick<Landscape, "x" | "y">} b
 */
export function coverAlike(a, b) {
  return /** @type {const} */ (["x", "y"]).every((axis) => {
    const width = Math.abs(Number(a[axis].at(-1)) - Number(a[axis][0]));
    return [0, -1].every((end) => Math.abs(Number(a[axis].at(end)) - Number(b[axis].at(end))) <= SAME * width);
  });
}

/**
 * @param {Store} store
 * @param {() => Selection[]} selections
 */
export function createShared(store, selections) {
  /** @type {Landscape[]} */
  let landscapes = [];

  const metrics = () => {
    const [first, ...others] = landscapes;
    return (first?.metrics ?? []).filter(({ id }) => others.every((one) => one.metrics.some((metric) => metric.id === id)));
  };
  const surfaces = () => {
    const [first, ...others] = landscapes;
    return [...(first?.surfaces.values() ?? [])].filter(({ id }) => others.every((one) => one.surfaces.has(id)));
  };
  const trajectories = () => landscapes.flatMap((one) => one.trajectories);
  /** The images of the training sets, if all are known: each run counts its own. */
  const images = () => (landscapes.every(({ manifest }) => manifest.dataset.train) ? landscapes[0]?.manifest.dataset.train : null);
  const clock = () => {
    const { clock: chosen } = store.get();
    return chosen !== null && clocksOf(trajectories(), images()).includes(chosen) ? chosen : openingClock(trajectories());
  };
  const alike = () => {
    const [first, second] = landscapes;
    return !!first && !!second && coverAlike(first, second);
  };

  return {
    metrics,
    surfaces,
    alike,

    /** @param {Landscape[]} next */
    open(next) {
      landscapes = next;
    },

    /**
     * For a landscape: what the selection shares with the other.
     * @returns {import("../model/selection.js").Shared}
     */
    of: () => ({
      opening: () => joinedOpening(selections().map((one) => one.ownOpening())),
      clock,
      metric: () => (metrics().some(({ id }) => id === store.get().metric) ? store.get().metric : "loss"),
      surface: () => (surfaces().some(({ id }) => id === store.get().surface) ? store.get().surface : null),
      // The same run has one look on both planes.
      runs: () => [...new Map(landscapes.flatMap(({ entry }) => entry.runs).map((run) => [run.id, run])).values()],
    }),

    /**
     * The state as a landscape sees it: its window counts only where both planes reach equally far.
     * @type {Store}
     */
    store: {
      ...store,
      get: () => (alike() ? store.get() : { ...store.get(), bounds: null }),
      set: (patch, mode) => {
        const { bounds: _bounds, ...rest } = patch;
        store.set(alike() ? patch : rest, mode);
      },
    },

    /** What is played. @type {import("../single/run-playback.js").Played} */
    played: {
      store,
      clock,
      shown: () => selections().flatMap((one) => one.shown()),
      times: (trajectory) => {
        const owner = selections().find((one) => one.landscape().trajectories.includes(trajectory));
        if (!owner) throw new Error(`Neither landscape has the run ${trajectory.run}.`);
        return owner.times(trajectory);
      },
      landscape: () => ({ trajectories: trajectories(), manifest: { dataset: { train: images() } } }),
    },
  };
}
