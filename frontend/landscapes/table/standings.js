/** Standings: how an accuracy compares with the highest of its table, as marks and in words. */

import { coordinate } from "../../core/format.js";

/** @typedef {import("../../core/api-types.d.ts").TableStandings} Standings */
/** @typedef {import("../../core/api-types.d.ts").RunStanding} RunStanding */

/** What stands beside a mean, and what it means under the table. @type {Record<RunStanding["standing"], [string, string]>} */
const MARKS = {
  best: ["▲", "best"],
  highest: ["△", "highest mean"],
  comparable: ["≈", "comparable with the highest"],
  lower: ["▽", "lower"],
  "cannot be told": ["?", "cannot be told"],
};

/**
 * @param {Standings | null} standings
 * @param {string} run
 */
export function standingOf(standings, run) {
  return standings?.runs.find((one) => one.run === run) ?? null;
}

/** @param {RunStanding | null} standing */
export function markOf(standing) {
  return standing ? MARKS[standing.standing][0] : "";
}

/**
 * A standing in words, with the difference and its interval; empty without one.
 * @param {RunStanding | null} standing
 */
export function standingText(standing) {
  if (!standing) return "";
  const { difference } = standing;
  if (standing.standing === "best") return "best of the table: every other is lower";
  if (standing.standing === "highest") return "highest mean of the table, though not every other is shown to be lower";
  if (difference === null) return "no accuracy to compare";
  const apart = `${coordinate(difference, 1)} points`;
  const interval = intervalText(standing);
  if (!interval) return `${apart} from the highest; too few seeds to tell whether it is lower`;
  if (standing.standing === "lower") return `lower than the highest: ${apart} (${interval})`;
  if (standing.standing === "comparable") return `comparable with the highest: ${apart} (${interval})`;
  return `${apart} from the highest (${interval}): whether it is lower cannot be told`;
}

/** @param {RunStanding} standing */
function intervalText({ low, high }) {
  return low === null || high === null ? "" : `${coordinate(low, 1)} to ${coordinate(high, 1)}`;
}

/**
 * What the marks of a table mean, and by which rule they are given; empty without standings.
 * @param {Standings | null} standings
 */
export function standingsRule(standings) {
  if (!standings) return "";
  const present = new Set(standings.runs.map(({ standing }) => standing));
  const meanings = Object.entries(MARKS).flatMap(([name, [mark, meaning]]) =>
    present.has(/** @type {RunStanding["standing"]} */ (name)) ? [`${mark} ${meaning}`] : [],
  );
  return `${meanings.join(", ")}. ${standings.rule}`;
}
