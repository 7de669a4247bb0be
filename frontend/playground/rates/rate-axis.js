/** The axes of curves over the learning rate: where a rate, a share or a step lies, and the ticks. */

/** @typedef {{min: number, max: number}} Limits */

const RAISED = "⁰¹²³⁴⁵⁶⁷⁸⁹";

/** Labels beside each other need about this many pixels, and labels above each other this many. */
const LABEL_PX = 34;
const LINE_PX = 18;

/**
 * A power of ten as text.
 * @param {number} exponent
 */
export function powerText(exponent) {
  const raised = String(exponent).replace("-", "⁻").replace(/\d/g, (digit) => RAISED.charAt(Number(digit)));
  return exponent === 0 ? "1" : exponent === 1 ? "10" : `10${raised}`;
}

/**
 * A logarithmic axis between two pixels.
 * @param {Limits} limits  above 0
 * @param {number} from  the pixel of the least value
 * @param {number} to  that of the greatest
 */
export function logAxis({ min, max }, from, to) {
  const low = Math.log10(min);
  const scale = (to - from) / (Math.log10(max) - low);
  const [first, last] = [Math.ceil(low - 1e-9), Math.floor(Math.log10(max) + 1e-9)];
  const stride = Math.max(1, Math.ceil((to > from ? LABEL_PX : LINE_PX) / Math.abs(scale)));
  const exponents = Array.from({ length: last - first + 1 }, (_, i) => first + i);
  return {
    from,
    to,
    /** @param {number} value */
    at: (value) => from + scale * (Math.log10(value) - low),
    /** The value at a pixel, within the limits, with as many digits as a pixel carries. @param {number} px */
    value: (px) => within(Number((10 ** (low + (px - from) / scale)).toPrecision(3)), { min, max }),
    ticks: exponents
      .filter((e) => (e - first) % stride === 0)
      .map((e) => ({ value: 10 ** e, text: powerText(e) })),
  };
}

/**
 * @param {number} value
 * @param {Limits} limits
 */
export function within(value, { min, max }) {
  return Math.min(Math.max(value, min), max);
}

/** The least upper end of the axis of shares. */
const LEAST_TOP = 0.01;

/**
 * The upper end of an axis of shares that holds some: 1, 2 or 5 of a decimal place, and 1 at the most.
 * @param {number} highest
 */
export function topOfShares(highest) {
  const least = Math.max(highest, LEAST_TOP);
  const unit = 10 ** Math.floor(Math.log10(least) + 1e-9);
  const top = [1, 2, 5, 10].map((factor) => factor * unit).find((one) => one >= least * (1 - 1e-9));
  return Math.min(Number((top ?? 1).toPrecision(1)), 1);
}
