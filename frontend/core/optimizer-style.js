/**
 * How each optimizer looks. The colours start from Okabe and Ito's and keep different lightnesses
 * within a theme; because twenty-three colours cannot all be told apart by everybody, the dash patterns
 * differ too.
 */

import { themeName } from "./theme.js";
import { parseVariantId } from "./variant-id.js";
import { variantLook } from "./variant-style.js";

/**
 * @typedef {object} Appearance
 * @property {string} label  as it stands in the lower bar
 * @property {string} light  its colour on a light page
 * @property {string} dark
 * @property {number[]} dash  lengths in pixels; empty: solid
 * @property {string} dash3d  in 3D, where Plotly's long patterns have gaps too long to follow
 */

/** @type {Record<string, Appearance>} */
export const APPEARANCES = {
  gd: { label: "GD", light: "#1f2328", dark: "#f4f4f2", dash: [], dash3d: "solid" },
  sgd: { label: "SGD", light: "#0a66b7", dark: "#6cb8ff", dash: [2.5, 3.5], dash3d: "dot" },
  momentum: { label: "Momentum", light: "#cf3f00", dark: "#ff8552", dash: [14, 4], dash3d: "solid" },
  rmsprop: { label: "RMSProp", light: "#9c2a92", dark: "#ee97e2", dash: [7, 4], dash3d: "dashdot" },
  adam: { label: "Adam", light: "#007d53", dark: "#35d99a", dash: [16, 3, 3, 3], dash3d: "solid" },
  nesterov: { label: "Nesterov", light: "#b86e00", dark: "#ffbf47", dash: [10, 3, 5, 3], dash3d: "dashdot" },
  adagrad: { label: "Adagrad", light: "#775321", dark: "#cfa66b", dash: [5, 3], dash3d: "dot" },
  adamw: { label: "AdamW", light: "#4d7c0f", dark: "#a9dd5b", dash: [12, 3, 3, 3, 3, 3], dash3d: "dashdot" },
  adadelta: { label: "Adadelta", light: "#56657a", dark: "#a9b8cf", dash: [9, 3, 2, 3, 2, 3], dash3d: "dashdot" },
  radam: { label: "RAdam", light: "#c2417c", dark: "#ffb3c7", dash: [14, 3, 6, 3], dash3d: "solid" },
  nadam: { label: "NAdam", light: "#00798a", dark: "#4bdcec", dash: [7, 3, 2, 3], dash3d: "dot" },
  adamax: { label: "Adamax", light: "#2f7a1f", dark: "#7fe06a", dash: [10, 4, 2, 4], dash3d: "dot" },
  adabelief: { label: "AdaBelief", light: "#8e3b6b", dark: "#e6a5cf", dash: [8, 2, 2, 2, 2, 2], dash3d: "dashdot" },
  rprop: { label: "Rprop", light: "#8a5a44", dark: "#e0b39c", dash: [3, 3, 9, 3], dash3d: "dot" },
  lion: { label: "Lion", light: "#b3123f", dark: "#ff7391", dash: [20, 5], dash3d: "solid" },
  eve: { label: "Eve", light: "#5b46c8", dark: "#b3a1ff", dash: [4, 2, 1, 2], dash3d: "dot" },
  asgd: { label: "ASGD", light: "#3b5ba5", dark: "#9fb8f0", dash: [6, 2, 6, 6], dash3d: "dot" },
  "schedule-free-sgd": { label: "SF-SGD", light: "#0b7f77", dark: "#62e0d0", dash: [13, 2, 2, 2], dash3d: "dashdot" },
  "schedule-free-adamw": { label: "SF-AdamW", light: "#6a6f00", dark: "#cdd64a", dash: [3, 2, 10, 2], dash3d: "dashdot" },
  sam: { label: "SAM", light: "#a8324a", dark: "#ff9d9d", dash: [17, 4, 9, 4], dash3d: "solid" },
  lbfgs: { label: "L-BFGS", light: "#7a3fb0", dark: "#d6a8ff", dash: [22, 3, 2, 3], dash3d: "solid" },
  newton: { label: "Newton", light: "#2c4657", dark: "#b9d4e6", dash: [26, 3], dash3d: "solid" },
  yellowfin: { label: "YellowFin", light: "#7d7000", dark: "#f0e04a", dash: [18, 3, 6, 3], dash3d: "dashdot" },
};

/**
 * The looks of descents that a file brings, in its order: hues beside those of the bar's first five.
 * @type {Pick<Appearance, "light" | "dark">[]}
 */
const OWN_LOOKS = [
  { light: "#d1006c", dark: "#ff5fae" },
  { light: "#007c8f", dark: "#3fd9ee" },
  { light: "#a06a00", dark: "#ffc53d" },
  { light: "#5b46c8", dark: "#b3a1ff" },
  { light: "#4d7c0f", dark: "#a9dd5b" },
  { light: "#8a4b2f", dark: "#d9a184" },
  { light: "#b3123f", dark: "#ff7391" },
  { light: "#56657a", dark: "#a9b8cf" },
];

/** Beyond the last look they begin anew, dashed. */
const OWN_DASHES = /** @type {const} */ ([[], [8, 4]]);

const OWN_ID = /^own-(\d+):(.*)$/s;

/**
 * The id of a descent that a file brings.
 * @param {number} place  in the file, from 0
 * @param {string} label
 */
export function ownId(place, label) {
  return `own-${place}:${label}`;
}

/** @param {string} id */
export function isOwn(id) {
  return OWN_ID.test(id);
}

/** An optimizer that the server has and this table has not. @type {Appearance} */
const UNKNOWN = { label: "", light: "#555555", dark: "#bbbbbb", dash: [], dash3d: "solid" };

/**
 * How a variant looks, or a descent of a file. Its label is that of its optimizer; a pin looks like
 * its variant, and is drawn as a ghost.
 * @param {string} id
 * @returns {Appearance}
 */
export function appearanceOf(id) {
  const [, place, label = ""] = OWN_ID.exec(id) ?? [];
  if (place === undefined) {
    const { optimizer, place: among } = parseVariantId(id);
    return variantLook(APPEARANCES[optimizer] ?? { ...UNKNOWN, label: optimizer }, among);
  }
  const look = OWN_LOOKS[Number(place) % OWN_LOOKS.length] ?? UNKNOWN;
  const dash = OWN_DASHES[Math.floor(Number(place) / OWN_LOOKS.length) % OWN_DASHES.length] ?? [];
  return { ...look, dash: [...dash], dash3d: dash.length ? "dashdot" : "solid", label };
}

/** @param {string} id */
export function colorOf(id) {
  return appearanceOf(id)[themeName()];
}
