/**
 * The article's claims, to be read beside the plot: what is said, whether it is so, from how many
 * starts, and the measurements. Choosing a story, or a row of its table, opens its view.
 */

import { get } from "../../core/api.js";
import { element, icon } from "../../core/dom.js";
import { sentenceOf } from "../../core/failure.js";
import { computedFor, measurement, stateOfView } from "../model/story.js";

/** @typedef {import("../model/playground-state.js").State} State */
/** @typedef {import("../model/story.js").Story} Story */
/** @typedef {import("../model/story.js").View} View */
/** @typedef {import("../model/story.js").Verdict} Verdict */

const ARTICLE = "https://emiliendupont.github.io/2018/01/24/optimization-visualization/";

/** A shape for each verdict, so that none depends on its colour. @type {Record<Verdict, string>} */
const SHAPES = {
  holds: "M8 1a7 7 0 1 0 0 14A7 7 0 0 0 8 1zM6.9 11.4 3.7 8.2l1.2-1.2 2 2 4.2-4.2 1.2 1.2z",
  "holds only here": "M8 1a5 5 0 0 0-5 5c0 3.5 5 9 5 9s5-5.5 5-9a5 5 0 0 0-5-5zm0 7a2 2 0 1 1 0-4 2 2 0 0 1 0 4z",
  "holds elsewhere": "M9.5 2.5 15 8l-5.5 5.5-1.4-1.4L11.2 9H1V7h10.2L8.1 3.9z",
  contested: "M7 1h2v2h5v1.6l2 5.4a3 3 0 0 1-6 0l1.9-5H9v8h3v2H4v-2h3V5H4.1L6 10a3 3 0 0 1-6 0l2-5.4V3h5z",
  "does not hold": "M2.1 3.9 3.9 2.1 8 6.2l4.1-4.1 1.8 1.8L9.8 8l4.1 4.1-1.8 1.8L8 9.8l-4.1 4.1-1.8-1.8L6.2 8z",
};

/** Room for a column's name; tables with many columns scroll. */
const COLUMN_PX = 72;

/**
 * @param {HTMLElement} root
 * @param {HTMLButtonElement} opener  the button that shows and hides the stories
 * @param {object} page
 * @param {import("../../core/store.js").Store<State>} page.store
 * @param {import("../model/settings.js").Catalog} page.catalog
 * @param {(state: State) => void} page.open  show a whole state, from its first step
 * @returns {{refresh: () => void, show: (id: string) => Promise<void>, go: (by: 1 | -1) => Promise<void>, fold: () => void, toggle: () => void}}
 *   `show` opens a story, `go` the next or the one before
 */
export function createStories(root, opener, { store, catalog, open }) {
  /** @type {Entry[]} */
  let entries = [];
  /** @type {Promise<void> | null} */
  let loading = null;
  let unfolded = store.get().story !== null;
  /** The story whose text is unfolded. @type {string | null} */
  let read = null;

  const heading = element("h2", { id: "stories-title", tabindex: -1 }, "Stories");
  const close = element(
    "button",
    { type: "button", class: "icon", "aria-label": "Close the stories", onclick: () => fold() },
    cross(),
  );
  const list = element("ol", { class: "tales" });
  const problem = element("p", { class: "problem", role: "alert", hidden: true });
  const head = element("div", { class: "stories-head" }, heading, close);
  root.replaceChildren(
    head,
    element(
      "p",
      { class: "about" },
      "What ",
      element("a", { href: ARTICLE, rel: "noopener" }, "the article"),
      " claims, each claim measured from a grid of starts. Choose one to see it run.",
    ),
    problem,
    list,
  );

  /** @param {Story} story */
  const tell = (story) => {
    const show = (/** @type {View} */ view) =>
      open(stateOfView(view, catalog, store.get(), story.id));
    return createEntry(story, show, (view) =>
      computedFor(stateOfView(view, catalog, store.get(), story.id), catalog),
    );
  };

  const load = () => {
    loading ??= /** @type {Promise<{stories: Story[]}>} */ (get("./api/v1/stories")).then(
      ({ stories }) => {
        problem.hidden = true;
        entries = stories.map(tell);
        list.replaceChildren(...entries.map(({ root: item }) => item));
        refresh();
      },
      (/** @type {unknown} */ error) => {
        loading = null;
        problem.textContent = sentenceOf(error);
        problem.hidden = false;
      },
    );
    return loading;
  };

  const unfold = () => {
    unfolded = true;
    refresh();
    heading.focus({ preventScroll: true });
    // A phone shows the stories over its lower half; the plot belongs in the upper one.
    if (getComputedStyle(root).position === "fixed") {
      document.querySelector(".stage-frame")?.scrollIntoView({ block: "start" });
    }
  };
  const leave = () => {
    unfolded = false;
    if (store.get().story !== null) store.set({ story: null }, "push");
    refresh();
  };
  const fold = () => {
    leave();
    opener.focus();
  };
  root.addEventListener("keydown", (event) => {
    if (event.key === "Escape") fold();
  });

  const refresh = () => {
    const state = store.get();
    if (state.story !== null) unfolded = true;
    root.hidden = !unfolded;
    opener.setAttribute("aria-expanded", String(unfolded));
    if (!unfolded) return;
    load();
    const computed = state.story === null ? "" : computedFor(state, catalog);
    for (const entry of entries) entry.show(entry.id === state.story, computed);
    if (state.story === read) return;
    const current = entries.find(({ id }) => id === state.story);
    if (!current && state.story !== null) return;
    read = state.story;
    // Another story that folded above it may have moved it out of sight.
    if (current) root.scrollTop = current.root.offsetTop - head.offsetHeight;
  };
  refresh();
  return {
    refresh,
    async show(id) {
      unfold();
      await load();
      const found = entries.find((entry) => entry.id === id);
      if (found) found.choose();
    },
    async go(by) {
      await load();
      const at = entries.findIndex(({ id }) => id === store.get().story);
      const first = by > 0 ? 0 : entries.length - 1;
      entries[at < 0 ? first : Math.min(Math.max(at + by, 0), entries.length - 1)]?.choose();
    },
    fold: () => {
      if (unfolded) leave();
    },
    toggle: () => (root.hidden ? unfold() : fold()),
  };
}

/**
 * @typedef {object} Entry
 * @property {string} id
 * @property {HTMLElement} root
 * @property {() => void} choose  open its view
 * @property {(current: boolean, computed: string) => void} show  unfolded or not, and what of it
 *   the page shows at the moment
 */

/**
 * @param {Story} story
 * @param {(view: View) => void} open
 * @param {(view: View) => string} compute  what the page computes for a view
 * @returns {Entry}
 */
function createEntry(story, open, compute) {
  const { id, title, claim, verdict, evidence, sides, explanation, table, view } = story;
  const choose = element("button", { type: "button", onclick: () => open(view) }, title);
  const back = element(
    "button",
    { type: "button", class: "text", onclick: () => open(view) },
    "Back to this story’s settings",
  );
  const buttons = table.rows.map((row) => {
    const own = row.view;
    return own && element("button", { type: "button", onclick: () => open(own) }, row.label);
  });
  const more = element(
    "div",
    { class: "told", hidden: true },
    element("p", {}, explanation),
    back,
    measurements(story, buttons),
  );
  const root = element(
    "li",
    { class: "tale", "data-story": id },
    element("h3", {}, choose),
    element("blockquote", {}, claim),
    judgement("p", verdict, evidence),
    sides.length > 0 &&
      element(
        "ul",
        { class: "sides" },
        ...sides.map((side) =>
          element("li", {}, `${side.reading}. `, judgement("span", side.verdict, side.evidence)),
        ),
      ),
    more,
  );
  /** @type {{own: string, rows: (string | null)[]} | null} */
  let known = null;
  return {
    id,
    root,
    choose: () => open(view),
    show(current, computed) {
      root.classList.toggle("current", current);
      choose.setAttribute("aria-current", String(current));
      more.hidden = !current;
      if (!current) return;
      // A drag asks in every frame; what a view computes never changes.
      known ??= { own: compute(view), rows: table.rows.map((row) => row.view && compute(row.view)) };
      const { own, rows } = known;
      back.hidden = own === computed;
      rows.forEach((text, i) => {
        // Of several rows with the story's own settings none is the one that is shown.
        const here = text === computed && text !== own;
        buttons[i]?.setAttribute("aria-current", String(here));
      });
    },
  };
}

/**
 * Labels are sentences and stand above their numbers, each in a group of its own.
 * @param {Story} story
 * @param {(HTMLButtonElement | null)[]} buttons  one a row; null where a row opens nothing
 */
function measurements({ title, table: { columns, rows } }, buttons) {
  const head = columns.map(({ name }) => element("th", { scope: "col" }, name));
  const groups = rows.map(({ label, values }, i) =>
    element(
      "tbody",
      {},
      element(
        "tr",
        {},
        element("th", { scope: "rowgroup", colspan: columns.length }, buttons[i] ?? element("span", {}, label)),
      ),
      element(
        "tr",
        {},
        ...values.map((value, at) =>
          element("td", {}, measurement(value, columns[at]?.unit ?? "distance")),
        ),
      ),
    ),
  );
  const table = element(
    "table",
    {},
    element("caption", { class: "visually-hidden" }, `Measurements: ${title}`),
    element("thead", {}, element("tr", {}, ...head)),
    ...groups,
  );
  table.style.minWidth = `${columns.length * COLUMN_PX}px`;
  return element("div", { class: "measurements" }, table);
}

/**
 * A verdict with the numbers behind it.
 * @param {"p" | "span"} tag
 * @param {Verdict} verdict
 * @param {string} evidence
 */
function judgement(tag, verdict, evidence) {
  return element(
    tag,
    { class: "verdict", "data-verdict": verdict },
    shape(verdict),
    element("strong", {}, sentence(verdict)),
    ` ${evidence}`,
  );
}

/** @param {string} text */
function sentence(text) {
  return `${text.charAt(0).toUpperCase()}${text.slice(1)}:`;
}

/** @param {Verdict} verdict */
function shape(verdict) {
  return icon(SHAPES[verdict], "0 0 16 16");
}

function cross() {
  return icon("M5.3 4 10 8.7 14.7 4 16 5.3 11.3 10l4.7 4.7-1.3 1.3-4.7-4.7L5.3 16 4 14.7 8.7 10 4 5.3z");
}
