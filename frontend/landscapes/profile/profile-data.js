/** A profile as its view reads it: the values of each metric along a segment, and the barrier. */

import { loadOnce, metricsOf } from "../../surfaces/landscape-data.js";

/** @typedef {import("../../surfaces/landscape-data.js").Entry} Entry */
/** @typedef {import("../../surfaces/landscape-data.js").Metric} Metric */
/** @typedef {import("../../surfaces/landscape-data.js").Evaluation} Evaluation */
/** @typedef {import("../../surfaces/landscape-data.js").End} End */

/**
 * @typedef {object} Profile
 * @property {Entry} entry
 * @property {string} title
 * @property {string} shows
 * @property {Metric[]} metrics  the loss first
 * @property {Evaluation | null} evaluation
 * @property {End[]} ends  at t = 0 and at t = 1
 * @property {Float64Array} t  from 0 to 1
 * @property {Map<string, Float64Array>} values  of each metric
 * @property {import("../../core/api-types.d.ts").Barrier} barrier
 * @property {number} length  the distance of the ends
 * @property {string} note  what a barrier may mean
 * @property {Record<string, any>} manifest
 */

/**
 * @param {Entry} entry
 * @returns {Promise<Profile>}
 */
export function loadProfile(entry) {
  return loadOnce(entry, readProfile);
}

/**
 * @param {Entry} entry
 * @param {import("../../surfaces/landscape-data.js").Answer} answer
 * @returns {Profile}
 */
export function readProfile(entry, { manifest, arrays }) {
  const { arrays: names, barrier, length, note } = manifest.segment;
  const metrics = metricsOf(manifest);
  return {
    entry,
    title: manifest.title,
    shows: manifest.shows,
    metrics,
    evaluation: manifest.evaluation ?? null,
    ends: manifest.ends,
    t: arrays[names.t],
    values: new Map(metrics.map(({ id }) => [id, arrays[names[id]]])),
    barrier,
    length,
    note,
    manifest,
  };
}

/**
 * The losses of a profile.
 * @param {Pick<Profile, "values">} profile
 */
export function lossesOf({ values }) {
  return /** @type {Float64Array} */ (values.get("loss"));
}

/**
 * The straight line between the losses of the ends, from which a barrier is measured.
 * @param {Pick<Profile, "values">} profile
 * @param {number} t
 */
export function chordAt(profile, t) {
  const losses = lossesOf(profile);
  const [first, last] = [Number(losses[0]), Number(losses.at(-1))];
  return first + (last - first) * t;
}

/**
 * One row a point. Numbers have as many digits as make them the same doubles when read again; what
 * is not finite is spelt in small letters, as most programs read it.
 * @param {Pick<Profile, "metrics" | "values" | "t">} profile
 */
export function profileAsCsv({ metrics, values, t }) {
  const names = metrics.map(({ id }) => (/[",\r\n]/.test(id) ? `"${id.replaceAll('"', '""')}"` : id));
  const rows = Array.from(t, (at, i) =>
    [at, ...metrics.map(({ id }) => values.get(id)?.[i])].map((value) => String(value).toLowerCase()).join(","),
  );
  return `${[["t", ...names].join(","), ...rows].join("\r\n")}\r\n`;
}
