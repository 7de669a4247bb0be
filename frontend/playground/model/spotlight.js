/**
 * Which optimizer a person points at, by the bar, the table, a chart or its path: it is drawn in
 * front, and the others are dimmed. It passes with the pointer and is no part of the view's state.
 */

/**
 * @typedef {object} Spotlight
 * @property {() => string | null} get
 * @property {(id: string | null) => void} set
 */

/**
 * @param {(id: string | null, previous: string | null) => void} onChange
 * @returns {Spotlight}
 */
export function createSpotlight(onChange) {
  /** @type {string | null} */
  let current = null;
  return {
    get: () => current,
    set(id) {
      if (id === current) return;
      const previous = current;
      current = id;
      onChange(id, previous);
    },
  };
}
