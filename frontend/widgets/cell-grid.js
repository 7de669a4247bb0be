/** Tables whose cells can be reached by arrow keys. */

/**
 * A grid is one stop for the Tab key; arrow keys go from cell to cell.
 * @param {HTMLTableElement} table
 */
export function bindArrows(table) {
  const cells = [...table.tBodies].flatMap((body) =>
    [...body.rows].map((row) => [.../** @type {NodeListOf<HTMLElement>} */ (row.querySelectorAll("button, a"))]),
  );
  let at = { row: 0, column: 0 };
  const move = (/** @type {number} */ row, /** @type {number} */ column) => {
    const next = cells[row]?.[column];
    if (!next) return null;
    const before = cells[at.row]?.[at.column];
    if (before) before.tabIndex = -1;
    next.tabIndex = 0;
    at = { row, column };
    return next;
  };
  move(0, 0);
  table.addEventListener("focusin", (event) => {
    cells.forEach((row, i) => {
      const column = row.indexOf(/** @type {HTMLElement} */ (event.target));
      if (column >= 0) move(i, column);
    });
  });
  table.addEventListener("keydown", (event) => {
    const { row, column } = at;
    const last = (cells[row]?.length ?? 1) - 1;
    const to = /** @type {Record<string, [number, number]>} */ ({
      ArrowUp: [row - 1, column],
      ArrowDown: [row + 1, column],
      ArrowLeft: [row, column - 1],
      ArrowRight: [row, column + 1],
      Home: [row, 0],
      End: [row, last],
    })[event.key];
    if (!to || event.ctrlKey || event.metaKey || event.altKey) return;
    event.preventDefault();
    move(...to)?.focus();
  });
}
