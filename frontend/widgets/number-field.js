/** A field for an exact number, which says what is wrong with what was typed into it. */

import { element } from "../core/dom.js";

/**
 * @typedef {object} Limits
 * @property {number} min
 * @property {number} max
 * @property {boolean} [whole]  whole numbers only
 */

/**
 * @typedef {object} NumberField
 * @property {HTMLInputElement} field
 * @property {HTMLElement} problem  a sentence, while there is something wrong
 * @property {(value: number) => void} show  without telling anybody
 */

/**
 * What a person means who typed a number. A comma is a decimal comma wherever it cannot part
 * thousands, and parts thousands where only whole numbers make sense.
 * @param {string} text
 * @param {Limits} limits
 * @returns {{value: number} | {problem: string}}
 */
export function readNumber(text, { min, max, whole = false }) {
  const range = `between ${plain(min)} and ${plain(max)}`;
  const asked = whole ? `Enter a whole number ${range}.` : `Enter a number ${range}.`;
  const typed = text.trim().replace(/[\s_]/g, "").replace(/^[−–]/, "-");
  if (typed === "") return { problem: asked };
  const thousands = /^[+-]?[1-9]\d{0,2}(,\d{3})+$/.test(typed);
  if (thousands && !whole && typed.split(",").length === 2) {
    const [decimal, grouped] = [typed.replace(",", "."), typed.replace(",", "")];
    return { problem: `“${typed}” can mean ${decimal} or ${grouped}: write one of these.` };
  }
  const value = Number(thousands ? typed.replaceAll(",", "") : typed.replace(",", "."));
  if (!/^[+-]?[\d.,]+(e[+-]?\d+)?$/i.test(typed) || !Number.isFinite(value)) {
    return { problem: `“${text.trim()}” is not a number. ${asked}` };
  }
  if (whole && !Number.isInteger(value)) return { problem: `${asked.slice(0, -1)}, not ${plain(value)}.` };
  if (value < min || value > max) return { problem: `${asked.slice(0, -1)}, not ${plain(value)}.` };
  return { value };
}

/**
 * A number as one would type it.
 * @param {number} value
 */
function plain(value) {
  return String(value).replace("e+", "e").replace("-", "−");
}

/**
 * A number as ARIA wants it: without an exponent.
 * @param {number} value
 */
export function decimals(value) {
  const text = String(value);
  return text.includes("e-") ? value.toFixed(20).replace(/0+$/, "") : text;
}

let counter = 0;

/**
 * @param {Limits & {
 *   name: string,
 *   onEnter: (value: number) => void,
 *   step: (value: number, direction: 1 | -1) => number,
 * }} options `step` gives the value to which an arrow key leads
 * @returns {NumberField}
 */
export function numberField({ name, min, max, whole = false, onEnter, step }) {
  const problem = element("p", { class: "field-problem", id: `field-problem-${++counter}`, role: "alert", hidden: true });
  // Not type="number", which hides what was typed if it cannot read it.
  const field = element("input", {
    type: "text",
    class: "number",
    role: "spinbutton",
    inputmode: whole ? "numeric" : "decimal",
    autocomplete: "off",
    spellcheck: "false",
    "aria-label": name,
    "aria-valuemin": decimals(min),
    "aria-valuemax": decimals(max),
    "aria-describedby": problem.id,
  });
  let shown = NaN;

  /** @param {string} text */
  const tell = (text) => {
    if (text === problem.textContent) return;
    problem.textContent = text;
    problem.hidden = text === "";
    field.setAttribute("aria-invalid", String(text !== ""));
  };

  /** @param {number} value */
  const write = (value) => {
    shown = value;
    field.value = String(value);
    field.setAttribute("aria-valuenow", decimals(value));
    tell("");
  };

  field.addEventListener("change", () => {
    const read = readNumber(field.value, { min, max, whole });
    if ("problem" in read) return tell(read.problem);
    write(read.value);
    onEnter(read.value);
  });
  field.addEventListener("keydown", (event) => {
    const direction = { ArrowUp: /** @type {const} */ (1), ArrowDown: /** @type {const} */ (-1) }[event.key];
    if (event.key === "Escape") write(shown);
    if (!direction) return;
    event.preventDefault();
    write(Math.min(Math.max(step(shown, direction), min), max));
    onEnter(shown);
  });

  return {
    field,
    problem,
    show(value) {
      // What is being typed, and what is wrong and may yet be mended, stays.
      if (document.activeElement === field && value === shown) return;
      if (value === shown && !problem.hidden) return;
      write(value);
    },
  };
}
