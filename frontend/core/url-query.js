/**
 * The mapping between a page's state and the query of its URL, given by a table of fields.
 *
 * A field at its default writes nothing, so that the address of an untouched page is bare.
 */

/**
 * One row of the table: a query parameter or a family of them. `write` returns the parameters of a
 * state (none at the default). `read` returns the part of the state that the query gives. It never
 * throws: links are typed and shortened by hand, so what it cannot read stays at the default.
 * @template S
 * @typedef {object} Field
 * @property {(state: Readonly<S>) => [string, string][]} write
 * @property {(query: URLSearchParams) => Partial<S>} read
 */

/**
 * Return the query of a state.
 * @template S
 * @param {readonly Field<S>[]} fields
 * @param {Readonly<S>} state
 * @returns {string} the query with its question mark, or the empty string
 */
export function toQuery(fields, state) {
  const pairs = fields.flatMap((field) => field.write(state));
  if (pairs.length === 0) return "";
  // Commas, colons and slashes are allowed in a query as they are, and a link reads better so.
  const readable = (/** @type {string} */ text) =>
    encodeURIComponent(text).replace(/%(2C|3A|2F)/g, decodeURIComponent);
  return "?" + pairs.map(([name, value]) => `${readable(name)}=${readable(value)}`).join("&");
}

/**
 * Return the state that a query gives, with defaults for the rest.
 * @template {object} S
 * @param {readonly Field<S>[]} fields
 * @param {string} search
 * @param {S} defaults
 * @returns {S}
 */
export function fromQuery(fields, search, defaults) {
  const query = new URLSearchParams(search);
  return Object.assign({}, defaults, ...fields.map((field) => field.read(query)));
}

/**
 * Write a number as links have it: short, and the same double when read again.
 * @param {number} value
 * @returns {string}
 */
export function formatNumber(value) {
  return String(value);
}

/**
 * Read a number from a link.
 * @param {string | null} text
 * @returns {number | null} null unless the text is one finite number
 */
export function parseNumber(text) {
  if (text === null || text.trim() === "") return null;
  const value = Number(text);
  return Number.isFinite(value) ? value : null;
}

/**
 * Read several numbers from a link.
 * @param {string | null} text  separated by commas
 * @param {number} count  how many there must be
 * @returns {number[] | null}
 */
export function parseNumbers(text, count) {
  if (text === null) return null;
  const values = text.split(",").map(parseNumber);
  if (values.length !== count || values.includes(null)) return null;
  return /** @type {number[]} */ (values);
}
