/** A table of accuracies as text: CSV with every number, Markdown and LaTeX as the table reads. */

import { tableOf } from "./cells.js";
import { standingOf } from "./standings.js";

/** @typedef {import("../../surfaces/landscape-data.js").Cell} Cell */
/** @typedef {import("./standings.js").Standings} Standings */

/**
 * One row a cell; accuracies in percent, with as many digits as make them the same doubles when read
 * again, and what the paper does not print left empty. The difference is that from the highest mean.
 * @param {readonly Cell[]} cells
 * @param {Standings | null} standings
 */
export function tableAsCsv(cells, standings) {
  const rows = cells.map(({ run, row, column, mean, low, high, paper, seeds, status }) => {
    const compared = standingOf(standings, run);
    return [
      ...[run, row, column, mean, low, high, paper, seeds.join(" "), status.join(" ")],
      ...[compared?.standing, compared?.difference, compared?.low, compared?.high],
    ]
      .map(csvField)
      .join(",");
  });
  const head = "run,row,column,mean,lowest,highest,paper,seeds,status,standing,difference,difference_low,difference_high";
  return `${[head, ...rows].join("\r\n")}\r\n`;
}

/** @param {string | number | null | undefined} value */
function csvField(value) {
  const text = String(value ?? "");
  return /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}

/**
 * @param {readonly Cell[]} cells
 * @param {string} title
 * @param {readonly (readonly [string, string])[]} facts  where it comes from
 * @param {Standings | null} standings
 */
export function tableAsMarkdown(cells, title, facts, standings) {
  const plain = (/** @type {string} */ text) => text.replace(/([\\|*_`<>[\]])/g, "\\$1").replaceAll("\n", " ");
  const { rows, columns, cell } = tableOf(cells);
  const line = (/** @type {string[]} */ fields) => `| ${fields.join(" | ")} |`;
  return [
    `**${plain(title)}**`,
    "",
    line(["", ...columns.map(plain)]),
    line(["---", ...columns.map(() => "---:")]),
    ...rows.map((row) => line([plain(row), ...columns.map((column) => cellText(cell(row, column), standings))])),
    "",
    ...(standings ? [plain(standings.rule), ""] : []),
    ...facts.map(([name, text]) => `- ${name}: ${plain(text)}`),
    "",
  ].join("\n");
}

/**
 * With the package booktabs.
 * @param {readonly Cell[]} cells
 * @param {string} title
 * @param {readonly (readonly [string, string])[]} facts
 * @param {Standings | null} standings
 */
export function tableAsLatex(cells, title, facts, standings) {
  const { rows, columns, cell } = tableOf(cells);
  const line = (/** @type {string[]} */ fields) => `    ${fields.join(" & ")} \\\\`;
  return [
    ...facts.map(([name, text]) => `% ${name}: ${text.replaceAll("\n", " ")}`),
    ...(standings ? [`% ${standings.rule}`] : []),
    "\\begin{table}",
    "  \\centering",
    `  \\caption{${latexText(title)}}`,
    `  \\begin{tabular}{l${"r".repeat(columns.length)}}`,
    "    \\toprule",
    line(["", ...columns.map(latexText)]),
    "    \\midrule",
    ...rows.map((row) => line([latexText(row), ...columns.map((column) => latexText(cellText(cell(row, column), standings)))])),
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
 * The accuracy of a cell, its range over seeds, its standing, the paper's.
 * @param {Cell | undefined} cell
 * @param {Standings | null} standings
 */
export function cellText(cell, standings) {
  if (!cell) return "";
  const { mean, low, high, paper, seeds } = cell;
  const range = seeds.length > 1 && low !== null && high !== null ? ` (${low.toFixed(1)}–${high.toFixed(1)})` : "";
  const standing = standingOf(standings, cell.run);
  const compared = standing ? `; ${standing.standing}` : "";
  const theirs = paper === null ? "" : `; paper ${paper.toFixed(2)}`;
  return `${mean === null ? "—" : mean.toFixed(1)}${range}${compared}${theirs}`;
}
