/** One landscape: what is built from what, and what follows from a change. */

import { createCircles } from "../../widgets/circle-bar.js";
import { colorBar } from "../../plot/color-bar.js";
import { choiceControl } from "../../widgets/controls.js";
import { byId, element } from "../../core/dom.js";
import { createPlayback } from "../../core/playback.js";
import { bindSpaceKey, createTransport } from "../../widgets/transport.js";
import { createCharts } from "./charts.js";
import { UNITS, neighbor } from "../model/time-units.js";
import { scaleTicks } from "../model/coloring.js";
import { createExport } from "./landscape-export.js";
import { formOf, hrefOf, surfaceName } from "../model/catalog.js";
import { figureHead } from "../figures/figure-header.js";
import { createPlot, isStretched } from "./landscape-plot.js";
import { createReadout } from "./landscape-readout.js";
import { createSight } from "../model/selection.js";
import { createSpace, isSquashed } from "./landscape-space.js";
import { createSwitches } from "./switches.js";
import { clippingText, dotOf, planeText, surfaceText } from "../model/descriptions.js";
import { createWorth } from "./plane-fidelity.js";

/** @typedef {import("../model/landscapes-state.js").State} State */
/** @typedef {import("../model/data.js").Landscape} Landscape */

/** A screen reader is told of what is shown once it has stayed the same for this long. */
const ANNOUNCE_MS = 700;

/**
 * @param {HTMLElement} root
 * @param {object} page
 * @param {import("../../core/store.js").Store<State>} page.store
 * @param {import("../model/data.js").Catalog} page.catalog
 * @param {(error: Error | null) => void} page.onProblem
 */
export function createLandscapeView(root, { store, catalog, onProblem }) {
  const calm = matchMedia("(prefers-reduced-motion: reduce)");
  const parts = skeleton();
  root.classList.add("landscape");
  root.replaceChildren(parts.head, parts.body);

  let open = false;
  let end = 0;
  let announcing = 0;

  const playback = createPlayback({
    onFrame: (at) => {
      plot.invalidate();
      space.move();
      charts.invalidate();
      transport.showStep(at, end);
    },
    onPlaying: (playing, ended) => {
      transport.showPlaying(playing);
      // Where somebody stopped it belongs to the view; that it ran to its end does not.
      if (ended) store.set({ playhead: null }, "replace");
    },
  });
  const sight = createSight(store, playback.step);
  const flat = () => open && store.get().view === "contour";

  const circles = createCircles(parts.bar, "run", (id) => {
    const { off } = store.get();
    store.set({ off: off.includes(id) ? off.filter((one) => one !== id) : [...off, id] }, "push");
  });
  const plot = createPlot(parts.stage, sight, { active: flat, onHover: (at) => hover(at) });
  const hover = createReadout(parts.stage, sight, plot.map);
  const space = createSpace(parts.space, sight);
  const charts = createCharts(sight, () => end);
  const worth = createWorth(parts.worth, sight);
  const switches = createSwitches(sight, catalog);
  const exporting = createExport(byId("export"), { sight, plot, space });
  const transport = createTransport(
    parts.transport,
    {
      onToggle: togglePlaying,
      onSeek: seek,
      onStep: (direction) => {
        const times = sight.shown().map((one) => sight.times(one).snapshots);
        seek(neighbor(times, playback.step(), direction));
      },
      onSpeed: (speed) => store.set({ speed }, "push"),
    },
    UNITS[store.get().clock],
  );
  const clock = choiceControl({
    name: "Playback counts",
    choices: [
      ["step", "Steps"],
      ["epoch", "Epochs"],
      ["images", "Images"],
    ],
    onChange: (choice) => store.set({ clock: choice, playhead: null }, "push"),
  });
  parts.clock.append(clock.root);
  parts.charts.append(charts.roots.loss, charts.roots.accuracy);
  parts.settings.append(...switches.rows);
  parts.truth.append(charts.roots.truth);
  parts.zoom.addEventListener("click", () => {
    const dot = dotOf(sight.landscape());
    if (dot) store.set({ window: dot.window, view: "contour" }, "push");
  });
  bindSpaceKey(() => open, togglePlaying);

  store.subscribe((state, previous, mode) => {
    if (!open || state.show !== sight.landscape().entry.id) return;
    /** @param {(keyof State)[]} keys */
    const changed = (...keys) => keys.some((key) => state[key] !== previous[key]);
    try {
      const recolored = changed("surface", "metric", "scale", "range");
      if (changed("clock")) changeClock();
      if (changed("off")) {
        showRuns();
        followRuns();
      }
      if (changed("window", "view") || recolored) showNotes();
      if (recolored || changed("view")) plot.refresh();
      else if (changed("window")) plot.move();
      // Turned by hand it is drawn already; turned by going back it is not.
      const turned = mode === "none" && changed("camera");
      if (recolored || turned || changed("view", "off", "window")) space.refresh();
      if (changed("off", "lossScale", "truth", "clock")) charts.refresh();
      if (changed("off", "truth")) worth.refresh();
      if (changed("speed")) showSpeed();
      if (mode === "none" && changed("playhead") && state.playhead !== null) {
        playback.pause();
        playback.seek(state.playhead);
      }
      plot.invalidate();
      switches.refresh();
      if (recolored || changed("off", "clock")) announce();
      onProblem(null);
    } catch (error) {
      onProblem(/** @type {Error} */ (error));
    }
  });

  /** @param {Landscape} landscape */
  function show(landscape) {
    const arriving = !open;
    const atEnd = end > 0 && playback.step() >= end;
    open = true;
    sight.open(landscape);
    exporting.hidden(false);
    showHead();
    switches.open();
    transport.setUnit(UNITS[store.get().clock]);
    clock.show(store.get().clock);
    showSpeed();
    transport.showPlaying(playback.playing());
    showRuns();
    const { playhead } = store.get();
    followRuns();
    if (playhead !== null) {
      playback.pause();
      playback.seek(playhead);
    } else if (arriving && !calm.matches) {
      playback.seek(0);
      playback.play();
    } else if (arriving || atEnd) playback.seek(end);
    refresh();
    // Its size is known once it is in sight.
    requestAnimationFrame(() => open && plot.move());
    if (!arriving) announce();
  }

  function refresh() {
    if (!open) return;
    showRuns();
    showNotes();
    plot.refresh();
    space.refresh();
    charts.refresh();
    worth.refresh();
    transport.showStep(playback.step(), end);
  }

  function hide() {
    open = false;
    playback.pause();
    clearTimeout(announcing);
    exporting.hidden(true);
    space.clear();
  }

  function showHead() {
    const { entry } = sight.landscape();
    const heading = entry.figures.length
      ? `Figure${entry.figures.length > 1 ? "s" : ""} ${entry.figures.join(", ")}`
      : "";
    const form = formOf(entry);
    const asFigure =
      form === "quartet" || form === "pair"
        ? [element("a", { class: "single", href: hrefOf({ show: entry.id }) }, form === "quartet" ? "All four surfaces" : "Both surfaces")]
        : [];
    const head = figureHead({
      id: "landscape-title",
      heading,
      entry,
      switches: [...asFigure, switches.view],
    });
    parts.head.replaceChildren(...head.childNodes);
  }

  /** What stands beside the plot in words, and the colour bar. */
  function showNotes() {
    const landscape = sight.landscape();
    const { view, window, metric } = store.get();
    const surface = sight.surface();
    parts.surface.textContent = surfaceText(surface, surfaceName(surface.id));
    const area = { width: parts.stage.clientWidth || 1, height: parts.stage.clientHeight || 1 };
    const stretched = view === "contour" ? isStretched(sight.whole(), area) : isSquashed(sight.whole());
    parts.plane.textContent = [
      planeText(landscape),
      stretched ? "To fill the plot, its two axes have scales of their own." : "",
    ].join(" ");
    const clipped = clippingText(sight.coloring(), metric);
    parts.clipped.textContent = clipped && `Not in the colours: ${clipped}`;
    parts.clipped.hidden = clipped === "";
    const dot = dotOf(landscape);
    parts.dot.hidden = dot === null;
    parts.dotText.textContent = dot?.text ?? "";
    parts.zoom.hidden = window !== null;
    parts.whole.hidden = window === null || view !== "contour";
    for (const node of [parts.stage, parts.space]) {
      node.setAttribute("aria-label", stageName(surfaceName(surface.id)));
    }
    // In 3D the keys are the surface's own.
    parts.stage.tabIndex = view === "3d" ? -1 : 0;
    showScale();
  }

  /** @param {string} surface */
  function stageName(surface) {
    const { view, metric } = store.get();
    const keys =
      view === "3d"
        ? "arrow keys turn it, plus and minus come nearer and go away"
        : "arrow keys move it, plus and minus zoom, 0 shows all";
    return `${metric === "loss" ? "Loss" : "Accuracy"}, ${surface}. Focused, ${keys}; Space plays and pauses.`;
  }

  function showScale() {
    const coloring = sight.coloring();
    const { counts } = coloring;
    const [strip, ...ticks] = colorBar(scaleTicks(coloring, store.get().metric));
    parts.scale.replaceChildren(strip, ...ticks);
    if (counts.above) strip.append(element("i", { class: "above" }));
    if (counts.below) strip.append(element("i", { class: "below" }));
  }

  function showRuns() {
    const { off } = store.get();
    circles.show(
      sight.landscape().trajectories.map(({ run, label }) => {
        const look = sight.look(run);
        return { id: run, label: look.label, name: label, title: label, color: look.color, on: !off.includes(run) };
      }),
    );
  }

  /** The longest of the runs that are shown gives the playhead its end. */
  function followRuns() {
    const atEnd = end > 0 && playback.step() >= end;
    const shown = sight.shown();
    const timed = shown.length ? shown : sight.landscape().trajectories;
    end = Math.max(0, ...timed.map((one) => sight.times(one).end));
    playback.setEnd(end);
    if (atEnd) playback.seek(end);
    transport.showStep(playback.step(), end);
  }

  /** Another clock counts from the same moment of the whole way. */
  function changeClock() {
    const part = end > 0 ? playback.step() / end : 0;
    transport.setUnit(UNITS[store.get().clock]);
    clock.show(store.get().clock);
    followRuns();
    const { playhead } = store.get();
    playback.seek(playhead ?? part * end);
  }

  function showSpeed() {
    const { speed } = store.get();
    playback.setSpeed(speed);
    transport.showSpeed(speed);
  }

  /** @param {number} at */
  function seek(at) {
    playback.pause();
    playback.seek(at);
    store.set({ playhead: Number(playback.step().toPrecision(9)) }, "replace");
  }

  function togglePlaying() {
    if (playback.playing()) seek(playback.step());
    else playback.play();
  }

  function announce() {
    clearTimeout(announcing);
    announcing = setTimeout(() => {
      const names = sight.shown().map(({ run }) => sight.look(run).label);
      const runs = names.length ? `Shown: ${names.join(", ")}.` : "No run is shown.";
      byId("announcement").textContent = [
        `${sight.landscape().title}.`,
        parts.surface.textContent,
        parts.clipped.textContent,
        runs,
        `The playhead counts ${{ step: "steps", epoch: "epochs", images: "images" }[store.get().clock]}.`,
      ].join(" ");
    }, ANNOUNCE_MS);
  }

  return { show, hide, refresh };
}

/** The elements of the view. */
function skeleton() {
  const bar = element("div", { class: "bar", role: "group", "aria-label": "Runs" });
  const space = element("div", { class: "surface3d", hidden: true, tabindex: 0, role: "group", "aria-label": "Surface in 3D" });
  const whole = element("button", { type: "button", class: "whole", hidden: true }, "Show all");
  const stage = element(
    "div",
    { class: "stage", tabindex: 0, role: "application" },
    element("canvas", { class: "ground" }),
    element("div", { class: "lines" }),
    element("canvas", { class: "paths" }),
    space,
    element("output", { class: "readout", hidden: true }),
    whole,
  );
  const scale = element("div", { class: "scale", "aria-hidden": "true" });
  const clipped = element("p", { class: "clipped", hidden: true });
  const dotText = element("span", {});
  const zoom = element("button", { type: "button", class: "text" }, "Zoom to the path");
  const dot = element("p", { class: "dot-note", hidden: true }, dotText, " ", zoom);
  const transport = element("div", { class: "transport", role: "group", "aria-label": "Playback" });
  const clock = element("div", { class: "clock" });
  const charts = element("div", { class: "charts" });
  const settings = element("div", { class: "settings" });
  const surface = element("p", { class: "about" });
  const plane = element("p", { class: "about" });
  const worth = element("section", { class: "worth", "aria-labelledby": "worth-title" });
  const truth = element("div", { class: "truth" });
  const head = element("header", { class: "figure-head" });
  const body = element(
    "div",
    { class: "landscape-body" },
    element(
      "section",
      { class: "instrument", "aria-label": "Plot" },
      element("div", { class: "figure" }, stage, scale),
      bar,
      dot,
      clipped,
      element("div", { class: "playing" }, transport, clock),
      charts,
    ),
    element(
      "div",
      { class: "beside" },
      element("section", { class: "choices-of", "aria-label": "Settings" }, settings),
      worth,
      truth,
      element("section", { class: "legend" }, element("h2", {}, "What it shows"), surface, plane),
    ),
  );
  return { head, body, bar, stage, space, scale, clipped, dot, dotText, zoom, whole, transport, clock, charts, settings, surface, plane, worth, truth };
}
