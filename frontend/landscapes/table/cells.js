/** The cells of a table of accuracies: their order, their colours, and what they say. */

import { cellColors } from "../../core/colors.js";
import { coordinate, integer, setting } from "../../core/format.js";
import { standingText } from "./standings.js";

/** @typedef {import("../../surfaces/landscape-data.js").Cell} Cell */
/** @typedef {import("../../surfaces/landscape-data.js").Run} Run */
/** @typedef {import("../model/landscapes-state.js").State} State */
/** @typedef {"light" | "dark"} ThemeName */

/** What guessing gets right in ten classes, and about what the network of the paper reaches. */
const ACCURACIES = { low: 10, high: 55 };

/**
 * How a table's cells are told: beside the paper's numbers, if it prints any, and in colours from one
 * accuracy to another.
 * @typedef {{isPrinted: boolean, low: number, high: number}} Telling
 */

/** @type {Telling} */
const BESIDE_PAPER = { isPrinted: true, ...ACCURACIES };

/**
 * How a table is told. One of which the paper prints nothing has colours for its own accuracies.
 * @param {readonly Pick<Cell, "mean" | "paper">[]} cells
 * @returns {Telling}
 */
export function tellingOf(cells) {
  if (cells.some(({ paper }) => paper !== null)) return BESIDE_PAPER;
  const means = cells.flatMap(({ mean }) => mean ?? []);
  return { isPrinted: false, low: Math.min(...means), high: Math.max(...means) };
}
/** A difference of this many points has the full colour. */
const FAR_APART = 20;
/** Hues of what is above and below: blue and sand, which everybody can tell apart. */
const HUES = { above: 252, below: 65 };

/**
 * @param {readonly Cell[]} cells
 * @returns {{rows: string[], columns: string[], cell: (row: string, column: string) => Cell | undefined}}
 */
export function tableOf(cells) {
  return {
    rows: [...new Set(cells.map(({ row }) => row))],
    columns: [...new Set(cells.map(({ column }) => column))],
    cell: (row, column) => cells.find((one) => one.row === row && one.column === column),
  };
}

/**
 * @param {number} accuracy  percent
 * @param {ThemeName} theme
 * @param {Telling} [telling]
 */
export function colorsOf(accuracy, theme, { low, high } = BESIDE_PAPER) {
  const share = high > low ? (accuracy - low) / (high - low) : 0.5;
  return cellColors(Math.min(Math.max(share, 0), 1), theme);
}

/**
 * @param {number} difference  points
 * @param {ThemeName} theme
 */
export function differenceColors(difference, theme) {
  const share = Math.min(Math.abs(difference) / FAR_APART, 1);
  return cellColors(share, theme, difference < 0 ? HUES.below : HUES.above);
}

/**
 * What a cell tells: the number that stands large in it, with its colours, and what is under it.
 * @param {Cell} cell
 * @param {State["compare"]} compare
 * @param {ThemeName} theme
 * @param {Telling} [telling]
 * @returns {{main: string, notes: string[], colors: import("../../core/colors.js").CellColors | null}}
 */
export function contentOf(cell, compare, theme, telling = BESIDE_PAPER) {
  const { mean, paper } = cell;
  const range = rangeText(cell);
  if (compare === "paper") {
    return {
      main: paper === null ? "—" : paper.toFixed(2),
      notes: [mean === null ? "" : `ours ${mean.toFixed(1)}`],
      colors: paper === null ? null : colorsOf(paper, theme),
    };
  }
  if (compare === "difference") {
    if (mean === null || paper === null) return { main: "—", notes: ["not in the paper"], colors: null };
    const difference = mean - paper;
    const sign = Math.abs(difference) < 0.05 || difference < 0 ? "" : "+";
    return {
      main: `${sign}${coordinate(difference, 1)}`,
      notes: [`${mean.toFixed(1)} − ${paper.toFixed(2)}`],
      colors: differenceColors(difference, theme),
    };
  }
  return {
    main: mean === null ? "—" : mean.toFixed(1),
    notes: [range, paperNote(paper, telling)].filter(Boolean),
    colors: mean === null ? null : colorsOf(mean, theme, telling),
  };
}

/**
 * The paper's number beside ours; nothing in a table of which it prints none.
 * @param {number | null} paper
 * @param {Telling} telling
 */
function paperNote(paper, { isPrinted }) {
  if (paper !== null) return `paper ${paper.toFixed(2)}`;
  return isPrinted ? "not in the paper" : "";
}

/**
 * From the lowest to the highest over the seeds; empty where there is one seed.
 * @param {Cell} cell
 */
export function rangeText({ seeds, low, high }) {
  if (seeds.length < 2 || low === null || high === null) return "";
  return `${low.toFixed(1)}–${high.toFixed(1)} · ${seeds.length}\u00a0seeds`;
}

/** @param {Cell} cell */
export function diverged({ status }) {
  return status.includes("diverged");
}

/**
 * A cell in one sentence, for who does not see the table.
 * @param {Cell} cell
 * @param {import("./standings.js").RunStanding | null} standing
 */
export function cellSentence(cell, standing) {
  const { row, column, mean, low, high, paper, seeds } = cell;
  const range = seeds.length > 1 && low !== null && high !== null;
  return [
    `${row}, ${column}:`,
    mean === null ? "no accuracy" : `${mean.toFixed(1)} %`,
    range ? `(${low.toFixed(1)} to ${high.toFixed(1)} over ${seeds.length} seeds)` : "",
    paper === null ? "" : `, the paper ${paper.toFixed(2)} %`,
    diverged(cell) ? ", diverged" : "",
    standing ? `; ${standingText(standing)}.` : "",
  ]
    .filter(Boolean)
    .join(" ")
    .replaceAll(/ ([,;])/g, "$1");
}

/**
 * Between which steps a run's accuracy passed the paper's number.
 * @param {Pick<Cell, "paper_reached">} cell
 * @returns {[string, string][]}  a fact, or none
 */
export function passingOf({ paper_reached: point }) {
  return point ? [["Passed the paper’s number", `between steps ${integer(point.before)} and ${integer(point.step)}`]] : [];
}

/** What the names of hyperparameters are called in a sentence. */
const FACTORS = /** @type {Record<string, string>} */ ({
  lr: "the learning rate",
  batch_size: "the batch size",
  momentum: "momentum",
});

/**
 * How much of the accuracies' spread each hyperparameter explains, in words; empty if nothing is
 * known of it.
 * @param {Record<string, number | null>} explained  shares of the variance, η²
 */
export function explainedSentence(explained) {
  const known = Object.entries(explained)
    .flatMap(([name, share]) => (share === null ? [] : [{ name: FACTORS[name] ?? name, share }]))
    .sort((a, b) => b.share - a.share);
  const [first, ...others] = known;
  if (!first) return "";
  const sum = known.reduce((total, { share }) => total + share, 0);
  const rest = others.map(({ name, share }) => `${name} ${points(share)}`);
  return (
    `Of the spread between these accuracies ${first.name} alone explains ${points(first.share)} (η²)` +
    (rest.length ? `, ${rest.join(", ")}; ` : "; ") +
    `the remaining ${points(Math.max(1 - sum, 0))} ${sum < 0.995 ? "is how they act together" : "is rounding"}.`
  );
}

/** @param {number} share */
function points(share) {
  const value = 100 * share;
  return `${value > 0 && value < 0.95 ? "less than 1" : Math.round(value)} %`;
}

/**
 * What is known of a run, in pairs of a name and a value.
 * @param {Run} run
 * @returns {[string, string][]}
 */
export function factsOf({ stop_reason, steps, steps_per_epoch, images, seconds, train_loss, turning }) {
  /** @type {[string, string][]} */
  const facts = [
    ["Ended", stop_reason ?? "—"],
    ["Steps", `${integer(steps)}${(steps_per_epoch ?? 1) > 1 ? ` (${integer(Number(steps_per_epoch))} an epoch)` : ""}`],
    ["Images seen", images === null ? "—" : integer(images)],
    ["Time", seconds === null ? "—" : durationText(seconds)],
    ["Training loss", train_loss === null ? "not finite" : setting(Number(train_loss.toPrecision(4)))],
  ];
  if (turning !== null) facts.push(["Turns by", `${Math.round(turning)}° from one update to the next, on average`]);
  return facts;
}

/** @param {number} seconds */
export function durationText(seconds) {
  if (seconds < 10) return `${seconds.toFixed(1)} s`;
  if (seconds < 100) return `${Math.round(seconds)} s`;
  const minutes = Math.round(seconds / 60);
  return minutes < 120 ? `${minutes} min` : `${(minutes / 60).toFixed(1)} h`;
}
