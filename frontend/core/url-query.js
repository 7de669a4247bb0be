/**
 * The one table that maps a page's state to and from the query of its URL.
 *
 * Each row is a query parameter or a family of them. A field at its default leaves no trace, so that
 * the address of an untouched page is bare.
 */

/**
 * One row of the table. `write` returns the query parameters of the state (none at the default);
 * `read` returns what the query says about the state, and throws nothing: what it cannot read it
 * leaves at the default, because links are typed and shortened by hand.
 * @template S
 * @typedef {object} Field
 * @property {(state: Readonly<S>) => [string, string][]} write
 * @property {(query: URLSearchParams) => Partial<S>} read
 */

/**
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
 * A number as a link shows it: short, and exactly the same double when read again.
 * @param {number} value
 * @returns {string}
 */
export function formatNumber(value) {
  return String(value);
}

/**
 * @param {string | null} text
 * @returns {number | null} null unless the text is one finite number
 */
export function parseNumber(text) {
  if (text === null || text.trim() === "") return null;
  const value = Number(text);
  return Number.isFinite(value) ? value : null;
}

/**
 * @param {string | null} text  numbers with commas between them
 * @param {number} count  how many there must be
 * @returns {number[] | null}
 */
export function parseNumbers(text, count) {
  if (text === null) return null;
  const values = text.split(",").map(parseNumber);
  if (values.length !== count || values.includes(null)) return null;
  return /** @type {number[]} */ (values);
}
