/** Fields of a state's table of query parameters, by type. */

import { formatNumber, parseNumber, parseNumbers } from "./url-query.js";

/** @typedef {import("./geometry/bounds.js").Bounds} Bounds */
/** @typedef {import("./geometry/space.js").Camera} Camera */

/**
 * The keys of a state whose values have a type.
 * @template S, T
 * @typedef {{[K in keyof S]-?: S[K] extends T ? K : never}[keyof S]} KeyOf
 */

/** Characters of a text in a link, well within what browsers and servers take. */
const LONGEST_TEXT = 200;

/**
 * Return functions that create fields of a state. A value at its default writes nothing; what cannot
 * be read stays at the default.
 * @template {object} S
 * @param {Readonly<S>} defaults
 */
export function fieldsFor(defaults) {
  /**
   * A field with one parameter. `write` returns null where nothing is to be written.
   * @template {keyof S} K
   * @param {string} name
   * @param {K} key
   * @param {(value: S[K]) => string | null} write
   * @param {(text: string) => S[K] | null} read  null: not readable
   * @returns {import("./url-query.js").Field<S>}
   */
  const field = (name, key, write, read) => ({
    write: (state) => {
      const value = state[key];
      const text = Object.is(value, defaults[key]) ? null : write(value);
      return text === null ? [] : [[name, text]];
    },
    read: (query) => {
      const text = query.get(name);
      const value = text === null ? null : read(text);
      return value === null ? {} : /** @type {Partial<S>} */ ({ [key]: value });
    },
  });

  return {
    field,

    /**
     * One of a few values.
     * @template {keyof S} K
     * @param {string} name
     * @param {K} key
     * @param {readonly S[K][]} choices
     */
    choiceField: (name, key, choices) =>
      field(
        name,
        key,
        (value) => String(value),
        (text) => choices.find((one) => String(one) === text) ?? null,
      ),

    /**
     * @param {string} name
     * @param {KeyOf<S, boolean>} key
     */
    booleanField: (name, key) =>
      field(
        name,
        key,
        (value) => String(value),
        (text) => (text === "true" || text === "false" ? /** @type {any} */ (text === "true") : null),
      ),

    /**
     * @param {string} name
     * @param {KeyOf<S, number | null>} key
     */
    numberField: (name, key) =>
      field(
        name,
        key,
        (value) => (value === null ? null : formatNumber(/** @type {any} */ (value))),
        (text) => /** @type {any} */ (parseNumber(text)),
      ),

    /**
     * A name of something, or nothing.
     * @param {string} name
     * @param {KeyOf<S, string | null>} key
     */
    nameField: (name, key) =>
      field(
        name,
        key,
        (value) => /** @type {any} */ (value),
        (text) => /** @type {any} */ (readName(text)),
      ),

    /**
     * Any short text, such as the id of somebody's metric; empty: nothing is written.
     * @param {string} name
     * @param {KeyOf<S, string>} key
     */
    textField: (name, key) =>
      field(
        name,
        key,
        (value) => /** @type {any} */ (value) || null,
        (text) => /** @type {any} */ (text.length <= LONGEST_TEXT ? text : null),
      ),

    /**
     * Names with commas between them.
     * @param {string} name
     * @param {KeyOf<S, readonly string[]>} key
     */
    namesField: (name, key) =>
      field(
        name,
        key,
        (value) => /** @type {any} */ (value).join(",") || null,
        (text) => {
          const names = [...new Set(text.split(","))];
          return /** @type {any} */ (names.every(readName) ? names : null);
        },
      ),

    /**
     * @param {string} name
     * @param {KeyOf<S, Bounds | null>} key
     */
    boundsField: (name, key) =>
      field(
        name,
        key,
        (value) => writeBounds(/** @type {any} */ (value)),
        (text) => /** @type {any} */ (readBounds(text)),
      ),

    /**
     * @param {string} name
     * @param {KeyOf<S, Camera | null>} key
     */
    cameraField: (name, key) =>
      field(
        name,
        key,
        (value) => writeCamera(/** @type {any} */ (value)),
        (text) => /** @type {any} */ (readCamera(text)),
      ),
  };
}

/**
 * Return a text if it can name an objective, an optimizer, a run, a landscape or a surface.
 * @param {string} text
 * @returns {string | null}
 */
export function readName(text) {
  return /^[a-z0-9]+(?:[._-][a-z0-9]+)*$/.test(text) && text.length <= 100 ? text : null;
}

/** @param {Bounds | null} bounds */
function writeBounds(bounds) {
  return bounds && [bounds.x0, bounds.x1, bounds.y0, bounds.y1].map(short).join(",");
}

/**
 * Write a number with seven digits, enough for bounds that look the same.
 * @param {number} value
 */
function short(value) {
  return formatNumber(Number(value.toPrecision(7)));
}

/**
 * @param {string} text
 * @returns {Bounds | null}
 */
function readBounds(text) {
  const [x0, x1, y0, y1] = parseNumbers(text, 4) ?? [];
  if (x0 === undefined || x1 === undefined || y0 === undefined || y1 === undefined) return null;
  return x0 < x1 && y0 < y1 ? { x0, x1, y0, y1 } : null;
}

/** @param {Camera | null} camera */
function writeCamera(camera) {
  if (!camera) return null;
  return [camera.eye, camera.center]
    .flatMap(({ x, y, z }) => [x, y, z])
    .map((value) => String(Number(value.toFixed(3))))
    .join(",");
}

/**
 * @param {string} text
 * @returns {Camera | null}
 */
function readCamera(text) {
  const numbers = parseNumbers(text, 6);
  if (!numbers) return null;
  const [ex, ey, ez, cx, cy, cz] = /** @type {[number, number, number, number, number, number]} */ (
    numbers
  );
  return { eye: { x: ex, y: ey, z: ez }, center: { x: cx, y: cy, z: cz } };
}
