/** A field for a list of whole numbers, which says what is wrong with what was typed into it. */

import { element } from "../../core/dom.js";
import { symbolWithName } from "../../widgets/controls.js";
import { MAX_MILESTONES } from "../schedules/schedule-settings.js";

/** @typedef {import("../../core/api-types.d.ts").ScheduleParameter} ScheduleParameter */

let counter = 0;

/**
 * What a person means who typed whole numbers, apart by commas or blanks.
 * @param {string} text
 * @param {{min: number, max: number}} limits
 * @returns {{value: number[]} | {problem: string}}
 */
export function readCounts(text, { min, max }) {
  const words = text.split(/[\s,;]+/).filter(Boolean);
  const value = words.map(Number);
  const good = value.every((one) => Number.isInteger(one) && one >= min && one <= max);
  if (good && value.length > 0 && value.length <= MAX_MILESTONES) return { value };
  return { problem: `Enter 1 to ${MAX_MILESTONES} whole numbers between ${min} and ${max}, with commas between them.` };
}

/**
 * @param {ScheduleParameter} parameter
 * @param {(value: number[]) => void} onEnter
 * @returns {{root: HTMLElement, show: (value: readonly number[]) => void}}
 */
export function countsControl({ id, name, symbol, description, min, max }, onEnter) {
  const problem = element("p", { class: "field-problem", id: `counts-problem-${++counter}`, role: "alert", hidden: true });
  const field = element("input", {
    type: "text",
    id: `counts-${counter}`,
    class: "number counts",
    autocomplete: "off",
    spellcheck: "false",
    "aria-describedby": problem.id,
  });
  let shown = "";

  /** @param {string} text */
  const tell = (text) => {
    problem.textContent = text;
    problem.hidden = text === "";
    field.setAttribute("aria-invalid", String(text !== ""));
  };
  const write = () => {
    field.value = shown;
    tell("");
  };

  field.addEventListener("change", () => {
    const read = readCounts(field.value, { min, max });
    if ("problem" in read) return tell(read.problem);
    shown = read.value.join(", ");
    write();
    onEnter(read.value);
  });
  field.addEventListener("keydown", (event) => {
    if (event.key === "Escape") write();
  });

  return {
    root: element(
      "div",
      { class: "control", title: description },
      element(
        "label",
        { for: field.id },
        element("span", { class: "symbol" }, ...symbolWithName(symbol, id)),
        element("span", { class: "control-caption" }, name),
      ),
      field,
      problem,
    ),
    show(value) {
      const next = value.join(", ");
      // What is being typed, and what is wrong and may yet be mended, stays.
      if (next === shown && (document.activeElement === field || !problem.hidden)) return;
      shown = next;
      write();
    },
  };
}
