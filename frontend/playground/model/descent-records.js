/**
 * Descents as files: rows for a spreadsheet, and JSON with the request that they answer, or the name
 * of the file that they come from.
 */

import { settingsOfOwn } from "./members.js";
import { startOf } from "./settings.js";
import { isTyped } from "./typed-function.js";
import { optimizerIdOf } from "./variants.js";

/** @typedef {import("./computed.js").Descent} Descent */
/** @typedef {import("./computed.js").Minimum} Minimum */
/** @typedef {import("./computed.js").ServerDescent} ServerDescent */
/** @typedef {import("./descents-file.js").FileDescent} FileDescent */
/** @typedef {ReturnType<typeof import("./requests.js").descentsRequest>} Request */
/** @typedef {{id: string, name: string}} Variant */

/**
 * What was opened: the file's name, the function's if it is not the page's, the descents shown.
 * @typedef {{name: string, function: string | null, descents: readonly FileDescent[]}} Opened
 */

/**
 * One row a point, below the settings as lines that begin with #. Numbers have as many digits as tell
 * them from their neighbours, so that they are the same doubles when read again.
 * @param {Request | null} request  null where the server has computed nothing
 * @param {Iterable<Descent>} descents
 * @param {string} link  to the view
 * @param {Opened | null} [opened]  whose descents follow
 * @param {readonly Variant[]} [variants]  what the page calls the request's optimizers, by position
 */
export function pathsAsCsv(request, descents, link, opened = null, variants = []) {
  const settings = [
    `Descent Atlas: ${link}`,
    ...(request ? settingsOf(request, variants) : []),
    ...(opened ? settingsOfFile(opened) : []),
  ];
  const rows = [...settings.map((line) => `# ${line}`), "optimizer,step,x,y,loss"];
  for (const descent of [...descents, ...(opened?.descents ?? [])]) {
    const { step, x, y, loss } = descent;
    const name = "label" in descent ? quoted(descent.label) : descent.optimizer;
    for (let i = 0; i < step.length; i++) rows.push([name, step[i], x[i], y[i], loss[i]].join(","));
  }
  return `${rows.join("\r\n")}\r\n`;
}

/**
 * A field of a CSV.
 * @param {string} text
 */
function quoted(text) {
  return /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}

/** @param {Opened} opened */
function settingsOfFile({ name, function: own, descents }) {
  return [
    own === null ? `file ${name}` : `file ${name}, function ${own}`,
    ...descents.map((descent) => `${descent.label}: ${settingsOfOwn(descent)}`),
  ];
}

/**
 * @param {Request} request
 * @param {readonly Variant[]} variants
 */
function settingsOf({ objective, start, optimizers, noise }, variants) {
  const list = (/** @type {object} */ values) =>
    Object.entries(values).map(([name, value]) => `${name} = ${value}`).join(", ");
  return [
    `objective ${"expression" in objective ? objective.expression : objective.id}${Object.keys(objective.parameters).length ? `: ${list(objective.parameters)}` : ""}`,
    `start: ${list(start)}`,
    ...optimizers.map(({ id, hyperparameters, steps }, i) => {
      const variant = variants[i];
      const who = !variant || variant.id === id ? id : `${variant.id} (${variant.name})`;
      return `${who}: ${list({ ...hyperparameters, steps })}`;
    }),
    `gradient noise: ${list(noise)}`,
  ];
}

/**
 * The request and its answer, with lists in place of encoded arrays.
 * @param {Request | null} request
 * @param {readonly ServerDescent[]} descents
 * @param {readonly Minimum[]} minima
 * @param {Opened | null} [opened]
 * @param {readonly Variant[]} [variants]  what the page calls the request's optimizers, by position
 */
export function pathsAsJson(request, descents, minima, opened = null, variants = []) {
  const plain = (/** @type {string} */ _key, /** @type {unknown} */ value) =>
    ArrayBuffer.isView(value) ? Array.from(/** @type {Float64Array} */ (value)) : value;
  const answered = descents.map((descent) => ({ ...descent, optimizer: optimizerIdOf(descent.optimizer) }));
  const asked = request && { request, variants, answer: { descents: answered, minima } };
  return JSON.stringify({ ...asked, ...(opened && { opened }) }, plain);
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
  if (state.file?.own) return state.file.name.replace(/\.json$/i, "");
  const { x, y } = startOf(state, objective);
  const parameters = Object.entries(state.parameters).map(([id, value]) => `${id}${brief(value)}`);
  return [fileName(objective.id), ...parameters, "from", brief(x), brief(y)].join("_");
}

/**
 * What files call an objective or a variant.
 * @param {string} id
 */
export function fileName(id) {
  return isTyped(id) ? "own-function" : id.replaceAll("~", "-");
}

/**
 * What a picture of a state is called after the stem: contour, basins and 3D have names of their own.
 * @param {import("./playground-state.js").State} state
 */
export function pictureName({ surface, basins }) {
  if (surface === "3d") return "3d";
  return basins === null ? "contour" : `basins-of-${fileName(basins)}`;
}

/** @param {number} value */
function brief(value) {
  return String(Number(value.toPrecision(4)));
}
