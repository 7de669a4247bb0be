/**
 * The state of the playground, and its table of query parameters.
 */

import { fieldsFor, readName } from "../../core/url-fields.js";
import { formatNumber, parseNumber, parseNumbers } from "../../core/url-query.js";
import { readVariantId, readVariantName } from "../../core/variant-id.js";

import { scheduleField } from "../schedules/schedule-settings.js";
import { DEFAULT_DOMAIN, MAX_LENGTH, readDomain, typedId, typedOf, writeDomain } from "./typed-function.js";

/** @typedef {import("../../core/geometry/bounds.js").Bounds} Bounds */
/** @typedef {import("../../core/geometry/space.js").Camera} Camera */
/** @typedef {Record<string, number | boolean>} Values */
/** @typedef {{std: number, batch_size: number, seed: number, all: boolean}} Noise */

/**
 * A file of descents, and the view before it was opened, to which closing it returns.
 * @typedef {import("./descents-file.js").DescentsFile & {before: State}} OpenedFile
 */

/** A variant's id, and a number of seeds. @typedef {{id: string, seeds: number}} Ensemble */

/**
 * @typedef {object} State
 * @property {string} objective  its id; that of a typed function holds all of it
 * @property {Readonly<Record<string, number>>} parameters  those that are not at their default
 * @property {{x: number, y: number} | null} start  null: where the objective's page opens
 * @property {readonly string[]} bar  ids of the variants in the lower bar; all of them are computed
 * @property {readonly string[]} off  those of the bar that are not shown
 * @property {readonly string[]} pins  those of the bar of which a pin is shown: what they showed once
 * @property {Readonly<Record<string, string>>} names  those that a person gave, by variant
 * @property {"swept" | "article"} preset  what hyperparameters are when nobody set them
 * @property {Readonly<Record<string, Values>>} hyperparameters  those set by hand, by variant; all of a pin’s
 * @property {number | null} steps  the budget of all; null: the server's default
 * @property {Readonly<Record<string, number>>} stepsOf  budgets set for single variants
 * @property {Readonly<Record<string, import("../schedules/schedule-settings.js").ChosenSchedule>>} schedules
 *   those that are not constant, by variant
 * @property {Readonly<Partial<Noise>>} noise  what was set by hand
 * @property {number | null} playhead  the step at which it was stopped; null: it plays by itself
 * @property {number} speed
 * @property {"contour" | "3d"} surface
 * @property {Bounds | null} bounds  null: the objective's domain
 * @property {Camera | null} camera
 * @property {"linear" | "log"} lossScale
 * @property {"linear" | "log" | null} heightScale  of the 3D view; null: as the objective's levels
 * @property {string | null} basins  the variant whose basins are shown
 * @property {number | null} arrows  how many times as long arrows at the playhead are drawn; null: none
 * @property {"on" | "off" | null} preview  of the paths under the pointer; null: where motion is not reduced
 * @property {string | null} guess  the variant whose end is to be guessed
 * @property {Ensemble | null} ensemble  the descents under many seeds that are shown
 * @property {string | null} rates  the variant whose curve over the learning rate was opened
 * @property {string | null} across  the second hyperparameter of its map
 * @property {string | null} stability  the variant whose stability is shown
 * @property {string | null} story  the story that is told
 * @property {string | null} lesson  the lesson that is open
 * @property {number} lessonStep  its step, from 1
 * @property {"off" | "plot" | "text"} present  whether the plot fills the window, or plot and text do
 * @property {readonly string[]} hide  what the page in a frame leaves out
 * @property {OpenedFile | null} file  whose descents are shown; no link can hold it
 */

/** The five of the article's kind that stand in the lower bar at first. */
export const FIRST_OPTIMIZERS = ["gd", "sgd", "momentum", "rmsprop", "adam"];

/** So many times as long as they are arrows can be drawn. */
export const ARROW_FACTORS = [1, 2, 5, 10, 20, 50, 100, 1000];

/** @type {State} */
export const DEFAULTS = {
  objective: "two-gaussian-bowl",
  parameters: {},
  start: null,
  bar: FIRST_OPTIMIZERS,
  off: [],
  pins: [],
  names: {},
  preset: "swept",
  hyperparameters: {},
  steps: null,
  stepsOf: {},
  schedules: {},
  noise: {},
  playhead: null,
  speed: 1,
  surface: "contour",
  bounds: null,
  camera: null,
  lossScale: "linear",
  heightScale: null,
  basins: null,
  arrows: null,
  preview: null,
  guess: null,
  ensemble: null,
  rates: null,
  across: null,
  stability: null,
  story: null,
  lesson: null,
  lessonStep: 1,
  present: "off",
  hide: [],
  file: null,
};

const { choiceField, field, nameField, namesField, numberField, cameraField, boundsField } = fieldsFor(DEFAULTS);

/**
 * @param {string} text
 * @returns {number | boolean | null}
 */
function scalar(text) {
  if (text === "true" || text === "false") return text === "true";
  return parseNumber(text);
}

/** @type {import("../../core/url-query.js").Field<State>[]} */
const TABLE = [
  field("objective", "objective", (id) => (typedOf(id) ? null : id), readName),
  {
    // `f=x^2+y^2&domain=-5,5,-5,5`: a typed function, whose id holds both.
    write: ({ objective }) => {
      const typed = typedOf(objective);
      if (!typed) return [];
      const domain = writeDomain(typed.domain);
      return [["f", typed.expression], ...(domain === writeDomain(DEFAULT_DOMAIN) ? [] : [pair("domain", domain)])];
    },
    read: (query) => {
      const expression = query.get("f");
      if (expression === null || expression.length > MAX_LENGTH) return {};
      return { objective: typedId({ expression, domain: readDomain(query.get("domain")) ?? DEFAULT_DOMAIN }) };
    },
  },
  {
    // One parameter each, `p.a=2`: names are the objective's own.
    write: ({ parameters }) =>
      Object.entries(parameters).map(([id, value]) => [`p.${id}`, formatNumber(value)]),
    read: (query) => ({ parameters: /** @type {Record<string, number>} */ (family(query, "p")) }),
  },
  field(
    "start",
    "start",
    (start) => start && `${formatNumber(start.x)},${formatNumber(start.y)}`,
    (text) => {
      const [x, y] = parseNumbers(text, 2) ?? [];
      return x === undefined || y === undefined ? null : { x, y };
    },
  ),
  {
    // `optimizers=gd,-sgd,adam,adam~2`: a minus switches one off.
    write: ({ bar, off }) => {
      const text = bar.map((id) => (off.includes(id) ? `-${id}` : id)).join(",");
      return text === FIRST_OPTIMIZERS.join(",") ? [] : [["optimizers", text]];
    },
    read: (query) => {
      const entries = query.get("optimizers")?.split(",") ?? [];
      const ids = entries.map((entry) => entry.replace(/^-/, ""));
      if (!ids.length || ids.some((id) => readVariantId(id)?.pinned !== false)) return {};
      return {
        bar: [...new Set(ids)],
        off: entries.filter((entry) => entry.startsWith("-")).map((entry) => entry.slice(1)),
      };
    },
  },
  field(
    "pins",
    "pins",
    (ids) => ids.join(",") || null,
    (text) => {
      const ids = text.split(",");
      return ids.every((id) => readVariantId(id)?.pinned === false) ? [...new Set(ids)] : null;
    },
  ),
  choiceField("preset", "preset", ["swept", "article"]),
  {
    // `adam.lr=0.01`, `adam~2.bias_correction=false`, `adam.steps=100`, `adam~2.name=Fast`.
    write: ({ hyperparameters, stepsOf, names }) => [
      ...Object.entries(hyperparameters).flatMap(([id, values]) =>
        Object.entries(values).map(
          ([name, value]) => /** @type {[string, string]} */ ([`${id}.${name}`, String(value)]),
        ),
      ),
      ...Object.entries(stepsOf).map(
        ([id, steps]) => /** @type {[string, string]} */ ([`${id}.steps`, String(steps)]),
      ),
      ...Object.entries(names).map(([id, name]) => pair(`${id}.name`, name)),
    ],
    read: (query) => {
      /** @type {Record<string, Values>} */
      const hyperparameters = {};
      /** @type {Record<string, number>} */
      const stepsOf = {};
      /** @type {Record<string, string>} */
      const names = {};
      for (const key of query.keys()) {
        const [, id, name] = /^([a-z0-9-]{2,40}(?:~[a-z0-9]+)*)\.([a-z0-9_]+)$/.exec(key) ?? [];
        if (!id || !name || !readVariantId(id)) continue;
        const text = /** @type {string} */ (query.get(key));
        if (name === "name") {
          const own = readVariantName(text);
          if (own) names[id] = own;
          continue;
        }
        const value = scalar(text);
        if (value === null) continue;
        if (name === "steps") stepsOf[id] = Number(value);
        else (hyperparameters[id] ??= {})[name] = value;
      }
      return { hyperparameters, stepsOf, names };
    },
  },
  scheduleField,
  numberField("steps", "steps"),
  {
    write: ({ noise }) =>
      Object.entries(noise).map(([name, value]) => [`n.${name}`, String(value)]),
    read: (query) => {
      const { std, batch_size, seed, all } = family(query, "n");
      /** @type {Partial<Noise>} */
      const noise = {};
      if (typeof std === "number") noise.std = std;
      if (typeof batch_size === "number") noise.batch_size = batch_size;
      if (typeof seed === "number") noise.seed = seed;
      if (typeof all === "boolean") noise.all = all;
      return { noise };
    },
  },
  field(
    "step",
    "playhead",
    (step) => (step === null ? null : formatNumber(Math.round(step))),
    parseNumber,
  ),
  numberField("speed", "speed"),
  choiceField("surface", "surface", ["contour", "3d"]),
  boundsField("window", "bounds"),
  cameraField("camera", "camera"),
  choiceField("loss", "lossScale", ["linear", "log"]),
  choiceField("height", "heightScale", ["linear", "log"]),
  field(
    "basins",
    "basins",
    (id) => id,
    (text) => (readVariantId(text)?.pinned === false ? text : null),
  ),
  choiceField("arrows", "arrows", ARROW_FACTORS),
  choiceField("preview", "preview", ["on", "off"]),
  field("guess", "guess", (id) => id, (text) => (readVariantId(text)?.pinned === false ? text : null)),
  field(
    // `ensemble=sgd,200`: a variant, and how many seeds.
    "ensemble",
    "ensemble",
    (ensemble) => ensemble && `${ensemble.id},${ensemble.seeds}`,
    (text) => {
      const [id = "", count = ""] = text.split(",", 2);
      const seeds = parseNumber(count);
      return seeds !== null && readVariantId(id)?.pinned === false ? { id, seeds } : null;
    },
  ),
  field(
    "rates",
    "rates",
    (id) => id,
    (text) => (readVariantId(text)?.pinned === false ? text : null),
  ),
  field("across", "across", (id) => id, (text) => (/^[a-z0-9_]{1,40}$/.test(text) ? text : null)),
  field(
    "stability",
    "stability",
    (id) => id,
    (text) => (readVariantId(text)?.pinned === false ? text : null),
  ),
  nameField("story", "story"),
  nameField("lesson", "lesson"),
  field(
    "lesson-step",
    "lessonStep",
    (step) => formatNumber(step),
    (text) => {
      const step = parseNumber(text);
      return step !== null && Number.isInteger(step) && step > 0 ? step : null;
    },
  ),
  field(
    "present",
    "present",
    (present) => (present === "plot" ? "true" : present),
    (text) => (text === "true" ? "plot" : text === "text" ? text : null),
  ),
  namesField("hide", "hide"),
];

/**
 * @param {string} name
 * @param {string} value
 * @returns {[string, string]}
 */
function pair(name, value) {
  return [name, value];
}

/**
 * The table of query parameters. Of a function that a file holds a link can say nothing: it opens
 * the view from before.
 * @type {import("../../core/url-query.js").Field<State>[]}
 */
export const FIELDS = TABLE.map(({ write, read }) => ({
  write: (state) => write(state.file?.own ? state.file.before : state),
  read,
}));

/**
 * All parameters `prefix.name`.
 * @param {URLSearchParams} query
 * @param {string} prefix
 * @returns {Values}
 */
function family(query, prefix) {
  /** @type {Values} */
  const values = {};
  for (const [key, text] of query) {
    const name = key.startsWith(`${prefix}.`) ? key.slice(prefix.length + 1) : "";
    const value = scalar(text);
    if (name && value !== null) values[name] = value;
  }
  return values;
}
