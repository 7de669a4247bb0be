/**
 * Files of descents that `descent_atlas.torch2d` writes: read and checked. docs/own-optimizer.md
 * describes them. A file is read in the browser and sent nowhere.
 */

import { Failure } from "../../core/failure.js";
import { linspace } from "../../core/geometry/sequences.js";
import { levelNumbers } from "../../core/geometry/levels.js";
import { ownId } from "../../core/optimizer-style.js";

/** @typedef {import("./playground-catalog.js").Catalog} Catalog */
/** @typedef {import("./computed.js").Minimum} Minimum */
/** @typedef {import("./computed.js").Surface} Surface */
/** @typedef {number | boolean | string | readonly number[]} Setting */

/**
 * A descent of a file. Where minima are not known, `arrived` is null: it is not told.
 * @typedef {object} FileDescent
 * @property {string} optimizer  its id on this page
 * @property {string} label
 * @property {string} kind  the name of the optimizer's class
 * @property {Readonly<Record<string, Setting>>} settings
 * @property {string | null} schedule
 * @property {number} seed
 * @property {import("./computed.js").DescentAnswer["status"]} status
 * @property {number} steps
 * @property {number | null} minimum
 * @property {boolean | null} arrived
 * @property {number | null} arrival
 * @property {import("./computed.js").DescentAnswer["visit"]} visit
 * @property {Int32Array} step
 * @property {Float64Array} x
 * @property {Float64Array} y
 * @property {Float64Array} loss
 * @property {Int32Array} gradients  spent until each point
 * @property {readonly Minimum[]} minima  to which `minimum` and `visit` refer
 */

/**
 * @typedef {object} DescentsFile
 * @property {string} name  of the file
 * @property {{id: string, parameters: Readonly<Record<string, number>>} | null} objective
 * @property {{name: string, scale: "linear" | "log", surface: Surface} | null} own  a function that
 *   this page knows by its values alone
 * @property {readonly FileDescent[]} descents
 */

/** The writer's limit; what it writes has half a megabyte and seldom more. */
export const MAX_FILE_BYTES = 8 * 2 ** 20;

const FORMAT = "descent-atlas-descents";
const SCHEMA = 1;
const MAX_DESCENTS = 16;
const MAX_POINTS = 2000;
const MAX_GRID_COUNT = 301;
const MAX_LEVELS = 100;
const MAX_MINIMA = 1000;
const MAX_SETTINGS = 40;
const MAX_NAME = 60;
const MAX_NUMBERS = 8;
const MAX_COUNT = 2 ** 31 - 1;
/** The server's limit, and the writer's. */
const MAX_START = 1e4;
const STATUSES = /** @type {const} */ (["converged", "stationary", "exhausted", "diverged"]);

/** A fault of the file, as the end of a sentence. */
class Fault extends Error {
  /** @param {string} clause */
  constructor(clause) {
    super(`${clause}.`);
  }
}

/**
 * Read a file's text.
 * @param {string} text
 * @param {string} name  of the file
 * @param {Catalog} catalog
 * @returns {DescentsFile}
 * @throws {Failure} whose sentence names the file, the field and the limit
 */
export function readDescentsFile(text, name, catalog) {
  try {
    return readFile(parsed(text), name, catalog);
  } catch (error) {
    if (error instanceof Fault) throw new Failure(`${name} cannot be opened: ${error.message}`);
    throw error;
  }
}

/** @param {string} text */
function parsed(text) {
  try {
    return /** @type {unknown} */ (JSON.parse(text));
  } catch {
    throw new Fault("it is not JSON");
  }
}

/**
 * @param {unknown} whole
 * @param {string} name
 * @param {Catalog} catalog
 * @returns {DescentsFile}
 */
function readFile(whole, name, catalog) {
  if (!isObject(whole) || whole.format !== FORMAT) throw new Fault("it is no file of descents");
  if (Number.isInteger(whole.schema) && Number(whole.schema) > SCHEMA) {
    throw new Fault(`it has schema ${whole.schema}, and this page reads ${SCHEMA}; a newer Descent Atlas wrote it`);
  }
  if (whole.schema !== SCHEMA) throw new Fault(`schema must be ${SCHEMA}`);
  const isBuiltIn = "objective" in whole;
  const keys = isBuiltIn ? ["objective", "minima"] : ["function"];
  const file = object(whole, "", ["format", "schema", "software", ...keys, "descents"]);
  const software = object(file.software, "software", ["descent_atlas", "torch"]);
  word(software.descent_atlas, "software.descent_atlas");
  word(software.torch, "software.torch");
  const minima = isBuiltIn ? list(file.minima, "minima", 0, MAX_MINIMA).map(readMinimum) : [];
  const entries = list(file.descents, "descents", 1, MAX_DESCENTS);
  const descents = entries.map((entry, i) => readDescent(entry, i, minima, isBuiltIn));
  if (new Set(descents.map(({ label }) => label)).size < descents.length) {
    throw new Fault("descents: two have the same label");
  }
  return {
    name,
    objective: isBuiltIn ? readObjective(file.objective, catalog) : null,
    own: isBuiltIn ? null : readFunction(file.function),
    descents,
  };
}

/**
 * @param {unknown} value
 * @param {Catalog} catalog
 */
function readObjective(value, catalog) {
  const { id, parameters } = object(value, "objective", ["id", "parameters"]);
  const known = catalog.objectives.find((one) => one.id === id);
  if (!known) throw new Fault(`objective.id: this page has no objective ${JSON.stringify(id)}`);
  const names = known.parameters.map((one) => one.id);
  const given = object(parameters, "objective.parameters", names);
  const values = known.parameters.map(({ id: name, min, max }) => {
    const where = `objective.parameters.${name}`;
    const found = number(given[name], where);
    if (found < min || found > max) throw new Fault(`${where} must be ${min} to ${max}`);
    return /** @type {[string, number]} */ ([name, found]);
  });
  return { id: known.id, parameters: Object.fromEntries(values) };
}

/** @param {unknown} value */
function readFunction(value) {
  const { name, grid } = object(value, "function", ["name", "grid"]);
  const where = "function.grid";
  const parts = object(grid, where, ["x", "y", "values", "levels", "scale"]);
  const x = readAxis(parts.x, `${where}.x`);
  const y = readAxis(parts.y, `${where}.y`);
  const count = x.length * y.length;
  const given = list(parts.values, `${where}.values`, count, count);
  const z = Float64Array.from(given, (one, i) => (one === null ? NaN : number(one, `${where}.values.${i}`)));
  const levels = list(parts.levels, `${where}.levels`, 2, MAX_LEVELS).map((one, i) => number(one, `${where}.levels.${i}`));
  ascending(levels, `${where}.levels`);
  const { scale } = parts;
  if (scale !== "linear" && scale !== "log") throw new Fault(`${where}.scale must be linear or log`);
  const bounds = { x0: Number(x[0]), x1: Number(x.at(-1)), y0: Number(y[0]), y1: Number(y.at(-1)) };
  /** @type {Surface} */
  const surface = { x, y, z, numbers: levelNumbers(z, levels), levels, minima: [], bounds };
  return { name: word(name, "function.name"), scale: /** @type {"linear" | "log"} */ (scale), surface };
}

/**
 * @param {unknown} value
 * @param {string} where
 */
function readAxis(value, where) {
  const { min, max, count } = object(value, where, ["min", "max", "count"]);
  const [low, high] = [number(min, `${where}.min`), number(max, `${where}.max`)];
  if (!(low < high)) throw new Fault(`${where}: min must be below max`);
  return linspace(low, high, whole(count, `${where}.count`, 2, MAX_GRID_COUNT));
}

/**
 * @param {unknown} value
 * @param {number} i
 * @returns {Minimum}
 */
function readMinimum(value, i) {
  const where = `minima.${i}`;
  const found = object(value, where, ["x", "y", "value", "global"]);
  return {
    x: number(found.x, `${where}.x`),
    y: number(found.y, `${where}.y`),
    value: number(found.value, `${where}.value`),
    global: truth(found.global, `${where}.global`),
  };
}

const DESCENT_KEYS = (
  "label optimizer settings schedule seed status steps minimum arrived arrival visit step x y loss gradients"
).split(" ");

/**
 * @param {unknown} value
 * @param {number} i
 * @param {readonly Minimum[]} minima
 * @param {boolean} known  whether minima are
 * @returns {FileDescent}
 */
function readDescent(value, i, minima, known) {
  const where = `descents.${i}`;
  const found = object(value, where, DESCENT_KEYS);
  const label = word(found.label, `${where}.label`);
  const status = STATUSES.find((one) => one === found.status);
  if (!status) throw new Fault(`${where}.status must be one of ${STATUSES.join(", ")}`);
  const steps = whole(found.steps, `${where}.steps`, 1, MAX_COUNT);
  const step = counts(found.step, `${where}.step`);
  const floats = (/** @type {"x" | "y" | "loss"} */ key) =>
    Float64Array.from(list(found[key], `${where}.${key}`, step.length, step.length), (one, k) =>
      number(one, `${where}.${key}.${k}`),
    );
  ascending(step, `${where}.step`);
  const last = Number(step.at(-1));
  if (step[0] !== 0) throw new Fault(`${where}.step must begin with 0`);
  if (last > steps || (last < steps && status !== "diverged")) {
    throw new Fault(`${where}.step must end with steps, ${steps}`);
  }
  const gradients = counts(found.gradients, `${where}.gradients`);
  if (gradients.length !== step.length) throw new Fault(`${where}.gradients must have ${step.length} values`);
  if (gradients.some((one, k) => k > 0 && one < Number(gradients[k - 1]))) {
    throw new Fault(`${where}.gradients must not descend`);
  }
  const [x, y] = [floats("x"), floats("y")];
  if (Math.max(Math.abs(Number(x[0])), Math.abs(Number(y[0]))) > MAX_START) {
    throw new Fault(`${where}: the start must be within ${MAX_START} of 0 on each axis`);
  }
  return {
    optimizer: ownId(i, label),
    label,
    kind: word(found.optimizer, `${where}.optimizer`),
    settings: readSettings(found.settings, `${where}.settings`),
    schedule: found.schedule === null ? null : word(found.schedule, `${where}.schedule`),
    seed: whole(found.seed, `${where}.seed`, 0, Infinity),
    status,
    steps,
    ...readEnd(found, where, minima, known),
    step,
    x,
    y,
    loss: floats("loss"),
    gradients,
    minima,
  };
}

/**
 * @param {Record<string, unknown>} found
 * @param {string} where
 * @param {readonly Minimum[]} minima
 * @param {boolean} known
 */
function readEnd(found, where, minima, known) {
  const index = (/** @type {unknown} */ one, /** @type {string} */ key) =>
    one === null ? null : whole(one, `${where}.${key}`, 0, minima.length - 1);
  const minimum = index(found.minimum, "minimum");
  const arrived = found.arrived === null ? null : truth(found.arrived, `${where}.arrived`);
  const arrival = found.arrival === null ? null : whole(found.arrival, `${where}.arrival`, 0, MAX_COUNT);
  if (known !== (arrived !== null)) {
    throw new Fault(`${where}.arrived is told where minima are known, and only there`);
  }
  if ((arrived === true) !== (arrival !== null)) {
    throw new Fault(`${where}.arrival belongs to a descent that has arrived`);
  }
  if (arrived && minimum === null) throw new Fault(`${where}.minimum: a descent that has arrived has one`);
  if (found.visit === null) return { minimum, arrived, arrival, visit: null };
  const visit = object(found.visit, `${where}.visit`, ["minimum", "first", "last"]);
  const stay = {
    minimum: whole(visit.minimum, `${where}.visit.minimum`, 0, minima.length - 1),
    first: whole(visit.first, `${where}.visit.first`, 0, MAX_COUNT),
    last: whole(visit.last, `${where}.visit.last`, 0, MAX_COUNT),
  };
  return { minimum, arrived, arrival, visit: stay };
}

/**
 * @param {unknown} value
 * @param {string} where
 * @returns {Record<string, Setting>}
 */
function readSettings(value, where) {
  if (!isObject(value)) throw new Fault(`${where} must be an object`);
  const entries = Object.entries(value);
  if (entries.length > MAX_SETTINGS) throw new Fault(`${where} may have ${MAX_SETTINGS} entries`);
  return Object.fromEntries(
    entries.map(([name, one]) => {
      const at = `${where}.${word(name, where)}`;
      if (typeof one === "boolean") return [name, one];
      if (typeof one === "string") return [name, word(one, at)];
      if (Array.isArray(one)) {
        return [name, list(one, at, 1, MAX_NUMBERS).map((each, k) => number(each, `${at}.${k}`))];
      }
      return [name, number(one, at)];
    }),
  );
}

/**
 * @param {unknown} value
 * @returns {value is Record<string, unknown>}
 */
function isObject(value) {
  return value !== null && typeof value === "object" && !Array.isArray(value);
}

/**
 * An object with these keys and no others.
 * @param {unknown} value
 * @param {string} where  empty: the whole file
 * @param {readonly string[]} keys
 */
function object(value, where, keys) {
  const place = where || "the file";
  if (!isObject(value)) throw new Fault(`${place} must be an object`);
  const missing = keys.find((key) => !Object.hasOwn(value, key));
  if (missing !== undefined) throw new Fault(`${place} has no ${missing}`);
  const unknown = Object.keys(value).find((key) => !keys.includes(key));
  if (unknown !== undefined) throw new Fault(`${place} has ${JSON.stringify(unknown.slice(0, MAX_NAME))}, which is not known`);
  return value;
}

/**
 * @param {unknown} value
 * @param {string} where
 * @param {number} least
 * @param {number} most
 * @returns {unknown[]}
 */
function list(value, where, least, most) {
  if (!Array.isArray(value)) throw new Fault(`${where} must be a list`);
  if (value.length < least || value.length > most) {
    const range = least === most ? `${least}` : `${least} to ${most}`;
    throw new Fault(`${where} must have ${range} values, not ${value.length}`);
  }
  return value;
}

/**
 * @param {unknown} value
 * @param {string} where
 */
function counts(value, where) {
  const values = list(value, where, 1, MAX_POINTS);
  return Int32Array.from(values, (one, i) => whole(one, `${where}.${i}`, 0, MAX_COUNT));
}

/**
 * @param {ArrayLike<number>} values
 * @param {string} where
 */
function ascending(values, where) {
  for (let i = 1; i < values.length; i++) {
    if (!(Number(values[i - 1]) < Number(values[i]))) throw new Fault(`${where} must ascend`);
  }
}

/**
 * @param {unknown} value
 * @param {string} where
 */
function number(value, where) {
  // A number too large for a double is read as infinity.
  if (typeof value !== "number" || !Number.isFinite(value)) throw new Fault(`${where} must be a finite number`);
  return value;
}

/**
 * @param {unknown} value
 * @param {string} where
 * @param {number} least
 * @param {number} most
 */
function whole(value, where, least, most) {
  const found = number(value, where);
  if (!Number.isInteger(found) || found < least || found > most) {
    if (most < least) throw new Fault(`${where} must be null`);
    const limit = most === Infinity ? `at least ${least}` : `${least} to ${most}`;
    throw new Fault(`${where} must be a whole number, ${limit}`);
  }
  return found;
}

/**
 * @param {unknown} value
 * @param {string} where
 */
function truth(value, where) {
  if (typeof value !== "boolean") throw new Fault(`${where} must be true or false`);
  return value;
}

/**
 * @param {unknown} value
 * @param {string} where
 */
function word(value, where) {
  if (typeof value !== "string" || value.length < 1 || value.length > MAX_NAME) {
    throw new Fault(`${where} must be a text of 1 to ${MAX_NAME} characters`);
  }
  return value;
}
