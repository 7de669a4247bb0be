/** A table of accuracies as text: CSV with every number, Markdown and LaTeX as the table reads. */

import { tableOf } from "./cells.js";

/** @typedef {import("../../surfaces/landscape-data.js").Cell} Cell */

/**
 * One row a cell; accuracies in percent, with as many digits as make them the same doubles when read
 * again, and what the paper does not print left empty.
 * @param {readonly Cell[]} cells
 */
export function tableAsCsv(cells) {
  const rows = cells.map(({ run, row, column, mean, low, high, paper, seeds, status }) =>
    [run, row, column, mean, low, high, paper, seeds.join(" "), status.join(" ")].map(csvField).join(","),
  );
  return `${["run,row,column,mean,lowest,highest,paper,seeds,status", ...rows].join("\r\n")}\r\n`;
}

/** @param {string | number | null} value */
function csvField(value) {
  const text = value === null ? "" : String(value);
  return /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}

/**
 * @param {readonly Cell[]} cells
 * @param {string} title
 * @param {readonly (readonly [string, string])[]} facts  where it comes from
 */
export function tableAsMarkdown(cells, title, facts) {
  const plain = (/** @type {string} */ text) => text.replace(/([\\|*_`<>[\]])/g, "\\$1").replaceAll("\n", " ");
  const { rows, columns, cell } = tableOf(cells);
  const line = (/** @type {string[]} */ fields) => `| ${fields.join(" | ")} |`;
  return [
    `**${plain(title)}**`,
    "",
    line(["", ...columns.map(plain)]),
    line(["---", ...columns.map(() => "---:")]),
    ...rows.map((row) => line([plain(row), ...columns.map((column) => cellText(cell(row, column)))])),
    "",
    ...facts.map(([name, text]) => `- ${name}: ${plain(text)}`),
    "",
  ].join("\n");
}

/**
 * With the package booktabs.
 * @param {readonly Cell[]} cells
 * @param {string} title
 * @param {readonly (readonly [string, string])[]} facts
 */
export function tableAsLatex(cells, title, facts) {
  const { rows, columns, cell } = tableOf(cells);
  const line = (/** @type {string[]} */ fields) => `    ${fields.join(" & ")} \\\\`;
  return [
    ...facts.map(([name, text]) => `% ${name}: ${text.replaceAll("\n", " ")}`),
    "\\begin{table}",
    "  \\centering",
    `  \\caption{${latexText(title)}}`,
    `  \\begin{tabular}{l${"r".repeat(columns.length)}}`,
    "    \\toprule",
    line(["", ...columns.map(latexText)]),
    "    \\midrule",
    ...rows.map((row) => line([latexText(row), ...columns.map((column) => latexText(cellText(cell(row, column))))])),
    "    \\bottomrule",
    "  \\end{tabular}",
    "\\end{table}",
    "",
  ].join("\n");
}

/** @type {Record<string, string>} */
const LATEX = {
  "\\": "\\textbackslash{}",
  "~": "\\textasciitilde{}",
  "^": "\\textasciicircum{}",
  "–": "--",
  "—": "---",
  "−": "$-$",
};

/** @param {string} text */
function latexText(text) {
  return text.replaceAll("\n", " ").replace(/[\\~^–—−{}#$%&_]/g, (sign) => LATEX[sign] ?? `\\${sign}`);
}

/**
 * The accuracy of a cell, its range over seeds, the paper's.
 * @param {Cell | undefined} cell
 */
export function cellText(cell) {
  if (!cell) return "";
  const { mean, low, high, paper, seeds } = cell;
  const range = seeds.length > 1 && low !== null && high !== null ? ` (${low.toFixed(1)}–${high.toFixed(1)})` : "";
  const theirs = paper === null ? "" : `; paper ${paper.toFixed(2)}`;
  return `${mean === null ? "—" : mean.toFixed(1)}${range}${theirs}`;
}
