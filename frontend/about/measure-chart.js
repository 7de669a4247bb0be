/** Charts of a claim's numbers: rows with a bar or a dot, its spread, and the number in words. */

import { element } from "../core/dom.js";
import { coordinate, integer } from "../core/format.js";
import { MEASURES, drawnOf, groupsOf, scaleOf } from "./claim-measures.js";
import { quantity } from "./numbers.js";

/** @typedef {import("./claim-measures.js").Row} Row */
/** @typedef {import("./claim-measures.js").Unit} Unit */
/** @typedef {import("../core/api-types.d.ts").Claim} Claim */

/**
 * The charts of a claim; none where numbers do not draw it.
 * @param {Pick<Claim, "id" | "numbers">} claim
 * @returns {HTMLElement[]}
 */
export function measureCharts({ id, numbers }) {
  return (MEASURES[id] ?? []).flatMap((measure) => {
    const groups = groupsOf(numbers, measure);
    if (!groups.length) return [];
    const scale = scaleOf(groups, measure.unit);
    const at = (/** @type {number} */ value) => `${(100 * (value - scale.low)) / (scale.high - scale.low)}%`;
    const rows = groups.flatMap(({ title, rows: own }) => [
      title !== "" && element("li", { class: "measure-group" }, capitalized(title)),
      ...own.map((row) => rowElement(row, measure.unit, at)),
    ]);
    return [
      element(
        "div",
        { class: "measure", "data-unit": measure.unit },
        element("p", { class: "says" }, measure.says),
        element("ul", {}, ...rows, axisElement(scale.ticks, measure.unit, at)),
      ),
    ];
  });
}

/**
 * @param {Row} row
 * @param {Unit} unit
 * @param {(value: number) => string} at
 */
function rowElement(row, unit, at) {
  const { name, value, low, high, from, to, before, reference } = row;
  const bar = !isSigned(unit) && before === null;
  const between = (/** @type {HTMLElement} */ mark, /** @type {number | null} */ a, /** @type {number | null} */ b) => {
    if (a === null || b === null) return null;
    mark.style.left = at(Math.min(a, b));
    mark.style.right = `calc(100% - ${at(Math.max(a, b))})`;
    return mark;
  };
  const point = (/** @type {HTMLElement} */ mark, /** @type {number | null} */ where) => {
    if (where === null) return null;
    mark.style.left = at(where);
    return mark;
  };
  return element(
    "li",
    { class: "measure-row" },
    // What is counted is counted of landscapes, whose ids stay as they are.
    element("span", { class: "measure-name" }, unit === "count" ? name : capitalized(name)),
    element(
      "span",
      { class: "measure-track", "aria-hidden": "true" },
      isSigned(unit) && point(element("i", { class: "zero" }), 0),
      bar && between(element("i", { class: "bar" }), 0, value),
      between(element("i", { class: "joins" }), before, value),
      between(element("i", { class: "range" }), low, high),
      between(element("i", { class: "quartiles" }), from, to),
      point(element("i", { class: "before" }), before),
      !bar && point(element("i", { class: "dot" }), value),
      point(element("i", { class: "reference" }), reference),
    ),
    element("span", { class: "measure-value" }, valueText(row, unit)),
  );
}

/**
 * @param {readonly number[]} ticks
 * @param {Unit} unit
 * @param {(value: number) => string} at
 */
function axisElement(ticks, unit, at) {
  const marks = ticks.map((value) => {
    const mark = element("span", {}, tickText(value, unit));
    mark.style.left = at(value);
    return mark;
  });
  return element(
    "li",
    { class: "measure-row measure-axis", "aria-hidden": "true" },
    element("span", { class: "measure-name" }),
    element("span", { class: "measure-track" }, ...marks),
    element("span", { class: "measure-value" }),
  );
}

/**
 * A row's number with what it is compared with.
 * @param {Row} row
 * @param {Unit} unit
 */
function valueText(row, unit) {
  const { value, before } = row;
  if (!drawnOf(row).length) return "not finite";
  if (before !== null) return `${quantity(before, unit)} → ${quantity(value, unit)}`;
  return quantity(value, unit);
}

/**
 * @param {number} value
 * @param {Unit} unit
 */
function tickText(value, unit) {
  switch (unit) {
    case "share":
      return `${Number((100 * value).toPrecision(3))}%`;
    case "accuracy":
      return `${value}%`;
    case "angle":
      return `${value}°`;
    case "images":
    case "count":
      return value >= 1e6 ? `${value / 1e6}\u202fM` : integer(value);
    case "seconds":
      return `${integer(value)} s`;
    case "curvature":
      return Number.isInteger(value) ? integer(value) : coordinate(value, 1);
    default:
      return coordinate(value, 1);
  }
}

/** @param {Unit} unit  of a number whose zero is no start */
function isSigned(unit) {
  return unit === "correlation" || unit === "cosine";
}

/**
 * A name as a row or a group begins with it; symbols, and the learning rate's, stay as they are.
 * @param {string} text
 */
function capitalized(text) {
  if (!/^[a-z]/.test(text) || /^lr\b/i.test(text)) return text.replace(/^Lr\b/, "lr");
  return `${text.charAt(0).toUpperCase()}${text.slice(1)}`;
}
