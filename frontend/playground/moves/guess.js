/**
 * Guess first: the paths are hidden until somebody has said where one of them will end; then it runs, and
 * the distance is told. Guesses are counted on this page alone.
 */

import { post } from "../../core/api.js";
import { byId, element } from "../../core/dom.js";
import { coordinate } from "../../core/format.js";
import { theme } from "../../core/theme.js";
import { touches } from "../../core/store.js";
import { ARROWS, isForStage } from "../../plot/gestures.js";
import { contentOf } from "../model/members.js";
import { labelOf } from "../model/variants.js";
import { judgeGuess, scoreText } from "./guess-score.js";
import { descentsRequest, isAskedBy } from "../model/requests.js";

/** @typedef {import("../model/playground-state.js").State} State */
/** @typedef {import("./guess-score.js").Guess} Guess */
/** @typedef {import("./guess-score.js").Verdict} Verdict */

/** What begins another round when it changes. @type {(keyof State)[]} */
const ROUND = ["guess", "objective", "parameters", "start", "preset", "hyperparameters", "steps", "stepsOf", "schedules", "noise"];

/** An arrow key moves the mark by this part of the view, with Shift by a tenth of it. */
const ARROW_PART = 0.02;
/** A start keeps this part of the domain's sides away from its edge. */
const MARGIN = 0.08;

/**
 * A start that nobody has chosen, within the domain.
 * @param {import("../../core/geometry/bounds.js").Bounds} bounds
 * @param {() => number} random
 */
export function drawStart({ x0, x1, y0, y1 }, random = Math.random) {
  const within = (/** @type {number} */ low, /** @type {number} */ high) =>
    Number((low + (high - low) * (MARGIN + (1 - 2 * MARGIN) * random())).toPrecision(4));
  return { x: within(x0, x1), y: within(y0, y1) };
}

/**
 * @param {object} source
 * @param {HTMLElement} source.stage
 * @param {import("../../core/store.js").Store<State>} source.store
 * @param {import("../model/settings.js").Catalog} source.catalog
 * @param {import("../model/computed.js").Model} source.model
 * @param {import("../plot/playground-plot.js").Plot} source.plot
 * @param {() => number} source.step
 * @param {() => void} source.replay  from the first step
 * @param {() => void} source.rewind  to the first step, and stay there
 */
export function createGuess({ stage, store, catalog, model, plot, step, replay, rewind }) {
  /** A guess that comes before its path waits for it. @type {"off" | "asking" | "waiting" | "running" | "told"} */
  let phase = "off";
  /** @type {Guess | null} */
  let guess = null;
  /** Where the keyboard's mark is. @type {{x: number, y: number} | null} */
  let mark = null;
  /** In whose basin the guess lies; undefined: not known. @type {number | null | undefined} */
  let guessed;
  /** Whether that was asked for, with success or without. */
  let asked = false;
  /** @type {Verdict[]} */
  const verdicts = [];

  const whose = element("select", {
    "aria-label": "Whose end is guessed",
    onchange: () => store.set({ guess: whose.value }, "push"),
  });
  const question = element("p", { class: "guess-question" }, "Where will ", whose, " end?");
  const say = element("p", { class: "guess-say", role: "status" });
  const diverges = element("button", { type: "button", onclick: () => take("diverges") }, "It diverges");
  const skip = element("button", { type: "button", class: "text", onclick: () => tell() }, "Skip to the end");
  const another = element("button", { type: "button", onclick: () => renew() }, "New start");
  const leave = element("button", { type: "button", class: "text", onclick: () => end() }, "Leave (Esc)");
  const score = element("p", { class: "guess-score" });
  const root = element(
    "section",
    { class: "guess", "aria-label": "Guess first", hidden: true },
    question,
    say,
    element("div", { class: "guess-buttons" }, diverges, skip, another, leave),
    score,
  );
  /** @type {HTMLElement} */ (stage.closest(".stage-frame")).after(root);

  const hides = () => phase === "asking" || phase === "waiting";
  const target = () => String(store.get().guess);
  const descent = () => model.descents().get(target()) ?? null;
  /** Whether the descent is there, and not only one from the start before. */
  const isThere = () => {
    const request = model.request();
    return descent() !== null && request !== null && isAskedBy(request, store.get(), catalog, target());
  };

  const begin = () => {
    phase = "asking";
    guess = mark = null;
    guessed = undefined;
    rewind();
    show("Click where you think that it ends, or move a mark with the arrow keys and press Enter.");
  };

  const end = () => store.set({ guess: null }, "push");

  const renew = () => {
    const start = drawStart(contentOf(store.get(), catalog));
    store.set({ start, playhead: null, bounds: null }, "push");
  };

  /** @param {Guess} one */
  const take = (one) => {
    if (phase !== "asking") return;
    guess = one;
    mark = null;
    if (one !== "diverges") void ask(one);
    if (isThere()) return run();
    phase = "waiting";
    return show("The path is on its way.");
  };

  const run = () => {
    phase = "running";
    show("");
    replay();
    follow();
  };

  /**
   * In whose basin a guess lies: where a descent that hardly moves from it has its end.
   * @param {{x: number, y: number}} at
   */
  const ask = async (at) => {
    const round = guess;
    const smallest = catalog.optimizers.find(({ id }) => id === "gd")?.hyperparameters.find(({ id }) => id === "lr")?.min;
    const body = {
      ...descentsRequest(store.get(), catalog),
      start: at,
      optimizers: [{ id: "gd", hyperparameters: { lr: smallest ?? 0 }, steps: 1 }],
    };
    try {
      const answer = /** @type {{descents: {minimum: number | null}[]}} */ (await post("./api/v1/descents", body));
      if (guess === round) guessed = answer.descents[0]?.minimum ?? null;
    } catch {
      // Without it the distance is told alone.
    }
    if (guess !== round) return;
    asked = true;
    follow();
  };

  /** The playhead may have come to the end of the descent that is guessed. */
  const follow = () => {
    if (phase === "running" && step() >= Number(descent()?.steps) && (asked || guess === "diverges")) tell();
  };

  const tell = () => {
    const one = descent();
    if (phase !== "running" || guess === null || !one) return;
    phase = "told";
    const { x0, x1, y0, y1 } = contentOf(store.get(), catalog);
    const diagonal = Math.hypot(x1 - x0, y1 - y0);
    const ended = {
      name: labelOf(store.get(), target(), catalog),
      diverged: one.status === "diverged",
      steps: one.steps,
      at: { x: Number(one.x.at(-1)), y: Number(one.y.at(-1)) },
      minimum: one.minimum ?? null,
    };
    const digits = Math.max(0, Math.ceil(2.5 - Math.log10(diagonal)));
    const verdict = judgeGuess(guess, ended, { guessed, minima: model.minima(), diagonal, digits });
    verdicts.push(verdict);
    show(`${verdict.text} Click another start for the next round.`);
    plot.invalidate();
  };

  /** @param {string} text */
  const show = (text) => {
    const state = store.get();
    const options = state.bar.filter((id) => !state.off.includes(id));
    whose.replaceChildren(...options.map((id) => element("option", { value: id }, labelOf(state, id, catalog))));
    whose.value = target();
    root.hidden = phase === "off";
    diverges.hidden = phase !== "asking";
    skip.hidden = phase !== "running";
    another.hidden = phase === "running";
    question.hidden = phase !== "asking";
    say.textContent = text;
    score.textContent = scoreText(verdicts);
    plot.veil(hides());
    byId("results").closest(".playground")?.classList.toggle("guessing", hides());
    plot.invalidate();
  };

  /** @param {KeyboardEvent} event */
  const onKey = (event) => {
    if (phase === "off") return;
    if (event.key === "Escape") {
      event.preventDefault();
      end();
      return;
    }
    if (phase !== "asking" || !isForStage(stage, event)) return;
    const { bounds } = plot.map();
    const arrow = ARROWS[event.key];
    if (arrow) {
      const unit = (bounds.x1 - bounds.x0) * ARROW_PART * (event.shiftKey ? 0.1 : 1);
      const { x, y } = mark ?? { x: (bounds.x0 + bounds.x1) / 2, y: (bounds.y0 + bounds.y1) / 2 };
      mark = {
        x: Math.min(Math.max(x + unit * arrow[0], bounds.x0), bounds.x1),
        y: Math.min(Math.max(y + unit * arrow[1], bounds.y0), bounds.y1),
      };
      say.textContent = `Your mark is at (${coordinate(mark.x)}, ${coordinate(mark.y)}). Enter takes it as your guess.`;
      plot.invalidate();
    } else if (event.key === "Enter" && mark) take(mark);
    else return;
    event.preventDefault();
    // The stage would move the start.
    event.stopPropagation();
  };
  document.addEventListener("keydown", onKey, { capture: true });

  plot.decorate((overlay) => {
    if (phase === "off") return;
    const at = mark ?? (guess === "diverges" ? null : guess);
    if (!at) return;
    const { strong } = theme();
    const end = phase === "told" && guess !== "diverges" && descent()?.status !== "diverged" ? descent() : null;
    if (end) {
      const ends = { xs: [at.x, Number(end.x.at(-1))], ys: [at.y, Number(end.y.at(-1))] };
      overlay.path({ steps: [0, 1], ...ends, color: strong, dash: [2, 4] }, 1);
    }
    overlay.cross(at.x, at.y, strong);
  });

  store.subscribe((state, previous) => {
    if (state.guess === null) {
      if (phase === "off") return;
      phase = "off";
      guess = mark = null;
      asked = false;
      show("");
    } else if (touches(state, previous, ROUND)) {
      asked = false;
      begin();
    }
  });
  if (store.get().guess !== null) begin();

  return {
    hides,
    follow,
    /** New descents are there: they stay at their start as long as they are hidden. */
    hold() {
      if (hides()) rewind();
      if (phase === "waiting" && isThere()) run();
    },
    /**
     * A click on the plot: a guess, or, once it is told how good one was, the next start.
     * @param {number} x
     * @param {number} y
     * @returns {boolean} whether it was meant here
     */
    click(x, y) {
      if (phase === "asking") take({ x, y });
      return phase !== "off" && phase !== "told";
    },
  };
}
