/**
 * Presenting: the plot, the bar and the transport fill the window in large type, with the text of the
 * open story or lesson beside them if it is wanted. All of it is the page itself, with the rest
 * hidden and what stays magnified.
 */

import { byId, element, icon } from "../../core/dom.js";
import { loadStyles } from "./style-sheets.js";

/** @typedef {import("./teaching.js").Teaching} Teaching */
/** @typedef {{refresh: () => void}} Presenting */

/** A window of this size has the type that people in a room can read. */
const USUAL = { width: 1280, height: 720 };

/** The magnification in a window of the usual size: the smallest type then has 18 pixels. */
const USUAL_ZOOM = 1.5;

const LEAVE = "M5.3 4 10 8.7 14.7 4 16 5.3 11.3 10l4.7 4.7-1.3 1.3-4.7-4.7L5.3 16 4 14.7 8.7 10 4 5.3z";

/**
 * How much is magnified in a window, in steps of a twentieth: larger windows are seen from farther away.
 * @param {{width: number, height: number}} window
 */
export function presentingZoom({ width, height }) {
  const zoom = USUAL_ZOOM * Math.min(width / USUAL.width, height / USUAL.height);
  return Math.max(1, Math.round(20 * zoom) / 20);
}

/**
 * @param {Teaching} teaching
 * @returns {Promise<Presenting>}
 */
export async function createPresenting(teaching) {
  const { store, redraw } = teaching.page;
  const root = document.documentElement;
  /** What had the focus before. @type {HTMLElement | null} */
  let before = null;

  const text = element(
    "button",
    { type: "button", class: "text", title: "Show or hide the text (I)", onclick: () => teaching.toggleText() },
    "Text",
  );
  const leave = element(
    "button",
    {
      type: "button",
      class: "icon",
      "aria-label": "Stop presenting",
      title: "Stop presenting (Esc)",
      onclick: () => teaching.leave(),
    },
    icon(LEAVE),
  );
  const tools = element("div", { class: "present-tools" }, text, leave);

  const measure = () => {
    const zoom = presentingZoom({ width: window.innerWidth, height: window.innerHeight });
    root.style.setProperty("--present-zoom", String(zoom));
    redraw();
  };

  const onEscape = (/** @type {KeyboardEvent} */ event) => {
    const target = /** @type {Element} */ (event.target);
    if (event.key !== "Escape" || target.closest('[role="menu"], dialog')) return;
    // The panel of the stories would close itself, too.
    event.stopPropagation();
    teaching.leave();
  };

  // In full screen the browser takes Escape for itself.
  document.addEventListener("fullscreenchange", () => {
    if (!document.fullscreenElement && store.get().present !== "off") teaching.leave();
  });

  const enter = () => {
    const active = /** @type {HTMLElement | null} */ (document.activeElement);
    before = active === document.body ? null : active;
    byId("transport").append(tools);
    window.addEventListener("resize", measure);
    document.addEventListener("keydown", onEscape, { capture: true });
    window.scrollTo(0, 0);
    byId("announcement").textContent = "Presenting. Escape stops it.";
  };

  const quit = () => {
    delete root.dataset.present;
    const within = tools.contains(document.activeElement);
    tools.remove();
    window.removeEventListener("resize", measure);
    document.removeEventListener("keydown", onEscape, { capture: true });
    if (document.fullscreenElement) void document.exitFullscreen();
    byId("announcement").textContent = "Not presenting any more.";
    redraw();
    if (within || document.activeElement === document.body) before?.focus({ preventScroll: true });
  };

  await loadStyles("present.css");
  return {
    refresh() {
      const { present, story, lesson } = store.get();
      if (present === "off") {
        if (root.dataset.present !== undefined) quit();
        return;
      }
      if (root.dataset.present === undefined) enter();
      root.dataset.present = present;
      text.hidden = story === null && lesson === null;
      text.setAttribute("aria-pressed", String(present === "text"));
      measure();
      // What had the focus may be hidden now; Space then plays, as anywhere else.
      if (before && !before.checkVisibility()) {
        /** @type {HTMLElement | null} */ (document.querySelector("#transport .play"))?.focus();
      }
    },
  };
}
