/**
 * Lessons beside the plot: their list, and the open one step by step. Each step opens its view.
 */

import { get } from "../../core/api.js";
import { element, icon } from "../../core/dom.js";
import { sentenceOf } from "../../core/failure.js";
import { watch } from "../../core/store.js";
import { computedFor } from "../model/story.js";
import { textElements } from "./lesson-text.js";
import { namesOnlyLesson, stateOfStep, unknownFunction } from "./lesson-view.js";
import { loadStyles } from "./style-sheets.js";

/** @typedef {import("../../core/api-types.d.ts").LessonsResponse} Lessons */
/** @typedef {import("../../core/api-types.d.ts").LessonResponse} Lesson */
/** @typedef {import("../../core/api-types.d.ts").LessonStep} Step */

/**
 * @typedef {object} LessonPanel
 * @property {() => void} toggle  show or hide the lessons
 * @property {(by: 1 | -1) => Promise<void>} go  to the next or previous step of the open lesson
 */

const CROSS = "M5.3 4 10 8.7 14.7 4 16 5.3 11.3 10l4.7 4.7-1.3 1.3-4.7-4.7L5.3 16 4 14.7 8.7 10 4 5.3z";

/**
 * @param {HTMLElement} root
 * @param {HTMLButtonElement} opener
 * @param {import("./teaching.js").Page} page
 * @returns {Promise<LessonPanel>}
 */
export async function createLessonPanel(root, opener, { store, catalog, open, learn, stories }) {
  /** @type {Promise<Lessons> | null} */
  let listing = null;
  /** Those that were asked for, by id. @type {Map<string, Promise<Lesson>>} */
  const asked = new Map();
  let unfolded = store.get().lesson !== null;
  /** What is shown: a lesson and its step, or the list. */
  let shown = "";
  let opening = namesOnlyLesson(store.get());
  /** What the view of the step that is shown computes; null for the list. @type {string | null} */
  let own = null;
  /** Ends when all that was asked for is shown. */
  let filling = Promise.resolve();

  const heading = element("h2", { id: "lessons-title", tabindex: -1 }, "Lessons");
  const close = element(
    "button",
    { type: "button", class: "icon", "aria-label": "Close the lessons", onclick: () => fold() },
    icon(CROSS),
  );
  const problem = element("p", { class: "problem", role: "alert", hidden: true });
  const progress = element("p", { class: "lesson-progress", role: "status" });
  const content = element("div", { class: "lesson-content" });
  root.replaceChildren(
    element("div", { class: "stories-head" }, heading, close),
    problem,
    progress,
    content,
  );
  root.addEventListener("keydown", (event) => {
    if (event.key === "Escape") fold();
  });
  const storiesOpener = document.getElementById("stories-opener");
  storiesOpener?.addEventListener("click", () => {
    if (!root.hidden) fold(false);
  });

  function unfold() {
    unfolded = true;
    stories.fold();
    refresh();
    heading.focus({ preventScroll: true });
    // A phone shows the lessons over its lower half; the plot belongs in the upper one.
    if (getComputedStyle(root).position === "fixed") {
      document.querySelector(".stage-frame")?.scrollIntoView({ block: "start" });
    }
  }

  /** @param {boolean} [toOpener]  whether the focus goes to the button that opens the lessons */
  function fold(toOpener = true) {
    unfolded = false;
    if (store.get().lesson !== null) store.set({ lesson: null, lessonStep: 1 }, "push");
    refresh();
    if (toOpener) opener.focus();
  }

  const list = () => {
    listing ??= /** @type {Promise<Lessons>} */ (get("./api/v1/lessons"));
    listing.catch(() => {
      listing = null;
    });
    return listing;
  };

  /** @param {string} id */
  const lessonOf = (id) => {
    const known = asked.get(id);
    if (known) return known;
    const asking = /** @type {Promise<Lesson>} */ (get(`./api/v1/lessons/${encodeURIComponent(id)}`));
    asked.set(id, asking);
    asking.catch(() => asked.delete(id));
    return asking;
  };

  /**
   * Open a step's view.
   * @param {Lesson} lesson
   * @param {number} number  of the step, from 1
   * @param {"push" | "replace"} [mode]
   */
  async function openStep(lesson, number, mode = "push") {
    const step = lesson.steps[number - 1];
    if (!step) return;
    await prepare(step);
    open(stateOfStep(step.view, catalog, store.get(), { lesson: lesson.id, lessonStep: number }), mode);
  }

  /**
   * Have the typed function of a step known, if it has one.
   * @param {Step} step
   */
  async function prepare(step) {
    const typed = unknownFunction(step.view, catalog);
    if (typed) await learn(catalog, typed);
  }

  /** @param {string} id */
  async function begin(id) {
    try {
      await turnTo(await lessonOf(id), 1);
    } catch (error) {
      report(error);
    }
  }

  /**
   * Open a step where its buttons were, with the focus on its title, from where one reads on.
   * @param {Lesson} lesson
   * @param {number} number
   */
  async function turnTo(lesson, number) {
    await openStep(lesson, number);
    await filling;
    /** @type {HTMLElement | null} */ (content.querySelector(".lesson-step-title"))?.focus({ preventScroll: true });
  }

  /** @param {unknown} error */
  function report(error) {
    problem.textContent = sentenceOf(error);
    problem.hidden = false;
  }

  function refresh() {
    const { lesson: id, lessonStep } = store.get();
    if (id !== null && !unfolded) {
      unfolded = true;
      stories.fold();
    }
    root.hidden = !unfolded;
    opener.setAttribute("aria-expanded", String(unfolded));
    if (!unfolded) return;
    const wanted = id === null ? "list" : `${id} ${lessonStep}`;
    if (wanted === shown) markMoved();
    else filling = fill(wanted, id, lessonStep);
  }

  /**
   * @param {string} wanted
   * @param {string | null} id
   * @param {number} lessonStep
   */
  async function fill(wanted, id, lessonStep) {
    shown = wanted;
    try {
      const show = id === null ? listShown(await list()) : await stepShown(id, lessonStep);
      if (shown !== wanted) return; // something else was asked for meanwhile
      problem.hidden = true;
      show();
      root.scrollTop = 0;
      markMoved();
    } catch (error) {
      shown = "";
      progress.textContent = "";
      content.replaceChildren(allLessons());
      report(error);
    }
  }

  /** @param {Lessons} found */
  function listShown({ lessons, unavailable }) {
    return () => {
      own = null;
      progress.textContent = "";
      content.replaceChildren(
        element("p", { class: "about" }, "Each step of a lesson shows a view. Change anything in it; the step leads back."),
        element(
          "ol",
          { class: "tales" },
          ...lessons.map(({ id, title, description, author, language, steps }) =>
            element(
              "li",
              { class: "tale", lang: language, "data-lesson": id },
              element("h3", {}, element("button", { type: "button", onclick: () => void begin(id) }, title)),
              element("p", { class: "lesson-about" }, description),
              element("p", { class: "about", lang: "en" }, `${steps} steps · ${author}`),
            ),
          ),
        ),
        ...unavailable.map(({ reason }) => element("p", { class: "problem" }, `Left out: ${reason}.`)),
      );
    };
  }

  /**
   * @param {string} id
   * @param {number} number
   */
  async function stepShown(id, number) {
    const lesson = await lessonOf(id);
    const at = Math.min(Math.max(number, 1), lesson.steps.length);
    const step = /** @type {Step} */ (lesson.steps[at - 1]);
    await prepare(step);
    if (opening) await openStep(lesson, at, "replace");
    opening = false;
    return () => {
      const place = { lesson: id, lessonStep: at };
      own = computedFor(stateOfStep(step.view, catalog, store.get(), place), catalog);
      progress.textContent = `Step ${at} of ${lesson.steps.length}: ${step.title}`;
      content.replaceChildren(...stepElements(lesson, at, step));
    };
  }

  /**
   * @param {Lesson} lesson
   * @param {number} at
   * @param {Step} step
   */
  function stepElements(lesson, at, step) {
    const count = lesson.steps.length;
    const turn = (/** @type {string} */ label, /** @type {number} */ to) =>
      element(
        "button",
        {
          type: "button",
          disabled: to < 1 || to > count,
          onclick: () => void turnTo(lesson, to),
        },
        label,
      );
    const outline = lesson.steps.map((one, i) =>
      element(
        "li",
        {},
        element(
          "button",
          {
            type: "button",
            "aria-current": i === at - 1 ? "step" : null,
            onclick: () => void turnTo(lesson, i + 1),
          },
          one.title,
        ),
      ),
    );
    return [
      element(
        "article",
        { class: "lesson", lang: lesson.language },
        element("p", { class: "lesson-title" }, lesson.title),
        element("h3", { class: "lesson-step-title", tabindex: -1 }, step.title),
        ...textElements(step.text),
      ),
      element(
        "button",
        {
          type: "button",
          class: "text lesson-back",
          hidden: true,
          onclick: () => void openStep(lesson, at),
        },
        "Back to this step’s settings",
      ),
      element(
        "div",
        { class: "lesson-turns", role: "group", "aria-label": "Steps" },
        turn("Previous", at - 1),
        turn("Next", at + 1),
      ),
      element("ol", { class: "lesson-outline", lang: lesson.language }, ...outline),
      allLessons(),
    ];
  }

  function allLessons() {
    const back = () => {
      store.set({ lesson: null, lessonStep: 1 }, "push");
      heading.focus({ preventScroll: true });
    };
    return element("button", { type: "button", class: "text lesson-all", onclick: back }, "All lessons");
  }

  /** Offer the way back where the page computes something else than the step's view. */
  function markMoved() {
    const back = /** @type {HTMLElement | null} */ (content.querySelector(".lesson-back"));
    if (back) back.hidden = own === null || own === computedFor(store.get(), catalog);
  }

  watch(store, ["story"], ({ story }) => {
    if (story !== null && !root.hidden) fold(false);
  });
  store.subscribe(refresh);
  await loadStyles("teaching.css");
  refresh();
  await filling;
  return {
    toggle: () => (root.hidden ? unfold() : fold()),
    async go(by) {
      const { lesson: id, lessonStep } = store.get();
      if (id === null) return;
      const lesson = await lessonOf(id);
      await openStep(lesson, Math.min(Math.max(lessonStep + by, 1), lesson.steps.length));
    },
  };
}
