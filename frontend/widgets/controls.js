/** The two controls that numbers have: a slider to play with, and a field to be exact. */

import { element, math } from "../core/dom.js";

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
 * @param {import("../core/dom.js").Formula | string} options.symbol
 * @param {string} options.description
 * @param {number} options.min
 * @param {number} options.max
 * @param {"linear" | "log"} options.scale
 * @param {boolean} [options.whole]  whole numbers only
 * @param {(value: number, mode: HistoryMode) => void} options.onInput
 * @returns {NumberControl}
 */
export function numberControl({ name, symbol, description, min, max, scale, whole, onInput }) {
  const id = `control-${++counter}`;
  const { value: valueAt, position } = sliderScale({ min, max, scale });
  const slider = element("input", {
    type: "range",
    id,
    min: 0,
    max: SLIDER_STEPS,
    step: 1,
    "aria-label": name,
  });
  const field = element("input", {
    type: "number",
    min,
    max,
    step: whole ? 1 : "any",
    "aria-label": `${name}, exact value`,
    inputmode: "decimal",
  });
  const move = gesture();

  /** @param {number} value */
  const fill = (value) => {
    const t = position(value);
    slider.value = String(Math.round(SLIDER_STEPS * t));
    slider.style.setProperty("--filled", `${100 * Math.min(Math.max(t, 0), 1)}%`);
    slider.setAttribute("aria-valuetext", String(value));
  };

  slider.addEventListener("input", () => {
    const raw = valueAt(Number(slider.value) / SLIDER_STEPS);
    const value = whole ? Math.round(raw) : raw;
    field.value = String(value);
    fill(value);
    onInput(value, move.mode());
  });
  slider.addEventListener("change", move.end);
  field.addEventListener("change", () => {
    // The browser says what is wrong with it.
    if (field.value === "" || !field.reportValidity()) return;
    fill(Number(field.value));
    onInput(Number(field.value), "push");
  });

  const label = typeof symbol === "string" ? symbol : math(symbol);
  return {
    root: element(
      "div",
      { class: "control", title: description },
      element("label", { for: id }, label),
      slider,
      field,
    ),
    show(value) {
      if (document.activeElement !== field) field.value = String(value);
      fill(value);
    },
  };
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
