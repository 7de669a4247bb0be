/**
 * The page in front of people: presenting, single keys, lessons, and the page in a frame. This module
 * is what must be there from the start; each part is loaded when it is first used.
 */

import { byId } from "../../core/dom.js";
import { watch } from "../../core/store.js";

/** @typedef {import("../model/playground-state.js").State} State */
/** @typedef {import("../model/playground-catalog.js").Catalog} Catalog */
/** @typedef {import("../model/typed-function.js").TypedFunction} TypedFunction */

/**
 * What the parts need of the page.
 * @typedef {object} Page
 * @property {import("../../core/store.js").Store<State>} store
 * @property {Catalog} catalog
 * @property {(state: State, mode?: "push" | "replace") => void} open  show a whole state, from its
 *   first step or from where its playhead stands
 * @property {(catalog: Catalog, typed: TypedFunction) => Promise<unknown>} learn  a typed function
 * @property {(direction: 1 | -1) => void} step
 * @property {(at: number) => void} seek
 * @property {() => void} redraw  the plot, at the resolution of the moment
 * @property {{go: (by: 1 | -1) => Promise<void>, fold: () => void}} stories
 */

/** What the keyboard and the buttons can have done beyond the page. */
export class Teaching {
  /** @param {Page} page */
  constructor(page) {
    this.page = page;
    /** @type {Promise<import("./lesson-panel.js").LessonPanel> | null} */
    this.loadingLessons = null;
  }

  /** Present the page, or stop: in full screen where the browser lets it. */
  present() {
    const { present, story, lesson } = this.page.store.get();
    if (present !== "off") return this.leave();
    // At once, while the browser still takes it for what the key or the click has asked for.
    document.documentElement.requestFullscreen?.().catch(() => undefined);
    this.page.store.set({ present: story !== null || lesson !== null ? "text" : "plot" }, "push");
    return undefined;
  }

  leave() {
    this.page.store.set({ present: "off" }, "push");
  }

  /** Show or hide the text beside the plot that is presented. */
  toggleText() {
    const { present, story, lesson } = this.page.store.get();
    if (present === "off" || (story === null && lesson === null)) return;
    this.page.store.set({ present: present === "text" ? "plot" : "text" }, "push");
  }

  /**
   * The next or previous step of the open lesson; without one, the next or previous story.
   * @param {1 | -1} by
   */
  async go(by) {
    if (this.page.store.get().lesson === null) await this.page.stories.go(by);
    else (await this.lessons()).go(by);
  }

  lessons() {
    this.loadingLessons ??= import("./lesson-panel.js").then(({ createLessonPanel }) =>
      createLessonPanel(byId("lessons"), /** @type {HTMLButtonElement} */ (byId("lessons-opener")), this.page),
    );
    return this.loadingLessons;
  }

  async showKeys() {
    const { showKeySheet } = await import("./key-sheet.js");
    await showKeySheet();
  }
}

/** @param {Page} page */
export function createTeaching(page) {
  const { store } = page;
  const teaching = new Teaching(page);

  byId("present-opener").addEventListener("click", () => teaching.present());
  byId("keys-opener").addEventListener("click", () => void teaching.showKeys());
  let isOpening = false;
  byId("lessons-opener").addEventListener("click", async () => {
    // Who sees nothing happen presses again, and means the same.
    if (isOpening) return;
    isOpening = true;
    try {
      (await teaching.lessons()).toggle();
    } finally {
      isOpening = false;
    }
  });

  document.addEventListener("keydown", async (event) => {
    if (!isForPage(event)) return;
    const { press } = await import("./shortcuts.js");
    // With the capitals locked, a letter is still the key without Shift.
    const letter = event.key.length === 1 && !event.shiftKey;
    await press(letter ? event.key.toLowerCase() : event.key, event.repeat, teaching);
  });

  /** @type {Promise<import("./presenting.js").Presenting> | null} */
  let presenting = null;
  const showPresenting = async () => {
    if (store.get().present === "off" && !presenting) return;
    presenting ??= import("./presenting.js").then(({ createPresenting }) => createPresenting(teaching));
    (await presenting).refresh();
  };
  watch(store, ["present", "story", "lesson"], () => void showPresenting());
  watch(store, ["lesson"], ({ lesson }) => {
    if (lesson !== null) void teaching.lessons();
  });
  void showPresenting();
  if (store.get().lesson !== null) void teaching.lessons();
  if (document.documentElement.hasAttribute("data-embed")) {
    void import("./embed.js").then(({ createEmbed }) => createEmbed(store));
  }
}

/** Fields in which keys mean something of their own. Sliders and switches take no letters. */
const TYPED_IN = 'input:not([type="range"], [type="checkbox"]), select, textarea, [contenteditable]';

/**
 * Whether a key was pressed for the page: not in a field, a menu or a dialog, and without a modifier.
 * Shift is one only where it changes nothing about which character was typed.
 * @param {KeyboardEvent} event
 */
export function isForPage(event) {
  if (event.defaultPrevented || event.isComposing) return false;
  if (event.ctrlKey || event.metaKey || event.altKey) return false;
  const target = /** @type {Element} */ (event.target);
  return !target.closest(`${TYPED_IN}, [role="menu"], dialog`);
}
