/** Cosines between gradients: as angles, and as the dots of a strip plot. */

/** @param {number} cosine */
export function degrees(cosine) {
  return (Math.acos(Math.min(Math.max(cosine, -1), 1)) * 180) / Math.PI;
}

/** Dots beside each other are moved apart by this share of a turn, which never repeats. */
const GOLDEN = 0.618034;

/**
 * Where the dots of a strip plot lie across its strip, -1 to 1; the same for the same count.
 * @param {number} index
 */
export function scatter(index) {
  return 2 * ((index * GOLDEN) % 1) - 1;
}
