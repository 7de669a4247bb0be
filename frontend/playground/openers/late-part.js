/** Parts of a page that are loaded when they are first needed. */

/**
 * A part that did not come is loaded again for the next who needs it.
 * @template T
 * @param {() => Promise<T>} load
 * @returns {{get: () => Promise<T>, now: () => T | null}} `now` is the part once it is there
 */
export function createLatePart(load) {
  /** @type {T | null} */
  let part = null;
  /** @type {Promise<T> | null} */
  let loading = null;
  return {
    get() {
      loading ??= load().then(
        (loaded) => (part = loaded),
        (error) => {
          loading = null;
          throw error;
        },
      );
      return loading;
    },
    now: () => part,
  };
}
