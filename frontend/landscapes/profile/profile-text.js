/** What a profile says, in sentences. Nothing here touches the page. */

import { coordinate, integer, number } from "../../core/format.js";
import { directionText, metricName, valueText } from "../model/descriptions.js";
import { chordAt, lossesOf } from "./profile-data.js";

/** @typedef {import("./profile-data.js").Profile} Profile */
/** @typedef {import("../../surfaces/landscape-data.js").Metric} Metric */

/**
 * How high the barrier is, and where.
 * @param {Pick<Profile, "barrier" | "values">} profile
 */
export function barrierText(profile) {
  const { height, at } = profile.barrier;
  if (height === null || at === null) return "The barrier cannot be told: a loss on the way is not finite.";
  if (height <= 0) return "No barrier: the loss rises nowhere above the straight line between the losses of the ends.";
  const losses = [chordAt(profile, 0), chordAt(profile, 1)].map(number).join(" and ");
  return `The barrier is ${number(height)} high, at t = ${coordinate(at)}: so far the loss rises above the straight line between those of the ends, ${losses}.`;
}

/**
 * What was computed.
 * @param {Pick<Profile, "ends" | "t" | "length">} profile
 */
export function segmentText({ ends, t, length }) {
  const [first, last] = ends;
  return (
    `The straight segment from ${first?.label} (t = 0) to ${last?.label} (t = 1), ${number(length)} long in parameter space, ` +
    `at ${integer(t.length)} points; between them lines are straight.`
  );
}

/**
 * A metric's chart: its name, unit and direction.
 * @param {Metric} metric
 * @param {string | null} unit  of the loss
 */
export function chartTitle(metric, unit) {
  const [name, direction] = [metricName(metric), directionText(metric)];
  if (metric.id === "loss") return unit ? `${name} (${unit})` : name;
  return direction ? `${name} (${direction})` : name;
}

/**
 * The values at a point of the segment.
 * @param {Pick<Profile, "t" | "values">} profile
 * @param {Metric} metric
 * @param {number} i
 */
export function pointText({ t, values }, metric, i) {
  return `t = ${coordinate(Number(t[i]), 3)}: ${metric.label} ${valueText(Number(values.get(metric.id)?.[i]), metric)}`;
}

/**
 * The losses that are not finite, if any.
 * @param {Pick<Profile, "values" | "t">} profile
 */
export function gapsText(profile) {
  const gaps = lossesOf(profile).filter((value) => !Number.isFinite(value)).length;
  if (gaps === 0) return "";
  return `At ${integer(gaps)} of ${integer(profile.t.length)} points the loss is not finite; the line is left open there.`;
}
