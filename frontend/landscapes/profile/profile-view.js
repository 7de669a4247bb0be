/** A profile: each metric along the straight segment between two networks, and the barrier. */

import { colorOf } from "../../core/optimizer-style.js";
import { theme } from "../../core/theme.js";
import { element } from "../../core/dom.js";
import { coordinate, number } from "../../core/format.js";
import { watch } from "../../core/store.js";
import { extentOf } from "../../surfaces/surface-geometry.js";
import { lastAtMost } from "../../core/geometry/sequences.js";
import { group } from "../../widgets/export-menu.js";
import { chartDrawing } from "../../plot/picture.js";
import { below } from "../../plot/drawing-parts.js";
import { headingOf } from "../model/catalog.js";
import { linkOf, provenanceOf } from "../model/provenance.js";
import { evaluationNotes } from "../single/evaluation-notes.js";
import { createFigureExport } from "../single/figure-export.js";
import { figureHeader } from "../single/figure-header.js";
import { createProfileChart } from "./profile-chart.js";
import { chordAt, lossesOf, profileAsCsv } from "./profile-data.js";
import { barrierText, chartTitle, gapsText, pointText, segmentText } from "./profile-text.js";
import { createLossScale } from "../single/loss-scale.js";

/** @typedef {import("../model/landscapes-state.js").State} State */
/** @typedef {import("../../surfaces/landscape-data.js").Metric} Metric */
/** @typedef {import("./profile-data.js").Profile} Profile */
/** @typedef {import("./profile-chart.js").Shown} Shown */

/** The line of the barrier, and the straight one from which it is measured. */
const CHORD_DASH = [5, 5];
/** Room above and below the lines, as a part of their range. */
const MARGIN = 0.08;
/** Room beside the ends, so that their marks are whole. */
const BESIDE = 0.03;
/** In a picture, between two charts. */
const GAP_PX = 14;

/**
 * @param {HTMLElement} root
 * @param {object} page
 * @param {import("../../core/store.js").Store<State>} page.store
 * @param {import("../../surfaces/landscape-data.js").Catalog} page.catalog
 */
export function createProfileView(root, { store, catalog }) {
  /** @type {Profile | null} */
  let profile = null;
  /** @type {{metric: Metric, chart: ReturnType<typeof createProfileChart>}[]} */
  let charts = [];
  const scale = createLossScale(store);

  const refresh = () => {
    if (!profile) return;
    const log = store.get().lossScale === "log";
    scale.show(store.get().lossScale);
    for (const { metric, chart } of charts) chart.show(shownOf(profile, metric, log));
  };

  const exporting = createFigureExport(
    "profile-export",
    store,
    () => {
      const shown = profile;
      if (!shown) return null;
      return {
        entry: shown.entry,
        labels: async () => ({
          title: shown.title,
          subtitle: charts.map(({ metric }) => chartTitle(metric, unitOf(shown))).join(" · "),
          caption: [barrierText(shown), shown.note].join(" "),
          facts: provenanceOf(shown.manifest, linkOf(store.get())),
        }),
        body: async () => {
          const drawn = charts.flatMap(({ chart }) => chart.shown() ?? []);
          return below(await Promise.all(drawn.map(({ axes, lines }) => chartDrawing(axes, lines, theme()))), GAP_PX);
        },
      };
    },
    ({ offer, saveText }) => [
      group("Profile", [
        offer("CSV", "Save the values along the segment as CSV", () => {
          if (profile) saveText(profileAsCsv(profile), "text/csv", `${profile.entry.id}.csv`);
        }),
      ]),
    ],
  );

  watch(store, ["lossScale"], ({ show }) => {
    if (profile && show === profile.entry.id) refresh();
  });

  return {
    /** @param {Profile} next */
    show(next) {
      profile = next;
      exporting.hidden(false);
      charts = next.metrics.map((metric) => ({
        metric,
        chart: createProfileChart((t) => pointText(next, metric, nearest(next.t, t))),
      }));
      const gaps = gapsText(next);
      root.replaceChildren(
        figureHeader({
          id: "profile-title",
          heading: headingOf(catalog, next.entry),
          entry: next.entry,
          switches: [scale.root],
        }),
        element(
          "div",
          { class: "profile-body" },
          element(
            "div",
            { class: "profile-charts" },
            ...charts.map(({ metric, chart }) =>
              element(
                "section",
                { class: metric.id === "loss" ? "profile-chart main" : "profile-chart" },
                element("h2", {}, chartTitle(metric, unitOf(next))),
                chart.root,
              ),
            ),
          ),
          element(
            "div",
            { class: "beside" },
            element(
              "section",
              { class: "barrier", "aria-labelledby": "barrier-title" },
              element("h2", { id: "barrier-title" }, "The barrier"),
              element("p", { class: "finding" }, barrierText(next)),
              element("p", { class: "about" }, next.barrier.rule),
              element("p", { class: "note" }, next.note),
            ),
            element(
              "section",
              { class: "landscape-legend" },
              element("h2", {}, "What it shows"),
              element("p", { class: "about" }, segmentText(next)),
              gaps !== "" && element("p", { class: "about" }, gaps),
            ),
            ...evaluationNotes(next.evaluation, next.ends),
          ),
        ),
      );
      refresh();
    },
    hide() {
      profile = null;
      charts = [];
      exporting.hidden(true);
      root.replaceChildren();
    },
    refresh,
  };
}

/**
 * What a metric's chart shows; a logarithmic scale is the loss's.
 * @param {Profile} profile
 * @param {Metric} metric
 * @param {boolean} log
 * @returns {Shown}
 */
export function shownOf(profile, metric, log) {
  const { t, ends, barrier } = profile;
  const isLoss = metric.id === "loss";
  const height = (/** @type {number} */ value) => (isLoss && log ? (value > 0 ? Math.log10(value) : NaN) : value);
  const { ink, strong } = theme();
  const values = Float64Array.from(profile.values.get(metric.id) ?? [], height);
  const main = { name: metric.label, xs: t, ys: values, color: strong, dash: [] };
  const [first, last] = ends;
  const names = [
    { x: 0, y: Number(values[0]), label: String(first?.label) },
    { x: 1, y: Number(values.at(-1)), label: String(last?.label) },
  ].filter(({ y }) => Number.isFinite(y));
  const rise = isLoss ? barrierLines(profile, height, ink) : [];
  const [low, high] = extentOf(values, ...rise.map(({ ys }) => ys)) ?? [0, 1];
  const room = MARGIN * (high - low) || 0.05 * Math.abs(high) || 0.5;
  const told =
    isLoss && barrier.height !== null && barrier.at !== null
      ? `, barrier ${number(barrier.height)} at t = ${coordinate(barrier.at)}`
      : "";
  return {
    axes: {
      x: [-BESIDE, 1 + BESIDE],
      y: [low - room, high + room],
      log: isLoss && log,
      percent: metric.unit === "share",
      titles: { x: "t", y: "" },
    },
    lines: [...rise, main],
    ends: names,
    name: `${metric.label} along the segment${told}`,
  };
}

/**
 * The straight line between the losses of the ends, and the rise above it.
 * @param {Profile} profile
 * @param {(value: number) => number} height
 * @param {string} color
 */
function barrierLines(profile, height, color) {
  const { t, barrier } = profile;
  const chord = { name: "straight line", xs: t, ys: Float64Array.from(t, (at) => height(chordAt(profile, at))), color, dash: CHORD_DASH };
  if (barrier.height === null || barrier.at === null || barrier.height <= 0) return [chord];
  const [from, to] = [chordAt(profile, barrier.at), Number(lossesOf(profile)[nearest(t, barrier.at)])];
  const rise = {
    name: "barrier",
    xs: Float64Array.of(barrier.at, barrier.at),
    ys: Float64Array.of(height(from), height(to)),
    color: colorOf("momentum"),
    dash: [],
  };
  return [chord, rise];
}

/** @param {Profile} profile */
function unitOf({ evaluation }) {
  return evaluation?.unit ?? null;
}

/**
 * The index of the nearest coordinate.
 * @param {Float64Array} t  ascending
 * @param {number} at
 */
function nearest(t, at) {
  const before = Math.max(lastAtMost(t, at), 0);
  const after = Math.min(before + 1, t.length - 1);
  return Number(t[after]) - at < at - Number(t[before]) ? after : before;
}
