/** Numbers and words as the page shows them. */

const MINUS = "−";

/** From here on, and below, a number is written with a power of ten. */
const LONGEST = 1e5;
const SMALLEST = 1e-3;
/** A double has hardly more. */
const MOST_DIGITS = 14;

/**
 * @param {number} value
 * @param {number} digits  of the mantissa, after its point
 */
function power(value, digits) {
  const [mantissa, exponent] = value.toExponential(digits).split("e");
  return `${signed(String(mantissa))}e${signed(String(Number(exponent)))}`;
}

/**
 * About four significant digits; powers of ten beyond 10⁵ and below 10⁻³.
 * @param {number} value
 * @returns {string}
 */
export function number(value) {
  if (!Number.isFinite(value)) return "—";
  const size = Math.abs(value);
  if (size !== 0 && (size >= LONGEST || size < SMALLEST)) return power(value, 1);
  const digits = size >= 1000 ? 0 : size >= 100 ? 1 : size >= 10 ? 2 : size >= 1 ? 3 : 4;
  return signed(value.toFixed(digits));
}

/**
 * A setting: as short as it is exact. Optimizers also have pairs, switches and words.
 * @param {unknown} value
 * @returns {string}
 */
export function setting(value) {
  if (Array.isArray(value)) return `(${value.map(setting).join(", ")})`;
  return typeof value === "number" ? signed(String(Number(value.toPrecision(6)))) : String(value);
}

/**
 * @param {number} value
 * @param {number} digits  after the point
 */
export function coordinate(value, digits = 2) {
  // A zero has no sign on the page.
  return signed((Math.abs(value) < 0.5 * 10 ** -digits ? 0 : value).toFixed(digits));
}

/**
 * A level with as many digits as tell it from its neighbour.
 * @param {number} value
 * @param {readonly number[]} levels
 */
export function levelText(value, levels) {
  const i = levels.indexOf(value);
  const gap = Math.abs(Number(levels[i + 1] ?? levels[i - 1]) - value);
  const size = Math.max(...levels.map(Math.abs));
  if (size >= LONGEST || size < SMALLEST) {
    const digits = Math.min(Math.max(Math.ceil(Math.log10(Math.abs(value) / gap)), 1), MOST_DIGITS);
    return value === 0 ? "0" : power(value, digits);
  }
  return coordinate(value, Math.min(Math.max(Math.ceil(-Math.log10(gap)), 0), MOST_DIGITS));
}

/** Every so many levels there is a value beside the colour bar. */
const TICK_INTERVAL = 5;

/**
 * The values beside the colour bar.
 * @param {readonly number[]} levels
 * @param {string} unit
 * @returns {{at: number, text: string}[]}  `at` from 0 at the lowest level to 1 at the highest
 */
export function ticksOf(levels, unit = "") {
  const last = levels.length - 1;
  return levels.flatMap((level, i) =>
    i % TICK_INTERVAL === 0 ? [{ at: i / last, text: levelText(level, levels) + unit }] : [],
  );
}

/** @param {string} text */
function signed(text) {
  return text.replace("-", MINUS);
}

/**
 * With commas between thousands. Intl would do the same, but takes tens of milliseconds to be ready.
 * @param {number} value
 */
export function integer(value) {
  return String(Number(value.toFixed(3))).replace(/\B(?=(\d{3})+(?!\d))/g, ",");
}

/**
 * Some things as a list in a sentence.
 * @param {readonly string[]} parts
 */
export function list(parts) {
  return parts.length > 1 ? `${parts.slice(0, -1).join(", ")} and ${parts.at(-1)}` : (parts[0] ?? "");
}

/** @param {number} share  0 to 1 */
export function percent(share) {
  const value = 100 * share;
  if (value > 0 && value < 0.1) return "<0.1 %";
  if (value < 100 && value > 99.9) return ">99.9 %";
  return `${value === 0 || value === 100 ? value : value.toFixed(1)} %`;
}
