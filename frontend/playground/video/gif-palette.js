/**
 * The colours of a GIF: one palette for all frames, made from some of them. A colour has the same
 * entry wherever and whenever it occurs, so that what rests does not shimmer.
 */

/** Colours that agree in so many of their leading bits share an entry. */
const BITS = 6;
const SHIFT = 8 - BITS;
/** The last of a GIF's entries: what is as in the frame before. */
const MOST_COLORS = 255;

/**
 * @typedef {object} GifPalette
 * @property {number[][]} colors  red, green and blue, from 0 to 255; the last stands for none
 * @property {number} transparent  its place
 * @property {(rgba: Uint8ClampedArray) => Uint8Array} indices  the entry of each pixel
 */

/**
 * @param {(rgba: Uint8ClampedArray, most: number) => number[][]} quantize  the colours that stand for
 *   those of an image best
 * @param {Uint8ClampedArray} rgba  pixels of some frames
 * @param {readonly number[][]} kept  colours that have entries of their own: thin lines have few pixels
 * @returns {GifPalette}
 */
export function gifPalette(quantize, rgba, kept) {
  const own = distinct(kept).slice(0, MOST_COLORS - 1);
  const common = quantize(rgba, MOST_COLORS - own.length).map((color) => color.slice(0, 3));
  const colors = distinct([...own, ...common]);
  const table = new Int16Array(1 << (3 * BITS)).fill(-1);
  own.forEach(([r = 0, g = 0, b = 0], i) => {
    const cell = cellOf(r, g, b);
    if (table[cell] === -1) table[cell] = i;
  });
  const indexOf = (/** @type {number} */ cell) => {
    const known = Number(table[cell]);
    if (known >= 0) return known;
    const found = nearest(colors, middleOf(cell));
    table[cell] = found;
    return found;
  };
  return {
    colors: [...colors, [0, 0, 0]],
    transparent: colors.length,
    indices(pixels) {
      const result = new Uint8Array(pixels.length / 4);
      for (let i = 0, at = 0; i < result.length; i++, at += 4) {
        result[i] = indexOf(cellOf(Number(pixels[at]), Number(pixels[at + 1]), Number(pixels[at + 2])));
      }
      return result;
    },
  };
}

/**
 * Mark what is as in the frame before.
 * @param {Uint8Array} indices
 * @param {Uint8Array} before
 * @param {number} transparent
 * @returns {Uint8Array}
 */
export function changesOf(indices, before, transparent) {
  return indices.map((index, i) => (index === before[i] ? transparent : index));
}

/**
 * @param {number} r
 * @param {number} g
 * @param {number} b
 */
function cellOf(r, g, b) {
  return ((r >> SHIFT) << (2 * BITS)) | ((g >> SHIFT) << BITS) | (b >> SHIFT);
}

/**
 * @param {number} cell
 * @returns {[number, number, number]}
 */
function middleOf(cell) {
  const mask = (1 << BITS) - 1;
  const part = (/** @type {number} */ bits) => (((cell >> bits) & mask) << SHIFT) + (1 << (SHIFT - 1));
  return [part(2 * BITS), part(BITS), part(0)];
}

/**
 * @param {readonly number[][]} colors
 * @param {[number, number, number]} color
 */
function nearest(colors, [r, g, b]) {
  let best = 0;
  let least = Infinity;
  colors.forEach((one, i) => {
    const distance = (Number(one[0]) - r) ** 2 + (Number(one[1]) - g) ** 2 + (Number(one[2]) - b) ** 2;
    if (distance < least) [best, least] = [i, distance];
  });
  return best;
}

/**
 * @param {readonly number[][]} colors
 * @returns {number[][]}
 */
function distinct(colors) {
  return [...new Map(colors.map((color) => [color.join(), [...color]])).values()];
}
