/** Numbers and words as the page shows them. */

const MINUS = "−";
const grouped = new Intl.NumberFormat("en-US");

/**
 * About four significant digits; powers of ten beyond 10⁵ and below 10⁻³.
 * @param {number} value
 * @returns {string}
 */
export function number(value) {
  if (!Number.isFinite(value)) return "—";
  const size = Math.abs(value);
  if (size !== 0 && (size >= 1e5 || size < 1e-3)) {
    const [mantissa, exponent] = value.toExponential(1).split("e");
    return `${signed(String(mantissa))}e${signed(String(Number(exponent)))}`;
  }
  const digits = size >= 1000 ? 0 : size >= 100 ? 1 : size >= 10 ? 2 : size >= 1 ? 3 : 4;
  return signed(value.toFixed(digits));
}

/**
 * A setting: as short as it is exact.
 * @param {number} value
 */
export function setting(value) {
  return signed(String(Number(value.toPrecision(6))));
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
  const digits = Math.max(Math.ceil(-Math.log10(gap)), 0);
  if (Math.abs(value) >= 1e4) return setting(Number(value.toPrecision(3)));
  if (digits > 4) return number(value);
  return coordinate(value, digits);
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

/** @param {number} value */
export function integer(value) {
  return grouped.format(value);
}

/** @param {number} share  0 to 1 */
export function percent(share) {
  const value = 100 * share;
  if (value > 0 && value < 0.1) return "<0.1 %";
  if (value < 100 && value > 99.9) return ">99.9 %";
  return `${value === 0 || value === 100 ? value : value.toFixed(1)} %`;
}
