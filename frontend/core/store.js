/**
 * The state of a page: one object, who is told when it changes, and one table that maps it to and
 * from the URL.
 *
 * A codec is that table: one row a query parameter (or a family of them). A field at its default
 * leaves no trace in the URL, so that the address of an untouched page is bare.
 */

/**
 * How a change enters the browser's history: `push` for a discrete one, which Back undoes;
 * `replace` for a continuous one, such as a drag; `none` for one that the URL does not show.
 * @typedef {"push" | "replace" | "none"} HistoryMode
 */

/**
 * @template S
 * @typedef {object} Store
 * @property {() => Readonly<S>} get
 * @property {(patch: Partial<S>, mode?: HistoryMode) => void} set
 * @property {(listener: Listener<S>) => () => void} subscribe  returns the way to unsubscribe
 */

/**
 * @template S
 * @callback Listener
 * @param {Readonly<S>} state
 * @param {Readonly<S>} previous
 * @param {HistoryMode} mode
 * @returns {void}
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
 * @template {object} S
 * @param {S} initial
 * @returns {Store<S>}
 */
export function createStore(initial) {
  let state = initial;
  /** @type {Set<Listener<S>>} */
  const listeners = new Set();
  return {
    get: () => state,
    set(patch, mode = "replace") {
      const previous = state;
      const keys = /** @type {(keyof S)[]} */ (Object.keys(patch));
      if (keys.every((key) => Object.is(previous[key], patch[key]))) return;
      state = { ...previous, ...patch };
      for (const listener of [...listeners]) listener(state, previous, mode);
    },
    subscribe(listener) {
      listeners.add(listener);
      return () => void listeners.delete(listener);
    },
  };
}

/**
 * Whether a change touched any of the keys.
 * @template S
 * @param {Readonly<S>} state
 * @param {Readonly<S>} previous
 * @param {readonly (keyof S)[]} keys
 */
export function touches(state, previous, keys) {
  return keys.some((key) => !Object.is(state[key], previous[key]));
}

/**
 * Call a function once for each change that touches any of the keys. A call of `set` is one
 * change, however many keys it patches. Those who watch are called in the order in which they
 * began, subscribers among them.
 * @template {object} S
 * @param {Store<S>} store
 * @param {readonly (keyof S)[]} keys
 * @param {Listener<S>} fn
 * @returns {() => void} ends it
 */
export function watch(store, keys, fn) {
  return store.subscribe((state, previous, mode) => {
    if (touches(state, previous, keys)) fn(state, previous, mode);
  });
}

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

/** Browsers refuse more than some 200 history entries in 30 s; a drag would make more. */
const REPLACE_DELAY_MS = 250;

/**
 * Keep the address bar and the store in step.
 * @template {object} S
 * @param {Store<S>} store
 * @param {readonly Field<S>[]} fields
 * @param {S} defaults
 * @param {(state: S) => S} clean  drops what a link says in vain
 */
export function bindToLocation(store, fields, defaults, clean) {
  let timer = 0;
  const write = (/** @type {"push" | "replace"} */ mode) => {
    clearTimeout(timer);
    timer = 0;
    const url = location.pathname + toQuery(fields, store.get());
    if (url === location.pathname + location.search) return;
    if (mode === "push") history.pushState(null, "", url);
    else history.replaceState(null, "", url);
  };
  store.subscribe((_state, _previous, mode) => {
    if (mode === "push") write("push");
    else if (mode === "replace") {
      clearTimeout(timer);
      timer = window.setTimeout(() => write("replace"), REPLACE_DELAY_MS);
    }
  });
  window.addEventListener("popstate", () => {
    clearTimeout(timer);
    store.set(clean(fromQuery(fields, location.search, defaults)), "none");
  });
  // What is waiting to be written must not be lost to a reload.
  window.addEventListener("pagehide", () => {
    if (timer) write("replace");
  });
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
