/**
 * Why paths move: arrows at the playhead, states in the readout, a preview under the pointer, guesses.
 * Each is loaded when it is first used.
 */

import { byId, element, icon } from "../../core/dom.js";
import { number } from "../../core/format.js";
import { isOwn } from "../../core/optimizer-style.js";
import { watch } from "../../core/store.js";
import { switchControl } from "../../widgets/controls.js";
import { contentOf } from "../model/members.js";

/** @typedef {import("../model/playground-state.js").State} State */

/** @typedef {ReturnType<typeof createMoves>} Moves */

/** The pointer rests when it has not moved for this long. */
const REST_MS = 140;

const TARGET =
  "M10 2a8 8 0 1 0 0 16 8 8 0 0 0 0-16zm0 1.7a6.3 6.3 0 1 1 0 12.6 6.3 6.3 0 0 1 0-12.6zm0 2.8a3.5 3.5 0 1 0 0 7 3.5 3.5 0 0 0 0-7zm0 1.7a1.8 1.8 0 1 1 0 3.6 1.8 1.8 0 0 1 0-3.6z";

/**
 * @param {HTMLElement} stage
 * @param {object} source
 * @param {import("../../core/store.js").Store<State>} source.store
 * @param {import("../model/settings.js").Catalog} source.catalog
 * @param {import("../model/computed.js").Model} source.model
 * @param {() => number} source.step  the playhead
 * @param {import("../plot/playground-plot.js").Plot} source.plot
 * @param {import("../model/spotlight.js").Spotlight} source.spotlight
 * @param {() => boolean} source.playing
 * @param {() => void} source.replay  from the first step
 * @param {() => void} source.rewind  to the first step, and stay there
 */
export function createMoves(stage, source) {
  const { store, catalog, plot, spotlight, playing } = source;
  const calm = matchMedia("(prefers-reduced-motion: reduce)");
  const hovers = matchMedia("(hover: hover)");
  const frame = /** @type {HTMLElement} */ (stage.closest(".stage-frame"));

  /**
   * What is made when it is first needed.
   * @template T
   * @param {() => Promise<T>} make
   */
  const later = (make) => {
    /** @type {Promise<T> | null} */
    let coming = null;
    /** @type {T | null} */
    let there = null;
    return {
      get: () => there,
      need: () =>
        (coming ??= make().then(
          (made) => (there = made),
          (error) => {
            // The next need of it may find the server again.
            coming = null;
            throw error;
          },
        )),
    };
  };

  /** What waits for states that are on their way. @type {Set<() => void>} */
  const waiting = new Set();
  const states = later(async () => {
    const { createStates, describeStep } = await import("./states.js");
    const known = createStates(source, () => {
      plot.invalidate();
      for (const ready of [...waiting]) ready();
    });
    return { known, describeStep };
  });
  const arrows = later(async () => {
    const [{ known }, { createArrows }] = await Promise.all([states.need(), import("./arrows.js"), addStyles()]);
    return createArrows(source, frame, known);
  });
  const preview = later(async () => (await import("./preview.js")).createPreview(source));
  const guess = later(async () => {
    const [{ createGuess }] = await Promise.all([import("./guess.js"), addStyles()]);
    return createGuess({ stage, ...source });
  });

  const arrowSwitch = switchControl({
    name: "Arrows",
    description: "The gradient that was seen, the velocity and the step, at the playhead",
    onChange: (on) => store.set({ arrows: on ? 1 : null }, "push"),
  });
  const previewSwitch = switchControl({
    name: "Preview",
    description: "The paths that a click would start, where the pointer rests",
    onChange: (on) => store.set({ preview: on ? "on" : "off" }, "push"),
  });
  byId("switches").prepend(arrowSwitch.root);
  byId("start").append(previewSwitch.root);

  const guessButton = element(
    "button",
    {
      type: "button",
      class: "icon guess-opener",
      "aria-label": "Guess first",
      title: "Guess first where a path ends",
      onclick: guessOrNot,
    },
    icon(TARGET),
  );
  byId("transport").append(guessButton);

  const previews = () => {
    const { preview: wanted, surface, guess: guessing, file } = store.get();
    if (!hovers.matches || surface !== "contour" || guessing !== null || file?.own) return false;
    return wanted === null ? !calm.matches : wanted === "on";
  };

  const refresh = () => {
    const { arrows: factor, surface, file, guess: guessing, bar, off } = store.get();
    const flat = surface === "contour" && !file?.own;
    // What cannot be guessed any more: it would be seen in 3D, or is gone.
    if (guessing !== null && (!flat || !bar.includes(guessing) || off.includes(guessing))) {
      store.set({ guess: null }, "replace");
      return;
    }
    arrowSwitch.root.hidden = !flat;
    arrowSwitch.show(factor !== null);
    previewSwitch.root.hidden = !flat || !hovers.matches;
    previewSwitch.show(previews());
    guessButton.hidden = !flat;
    guessButton.setAttribute("aria-pressed", String(guessing !== null));
    if (factor === null) arrows.get()?.refresh();
    else void arrows.need().then((one) => one.refresh());
    if (guessing !== null) void guess.need();
    plot.veil(guess.get() ? hides() : guessing !== null);
  };
  watch(store, ["arrows", "preview", "surface", "file", "guess", "bar", "off"], refresh);
  refresh();

  function guessOrNot() {
    const { guess: guessing, bar, off } = store.get();
    const first = bar.find((id) => !off.includes(id));
    if (guessing !== null || first === undefined) {
      store.set({ guess: null }, "push");
      return;
    }
    // A start whose paths somebody has seen is nothing to guess.
    void import("./guess.js").then(({ drawStart }) => {
      const start = drawStart(contentOf(store.get(), catalog));
      store.set({ guess: first, start, playhead: null, basins: null, bounds: null, story: null }, "push");
    });
  }

  const hides = () => guess.get()?.hides() ?? store.get().guess !== null;

  let resting = 0;
  /** The path that was pointed at last. @type {string | null} */
  let lit = null;

  return {
    hides,
    /** The playhead has moved. */
    follow: () => guess.get()?.follow(),
    /** New descents are there. */
    hold: () => guess.get()?.hold(),
    /**
     * A click on the plot.
     * @param {number} x
     * @param {number} y
     * @returns {boolean} whether it was a guess, and nothing starts
     */
    click: (x, y) => guess.get()?.click(x, y) ?? store.get().guess !== null,
    picture: () => arrows.get()?.picture(),
    /**
     * The pointer is somewhere on the plot, or left it.
     * @param {import("../../plot/gestures.js").Pixel | null} at
     */
    hover(at) {
      clearTimeout(resting);
      lit = spotlight.get() ?? lit;
      if (!at || !previews() || spotlight.get() !== null || playing()) {
        preview.get()?.clear();
        return;
      }
      preview.get()?.move(at);
      resting = window.setTimeout(async () => {
        const one = await preview.need();
        if (previews() && !playing()) one.rest(at, lit);
      }, REST_MS);
    },
    /**
     * The optimizer's state after a step, in words, once it is known.
     * @param {string} id
     * @param {number} step
     * @param {(text: string) => void} onText
     * @returns {() => void} no longer wanted
     */
    explain(id, step, onText) {
      let over = false;
      const tell = () => {
        const there = states.get();
        const state = there?.known.at(id, step);
        if (over || !there || !state) return;
        forget();
        onText(there.describeStep(state, number));
      };
      const forget = () => {
        over = true;
        waiting.delete(tell);
      };
      if (isOwn(id)) return forget;
      if (step < 1) {
        onText("t = 0: before its first step");
        return forget;
      }
      waiting.add(tell);
      void states.need().then(({ known }) => {
        if (over) return;
        known.ask([id], step);
        tell();
      });
      return forget;
    },
  };
}

/** The style sheet of what is not in sight at first. */
async function addStyles() {
  const href = new URL("../styles/moves.css", import.meta.url).href;
  if ([...document.styleSheets].some((sheet) => sheet.href === href)) return;
  await new Promise((resolve) => {
    document.head.append(
      element("link", { rel: "stylesheet", href, onload: () => resolve(null), onerror: () => resolve(null) }),
    );
  });
}
