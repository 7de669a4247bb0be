/** One landscape: what is built from what, and what follows from a change. */

import { byId, element } from "../../core/dom.js";
import { watch } from "../../core/store.js";
import { bindSpaceKey } from "../../widgets/transport.js";
import { figureHeader } from "./figure-header.js";
import { formOf, headingOf } from "../model/catalog.js";
import { hrefOf } from "../model/routes.js";
import { createSelection } from "../model/selection.js";
import { createCharts } from "./charts.js";
import { evaluationNotes } from "./evaluation-notes.js";
import { createExport } from "./landscape-export.js";
import { createNotes } from "./landscape-notes.js";
import { createPlot } from "./landscape-plot.js";
import { createReadout } from "./landscape-readout.js";
import { createSpace, isSquashed } from "./landscape-space.js";
import { bindPointing, createRunCircles } from "./run-circles.js";
import { createPlaneFidelity } from "./plane-fidelity.js";
import { createRunPlayback } from "./run-playback.js";
import { createSwitches } from "./switches.js";
import { progressText } from "../../surfaces/grid-progress.js";

/** @typedef {import("../model/landscapes-state.js").State} State */
/** @typedef {import("../model/selection.js").Selection} Selection */
/** @typedef {import("../../core/store.js").Listener<State>} Listener */
/** @typedef {import("../../surfaces/landscape-data.js").Entry} Entry */
/** @typedef {import("../../surfaces/landscape-data.js").Landscape} Landscape */

/** A screen reader is told of what is shown once it has stayed the same for this long. */
const ANNOUNCE_MS = 700;

/** What the colours depend on. @type {(keyof State)[]} */
const COLORS = ["surface", "metric", "scale", "range"];

/**
 * @param {HTMLElement} root
 * @param {object} page
 * @param {import("../../core/store.js").Store<State>} page.store
 * @param {import("../../surfaces/landscape-data.js").Catalog} page.catalog
 * @param {(error: unknown) => void} page.onProblem  null: there is none
 */
export function createLandscapeView(root, { store, catalog, onProblem }) {
  const parts = skeleton();
  root.classList.add("landscape");
  root.replaceChildren(parts.head, parts.body);

  let open = false;
  const flat = () => open && store.get().view === "contour";

  const selection = createSelection(store, () => playback.step());
  const playback = createRunPlayback(parts, selection, () => {
    plot.invalidate();
    space.move();
    charts.invalidate();
  });
  const circles = createRunCircles(parts.bar, selection);
  const plot = createPlot(parts.stage, selection, {
    active: flat,
    onHover: (at) => hover(at),
    onMap: () => {
      if (!open) return;
      notes.showPlane();
      switches.refresh();
    },
  });
  const hover = createReadout(parts.stage, selection, plot.map, point);
  const space = createSpace(parts.space, selection);
  const charts = createCharts(selection, playback.end, {
    onSeek: playback.seek,
    onPoint: point,
    onSharpness: () => exporting.refresh(),
  });
  const fidelity = createPlaneFidelity(parts.fidelity, selection, parts.ends);
  const notes = createNotes(parts, selection, plot.map);
  const switches = createSwitches(selection, catalog, () => (flat() ? plot.canStretch() : isSquashed(selection.whole())));
  const eigenvalues = createEigenvaluesLater(parts.eigenvalues, selection);
  const exporting = createExport(byId("export"), { selection, plot, space, charts });
  const announcer = createAnnouncer(selection, [parts.surface, parts.clipped]);
  const status = element("span", { class: "progress", role: "status" });
  /** Ends the watch over what is being computed. @type {() => void} */
  let unwatch = () => undefined;
  parts.charts.append(charts.roots.loss, charts.roots.accuracy);
  parts.charts.after(charts.roots.sharpness);
  keepInReach(parts.instrument, charts.roots.sharpness);
  parts.settings.append(...switches.rows);
  parts.truth.append(charts.roots.truth);
  bindSpaceKey(() => open, playback.toggle);
  for (const root of [parts.bar, parts.fidelity]) bindPointing(root, point);
  followState();

  /**
   * Bring the run that somebody points at to the front.
   * @param {string | null} run
   */
  function point(run) {
    if (!open || !selection.point(run)) return;
    plot.invalidate();
    space.emphasize();
    charts.emphasize();
  }

  function followState() {
    /**
     * Do something only while this landscape is open; what fails is said until the next change.
     * @param {Listener} fn
     * @returns {Listener}
     */
    const whileOpen = (fn) => (state, previous, mode) => {
      if (!open || state.show !== selection.landscape().entry.id) return;
      try {
        fn(state, previous, mode);
      } catch (error) {
        onProblem(error);
      }
    };
    /**
     * @param {readonly (keyof State)[]} keys
     * @param {Listener} fn
     */
    const on = (keys, fn) => watch(store, keys, whileOpen(fn));

    store.subscribe(whileOpen(() => onProblem(null)));
    on(["clock"], playback.changeClock);
    on(["off"], circles.refresh);
    on(["off"], playback.followRuns);
    on([...COLORS, "view", "bounds", "axes", "fade"], notes.refresh);
    on([...COLORS, "view"], plot.refresh);
    on(["bounds", "axes"], plot.move);
    on([...COLORS, "view", "bounds", "axes", "off", "fade"], space.refresh);
    on(["camera"], (_state, _previous, mode) => {
      // Turned by hand it is drawn already; turned by going back it is not.
      if (mode === "none") space.refresh();
    });
    on(["off", "lossScale", "truth", "clock"], charts.refresh);
    on(["off", "truth", "fade"], fidelity.refresh);
    on(["surface", "metric", "quadratic"], eigenvalues.refresh);
    on(["speed"], playback.showSpeed);
    on(["playhead"], ({ playhead }, _previous, mode) => {
      if (mode === "none" && playhead !== null) playback.stopAt(playhead);
    });
    store.subscribe(whileOpen(plot.invalidate));
    // Any change puts a range right that was typed wrongly.
    store.subscribe(whileOpen(switches.refresh));
    on([...COLORS, "off", "clock"], announcer.announce);
  }

  /** @param {Landscape} landscape */
  function show(landscape) {
    const arriving = !open;
    open = true;
    selection.open(landscape);
    parts.head.replaceChildren(...headOf(landscape.entry, catalog, switches.view, status).childNodes);
    showProgress();
    watchProgress();
    parts.evaluation.replaceChildren(...evaluationNotes(landscape.evaluation, landscape.ends));
    switches.open();
    playback.open(arriving);
    refresh();
    // Its size is known once it is in sight.
    requestAnimationFrame(() => open && plot.move());
    if (!arriving) announcer.announce();
  }

  /** How far it is computed. What is incomplete is not taken home. */
  function showProgress() {
    const { progress } = selection.landscape();
    status.textContent = progress ? ` · ${progressText(progress)}` : "";
    exporting.hidden(progress !== null);
  }

  /** While it is incomplete, each finer version takes the place of the last. */
  function watchProgress() {
    unwatch();
    const { progress, entry } = selection.landscape();
    if (!progress) return;
    let watched = true;
    unwatch = () => {
      watched = false;
    };
    void import("./growing.js").then(({ watchGrowth }) => {
      if (watched) unwatch = watchGrowth(entry, refine);
    });
  }

  /**
   * Show a finer version in place: the view, the playhead and the layout stay.
   * @param {Landscape} landscape
   */
  function refine(landscape) {
    selection.open(landscape);
    showProgress();
    playback.followRuns();
    switches.refresh();
    refresh();
    if (!landscape.progress) announcer.announce();
  }

  function refresh() {
    if (!open) return;
    // Without a path there is nothing to play.
    parts.playing.hidden = playback.end() === 0;
    parts.bar.hidden = selection.landscape().trajectories.length === 0;
    circles.refresh();
    notes.refresh();
    plot.refresh();
    space.refresh();
    charts.refresh();
    fidelity.refresh();
    eigenvalues.refresh();
  }

  function hide() {
    open = false;
    unwatch();
    playback.pause();
    announcer.cancel();
    exporting.hidden(true);
    space.clear();
  }

  return { show, hide, refresh };
}

/**
 * The eigenvalues at the origin, whose module comes with the first plane that has them.
 * @param {HTMLElement} root
 * @param {Selection} selection
 */
function createEigenvaluesLater(root, selection) {
  /** @type {Promise<ReturnType<typeof import("../curvature/eigenvalue-section.js").createEigenvalues>> | null} */
  let loading = null;
  return {
    refresh() {
      root.hidden = !selection.landscape().plane.curvature;
      if (root.hidden) return;
      loading ??= import("../curvature/eigenvalue-section.js").then(({ createEigenvalues }) => {
        const made = createEigenvalues(selection);
        root.replaceChildren(made.root);
        return made;
      });
      void loading.then((one) => one.refresh());
    },
  };
}

/**
 * What stays in sight while the text beside it is read is moved up by what stands below the usual charts:
 * so all of it can be reached.
 * @param {HTMLElement} instrument
 * @param {HTMLElement} below
 */
function keepInReach(instrument, below) {
  new ResizeObserver(() => instrument.style.setProperty("--below", `${below.offsetHeight}px`)).observe(below);
}

/**
 * The title, with the way to the figure to which a landscape belongs.
 * @param {Entry} entry
 * @param {import("../../surfaces/landscape-data.js").Catalog} catalog
 * @param {HTMLElement} view  switches between contour and 3D
 * @param {HTMLElement} status  how far it is computed
 */
function headOf(entry, catalog, view, status) {
  const form = formOf(entry);
  const asFigure =
    form === "batch-figure" || form === "twin-figure"
      ? [element("a", { class: "single", href: hrefOf({ show: entry.id }) }, form === "batch-figure" ? "All four surfaces" : "Both surfaces")]
      : [];
  return figureHeader({
    id: "landscape-title",
    heading: headingOf(catalog, entry),
    entry,
    switches: [...asFigure, view],
    status,
  });
}

/** What the playhead counts, in words. @type {Record<import("../model/time-units.js").ClockName, string>} */
const COUNTED = { step: "steps", checkpoint: "checkpoints", epoch: "epochs", images: "images", share: "the share of each training" };

/**
 * What is shown, for who does not see it.
 * @param {Selection} selection
 * @param {HTMLElement[]} notes  that are read out too
 */
function createAnnouncer(selection, notes) {
  let timer = 0;
  const tell = () => {
    const names = selection.shown().map(({ run }) => selection.look(run).label);
    const clock = selection.clock();
    byId("announcement").textContent = [
      `${selection.landscape().title}.`,
      ...notes.map(({ textContent }) => textContent),
      ...(selection.landscape().trajectories.length
        ? [
            names.length ? `Shown: ${names.join(", ")}.` : "No run is shown.",
            `The playhead counts ${COUNTED[clock]}.`,
          ]
        : []),
    ].join(" ");
  };
  return {
    announce() {
      clearTimeout(timer);
      timer = setTimeout(tell, ANNOUNCE_MS);
    },
    cancel: () => clearTimeout(timer),
  };
}

/** The elements of the view. */
function skeleton() {
  const bar = element("div", { class: "circle-bar", role: "group", "aria-label": "Runs" });
  const space = element("div", { class: "surface3d", hidden: true, tabindex: 0, role: "group", "aria-label": "Surface in 3D" });
  const whole = element("button", { type: "button", class: "stage-whole", hidden: true }, "Show all");
  const stage = element(
    "div",
    { class: "stage", tabindex: 0, role: "application" },
    element("canvas", { class: "heatmap" }),
    element("div", { class: "lines" }),
    element("canvas", { class: "paths" }),
    space,
    element("output", { class: "readout", hidden: true }),
    whole,
  );
  const scale = element("div", { class: "color-scale", "aria-hidden": "true" });
  const clipped = element("p", { class: "clipped", hidden: true });
  const dotText = element("span", {});
  const zoom = element("button", { type: "button", class: "text" }, "Zoom to the path");
  const dot = element("p", { class: "dot-note", hidden: true }, dotText, " ", zoom);
  const ends = element("p", { class: "ends-note", hidden: true });
  const fadeText = element("span", {});
  const fade = element("p", { class: "fade-note", hidden: true }, element("span", { class: "fade-scale", "aria-hidden": "true" }), fadeText);
  const transport = element("div", { class: "transport", role: "group", "aria-label": "Playback" });
  const clock = element("div", { class: "clock" });
  const charts = element("div", { class: "charts" });
  const settings = element("div", { class: "settings" });
  const surface = element("p", { class: "about" });
  const plane = element("p", { class: "about" });
  const fidelity = element("section", { class: "plane-fidelity", "aria-labelledby": "plane-fidelity-title" });
  const truth = element("div", { class: "truth" });
  const evaluation = element("div", { class: "evaluation-notes" });
  const eigenvalues = element("div", { class: "eigenvalue-notes", hidden: true });
  const playing = element("div", { class: "playing" }, transport, clock);
  const head = element("header", { class: "figure-header" });
  const instrument = element(
    "section",
    { class: "instrument", "aria-label": "Plot" },
    element("div", { class: "stage-frame" }, stage, scale),
    bar,
    dot,
    ends,
    fade,
    clipped,
    playing,
    charts,
  );
  const body = element(
    "div",
    { class: "landscape-body" },
    instrument,
    element(
      "div",
      { class: "beside" },
      element("section", { class: "choices-of", "aria-label": "Settings" }, settings),
      eigenvalues,
      fidelity,
      truth,
      element("section", { class: "landscape-legend" }, element("h2", {}, "What it shows"), surface, plane),
      evaluation,
    ),
  );
  return { head, body, instrument, eigenvalues, bar, stage, space, scale, clipped, ends, fade, fadeText, dot, dotText, zoom, whole, transport, clock, charts, settings, surface, plane, fidelity, truth, evaluation, playing };
}
