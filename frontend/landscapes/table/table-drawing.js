/** A table of accuracies as a drawing, with the colours and numbers that the page shows. */

import { paragraph, moved, tag } from "../../plot/drawing-parts.js";
import { contentOf, diverged, tableOf, tellingOf } from "./cells.js";
import { markOf, standingOf } from "./standings.js";

/** @typedef {import("../../surfaces/landscape-data.js").Cell} Cell */
/** @typedef {import("../../plot/drawing-parts.js").Drawing} Drawing */
/** @typedef {import("../../plot/drawing-parts.js").Measure} Measure */

/** In pixels. */
const CELL = { width: 148, least: 58, gap: 4, padding: 8, radius: 5 };
/** The narrowest and the widest that the rows' names may be. */
const NAMES = { least: 60, most: 240, gap: 16 };

/**
 * @param {readonly Cell[]} cells
 * @param {import("./standings.js").Standings | null} standings  marked where the cells tell our accuracies
 * @param {import("../model/landscapes-state.js").State["compare"]} compare
 * @param {import("../../core/theme.js").ThemeName} name  of the theme
 * @param {import("../../core/theme.js").Theme} theme
 * @param {Measure} measure
 * @returns {Drawing}
 */
export function tableDrawing(cells, standings, compare, name, theme, measure) {
  const { rows, columns, cell } = tableOf(cells);
  const telling = tellingOf(cells);
  const nameStyle = { size: 13, color: theme.strong };
  const widest = Math.max(...rows.map((row) => measure(row, nameStyle)));
  const named = Math.ceil(Math.min(Math.max(widest + 1, NAMES.least), NAMES.most));
  const heads = columns.map((column) =>
    paragraph(column, { size: 13, weight: 600, color: theme.strong }, CELL.width - CELL.padding, measure, "middle"),
  );
  const across = (/** @type {number} */ i) => named + NAMES.gap + i * (CELL.width + CELL.gap);
  /** @type {string[]} */
  const parts = heads.map((head, i) => moved(head.svg, across(i) + CELL.padding / 2, 0));
  let y = Math.max(0, ...heads.map(({ height }) => height)) + 8;
  for (const row of rows) {
    const title = paragraph(row, nameStyle, named, measure);
    const drawn = columns.map((column) => {
      const found = cell(row, column);
      const mark = found && compare === "ours" ? markOf(standingOf(standings, found.run)) : "";
      return found ? cellDrawing(found, mark, { compare, telling }, name, theme, measure) : null;
    });
    const height = Math.max(CELL.least, title.height + CELL.padding, ...drawn.map((one) => one?.content.height ?? 0));
    parts.push(moved(title.svg, 0, y + (height - title.height) / 2));
    drawn.forEach((one, i) => {
      if (!one) return;
      const { content, background } = one;
      const box = tag("rect", { width: CELL.width, height, rx: CELL.radius, ...background });
      parts.push(moved(box + moved(content.svg, CELL.padding, (height - content.height) / 2), across(i), y));
    });
    y += height + CELL.gap;
  }
  return { svg: parts.join(""), width: across(columns.length) - CELL.gap, height: y };
}

/**
 * @param {Cell} cell
 * @param {string} mark  of its standing
 * @param {{compare: import("../model/landscapes-state.js").State["compare"], telling: import("./cells.js").Telling}} told
 * @param {import("../../core/theme.js").ThemeName} name
 * @param {import("../../core/theme.js").Theme} theme
 * @param {Measure} measure
 */
function cellDrawing(cell, mark, { compare, telling }, name, theme, measure) {
  const { main, notes, colors } = contentOf(cell, compare, name, telling);
  const color = colors?.text ?? theme.ink;
  const width = CELL.width - 2 * CELL.padding;
  const lines = [
    paragraph([main, mark].filter(Boolean).join(" "), { size: 18, weight: 600, color }, width, measure, "middle"),
    ...[...notes, ...(diverged(cell) ? ["diverged"] : [])].map((note) =>
      paragraph(note.replaceAll("\u00a0", " "), { size: 11, color }, width, measure, "middle"),
    ),
  ];
  const parts = lines.map(({ svg }, i) =>
    moved(svg, 0, CELL.padding / 2 + lines.slice(0, i).reduce((sum, { height }) => sum + height, 0)),
  );
  const height = lines.reduce((sum, line) => sum + line.height, CELL.padding);
  const background = colors ? { fill: colors.background } : { fill: "none", stroke: theme.faint };
  return { content: { svg: parts.join(""), height }, background };
}
