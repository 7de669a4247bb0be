/** Profiles along the segments between the ends of runs, all pairs of them, and from starts to ends. */

import { colorOf } from "../../core/optimizer-style.js";
import { theme } from "../../core/theme.js";
import { element } from "../../core/dom.js";
import { coordinate, integer, number } from "../../core/format.js";
import { lastAtMost } from "../../core/geometry/sequences.js";
import { watch } from "../../core/store.js";
import { aligned, below, paragraph } from "../../plot/drawing-parts.js";
import { measureText } from "../../plot/picture-file.js";
import { chartDrawing } from "../../plot/picture.js";
import { surfaceName } from "../../surfaces/surface-names.js";
import { extentOf } from "../../surfaces/surface-geometry.js";
import { choiceControl } from "../../widgets/controls.js";
import { group } from "../../widgets/export-menu.js";
import { headingOf } from "../model/catalog.js";
import { metricName, valueText } from "../model/descriptions.js";
import { loadMeasured } from "../model/measured-data.js";
import { linkOf, provenanceOf } from "../model/provenance.js";
import { createProfileChart } from "../profile/profile-chart.js";
import { createFigureExport } from "../single/figure-export.js";
import { figureHeader } from "../single/figure-header.js";
import { segmentsAsCsv } from "./measured-records.js";

/** @typedef {import("../model/landscapes-state.js").State} State */
/** @typedef {import("../../surfaces/landscape-data.js").Metric} Metric */
/** @typedef {import("../model/measured-data.js").Segments} Segments */
/** @typedef {import("../model/measured-data.js").PairProfile} PairProfile */

const TEST_DASH = [5, 4];
const CHORD_DASH = [2, 4];
/** Room above and below the lines, as a part of their range, and beside the ends. */
const MARGIN = 0.08;
const BESIDE = 0.03;
const PICTURE = { width: 300, height: 200 };
const IN_A_ROW = 3;

/**
 * @param {HTMLElement} root
 * @param {object} page
 * @param {import("../../core/store.js").Store<State>} page.store
 * @param {import("../../surfaces/landscape-data.js").Catalog} page.catalog
 */
export function createSegmentsView(root, { store, catalog }) {
  /** @type {Segments | null} */
  let data = null;
  /** @type {{profile: PairProfile, chart: ReturnType<typeof createProfileChart>}[]} */
  let charts = [];
  /** @type {ReturnType<typeof choiceControl> | null} */
  let choice = null;
  const rows = element("tbody", {});

  /** @param {Segments} shown @returns {Metric} */
  const metricOf = ({ metrics }) =>
    /** @type {Metric} */ (metrics.find(({ id }) => id === store.get().metric) ?? metrics[0]);

  const refresh = () => {
    const shown = data;
    if (!shown) return;
    const metric = metricOf(shown);
    choice?.show(metric.id);
    const axes = axesOf(shown, metric);
    for (const { profile, chart } of charts) chart.show({ axes, lines: linesOf(shown, profile, metric), ends: [], name: spokenText(profile, metric) });
    rows.replaceChildren(...shown.profiles.map((profile) => rowElement(profile, metric)));
  };

  const exporting = createFigureExport(
    "segments-export",
    store,
    () => {
      const shown = data;
      if (!shown) return null;
      const metric = metricOf(shown);
      return {
        entry: shown.entry,
        labels: async () => ({
          title: shown.title,
          subtitle: `${metricName(metric)} along straight segments, all on one scale. ${surfacesText(shown)}; dotted: between the ends’ values`,
          caption: [shown.shows, ...shown.profiles.map((profile) => spokenText(profile, metric)), shown.rule].join(" "),
          facts: provenanceOf(shown.manifest, linkOf(store.get())),
        }),
        body: async () => {
          const [measure, { strong }] = [measureText(), theme()];
          const made = await Promise.all(
            shown.profiles.map(async (profile) => [
              paragraph(profile.label, { size: 12, weight: 600, color: strong }, PICTURE.width, measure),
              await chartDrawing(axesOf(shown, metric), linesOf(shown, profile, metric), theme(), { size: PICTURE }),
            ]),
          );
          const lines = [];
          for (let i = 0; i < made.length; i += IN_A_ROW) lines.push(aligned(made.slice(i, i + IN_A_ROW), 14, 4));
          return below(lines, 14);
        },
      };
    },
    ({ offer, saveText }) => [
      group("Profiles", [
        offer("CSV", "Save the values along all segments as CSV", () => {
          if (data) saveText(segmentsAsCsv(data), "text/csv", `${data.entry.id}.csv`);
        }),
      ]),
    ],
  );

  watch(store, ["metric"], ({ show }) => {
    if (data && show === data.entry.id) refresh();
  });

  return {
    load: loadMeasured,
    /** @param {Segments} next */
    show(next) {
      data = next;
      exporting.hidden(false);
      charts = next.profiles.map((profile) => ({
        profile,
        chart: createProfileChart((t) => pointText(next, profile, metricOf(next), t)),
      }));
      choice =
        next.metrics.length > 1
          ? choiceControl({
              name: "Metric",
              choices: next.metrics.map((one) => [one.id, metricName(one)]),
              onChange: (metric) => store.set({ metric }, "push"),
            })
          : null;
      const part = (/** @type {"ends" | "path"} */ kind, /** @type {string} */ title) => {
        const own = charts.filter(({ profile }) => profile.kind === kind);
        if (!own.length) return [];
        return [
          element("h2", {}, title),
          element(
            "div",
            { class: "segment-charts" },
            ...own.map(({ profile, chart }) =>
              element("figure", {}, element("figcaption", {}, element("span", { class: "name" }, profile.label), connectedText(profile)), chart.root),
            ),
          ),
        ];
      };
      root.replaceChildren(
        figureHeader({ id: "segments-title", heading: headingOf(catalog, next.entry), entry: next.entry, switches: choice ? [choice.root] : [] }),
        element("p", { class: "about" }, `${surfacesText(next)}. Dotted: the straight line between the ends’ values, from which a barrier is measured. All charts have one scale.`),
        ...part("ends", "Between the ends of runs"),
        ...part("path", "From the start of each run to its end"),
        element("h2", {}, "Barriers"),
        element(
          "div",
          { class: "barriers", tabindex: 0, role: "group", "aria-label": "Barriers" },
          element(
            "table",
            {},
            element("thead", {}, element("tr", {}, ...["Segment", "Length", "Barrier, training", "Barrier, test", "Note"].map((name) => element("th", { scope: "col" }, name)))),
            rows,
          ),
        ),
        element(
          "p",
          { class: "about" },
          `${next.rule} A barrier that is narrower than ${number(next.resolution)} of a segment may be missed. Barriers: ${barrierRule(next)}`,
        ),
      );
      refresh();
    },
    hide() {
      data = null;
      charts = [];
      exporting.hidden(true);
      root.replaceChildren();
    },
    refresh,
  };
}

/**
 * One scale for all charts of a metric.
 * @param {Segments} segments
 * @param {Metric} metric
 * @returns {import("../../plot/line-chart.js").Axes}
 */
export function axesOf({ profiles }, metric) {
  const all = profiles.flatMap(({ curves }) => curves.flatMap(({ values }) => values.get(metric.id) ?? []));
  const [low, high] = extentOf(...all) ?? [0, 1];
  const room = MARGIN * (high - low) || 0.05 * Math.abs(high) || 0.5;
  return { x: [-BESIDE, 1 + BESIDE], y: [low - room, high + room], log: false, percent: metric.unit === "share", titles: { x: "t", y: "" } };
}

/**
 * The curves of a profile: training unbroken, test dashed, and the chord of each.
 * @param {Pick<Segments, "t">} segments
 * @param {PairProfile} profile
 * @param {Metric} metric
 */
function linesOf({ t }, { curves }, metric) {
  const { strong, ink } = theme();
  return curves.flatMap(({ split, values }) => {
    const ys = values.get(metric.id);
    if (!ys) return [];
    const test = split === "test";
    const [first, last] = [Number(ys[0]), Number(ys.at(-1))];
    const color = test ? colorOf("momentum") : strong;
    return [
      { xs: Float64Array.of(0, 1), ys: Float64Array.of(first, last), color: ink, dash: CHORD_DASH },
      { xs: t, ys, color, dash: test ? TEST_DASH : [] },
    ];
  });
}

/** @param {Segments} segments */
function surfacesText({ profiles }) {
  const curves = profiles[0]?.curves ?? [];
  return curves
    .map(({ surface, split, images }) => `${split === "test" ? "dashed" : "unbroken"}: ${surfaceName(surface).toLowerCase()}${images === null ? "" : `, ${integer(images)} samples`}`)
    .join("; ")
    .replace(/^./, (letter) => letter.toUpperCase());
}

/** @param {Segments} segments */
function barrierRule({ profiles }) {
  return Object.values(profiles[0]?.curves[0]?.barriers ?? {})[0]?.rule ?? "";
}

/** @param {PairProfile} profile */
function connectedText({ connected }) {
  return connected === null ? "" : connected ? "linearly connected" : "not linearly connected";
}

/**
 * @param {PairProfile} profile
 * @param {Metric} metric
 * @param {"train" | "test"} split
 */
function barrierText({ curves }, metric, split) {
  const curve = curves.find((one) => one.split === split);
  if (!curve) return "—";
  const barrier = curve.barriers[metric.id];
  if (!barrier || barrier.height === null || barrier.at === null) return "not finite";
  if (barrier.height <= 0) return "none";
  return `${valueText(barrier.height, metric)} at t = ${coordinate(barrier.at)}`;
}

/**
 * A profile in a sentence.
 * @param {PairProfile} profile
 * @param {Metric} metric
 */
export function spokenText(profile, metric) {
  const train = barrierText(profile, metric, "train");
  const told = [`${profile.label}: ${metric.label} barrier on the training set ${train}`, connectedText(profile)];
  return `${told.filter(Boolean).join(", ")}.`;
}

/**
 * @param {PairProfile} profile
 * @param {Metric} metric
 */
function rowElement(profile, metric) {
  return element(
    "tr",
    {},
    element("th", { scope: "row" }, profile.label),
    element("td", {}, profile.length === null ? "—" : number(profile.length)),
    element("td", {}, barrierText(profile, metric, "train")),
    element("td", {}, barrierText(profile, metric, "test")),
    element("td", {}, profile.note),
  );
}

/**
 * @param {Pick<Segments, "t">} segments
 * @param {PairProfile} profile
 * @param {Metric} metric
 * @param {number} at
 */
function pointText({ t }, { curves }, metric, at) {
  const i = Math.max(lastAtMost(t, at + Number(t[1]) / 2), 0);
  return [
    `t = ${coordinate(Number(t[i]), 3)}`,
    ...curves.map(({ surface, values }) => `${surfaceName(surface)}: ${metric.label} ${valueText(Number(values.get(metric.id)?.[i]), metric)}`),
  ].join("\n");
}
