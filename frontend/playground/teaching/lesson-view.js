/** The state of the page that a step of a lesson opens. */

import { fromQuery, toQuery } from "../../core/url-query.js";
import { DEFAULTS, FIELDS } from "../model/playground-state.js";
import { sanitized } from "../model/sanitize.js";
import { typedOf } from "../model/typed-function.js";

/** @typedef {import("../model/playground-state.js").State} State */
/** @typedef {import("../model/playground-catalog.js").Catalog} Catalog */

/**
 * The whole state of a step. How the page shows it stays as it is, and so does the speed, unless the
 * view names one.
 * @param {string} view  the query of a link
 * @param {Catalog} catalog  which has the typed function of the view, if it has one
 * @param {Readonly<State>} current
 * @param {{lesson: string, lessonStep: number}} step
 * @returns {State}
 */
export function stateOfStep(view, catalog, { speed, present, hide }, step) {
  const state = fromQuery(FIELDS, view, { ...DEFAULTS, speed });
  return { ...sanitized(state, catalog, DEFAULTS), present, hide, ...step };
}

/**
 * The typed function of a view that the catalog does not know yet.
 * @param {string} view
 * @param {Catalog} catalog
 */
export function unknownFunction(view, catalog) {
  const { objective } = fromQuery(FIELDS, view, DEFAULTS);
  return catalog.typed?.has(objective) ? null : typedOf(objective);
}

/**
 * Whether a link names a lesson and nothing of a view: it then opens the view of the lesson's step.
 * @param {Readonly<State>} state
 */
export function namesOnlyLesson(state) {
  const { lesson, lessonStep, present, hide } = DEFAULTS;
  return state.lesson !== null && toQuery(FIELDS, { ...state, lesson, lessonStep, present, hide }) === "";
}
