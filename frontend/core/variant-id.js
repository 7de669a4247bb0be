/**
 * Ids and names of variants. The first variant of an optimizer has the optimizer's id (`adam`), others a number
 * from 2 on behind it (`adam~2`). What a variant showed when it was pinned is its id and `~pin`.
 */

/** As many variants stand in the bar at the most. */
export const MAX_VARIANTS = 24;

/** As many are pinned at the most. */
export const MAX_PINS = 8;

const PATTERN = /^([a-z0-9]+(?:[._-][a-z0-9]+)*)(?:~([1-9]\d?))?(~pin)?$/;

/**
 * @typedef {object} VariantId
 * @property {string} optimizer  the optimizer's id
 * @property {number} place  among the variants of its optimizer, from 1
 * @property {boolean} pinned
 */

/**
 * @param {string} id
 * @returns {VariantId}
 */
export function parseVariantId(id) {
  return readVariantId(id) ?? { optimizer: id, place: 1, pinned: false };
}

/**
 * The parts of an id as `variantId` writes it.
 * @param {string} text
 * @returns {VariantId | null} null where it is no such id
 */
export function readVariantId(text) {
  const [, optimizer, number, pin] = PATTERN.exec(text) ?? [];
  if (!optimizer || optimizer.length > 100) return null;
  const place = number === undefined ? 1 : Number(number);
  if (number !== undefined && (place < 2 || place > MAX_VARIANTS)) return null;
  return { optimizer, place, pinned: pin !== undefined };
}

/**
 * @param {string} optimizer
 * @param {number} place  from 1
 */
export function variantId(optimizer, place) {
  return place === 1 ? optimizer : `${optimizer}~${place}`;
}

const PIN = "~pin";

/**
 * The id of what a variant showed when it was pinned.
 * @param {string} id  of the variant
 */
export function pinId(id) {
  return id + PIN;
}

/** @param {string} id */
export function isPin(id) {
  return readVariantId(id)?.pinned ?? false;
}

/**
 * The variant to which a pin belongs; a variant itself.
 * @param {string} id
 */
export function unpinnedId(id) {
  return isPin(id) ? id.slice(0, -PIN.length) : id;
}

/** Characters of a name that a person gives. */
export const MAX_NAME = 40;

/**
 * A name as a person may give one: short, and of one line.
 * @param {string} text
 * @returns {string} empty: no name
 */
export function readVariantName(text) {
  return text.replace(/[\s\p{C}]+/gu, " ").trim().slice(0, MAX_NAME).trim();
}
