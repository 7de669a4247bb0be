/**
 * How the variants of one optimizer differ in looks: they keep its hue, and have lightnesses and dash
 * patterns of their own. Lightness is what no colour blindness takes away; where two variants have
 * the same, their dashes differ.
 */

import { fromHex, hex, oklch, toOklch } from "./colors.js";

/** A step of lightness in OKLCH: over three times the just noticeable one, 0.02. */
const STEP = 0.07;
/** Steps from the optimizer's own lightness, the farthest that fits first. */
const OFFSETS = [-2, 2, -1, 1, -3, 3];
const LEVELS = 3;

/**
 * Where lightness stays clear of the basins: on the page's own side. Beside their grey, dull colours
 * need more distance than vivid ones.
 */
const RANGES = {
  light: { vivid: [0.23, 0.6], dull: [0.23, 0.495] },
  dark: { vivid: [0.68, 0.96], dull: [0.68, 0.96] },
};
const VIVID_CHROMA = 0.12;

/** No optimizer has one of these. */
const DASHES = [
  [11, 5],
  [2, 5],
  [11, 4, 2, 4],
  [6, 5],
  [11, 4, 2, 4, 2, 4],
  [24, 5],
  [11, 4, 5, 4],
  [4, 6],
];
const DASHES_3D = ["dashdot", "dot", "dash", "solid"];

/**
 * @typedef {import("./optimizer-style.js").Appearance} Appearance
 */

/** @type {Map<string, Appearance>} */
const known = new Map();

/**
 * @param {Appearance} optimizer  how its first variant looks
 * @param {number} place  of the variant, from 1
 * @returns {Appearance}
 */
export function variantLook(optimizer, place) {
  if (place === 1) return optimizer;
  const key = `${optimizer.label} ${place}`;
  const look = known.get(key) ?? made(optimizer, place - 2);
  known.set(key, look);
  return look;
}

/**
 * @param {Appearance} optimizer
 * @param {number} index  from 0, of the variants but the first
 * @returns {Appearance}
 */
function made(optimizer, index) {
  const [dash, round] = [index % DASHES.length, Math.floor(index / DASHES.length)];
  return {
    label: optimizer.label,
    light: shade(optimizer.light, "light", dash + round),
    dark: shade(optimizer.dark, "dark", dash + round),
    dash: /** @type {number[]} */ (DASHES[dash]),
    dash3d: /** @type {string} */ (DASHES_3D[index % DASHES_3D.length]),
  };
}

/**
 * A colour of the same hue and another lightness, as vivid as the screen can show it.
 * @param {string} color  `#rrggbb`
 * @param {"light" | "dark"} theme
 * @param {number} number
 */
function shade(color, theme, number) {
  const { lightness, chroma, hue } = toOklch(fromHex(color));
  const [least, most] = /** @type {[number, number]} */ (
    RANGES[theme][chroma < VIVID_CHROMA ? "dull" : "vivid"]
  );
  const levels = OFFSETS.map((offset) => lightness + STEP * offset)
    .filter((level) => level >= least && level <= most)
    .slice(0, LEVELS);
  const level = levels[number % levels.length] ?? lightness;
  let vivid = chroma;
  // What the screen cannot show is clipped, which shifts the hue.
  while (vivid > 0.005 && Math.abs(toOklch(oklch(level, vivid, hue)).lightness - level) > 0.004) vivid -= 0.005;
  return hex(oklch(level, vivid, hue));
}
