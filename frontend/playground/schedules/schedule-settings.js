/** Schedules as the state and links hold them: which one a variant has, and its parameters. */

import { setting } from "../../core/format.js";
import { formatNumber, parseNumber } from "../../core/url-query.js";
import { readVariantId } from "../../core/variant-id.js";

/** @typedef {import("../model/playground-state.js").State} State */
/** @typedef {import("../model/playground-catalog.js").Catalog} Catalog */
/** @typedef {import("../../core/api-types.d.ts").Schedule} Schedule */
/** @typedef {import("../../core/api-types.d.ts").ScheduleParameter} ScheduleParameter */
/** @typedef {number | boolean | string | readonly number[]} ScheduleValue */
/** @typedef {Readonly<Record<string, ScheduleValue>>} ScheduleValues */

/**
 * A schedule that is not the constant one, and those of its parameters that were set.
 * @typedef {{id: string, values: ScheduleValues}} ChosenSchedule
 */

/** The schedule that a variant has unless one was chosen. */
export const CONSTANT = "constant";

const KEY = /^([a-z0-9-]{2,40}(?:~[a-z0-9]+)*)\.schedule(?:\.(\w{1,40}))?$/;

/**
 * `adam.schedule=cosine`, `adam~2.schedule.milestones=500,750`.
 * @type {import("../../core/url-query.js").Field<State>}
 */
export const scheduleField = {
  write: ({ schedules }) =>
    Object.entries(schedules).flatMap(([id, chosen]) => [
      /** @type {[string, string]} */ ([`${id}.schedule`, chosen.id]),
      ...Object.entries(chosen.values).map(
        ([name, value]) => /** @type {[string, string]} */ ([`${id}.schedule.${name}`, writeValue(value)]),
      ),
    ]),
  read: (query) => {
    /** @type {Record<string, string>} */
    const ids = {};
    /** @type {Record<string, Record<string, ScheduleValue>>} */
    const values = {};
    for (const [key, text] of query) {
      const [, id, name] = KEY.exec(key) ?? [];
      if (!id || !readVariantId(id)) continue;
      const value = readValue(text);
      if (name === undefined) ids[id] = text;
      else if (value !== null) (values[id] ??= {})[name] = value;
    }
    const chosen = Object.entries(ids).map(([id, schedule]) => [id, { id: schedule, values: values[id] ?? {} }]);
    return { schedules: Object.fromEntries(chosen) };
  },
};

/** @param {ScheduleValue} value */
function writeValue(value) {
  if (typeof value === "number") return formatNumber(value);
  return typeof value === "object" ? value.map(formatNumber).join(",") : String(value);
}

/**
 * @param {string} text
 * @returns {ScheduleValue | null}
 */
function readValue(text) {
  if (text === "true" || text === "false") return text === "true";
  if (/^[a-z]{1,20}$/.test(text)) return text;
  const numbers = text.split(",").map(parseNumber);
  const read = numbers.flatMap((value) => (value === null ? [] : [value]));
  if (read.length < numbers.length) return null;
  return read.length === 1 ? Number(read[0]) : read;
}

/**
 * @param {Catalog} catalog
 * @param {string} id
 * @returns {Schedule | null}
 */
export function findSchedule({ schedules }, id) {
  return schedules.find((one) => one.id === id) ?? null;
}

/**
 * What a choice may be of what a link says: a schedule that the server knows, with the values that it
 * would take. Null for the constant schedule as well, which is not chosen but there.
 * @param {ChosenSchedule} chosen
 * @param {Catalog} catalog
 * @returns {ChosenSchedule | null}
 */
export function knownSchedule({ id, values }, catalog) {
  const schedule = id === CONSTANT ? null : findSchedule(catalog, id);
  if (!schedule) return null;
  const known = schedule.parameters.flatMap((parameter) => {
    const given = values[parameter.id];
    // A list of one number looks like a number.
    const value = parameter.kind === "counts" && typeof given === "number" ? [given] : given;
    return value !== undefined && isTaken(value, parameter) ? [[parameter.id, value]] : [];
  });
  return { id, values: Object.fromEntries(known) };
}

/** The server's limit. */
export const MAX_MILESTONES = 20;

/**
 * Whether the server takes a value of a parameter.
 * @param {ScheduleValue} value
 * @param {ScheduleParameter} parameter
 */
function isTaken(value, { kind, min, max, choices }) {
  const within = (/** @type {ScheduleValue} */ one) => typeof one === "number" && one >= min && one <= max;
  const whole = (/** @type {ScheduleValue} */ one) => within(one) && Number.isInteger(one);
  if (kind === "switch") return typeof value === "boolean";
  if (kind === "choice") return typeof value === "string" && choices.includes(value);
  if (kind === "number") return within(value);
  if (kind === "count") return whole(value);
  return typeof value === "object" && value.length > 0 && value.length <= MAX_MILESTONES && value.every(whole);
}

/**
 * What a parameter is unless it was set: the budget may tell.
 * @param {ScheduleParameter} parameter
 * @param {number} steps  the budget
 * @returns {ScheduleValue}
 */
export function defaultValue({ kind, default: usual, shares }, steps) {
  const counts = shares.map((share) => Math.ceil(share * steps));
  if (kind === "counts") return counts;
  return usual ?? Number(counts[0]);
}

/**
 * A variant's schedule with all of its parameters; null where its rate is constant.
 * @param {State} state
 * @param {string} id  of a variant
 * @param {number} steps  its budget
 * @param {Catalog} catalog
 * @returns {{schedule: Schedule, values: Record<string, ScheduleValue>} | null}
 */
export function scheduleOf(state, id, steps, catalog) {
  const chosen = state.schedules[id];
  const schedule = chosen ? findSchedule(catalog, chosen.id) : null;
  if (!chosen || !schedule) return null;
  const values = schedule.parameters.map((parameter) => [
    parameter.id,
    chosen.values[parameter.id] ?? defaultValue(parameter, steps),
  ]);
  return { schedule, values: Object.fromEntries(values) };
}

/**
 * The part of a request that names a variant's schedule: nothing where its rate is constant.
 * @param {State} state
 * @param {string} id
 * @param {number} steps
 * @param {Catalog} catalog
 * @returns {{schedule?: {id: string} & Record<string, ScheduleValue>}}
 */
export function scheduleRequest(state, id, steps, catalog) {
  const found = scheduleOf(state, id, steps, catalog);
  return found ? { schedule: { id: found.schedule.id, ...found.values } } : {};
}

/**
 * What a variant's schedule is called within a text: "cosine"; empty where its rate is constant.
 * @param {State} state
 * @param {string} id
 * @param {Catalog} catalog
 */
export function scheduleName({ schedules }, id, catalog) {
  const chosen = schedules[id];
  return (chosen && findSchedule(catalog, chosen.id)?.name.toLowerCase()) ?? "";
}

/**
 * What a variant's schedule has otherwise than another's, in a few words.
 * @param {State} state
 * @param {string} id
 * @param {string} other
 * @param {Catalog} catalog
 * @returns {string[]}
 */
export function scheduleDifferences(state, id, other, catalog) {
  const name = scheduleName(state, id, catalog);
  if (name !== scheduleName(state, other, catalog)) return [name || "constant rate"];
  const own = state.schedules[id]?.values ?? {};
  const usual = state.schedules[other]?.values ?? {};
  const names = [...new Set([...Object.keys(own), ...Object.keys(usual)])];
  return names.flatMap((one) =>
    String(own[one]) === String(usual[one]) ? [] : [`${one} ${setting(own[one] ?? "default")}`],
  );
}

/**
 * A variant's schedule as it stands: "schedule cosine (T_max 500, eta_min 0)"; empty where its rate is
 * constant.
 * @param {State} state
 * @param {string} id
 * @param {number} steps
 * @param {Catalog} catalog
 */
export function scheduleText(state, id, steps, catalog) {
  const found = scheduleOf(state, id, steps, catalog);
  if (!found) return "";
  const values = Object.entries(found.values).flatMap(([name, value]) => {
    if (typeof value === "boolean") return value ? [name] : [];
    return [`${name} ${setting(value)}`];
  });
  return `schedule ${scheduleName(state, id, catalog)} (${values.join(", ")})`;
}
