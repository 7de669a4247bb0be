/** The playground: what is built from what, and what follows from a change. */

import { byId, whenIdle } from "../core/dom.js";
import { sentenceOf } from "../core/failure.js";
import { colorBar } from "../plot/color-bar.js";
import { createPlayback } from "../core/playback.js";
import { watch } from "../core/store.js";
import { bindTheme } from "../core/theme.js";
import { createOptimizerBar } from "./panels/optimizer-bar.js";
import { createBasinsOpener } from "./openers/basins-opener.js";
import { createMatrixOpener } from "./openers/matrix-opener.js";
import { createPlaygroundExportOpener } from "./openers/playground-export-opener.js";
import { createRates } from "./openers/rates-opener.js";
import { createSpaceOpener } from "./openers/space-opener.js";
import { createStability } from "./openers/stability-opener.js";
import { createStoriesOpener } from "./openers/stories-opener.js";
import { createSwitches } from "./panels/playground-switches.js";
import { createFileOpener } from "./panels/file-opener.js";
import { createOpenedFile } from "./panels/opened-file.js";
import { number, ticksOf } from "../core/format.js";
import { createLossChart } from "./plot/loss-chart.js";
import { createManySeeds } from "./ensemble/many-seeds.js";
import { createMoves } from "./moves/moves.js";
import { createModel } from "./model/computed.js";
import { createObjectiveMenu } from "./panels/objective-menu.js";
import { createOptimizerPanel } from "./panels/optimizer-panel.js";
import { createOwnFunction, learn } from "./panels/own-function.js";
import { createPlot } from "./plot/playground-plot.js";
import { createReadout } from "./plot/playground-readout.js";
import { createResults } from "./panels/results.js";
import { membersOf, shownOf } from "./model/members.js";
import { objectiveOf } from "./model/playground-catalog.js";
import { startOf } from "./model/settings.js";
import { createSpotlight } from "./model/spotlight.js";
import { bindPrinting } from "./plot/printing.js";
import { bindStage } from "./plot/stage.js";
import { createStartFields } from "./panels/start-fields.js";
import { createTeaching } from "./teaching/teaching.js";
import { createVariantActions } from "./variants/variant-actions.js";
import { bindSpaceKey, createTransport } from "../widgets/transport.js";

/** @typedef {import("./model/playground-state.js").State} State */

/** A screen reader is told of new descents once they have stayed the same for this long. */
const ANNOUNCE_MS = 700;

/** What is set of optimizers and noise. @type {(keyof State)[]} */
const TUNING = ["preset", "hyperparameters", "steps", "stepsOf", "schedules", "noise"];

/**
 * @param {import("../core/store.js").Store<State>} store
 * @param {import("./model/settings.js").Catalog} catalog
 * @param {import("./model/typed-function.js").TypedFunction | null} draft  a typed function that a
 *   link names and the server does not take
 */
export function createPlayground(store, catalog, draft = null) {
  const stage = byId("stage");
  const calm = matchMedia("(prefers-reduced-motion: reduce)");
  const hint = /** @type {HTMLElement} */ (stage.querySelector(".stage-hint"));
  const turn = /** @type {HTMLElement} */ (stage.querySelector(".stage-turn"));
  const whole = /** @type {HTMLElement} */ (stage.querySelector(".stage-whole"));
  const handle = /** @type {HTMLElement} */ (stage.querySelector(".stage-start"));

  /** What happens to the playhead when the next descents arrive. @type {"play" | "end" | "keep"} */
  let arrival = store.get().playhead === null ? "play" : "keep";
  let end = 0;
  let announcing = 0;

  const playback = createPlayback({
    onFrame: (step) => {
      plot.invalidate();
      loss.invalidate();
      stability.follow();
      space.move();
      showStep(step);
      moves.follow();
      readout.follow();
    },
    onPlaying: (playing, ended) => {
      transport.showPlaying(playing);
      // Where somebody stopped it belongs to the view; that it ran to its end does not.
      if (ended) store.set({ playhead: null }, "replace");
    },
  });
  const step = () => playback.step();

  const model = createModel({
    store,
    catalog,
    onSurface: (surface) => {
      plot.refresh();
      space.refresh();
      byId("scale").replaceChildren(...colorBar(ticksOf(surface.levels)));
    },
    onDescents: () => {
      followDescents();
      moves.hold();
      objectives.showMinima(model.minima(), model.tooManyMinima());
      results.refresh();
      optimizers.showRates();
      rates.refresh();
      stability.refresh();
      showStep(step());
      plot.invalidate();
      space.refresh();
      clearTimeout(announcing);
      announcing = setTimeout(() => {
        byId("announcement").textContent = moves.hides() ? "" : results.summary();
      }, ANNOUNCE_MS);
    },
    onProblem: (error) => {
      const problem = byId("problem");
      problem.hidden = error === null;
      problem.textContent = error === null ? "" : sentenceOf(error);
    },
  });

  const spotlight = createSpotlight((id) => {
    plot.invalidate();
    space.emphasize();
    loss.emphasize(id);
    stability.emphasize(id);
    results.light(id);
    bar.light(id);
  });

  // Whatever is coloured needs the theme that was chosen before.
  bindTheme(/** @type {HTMLButtonElement} */ (byId("theme")), refreshAll);
  // The plot keeps clear of the bar, and so must find it in place.
  const files = createFileOpener(catalog, showFile, (error) => opened.refuse(error));
  const actions = createVariantActions(store, catalog, {
    duplicate: (id) => optimizers.unfold(id),
    say: (sentence) => (byId("bar-announcement").textContent = sentence),
  });
  const bar = createOptimizerBar(byId("bar"), store, catalog, spotlight, actions, files.choose);
  const plot = createPlot(stage, { store, catalog, model, step, spotlight });
  const space = createSpaceOpener(/** @type {HTMLElement} */ (stage.querySelector(".surface3d")), {
    store,
    catalog,
    model,
    step,
    spotlight,
    cloud: () => manySeeds.places(),
  });
  const loss = createLossChart(byId("loss"), { store, catalog, model, step, spotlight, seek });
  const results = createResults(byId("results"), { store, catalog, model, spotlight });
  const startFields = createStartFields(byId("start"), store, catalog, (x, y) => moveStart(x, y, "push"));
  const objectives = createObjectiveMenu(store, catalog, (story) => void stories.show(story));
  createOwnFunction(store, catalog, draft);
  const optimizers = createOptimizerPanel(byId("optimizers"), store, catalog, actions, (id) => {
    const descent = model.descents().get(id);
    return (descent && "rates" in descent && descent.rates) || null;
  });
  const manySeeds = createManySeeds({
    store,
    catalog,
    plot,
    losses: loss,
    step,
    onShow: () => {
      space.refresh();
      exporting.refresh();
    },
  });
  const opened = createOpenedFile(store, catalog, showFile, closeFile);
  const rates = createRates(byId("rates"), { store, catalog, model, onShow: () => exporting.refresh() });
  const basins = createBasinsOpener(byId("basins"), store, catalog, plot.setBasins);
  const transport = createTransport(byId("transport"), {
    onToggle: togglePlaying,
    onSeek: seek,
    onStep: stepBy,
    onSpeed: (speed) => store.set({ speed }, "push"),
  });
  const switches = createSwitches(store, catalog);
  const stability = createStability({ store, catalog, model, plot, results, spotlight, step, seek });
  const stories = createStoriesOpener(
    byId("stories"),
    /** @type {HTMLButtonElement} */ (byId("stories-opener")),
    { store, catalog, open },
  );
  const moves = createMoves(stage, {
    store,
    catalog,
    model,
    plot,
    step,
    spotlight,
    playing: playback.playing,
    replay: () => {
      playback.pause();
      playback.seek(calm.matches ? end : 0);
      if (!calm.matches) playback.play();
    },
    rewind: () => {
      playback.pause();
      playback.seek(0);
    },
  });
  const matrix = createMatrixOpener(byId("matrix"), byId("matrix-link"), { store, catalog, open });

  const readout = createReadout(stage, { store, catalog, model, plot, step, spotlight, bar: byId("bar"), moves });
  bindStage(stage, {
    store,
    catalog,
    map: plot.map,
    onStart: (x, y) => {
      if (moves.click(x, y)) return;
      store.set({ start: { x, y }, playhead: null }, "push");
    },
    onMoveStart: moveStart,
    onHover: (at) => {
      readout.hover(at);
      moves.hover(at);
    },
  });
  const exporting = createPlaygroundExportOpener(byId("export"), {
    store,
    catalog,
    model,
    plot,
    space,
    losses: loss,
    step,
    more: () => {
      const [first, second] = [stability.picture(), moves.picture()];
      if (!first || !second) return first ?? second;
      return { traces: [...first.traces, ...second.traces], entries: [...first.entries, ...second.entries] };
    },
    ensemble: manySeeds.shown,
    rates,
  });
  bindSpaceKey(() => !moves.hides() && document.querySelector("dialog[open]") === null, togglePlaying);
  bindPrinting([stage, byId("loss")]);

  watch(store, ["objective", "start"], (state, _previous, mode) => {
    if (state.playhead === null && arrival !== "end") arrival = mode === "push" ? "play" : "keep";
    showStart();
  });
  watch(store, ["bar", "off", "pins", "names", "file"], () => {
    bar.refresh();
    results.refresh();
    followDescents();
    showStep(step());
  });
  watch(store, ["lossScale"], () => loss.refresh(end, true));
  watch(store, ["bar", "off", "pins", "file", "surface", "heightScale"], () => space.refresh());
  watch(store, ["camera"], (_state, _previous, mode) => {
    // Turned by hand it is drawn already; turned by going back it is not.
    if (mode === "none") space.refresh();
  });
  watch(store, ["speed"], showSpeed);
  store.subscribe(({ playhead }, _previous, mode) => {
    if (mode !== "none" || playhead === null) return;
    playback.pause();
    playback.seek(playhead);
  });
  watch(store, ["surface", "bounds", "start", "file", "guess"], showSpaceOrNot);
  watch(store, ["file", "objective", "parameters"], showFileOrNot);
  watch(store, [...TUNING, "bar", "pins", "names", "objective"], optimizers.refresh);
  watch(store, [...TUNING, "objective", "parameters"], bar.refresh);
  watch(store, [...TUNING, "bar", "names", "objective", "parameters", "basins"], basins.refresh);
  watch(store, ["objective", "file", "surface", "heightScale", "basins", "lossScale"], switches.refresh);
  // Any change is a reason to ask again for stories that did not come.
  store.subscribe(stories.refresh);

  createTeaching({ store, catalog, open, learn, step: stepBy, seek, redraw: plot.refresh, stories });

  showSpeed(store.get());
  transport.showPlaying(false);
  showStart();
  optimizers.refresh();
  basins.refresh();
  switches.refresh();
  showSpaceOrNot(store.get());
  showFileOrNot();
  // Thumbnails and the matrix can wait until the descents are on the screen.
  whenIdle(() => void objectives.paintThumbnails(), 1500);
  whenIdle(matrix.watch, 3000);

  /** The longest of the descents that are shown gives the playhead its end. */
  function followDescents() {
    // While others are on their way the playhead stays where it is.
    if (model.descents().size === 0) return loss.refresh(end);
    const { playhead } = store.get();
    const members = membersOf(store.get(), catalog);
    const shown = shownOf(store.get(), catalog);
    const atEnd = end > 0 && step() >= end;
    // With none shown the playhead waits where it is for the next.
    const timed = shown.length ? shown : members;
    end = Math.max(0, ...timed.map((id) => model.descents().get(id)?.steps ?? 0));
    playback.setEnd(end);
    loss.refresh(end);
    if (arrival === "play" && !calm.matches) {
      playback.seek(0);
      playback.play();
    } else if (arrival !== "keep" || atEnd) playback.seek(end);
    else if (!playback.playing() && playhead !== null) playback.seek(playhead);
    if (arrival === "end") playback.pause();
    arrival = "keep";
    return undefined;
  }

  /**
   * Show a whole state, such as a story's, from its first step or where its playhead stands.
   * @param {State} state
   * @param {"push" | "replace"} [mode]
   */
  function open(state, mode = "push") {
    arrival = state.playhead === null ? "play" : "keep";
    if (state.playhead !== null) playback.pause();
    store.set(state, mode);
    // Other descents may be on their way, which then put the playhead there again.
    if (state.playhead !== null) playback.seek(state.playhead);
  }

  /**
   * Show a file's descents, beside those of the bar's optimizers from the first one's start.
   * @param {import("./model/descents-file.js").DescentsFile} file
   */
  function showFile(file) {
    const state = store.get();
    const before = state.file?.before ?? state;
    const shared = { file: { ...file, before }, bounds: null, playhead: null, heightScale: null, story: null };
    arrival = "play";
    if (!file.objective) {
      store.set({ ...before, ...shared, basins: null }, "push");
      return;
    }
    const { id, parameters } = file.objective;
    const usual = new Map(objectiveOf(catalog, id).parameters.map((one) => [one.id, one.default]));
    const own = Object.entries(parameters).filter(([name, value]) => usual.get(name) !== value);
    const [first] = file.descents;
    store.set(
      {
        ...(state.file?.own ? before : state),
        ...shared,
        objective: id,
        parameters: Object.fromEntries(own),
        start: { x: Number(first?.x[0]), y: Number(first?.y[0]) },
      },
      "push",
    );
  }

  /** @param {State} before */
  function closeFile(before) {
    arrival = before.playhead === null ? "end" : "keep";
    store.set({ ...before, file: null }, "push");
  }

  function showFileOrNot() {
    opened.refresh();
    startFields.refresh();
    byId("optimizers").hidden = store.get().file?.own != null;
  }

  /**
   * @param {number} x
   * @param {number} y
   * @param {import("../core/store.js").HistoryMode} mode
   */
  function moveStart(x, y, mode) {
    arrival = "end";
    store.set({ start: { x, y }, playhead: null }, mode);
  }

  /** @param {number} at */
  function seek(at) {
    arrival = "keep";
    playback.pause();
    playback.seek(at);
    store.set({ playhead: Math.round(step()) }, "replace");
  }

  /** @param {1 | -1} direction */
  function stepBy(direction) {
    const at = step();
    seek(direction > 0 ? Math.floor(at) + 1 : Math.ceil(at) - 1);
  }

  function togglePlaying() {
    if (playback.playing()) seek(Math.round(step()));
    else playback.play();
  }

  /** @param {Readonly<State>} state */
  function showSpeed({ speed }) {
    playback.setSpeed(speed);
    transport.showSpeed(speed);
  }

  /** @param {Readonly<State>} state */
  function showSpaceOrNot(state) {
    const space = state.surface === "3d";
    whole.hidden = state.bounds === null || space;
    stage.classList.toggle("spatial", space);
    turn.hidden = !space;
    // Once somebody has started a descent they know how.
    hint.hidden = state.start !== null || state.file !== null || state.guess !== null || space;
  }

  /** @param {number} at */
  function showStep(at) {
    results.showStep(at);
    transport.showStep(at, end);
  }

  function showStart() {
    const { x, y } = startOf(store.get(), objectiveOf(catalog, store.get().objective));
    startFields.refresh();
    handle.setAttribute("aria-label", `Start at x ${number(x)}, y ${number(y)}; arrow keys move it`);
  }

  function refreshAll() {
    bar.refresh();
    results.refresh();
    showStep(step());
    optimizers.refresh();
    opened.refresh();
    basins.refresh();
    manySeeds.refresh();
    rates.refresh();
    stability.refresh();
    loss.refresh(end, true);
    plot.refresh();
    space.refresh();
    matrix.refresh();
  }
}
