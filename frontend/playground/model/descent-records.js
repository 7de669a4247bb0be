/** Descents as files: rows for a spreadsheet, and JSON with the request that they answer. */

import { startOf } from "./settings.js";
import { isTyped } from "./typed-function.js";

/** @typedef {import("./computed.js").Descent} Descent */
/** @typedef {import("./computed.js").Minimum} Minimum */
/** @typedef {ReturnType<typeof import("./requests.js").descentsRequest>} Request */

/**
 * One row a point, below the settings as lines that begin with #. Numbers have as many digits as tell
 * them from their neighbours, so that they are the same doubles when read again.
 * @param {Request} request
 * @param {Iterable<Descent>} descents
 * @param {string} link  to the view
 */
export function pathsAsCsv(request, descents, link) {
  const rows = [...settingsOf(request, link).map((line) => `# ${line}`), "optimizer,step,x,y,loss"];
  for (const { optimizer, step, x, y, loss } of descents) {
    for (let i = 0; i < step.length; i++) {
      rows.push([optimizer, step[i], x[i], y[i], loss[i]].join(","));
    }
  }
  return `${rows.join("\r\n")}\r\n`;
}

/**
 * @param {Request} request
 * @param {string} link
 */
function settingsOf({ objective, start, optimizers, noise }, link) {
  const list = (/** @type {object} */ values) =>
    Object.entries(values).map(([name, value]) => `${name} = ${value}`).join(", ");
  return [
    `Descent Atlas: ${link}`,
    `objective ${"expression" in objective ? objective.expression : objective.id}${Object.keys(objective.parameters).length ? `: ${list(objective.parameters)}` : ""}`,
    `start: ${list(start)}`,
    ...optimizers.map(({ id, hyperparameters, steps }) => `${id}: ${list({ ...hyperparameters, steps })}`),
    `gradient noise: ${list(noise)}`,
  ];
}

/**
 * The request and its answer, with lists in place of encoded arrays.
 * @param {Request} request
 * @param {readonly Descent[]} descents
 * @param {readonly Minimum[]} minima
 */
export function pathsAsJson(request, descents, minima) {
  const plain = (/** @type {string} */ _key, /** @type {unknown} */ value) =>
    ArrayBuffer.isView(value) ? Array.from(/** @type {Float64Array} */ (value)) : value;
  return JSON.stringify({ request, answer: { descents, minima } }, plain);
}

/**
 * Whether points were left out of a descent on its way here.
 * @param {Descent} descent
 */
export function isThinned({ step }) {
  return Number(step.at(-1)) + 1 > step.length;
}

/**
 * What files of a state are called: the objective, its parameters where they are not the usual
 * ones, and the start.
 * @param {import("./playground-state.js").State} state
 * @param {import("./settings.js").Objective} objective
 */
export function fileStem(state, objective) {
  const { x, y } = startOf(state, objective);
  const parameters = Object.entries(state.parameters).map(([id, value]) => `${id}${brief(value)}`);
  return [fileName(objective.id), ...parameters, "from", brief(x), brief(y)].join("_");
}

/**
 * What files call an objective.
 * @param {string} id
 */
export function fileName(id) {
  return isTyped(id) ? "own-function" : id;
}

/**
 * What a picture of a state is called after the stem: contour, basins and 3D have names of their own.
 * @param {import("./playground-state.js").State} state
 */
export function pictureName({ surface, basins }) {
  if (surface === "3d") return "3d";
  return basins === null ? "contour" : `basins-of-${basins}`;
}

/** @param {number} value */
function brief(value) {
  return String(Number(value.toPrecision(4)));
}
