/** Parts of a page that are loaded when they are first needed. */

/**
 * A part that did not come is loaded again for the next who needs it.
 * @template T
 * @param {() => Promise<T>} load
 * @returns {{get: () => Promise<T>, now: () => T | null, press: (act: (part: T) => void) => Promise<void>}}
 *   `now` is the part once it is there; `press` does what a button is for, once for all presses while the
 *   part is on its way: who sees nothing happen presses again
 */
export function createLatePart(load) {
  /** @type {T | null} */
  let part = null;
  /** @type {Promise<T> | null} */
  let loading = null;
  let isPressed = false;
  const get = () => {
    loading ??= load().then(
      (loaded) => (part = loaded),
      (error) => {
        loading = null;
        throw error;
      },
    );
    return loading;
  };
  return {
    get,
    now: () => part,
    async press(act) {
      if (isPressed) return;
      isPressed = true;
      try {
        act(await get());
      } finally {
        isPressed = false;
      }
    },
  };
}
