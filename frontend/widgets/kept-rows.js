/** Rows of a table that stay the same elements while what they say changes. */

/**
 * @typedef {object} KeptRow
 * @property {HTMLElement} root
 * @property {() => void} show  what the row says now
 */

/**
 * Keep a row for each id. What is pressed in a row that stays gets its click even if numbers arrive
 * between press and release, and keeps the focus.
 * @param {HTMLElement} body
 * @param {(id: string) => KeptRow} build
 * @returns {(ids: readonly string[]) => void} shows these rows, in this order
 */
export function keepRows(body, build) {
  /** @type {Map<string, KeptRow>} */
  let rows = new Map();
  return (ids) => {
    const before = rows;
    if (ids.join() !== [...before.keys()].join()) {
      const focused = /** @type {HTMLElement | null} */ (document.activeElement);
      rows = new Map(ids.map((id) => [id, before.get(id) ?? build(id)]));
      body.replaceChildren(...[...rows.values()].map(({ root }) => root));
      if (body.contains(focused)) focused?.focus();
    }
    for (const { show } of rows.values()) show();
  };
}
