/** The table of single keys: what each does, and how the sheet names it. */

import { byId } from "../../core/dom.js";
import { SPEEDS } from "../../core/playback.js";
import { fileDescents } from "../model/members.js";
import { areKeysOn } from "./key-setting.js";

/** @typedef {import("./teaching.js").Teaching} Teaching */

/**
 * @typedef {object} Shortcut
 * @property {readonly string[]} keys  values of `KeyboardEvent.key`
 * @property {readonly string[]} shown  as the sheet shows them
 * @property {string} what
 * @property {boolean} [repeats]  while the key is held down
 * @property {(teaching: Teaching, key: string) => void | Promise<void>} act
 */

const DIGITS = ["1", "2", "3", "4", "5", "6", "7", "8", "9"];

/** @type {readonly Shortcut[]} */
export const SHORTCUTS = [
  {
    keys: ["."],
    shown: ["."],
    what: "One step forward",
    repeats: true,
    act: ({ page }) => page.step(1),
  },
  { keys: [","], shown: [","], what: "One step back", repeats: true, act: ({ page }) => page.step(-1) },
  { keys: ["r"], shown: ["R"], what: "Back to the start", act: ({ page }) => page.seek(0) },
  { keys: ["s"], shown: ["S"], what: "Slower", act: (teaching) => changeSpeed(teaching, -1) },
  { keys: ["f"], shown: ["F"], what: "Faster", act: (teaching) => changeSpeed(teaching, 1) },
  {
    keys: DIGITS,
    shown: ["1", "…", "9"],
    what: "Show or hide the first to ninth of the bar",
    act: (teaching, key) => toggleMember(teaching, DIGITS.indexOf(key)),
  },
  {
    keys: ["n", "PageDown"],
    shown: ["N"],
    what: "Next story, or next step of the open lesson",
    act: (teaching, key) => go(teaching, key, 1),
  },
  {
    keys: ["b", "PageUp"],
    shown: ["B"],
    what: "Previous story, or previous step of the open lesson",
    act: (teaching, key) => go(teaching, key, -1),
  },
  { keys: ["t"], shown: ["T"], what: "Light or dark theme", act: () => byId("theme").click() },
  { keys: ["p"], shown: ["P"], what: "Present, or stop presenting", act: (teaching) => teaching.present() },
  {
    keys: ["i"],
    shown: ["I"],
    what: "While presenting: show or hide the text of the story or lesson",
    act: (teaching) => teaching.toggleText(),
  },
  { keys: ["?"], shown: ["?"], what: "Show these keys", act: (teaching) => teaching.showKeys() },
];

/** Keys that the plot and the transport have, listed with the others. */
export const OTHER_KEYS = [
  { shown: ["Space"], what: "Play or pause" },
  { shown: ["←", "→", "↑", "↓"], what: "Move the start; with Shift, finely" },
  { shown: ["+", "−"], what: "Magnify, and back" },
  { shown: ["0"], what: "Show all" },
  { shown: ["Page up", "Page down"], what: "While presenting: previous, next, as a presenter’s remote sends them" },
  { shown: ["Esc"], what: "Stop presenting; close a menu" },
];

/**
 * Do what a key is for.
 * @param {string} key
 * @param {boolean} repeated  it is held down
 * @param {Teaching} teaching
 */
export async function press(key, repeated, teaching) {
  const shortcut = SHORTCUTS.find(({ keys }) => keys.includes(key));
  if (!shortcut || (repeated && !shortcut.repeats)) return;
  // Keys that are no characters cannot be spoken by mistake, and stay on.
  if (key.length === 1 && !areKeysOn()) return;
  await shortcut.act(teaching, key);
}

/**
 * @param {Teaching} teaching
 * @param {1 | -1} by
 */
function changeSpeed({ page: { store } }, by) {
  const at = SPEEDS.indexOf(store.get().speed) + by;
  const speed = SPEEDS[Math.min(Math.max(at, 0), SPEEDS.length - 1)];
  if (speed !== undefined) store.set({ speed }, "push");
}

/**
 * @param {Teaching} teaching
 * @param {number} at
 */
function toggleMember({ page: { store, catalog } }, at) {
  const state = store.get();
  const own = fileDescents(state, catalog).map(({ optimizer }) => optimizer);
  // In the order of the bar's circles; a pin goes with its variant.
  const id = [...(state.file?.own ? [] : state.bar), ...own][at];
  if (id === undefined) return;
  const off = state.off.includes(id) ? state.off.filter((one) => one !== id) : [...state.off, id];
  store.set({ off }, "push");
}

/**
 * @param {Teaching} teaching
 * @param {string} key
 * @param {1 | -1} by
 */
async function go(teaching, key, by) {
  // Elsewhere these keys scroll the page.
  if (key.length > 1 && teaching.page.store.get().present === "off") return;
  await teaching.go(by);
}
