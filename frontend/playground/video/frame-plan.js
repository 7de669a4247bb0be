/** What is asked of a video, and which step each of its frames shows. */

import { SECONDS_AT_SPEED_1, advance } from "../../core/playback.js";

/** @typedef {"webm" | "mp4" | "gif"} Kind */

/**
 * @typedef {object} VideoSettings
 * @property {Kind} kind
 * @property {number} width  in pixels
 * @property {number} height
 * @property {number} seconds
 * @property {number} rate  frames a second
 * @property {boolean} chart  whether the losses are shown
 * @property {boolean} legend
 * @property {boolean} caption
 */

/** Sizes to choose from: width and height in pixels. */
export const SIZES = /** @type {const} */ ([
  [1280, 720],
  [1920, 1080],
  [1080, 1080],
  [1080, 1920],
]);

/**
 * Larger frames and longer videos would not fit into the memory of every device: at the limits a WebM
 * has 120 MB.
 */
export const LIMITS = {
  side: { min: 240, max: 1920, whole: true },
  seconds: { min: 1, max: 60 },
  rate: { min: 5, max: 60, whole: true },
};

/** Browsers take no less than two hundredths of a second for a GIF's frame. */
export const FASTEST_GIF = 50;

/** Frames a second at first. A GIF has fewer, because each of them costs its bytes. */
export const USUAL_RATE = { webm: 30, mp4: 30, gif: 20 };

/** For so long a GIF shows its last frame before it begins anew, in hundredths of a second. */
export const GIF_REST = 150;

/**
 * What cannot be made, as a sentence.
 * @param {VideoSettings} settings
 * @returns {string | null}
 */
export function faultOf({ kind, width, height, rate }) {
  if (kind === "gif") {
    return rate > FASTEST_GIF ? `A GIF has at most ${FASTEST_GIF} frames a second, not ${rate}.` : null;
  }
  // Both codecs hold the colours of four pixels as one.
  const odd = [width, height].find((side) => side % 2);
  return odd === undefined ? null : `Width and height of a video are even numbers: ${odd} is odd.`;
}

/**
 * The step that each frame shows. The clock is that of the page: the first frame shows step 0, the
 * last one the end.
 * @param {number} seconds
 * @param {number} rate
 * @param {number} end  the last step
 * @returns {Float64Array}
 */
export function planFrames(seconds, rate, end) {
  const count = Math.max(2, Math.round(seconds * rate));
  return Float64Array.from({ length: count }, (_, i) => stepAt(i / (count - 1), end));
}

/**
 * The step at a share of the whole playback.
 * @param {number} share
 * @param {number} end
 */
function stepAt(share, end) {
  return advance(0, end, share * SECONDS_AT_SPEED_1);
}

/**
 * How long a GIF shows each frame, in hundredths of a second: rounded so that no error adds up.
 * @param {number} count  of frames
 * @param {number} rate
 * @returns {number[]}
 */
export function gifDelays(count, rate) {
  const at = (/** @type {number} */ i) => Math.round((100 * i) / rate);
  return Array.from({ length: count }, (_, i) => at(i + 1) - at(i) + (i === count - 1 ? GIF_REST : 0));
}

/**
 * The bits a second that an encoder may spend: enough for thin lines on a smooth ground.
 * @param {Pick<VideoSettings, "width" | "height" | "rate">} settings
 */
export function bitrateOf({ width, height, rate }) {
  return Math.min(Math.round(0.15 * width * height * rate), 16e6);
}

/**
 * A GIF's size from some of its frames.
 * @param {number} first  bytes of the first frame
 * @param {readonly number[]} others  bytes of some that follow another
 * @param {number} count  of all frames
 */
export function estimateBytes(first, others, count) {
  const mean = others.reduce((sum, bytes) => sum + bytes, 0) / Math.max(others.length, 1);
  return first + mean * (count - 1);
}

/** @param {number} bytes */
export function bytesText(bytes) {
  if (bytes < 1e5) return `${Math.max(1, Math.round(bytes / 1e3))} kB`;
  return `${(bytes / 1e6).toFixed(bytes < 1e7 ? 1 : 0)} MB`;
}

/**
 * How long the rest takes if it goes on as before.
 * @param {number} done  frames
 * @param {number} count
 * @param {number} elapsed  in seconds
 */
export function timeLeftText(done, count, elapsed) {
  const left = (elapsed / done) * (count - done);
  if (left < 60) return `about ${Math.max(1, Math.ceil(left))} s left`;
  return `about ${Math.ceil(left / 60)} min left`;
}

/**
 * What the files are called after the stem that all exports share.
 * @param {string} stem
 * @param {Kind} kind
 */
export function videoName(stem, kind) {
  return `${stem}_playback.${kind}`;
}

/**
 * @param {string} stem
 * @param {number} step
 */
export function stillName(stem, step) {
  return `${stem}_step-${Math.floor(step + 1e-9)}.png`;
}
