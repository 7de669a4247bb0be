/** Texts of lessons: paragraphs with emphasis and code, as data and as elements. Nothing of them is HTML. */

import { element } from "../../core/dom.js";

/** @typedef {{kind: "text" | "emphasis" | "code", text: string}} Span */

/** Code, which holds no emphasis, or a text between asterisks that touch it on both sides. */
const MARKED = /`([^`]+)`|\*(\S(?:[^*]*\S)?)\*/g;

/**
 * The paragraphs of a text, which empty lines part.
 * @param {string} text
 * @returns {Span[][]}
 */
export function parseText(text) {
  const paragraphs = text.split(/\n[ \t]*\n/).map((one) => one.replace(/\s+/g, " ").trim());
  return paragraphs.filter(Boolean).map(parseParagraph);
}

/**
 * @param {string} text
 * @returns {Span[]}
 */
function parseParagraph(text) {
  /** @type {Span[]} */
  const spans = [];
  let end = 0;
  for (const match of text.matchAll(MARKED)) {
    const [whole, code, emphasis = ""] = match;
    if (match.index > end) spans.push({ kind: "text", text: text.slice(end, match.index) });
    spans.push(code === undefined ? { kind: "emphasis", text: emphasis } : { kind: "code", text: code });
    end = match.index + whole.length;
  }
  if (end < text.length) spans.push({ kind: "text", text: text.slice(end) });
  return spans;
}

/**
 * @param {string} text
 * @returns {HTMLParagraphElement[]}
 */
export function textElements(text) {
  return parseText(text).map((spans) => element("p", {}, ...spans.map(spanNode)));
}

/** @param {Span} span */
function spanNode({ kind, text }) {
  if (kind === "text") return text;
  return element(kind === "code" ? "code" : "em", {}, text);
}
