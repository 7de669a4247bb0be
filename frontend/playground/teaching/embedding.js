/** A view in a frame of another page: the line of HTML for it, and the parts that it may leave out. */

import { toQuery } from "../../core/url-query.js";
import { FIELDS } from "../model/playground-state.js";

/** @typedef {import("../model/playground-state.js").State} State */

/** What a frame can do without, by its name in a link. */
export const PARTS = ["header", "bar", "transport", "loss", "panels"];

/** What a copied frame leaves out: a lesson says which function it is, and has no use for every slider. */
export const USUALLY_HIDDEN = ["header", "panels"];

/** Large enough for plot, bar, transport and losses. */
const SIZE = { width: 720, height: 640 };

/**
 * The line of HTML that shows a view in a frame.
 * @param {Readonly<State>} state
 * @param {string} address  of the page
 * @param {string} name  of the objective
 */
export function frameOf(state, address, name) {
  const query = toQuery(FIELDS, { ...state, hide: USUALLY_HIDDEN, present: "off" });
  const src = new URL(`./embed${query}`, address).href;
  const attributes = {
    src,
    title: `Descent Atlas: ${name}`,
    ...SIZE,
    style: "border: 0",
    loading: "lazy",
    allow: "fullscreen",
  };
  const written = Object.entries(attributes).map(([key, value]) => ` ${key}="${escaped(String(value))}"`);
  return `<iframe${written.join("")}></iframe>`;
}

/** @param {string} text */
function escaped(text) {
  return text.replaceAll("&", "&amp;").replaceAll('"', "&quot;").replaceAll("<", "&lt;");
}

/**
 * The address of the whole page with what a frame shows.
 * @param {Readonly<State>} state
 * @param {string} address  of the frame
 */
export function wholePageOf(state, address) {
  return new URL(`./${toQuery(FIELDS, { ...state, hide: [], present: "off" })}`, address).href;
}
