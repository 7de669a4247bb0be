/** Who descends on the page: the variants of the bar, their pins, and the descents of an opened file. */

import { integer, setting } from "../../core/format.js";
import { isPin, unpinnedId } from "../../core/variant-id.js";
import { domainOf, objectiveOf } from "./playground-catalog.js";
import { parametersOf } from "./settings.js";
import { variantsAndPins } from "./variants.js";

/** @typedef {import("./playground-state.js").State} State */
/** @typedef {import("./playground-catalog.js").Catalog} Catalog */
/** @typedef {import("./descents-file.js").FileDescent} FileDescent */

/**
 * What the view is of: one of the page's objectives, or a function that a file holds.
 * @param {Readonly<State>} state
 */
export function groundOf({ file, objective }) {
  return file?.own ?? objective;
}

/**
 * The descents of the file, unless they are on another function than the page's.
 * @param {Readonly<State>} state
 * @param {Catalog} catalog
 * @returns {readonly FileDescent[]}
 */
export function fileDescents(state, catalog) {
  const { file } = state;
  if (!file) return [];
  if (file.own) return file.descents;
  if (file.objective?.id !== state.objective) return [];
  const own = file.objective.parameters;
  const here = Object.entries(parametersOf(state, objectiveOf(catalog, state.objective)));
  return here.every(([name, value]) => own[name] === value) ? file.descents : [];
}

/**
 * The ids of all that descend, shown or not. On a function of a file no other optimizer can.
 * @param {Readonly<State>} state
 * @param {Catalog} catalog
 * @returns {string[]}
 */
export function membersOf(state, catalog) {
  const own = fileDescents(state, catalog).map(({ optimizer }) => optimizer);
  return state.file?.own ? own : [...variantsAndPins(state), ...own];
}

/**
 * Those of them that are shown: a pin where its variant is.
 * @param {Readonly<State>} state
 * @param {Catalog} catalog
 */
export function shownOf(state, catalog) {
  return membersOf(state, catalog).filter((id) => !state.off.includes(unpinnedId(id)));
}

/**
 * The same in the order in which they are drawn: pins lie under all others.
 * @param {Readonly<State>} state
 * @param {Catalog} catalog
 */
export function drawnOf(state, catalog) {
  return shownOf(state, catalog).sort((a, b) => Number(isPin(b)) - Number(isPin(a)));
}

/**
 * The part of the plane that is shown at first.
 * @param {Readonly<State>} state
 * @param {Catalog} catalog
 */
export function contentOf({ file, objective }, catalog) {
  return file?.own ? file.own.surface.bounds : domainOf(objectiveOf(catalog, objective));
}

/**
 * How the levels are spread.
 * @param {Readonly<State>} state
 * @param {Catalog} catalog
 */
export function scaleOf({ file, objective }, catalog) {
  return file?.own ? file.own.scale : objectiveOf(catalog, objective).scale;
}

/**
 * A file's descent in short: its rate if it has one, what it took.
 * @param {FileDescent} descent
 */
export function gistOf({ settings, steps, gradients }) {
  const rate = typeof settings.lr === "number" ? `lr ${setting(settings.lr)} · ` : "";
  const spent = Number(gradients.at(-1));
  const cost = spent === steps ? "" : ` · ${integer(spent)} gradients`;
  return `${rate}${integer(steps)} steps${cost}`;
}

/**
 * All settings of a file's descent, and what it took. A switch is named where it is on.
 * @param {FileDescent} descent
 */
export function settingsOfOwn({ kind, settings, schedule, seed, steps, gradients }) {
  const values = Object.entries(settings).flatMap(([name, value]) => {
    if (typeof value === "boolean") return value ? [name] : [];
    return [`${name} ${setting(value)}`];
  });
  if (schedule) values.push(`schedule ${schedule}`);
  values.push(`seed ${seed}`, `${integer(steps)} steps`, `${integer(Number(gradients.at(-1)))} gradients`);
  return `${kind}: ${values.join(", ")}`;
}
