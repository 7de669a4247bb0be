/** A page's state as one object, with subscriptions to its changes. */

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
 * @property {(listener: Listener<S>) => () => void} subscribe  returns a function that unsubscribes
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
 * Create a store. A call of `set` that changes nothing calls no listener.
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
 * Tell whether a change touched any of the keys.
 * @template S
 * @param {Readonly<S>} state
 * @param {Readonly<S>} previous
 * @param {readonly (keyof S)[]} keys
 */
export function touches(state, previous, keys) {
  return keys.some((key) => !Object.is(state[key], previous[key]));
}

/**
 * Call a function once for each change that touches any of the keys. A call of `set` is one change,
 * however many keys it patches. Watchers and subscribers are called in the order in which they
 * registered.
 * @template {object} S
 * @param {Store<S>} store
 * @param {readonly (keyof S)[]} keys
 * @param {Listener<S>} fn
 * @returns {() => void} stops watching
 */
export function watch(store, keys, fn) {
  return store.subscribe((state, previous, mode) => {
    if (touches(state, previous, keys)) fn(state, previous, mode);
  });
}
