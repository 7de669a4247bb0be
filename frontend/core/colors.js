/**
 * Colours that are computed: the map of heights, the hues of basins, the cells of tables.
 *
 * Everything is made in OKLCH (Ottosson 2020), whose lightness is perceptually uniform.
 */

/** @typedef {[red: number, green: number, blue: number]} Rgb  0 to 255 */

/**
 * @param {number} lightness  0 to 1
 * @param {number} chroma
 * @param {number} hue  degrees
 * @returns {Rgb}
 */
export function oklch(lightness, chroma, hue) {
  const a = chroma * Math.cos((hue * Math.PI) / 180);
  const b = chroma * Math.sin((hue * Math.PI) / 180);
  const l = (lightness + 0.3963377774 * a + 0.2158037573 * b) ** 3;
  const m = (lightness - 0.1055613458 * a - 0.0638541728 * b) ** 3;
  const s = (lightness - 0.0894841775 * a - 1.291485548 * b) ** 3;
  return [
    encode(4.0767416621 * l - 3.3077115913 * m + 0.2309699292 * s),
    encode(-1.2684380046 * l + 2.6097574011 * m - 0.3413193965 * s),
    encode(-0.0041960863 * l - 0.7034186147 * m + 1.707614701 * s),
  ];
}

/**
 * The inverse of `oklch`.
 * @param {Rgb} rgb
 * @returns {{lightness: number, chroma: number, hue: number}}
 */
export function toOklch(rgb) {
  const [red, green, blue] = /** @type {[number, number, number]} */ (rgb.map(decode));
  const l = Math.cbrt(0.4122214708 * red + 0.5363325363 * green + 0.0514459929 * blue);
  const m = Math.cbrt(0.2119034982 * red + 0.6806995451 * green + 0.1073969566 * blue);
  const s = Math.cbrt(0.0883024619 * red + 0.2817188376 * green + 0.6299787005 * blue);
  const a = 1.9779984951 * l - 2.428592205 * m + 0.4505937099 * s;
  const b = 0.0259040371 * l + 0.7827717662 * m - 0.808675766 * s;
  return {
    lightness: 0.2104542553 * l + 0.793617785 * m - 0.0040720468 * s,
    chroma: Math.hypot(a, b),
    hue: ((Math.atan2(b, a) * 180) / Math.PI + 360) % 360,
  };
}

/**
 * An sRGB byte to linear light.
 * @param {number} byte
 */
function decode(byte) {
  const value = byte / 255;
  return value <= 0.04045 ? value / 12.92 : ((value + 0.055) / 1.055) ** 2.4;
}

/**
 * Linear light to an sRGB byte.
 * @param {number} linear
 */
function encode(linear) {
  const clipped = Math.min(Math.max(linear, 0), 1);
  const value = clipped <= 0.0031308 ? 12.92 * clipped : 1.055 * clipped ** (1 / 2.4) - 0.055;
  return Math.round(255 * value);
}

/** @param {Rgb} rgb */
export function css([red, green, blue]) {
  return `rgb(${red}, ${green}, ${blue})`;
}

/**
 * @param {string} color  `#rrggbb`
 * @returns {Rgb}
 */
export function fromHex(color) {
  return /** @type {Rgb} */ ([1, 3, 5].map((i) => parseInt(color.slice(i, i + 2), 16)));
}

/** @param {Rgb} rgb */
export function hex(rgb) {
  return `#${rgb.map((byte) => byte.toString(16).padStart(2, "0")).join("")}`;
}

/** Where heights turn from blue to sand, through grey: no path is blue, grey or sand alone. */
const SHORE = 0.62;

/**
 * Heights, as a sea chart has it: deep is dark and blue, high is light and sandy. Lightness
 * rises evenly with t; chroma is low, so that coloured paths stay in front.
 * @param {number} t  0 (lowest) to 1 (highest)
 * @returns {Rgb}
 */
export function heatmapColor(t) {
  const u = Math.min(Math.max(t, 0), 1);
  const lightness = 0.38 + 0.54 * u;
  if (u < SHORE) return oklch(lightness, 0.085 * (1 - u / SHORE), 256);
  return oklch(lightness, 0.05 * ((u - SHORE) / (1 - SHORE)), 88);
}

const HEATMAP_STOPS = 24;

/** The same map as Plotly's colour scale. @type {[number, string][]} */
export const HEATMAP_SCALE = Array.from({ length: HEATMAP_STOPS + 1 }, (_, i) => [
  i / HEATMAP_STOPS,
  css(heatmapColor(i / HEATMAP_STOPS)),
]);

/**
 * Values about a fixed zero: blue below it, pale at it, red above it.
 * @param {number} t  0 (lowest) to 1 (highest), with zero in the middle
 * @returns {Rgb}
 */
export function divergingColor(t) {
  const u = 2 * Math.min(Math.max(t, 0), 1) - 1;
  return oklch(0.93 - 0.5 * Math.abs(u), 0.125 * Math.abs(u), u < 0 ? 256 : 35);
}

/** @type {[number, string][]} */
const DIVERGING_SCALE = Array.from({ length: HEATMAP_STOPS + 1 }, (_, i) => [
  i / HEATMAP_STOPS,
  css(divergingColor(i / HEATMAP_STOPS)),
]);

/** @typedef {"heights" | "diverging"} Palette */

/** The palettes of surfaces, as functions and as Plotly's colour scales. */
export const PALETTES = {
  heights: { color: heatmapColor, scale: HEATMAP_SCALE },
  diverging: { color: divergingColor, scale: DIVERGING_SCALE },
};

/** Hues far apart for neighbours in the list of minima; the first, the best minimum, is green. */
const BASIN_HUES = [160, 55, 280, 10, 220, 100, 320, 190, 35, 250, 130, 345];
const BASIN_CHROMA = 0.08;

/**
 * Lightness of basins, from slow to fast, and where no minimum is reached: on the page's own side of
 * every optimizer's colour, so that no path is lost on a basin of its hue.
 */
const BASIN_LIGHTNESS = {
  light: { slow: 0.72, fast: 0.94, none: 0.62 },
  dark: { slow: 0.28, fast: 0.56, none: 0.18 },
};

/**
 * @param {number} minimum  index into the minima; -1: none
 * @param {number} speed  0 (slow, or never arrived) to 1 (at once)
 * @param {"light" | "dark"} theme
 * @returns {Rgb}
 */
export function basinColor(minimum, speed, theme) {
  const { slow, fast, none } = BASIN_LIGHTNESS[theme];
  if (minimum < 0) return oklch(none, 0, 0);
  const hue = /** @type {number} */ (BASIN_HUES[minimum % BASIN_HUES.length]);
  return oklch(slow + (fast - slow) * speed, BASIN_CHROMA, hue);
}

/** Lightness of a table's cell from nothing to all: away from the page's own, at an even pace. */
const CELL_LIGHTNESS = { light: [0.965, 0.4], dark: [0.25, 0.79] };

/** @typedef {{background: string, text: string}} CellColors */

/**
 * The background of a table's cell, and the one of black and white that is easier to read on it.
 * @param {number} share  0 to 1
 * @param {"light" | "dark"} theme
 * @param {number} hue  degrees
 * @returns {CellColors}
 */
export function cellColors(share, theme, hue = 252) {
  const [from, to] = /** @type {[number, number]} */ (CELL_LIGHTNESS[theme]);
  const rgb = oklch(from + (to - from) * share, 0.008 + 0.09 * share, hue);
  const light = luminance(rgb);
  return {
    background: css(rgb),
    text: (light + 0.05) ** 2 > 1.05 * 0.05 ? "#000000" : "#ffffff",
  };
}

/**
 * Relative luminance, as WCAG defines it.
 * @param {Rgb} rgb
 */
export function luminance(rgb) {
  const [red, green, blue] = /** @type {[number, number, number]} */ (rgb.map(decode));
  return 0.2126 * red + 0.7152 * green + 0.0722 * blue;
}
