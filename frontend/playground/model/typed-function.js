/**
 * Functions that a person types. The state names one by an id that holds all of it, its text and its
 * domain; the catalog keeps what the server said of it under this id.
 */

import { formatNumber, parseNumbers } from "../../core/url-query.js";

/** @typedef {import("../../core/geometry/bounds.js").Bounds} Bounds */
/** @typedef {{expression: string, domain: Bounds}} TypedFunction */

/** No name of an objective has a colon. */
const PREFIX = "f:";

/** The server's limit on the characters of a function. */
export const MAX_LENGTH = 500;

/** The server's domain of a function without one. @type {Bounds} */
export const DEFAULT_DOMAIN = { x0: -5, x1: 5, y0: -5, y1: 5 };

/**
 * @param {TypedFunction} typed
 * @returns {string}
 */
export function typedId({ expression, domain }) {
  return `${PREFIX}${writeDomain(domain)}:${expression}`;
}

/** @param {string} id */
export function isTyped(id) {
  return id.startsWith(PREFIX);
}

/**
 * The function of an objective's id; null if it is one of the server's table.
 * @param {string} id
 * @returns {TypedFunction | null}
 */
export function typedOf(id) {
  if (!isTyped(id)) return null;
  const rest = id.slice(PREFIX.length);
  const end = rest.indexOf(":");
  const domain = readDomain(rest.slice(0, end));
  return domain && { expression: rest.slice(end + 1), domain };
}

/** @param {Bounds} domain */
export function writeDomain({ x0, x1, y0, y1 }) {
  return [x0, x1, y0, y1].map(formatNumber).join(",");
}

/**
 * @param {string | null} text
 * @returns {Bounds | null}
 */
export function readDomain(text) {
  const [x0, x1, y0, y1] = parseNumbers(text, 4) ?? [];
  if (x0 === undefined || x1 === undefined || y0 === undefined || y1 === undefined) return null;
  return x0 < x1 && y0 < y1 ? { x0, x1, y0, y1 } : null;
}

/**
 * The part of a request that names a function.
 * @param {TypedFunction} typed
 */
export function typedRequest({ expression, domain: { x0, x1, y0, y1 } }) {
  return { expression, domain: { x: { min: x0, max: x1 }, y: { min: y0, max: y1 } } };
}

const SUPERSCRIPTS = "⁰¹²³⁴⁵⁶⁷⁸⁹";

/** A title has room for this many characters. */
const LONGEST_TITLE = 72;

/**
 * What titles call an objective: by its name, or, if nobody has named it, as plain text.
 * @param {import("./playground-catalog.js").Objective} objective
 */
export function titleOf({ id, name, reference }) {
  const typed = typedOf(id);
  return typed && !reference.url ? `f(x, y) = ${readable(typed.expression)}` : name;
}

/**
 * A function in a line of plain text: with a minus sign, points and raised exponents,
 * and without its settings.
 * @param {string} expression
 */
export function readable(expression) {
  const text = (expression.split(";")[0] ?? "")
    .trim()
    .replace(/\*\*/g, "^")
    .replace(/\^(\d+)(?![\d.eE])/g, (_, digits) => [...digits].map((d) => SUPERSCRIPTS[Number(d)]).join(""))
    .replaceAll("*", "·")
    .replaceAll("-", "−");
  return text.length > LONGEST_TITLE ? `${text.slice(0, LONGEST_TITLE - 1)}…` : text;
}
