/** The two controls that numbers have: a slider to play with, and a field to be exact. */

import { element, math } from "../core/dom.js";
import { numberField } from "./number-field.js";

/** @typedef {import("../core/store.js").HistoryMode} HistoryMode */

/**
 * @typedef {object} NumberControl
 * @property {HTMLElement} root
 * @property {(value: number) => void} show  without telling anybody
 */

const SLIDER_STEPS = 400;

let counter = 0;

/**
 * A gesture is one entry in the browser's history: its first change is pushed, the others replace.
 * @returns {{mode: () => HistoryMode, end: () => void}}
 */
export function gesture() {
  let going = false;
  return {
    mode: () => {
      const mode = going ? "replace" : "push";
      going = true;
      return mode;
    },
    end: () => {
      going = false;
    },
  };
}

/**
 * Between a slider's position (0 to 1) and its value. A logarithmic scale that starts at 0 keeps
 * 0 at its left end and begins four decades below the maximum.
 * @param {{min: number, max: number, scale: "linear" | "log"}} limits
 */
export function sliderScale({ min, max, scale }) {
  if (scale === "linear") {
    return {
      value: (/** @type {number} */ t) => rounded(min + t * (max - min), max - min),
      position: (/** @type {number} */ value) => (value - min) / (max - min),
    };
  }
  const low = Math.log10(min > 0 ? min : max * 1e-4);
  const high = Math.log10(max);
  return {
    value: (/** @type {number} */ t) => {
      if (t <= 0) return min;
      if (t >= 1) return max;
      return Number((10 ** (low + t * (high - low))).toPrecision(2));
    },
    position: (/** @type {number} */ value) =>
      value <= min ? 0 : Math.min(Math.max((Math.log10(value) - low) / (high - low), 0), 1),
  };
}

/**
 * A slider's value without digits that its steps do not carry.
 * @param {number} value
 * @param {number} span
 */
function rounded(value, span) {
  const decimals = Math.max(0, 3 - Math.round(Math.log10(span)));
  return Number(value.toFixed(Math.min(decimals, 12)));
}

/**
 * @param {object} options
 * @param {string} options.name  what a screen reader calls it
 * @param {string} [options.id]  as PyTorch and links call it, where that is not its symbol
 * @param {import("../core/dom.js").Formula | string} options.symbol
 * @param {string | Node} [options.caption]  in sight beside the symbol
 * @param {string} options.description
 * @param {number} options.min
 * @param {number} options.max
 * @param {"linear" | "log"} options.scale
 * @param {boolean} [options.whole]  whole numbers only
 * @param {(value: number, mode: HistoryMode) => void} options.onInput
 * @returns {NumberControl}
 */
export function numberControl({ name, id, symbol, caption, description, min, max, scale, whole = false, onInput }) {
  const { value: valueAt, position } = sliderScale({ min, max, scale });
  const slider = element("input", {
    type: "range",
    id: `control-${++counter}`,
    min: 0,
    max: SLIDER_STEPS,
    step: 1,
    "aria-label": name,
  });
  const move = gesture();

  /** @param {number} notch */
  const atNotch = (notch) => {
    const raw = valueAt(Math.min(Math.max(notch / SLIDER_STEPS, 0), 1));
    return whole ? Math.round(raw) : raw;
  };
  /** The next notch of the slider, or the next whole number if notches are closer. */
  const step = (/** @type {number} */ value, /** @type {1 | -1} */ direction) => {
    const next = atNotch(Math.round(SLIDER_STEPS * position(value)) + direction);
    return whole && next === value ? value + direction : next;
  };

  /** @param {number} value */
  const fill = (value) => {
    const t = position(value);
    slider.value = String(Math.round(SLIDER_STEPS * t));
    slider.style.setProperty("--filled", `${100 * Math.min(Math.max(t, 0), 1)}%`);
    slider.setAttribute("aria-valuetext", String(value));
  };
  const entry = numberField({
    name: `${name}, exact value`,
    min,
    max,
    whole,
    step,
    onEnter: (value) => {
      fill(value);
      onInput(value, "push");
    },
  });

  slider.addEventListener("input", () => {
    const value = atNotch(Number(slider.value));
    entry.show(value);
    fill(value);
    onInput(value, move.mode());
  });
  slider.addEventListener("change", move.end);

  return {
    root: element(
      "div",
      { class: "control", title: description },
      element(
        "label",
        { for: slider.id },
        element("span", { class: "symbol" }, ...symbolWithName(symbol, id)),
        caption && element("span", { class: "control-caption" }, caption),
      ),
      entry.field,
      slider,
      entry.problem,
    ),
    show(value) {
      entry.show(value);
      fill(value);
    },
  };
}

/**
 * The name that code has for something, and its symbol in formulas: lr (η).
 * @param {import("../core/dom.js").Formula | string} symbol
 * @param {string} [id]
 * @returns {(Node | string)[]}
 */
export function symbolWithName(symbol, id) {
  const written = typeof symbol === "string" ? symbol : math(symbol);
  return id === undefined ? [written] : [element("code", {}, id), " (", written, ")"];
}

/**
 * @param {object} options
 * @param {string} options.name
 * @param {string} options.description
 * @param {(on: boolean) => void} options.onChange
 * @returns {{root: HTMLElement, show: (on: boolean) => void}}
 */
export function switchControl({ name, description, onChange }) {
  const box = element("input", { type: "checkbox", role: "switch" });
  box.addEventListener("change", () => onChange(box.checked));
  return {
    root: element("label", { class: "switch", title: description }, box, element("span", {}, name)),
    show(on) {
      box.checked = on;
    },
  };
}

/**
 * A few choices of which one holds.
 * @template {string} T
 * @param {object} options
 * @param {string} options.name
 * @param {[T, string][]} options.choices
 * @param {(choice: T) => void} options.onChange
 * @returns {{root: HTMLElement, show: (choice: T | null) => void}}
 */
export function choiceControl({ name, choices, onChange }) {
  const buttons = choices.map(([value, label]) =>
    element("button", { type: "button", "data-value": value, onclick: () => onChange(value) }, label),
  );
  return {
    root: element("div", { class: "choices", role: "group", "aria-label": name }, ...buttons),
    show(choice) {
      for (const button of buttons) {
        button.setAttribute("aria-pressed", String(button.dataset.value === choice));
      }
    },
  };
}
