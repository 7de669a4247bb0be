/**
 * The charts beside a landscape: loss and accuracy of the training, and how true the picture is. What
 * no run tells has no chart.
 */

import { element } from "../../core/dom.js";
import { number, percent } from "../../core/format.js";
import { lastAtMost } from "../../core/geometry/sequences.js";
import { createLineChart, highest, lowest } from "../../plot/line-chart.js";
import { withLossUnit } from "../model/descriptions.js";
import { UNITS, timeText } from "../model/time-units.js";
import { createLossScale } from "./loss-scale.js";

/** @typedef {import("../model/selection.js").Selection} Selection */
/** @typedef {import("../../surfaces/landscape-data.js").Trajectory} Trajectory */
/** @typedef {import("../../plot/line-chart.js").Line} Line */

/** How the loss in the plane is drawn beside the true one. */
const SHADOW_DASH = [1.5, 4];
/** Marks the line of a run's loss in the plane among the lines of a chart. */
const SHADOW = " in the plane";

/**
 * @param {Selection} selection
 * @param {() => number} end  where the playhead's way ends
 * @param {object} actions
 * @param {(at: number) => void} actions.onSeek  somebody pressed at a time
 * @param {(run: string | null) => void} actions.onPoint  somebody points at a run, or at none
 * @param {() => void} actions.onSharpness  the charts of the sharpness are there, which come late
 */
export function createCharts(selection, end, { onSeek, onPoint, onSharpness }) {
  const { store } = selection;
  const scale = createLossScale(store);
  const loss = chartBox("Training loss", "Training loss of each run, epoch by epoch", scale.root);
  const accuracy = chartBox("Test accuracy (% of images)", "Test accuracy of each run, epoch by epoch");
  const truth = chartBox(
    "True loss and loss in the plane",
    "Loss of each run at its snapshots, and at their nearest points of the plane",
  );
  truth.root.append(
    element(
      "p",
      { class: "about" },
      "Dotted: the loss at the nearest point of the plane, over which the path is drawn. In the run’s own line: the loss of the run itself. Where they part, the ground under the path is not what the run felt.",
    ),
  );

  const logarithmic = () => store.get().lossScale === "log";
  const height = (/** @type {Float64Array} */ values) =>
    logarithmic() ? values.map((value) => (value > 0 ? Math.log10(value) : NaN)) : values;
  const by = (/** @type {string} */ id) => {
    const run = id.replace(SHADOW, "");
    return selection.landscape().trajectories.find((trajectory) => trajectory.run === run);
  };

  /**
   * @param {HTMLElement} plot
   * @param {(trajectory: Trajectory) => "snapshots" | "epochs"} counted  when a line has its values
   * @param {(trajectory: Trajectory, id: string) => Float64Array} valuesOf  a line
   * @param {(value: number) => string} text
   */
  const chart = (plot, counted, valuesOf, text) =>
    createLineChart(plot, {
      playhead: selection.at,
      onSeek,
      onPoint: (id) => onPoint(id === null ? null : id.replace(SHADOW, "")),
      // What a pointer on a line hears: the value at the last epoch or snapshot.
      describe: (id, x) => {
        const trajectory = by(id);
        if (!trajectory) return "";
        const times = selection.times(trajectory)[counted(trajectory)];
        const i = Math.max(lastAtMost(times, x), 0);
        const name = selection.look(trajectory.run).label + (id.endsWith(SHADOW) ? SHADOW : "");
        const value = Number(valuesOf(trajectory, id)[i]);
        return `${name}, ${timeText(selection.clock(), Number(times[i]))}: ${text(value)}`;
      },
    });
  const charts = {
    loss: chart(loss.plot, lossCount, lossesOf, number),
    accuracy: chart(accuracy.plot, () => "epochs", ({ testAccuracy }) => testAccuracy, percent),
    truth: chart(
      truth.plot,
      () => "snapshots",
      (trajectory, id) => (id.endsWith(SHADOW) ? trajectory.lossInPlane : trajectory.loss),
      number,
    ),
  };

  /**
   * @param {Trajectory} trajectory
   * @param {Float64Array} times
   * @param {Float64Array} ys
   * @returns {Line[]}
   */
  const line = (trajectory, times, ys, id = trajectory.run) => {
    if (!times.length || !ys.length) return [];
    const { color, dash } = selection.look(trajectory.run);
    const path = { steps: times, xs: times, ys, color, dash: id.endsWith(SHADOW) ? SHADOW_DASH : dash };
    return [{ id, path }];
  };

  const boxes = { loss, accuracy, truth };

  /** Where the charts of the sharpness stand, which most landscapes do not have. */
  const below = element("div", { class: "sharpness" });
  /** @type {ReturnType<typeof import("../curvature/sharpness-charts.js").createSharpnessCharts> | null} */
  let sharpness = null;
  /** @type {Promise<void> | null} */
  let loading = null;
  const showSharpness = () => {
    below.hidden = selection.landscape().curvature.length === 0;
    if (sharpness) sharpness.refresh();
    else if (!below.hidden) {
      loading ??= import("../curvature/sharpness-charts.js").then(({ createSharpnessCharts }) => {
        sharpness = createSharpnessCharts(selection, end, { onSeek, onPoint });
        below.append(sharpness.root);
        sharpness.refresh();
        onSharpness();
      });
    }
  };

  /** Titles with the loss's unit, and no chart of what no run tells. */
  const showBoxes = () => {
    const { trajectories, progress } = selection.landscape();
    // Losses that are being computed get the place that they will need.
    const expected = progress !== null && trajectories.length > 0;
    const withUnit = (/** @type {string} */ text) => withLossUnit(text, selection.landscape());
    const inEpochs = trajectories.some((one) => lossCount(one) === "epochs");
    loss.title.textContent = withUnit(inEpochs ? "Training loss" : "Loss at the snapshots");
    truth.title.textContent = withUnit("True loss and loss in the plane");
    loss.root.hidden = !expected && trajectories.every((one) => lossesOf(one).length < 2);
    accuracy.root.hidden = !trajectories.some(({ testAccuracy }) => testAccuracy.some(Number.isFinite));
    truth.root.hidden = !store.get().truth || (!expected && trajectories.every((one) => one.loss.length === 0));
  };

  return {
    /**
     * A chart's title.
     * @param {keyof typeof charts} id
     */
    title: (id) => String(boxes[id].title.textContent),

    /** The charts of the sharpness; null where none is there yet. */
    sharpness: () => (below.hidden ? null : (sharpness?.charts ?? null)),

    /**
     * A chart's axes, and its lines with their names; no lines where it is hidden.
     * @param {keyof typeof charts} id
     */
    shown(id) {
      const { axes, lines: drawn } = charts[id].shown();
      const lines = boxes[id].root.hidden ? [] : drawn;
      const named = lines.map(({ id: line, path }) => {
        const run = line.replace(SHADOW, "");
        return { ...path, name: selection.look(run).label + (line.endsWith(SHADOW) ? SHADOW : "") };
      });
      return { axes, lines: named };
    },

    roots: { loss: loss.root, accuracy: accuracy.root, truth: truth.root, sharpness: below },

    /** Lines and axes anew. */
    refresh() {
      showBoxes();
      showSharpness();
      scale.show(store.get().lossScale);
      const shown = selection.shown();
      const x = /** @type {[number, number]} */ ([0, end() || 1]);
      const clock = selection.clock();
      const across = { x, shares: clock === "share", titles: { x: UNITS[clock].name, y: "" } };
      const log = logarithmic();
      const losses = shown.flatMap((one) =>
        line(one, selection.times(one)[lossCount(one)], height(lossesOf(one))),
      );
      charts.loss.setLines(losses);
      charts.loss.setAxes({ ...across, y: axisRange(losses, !log), log });
      const accuracies = shown.flatMap((one) => line(one, selection.times(one).epochs, one.testAccuracy));
      charts.accuracy.setLines(accuracies);
      charts.accuracy.setAxes({ ...across, y: axisRange(accuracies, false), log: false, percent: true });
      if (truth.root.hidden) return;
      const pairs = shown.flatMap((one) => [
        ...line(one, selection.times(one).snapshots, height(one.lossInPlane), one.run + SHADOW),
        ...line(one, selection.times(one).snapshots, height(one.loss)),
      ]);
      charts.truth.setLines(pairs);
      charts.truth.setAxes({ ...across, y: axisRange(pairs, !log), log });
    },

    /** Another run is pointed at, or none. */
    emphasize() {
      for (const one of Object.values(charts)) one.emphasize(selection.front());
      sharpness?.emphasize();
    },

    /** The playhead moved. */
    invalidate() {
      charts.loss.invalidate();
      charts.accuracy.invalidate();
      if (!truth.root.hidden) charts.truth.invalidate();
      sharpness?.invalidate();
    },
  };
}

/**
 * When the losses of a run's chart were measured: of checkpoints alone only those at snapshots are known.
 * @param {Trajectory} trajectory
 * @returns {"epochs" | "snapshots"}
 */
function lossCount({ epochs }) {
  return epochs.length ? "epochs" : "snapshots";
}

/** @param {Trajectory} trajectory */
function lossesOf(trajectory) {
  return lossCount(trajectory) === "epochs" ? trajectory.trainLoss : trajectory.loss;
}

/**
 * The range that some lines need. Where it is `calm` it ends at the highest of their first and last
 * values: one wild step would flatten all else, and may leave the chart at the top.
 * @param {readonly Line[]} lines
 * @param {boolean} calm
 * @returns {[number, number]}
 */
export function axisRange(lines, calm) {
  const values = lines.map(({ path }) => Array.from(path.ys).filter(Number.isFinite));
  const low = Math.min(...values.map(lowest));
  const ends = (/** @type {number[]} */ ys) => highest([ys[0] ?? -Infinity, ys.at(-1) ?? -Infinity]);
  const high = Math.max(...values.map(calm ? ends : highest));
  if (!Number.isFinite(low) || !Number.isFinite(high)) return [0, 1];
  const margin = 0.06 * (high - low) || 0.05 * Math.abs(high) || 0.5;
  return [low - margin, high + margin];
}

/**
 * The elements of a chart.
 * @param {string} title
 * @param {string} label
 * @param {HTMLElement} [control]
 */
export function chartBox(title, label, control) {
  const plot = element(
    "div",
    { class: "loss", role: "img", "aria-label": label },
    element("div", { class: "lines" }),
    element("canvas", { class: "paths" }),
    element("output", { class: "readout", hidden: true }),
  );
  const head = element("h2", {}, title);
  const root = element(
    "section",
    { class: "landscape-chart" },
    element("div", { class: "loss-head" }, head, control),
    plot,
  );
  return { root, plot, title: head };
}
