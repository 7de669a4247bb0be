/** Frames as a GIF that plays again and again. */

import { loadGifenc } from "./encoders.js";
import { changesOf, gifPalette } from "./gif-palette.js";

/** The GIF's way to say: what is drawn stays, and the next frame lies over it. */
const KEEP = 1;
const FOR_EVER = 0;

/**
 * @typedef {object} Writer
 * @property {(frame: number) => Promise<void>} add  what the canvas shows; resolves once the next can come
 * @property {() => Promise<Blob>} finish
 * @property {() => Promise<void>} cancel
 */

/**
 * A palette for the frames at some steps.
 * @param {import("./frame-painter.js").FramePainter} painter
 * @param {readonly number[]} steps
 * @returns {Promise<import("./gif-palette.js").GifPalette>}
 */
export async function samplePalette(painter, steps) {
  const { quantize } = await loadGifenc();
  const { width, height } = painter.canvas;
  const samples = new Uint8ClampedArray(steps.length * 4 * width * height);
  steps.forEach((step, i) => {
    painter.draw(step);
    samples.set(painter.pixels(), i * 4 * width * height);
  });
  return gifPalette(quantize, samples, painter.colors);
}

/**
 * Each frame holds what differs from the one before. What is written leaves the memory of the page:
 * the browser keeps it in blobs.
 * @param {import("./frame-painter.js").FramePainter} painter
 * @param {import("./gif-palette.js").GifPalette} palette
 * @param {readonly number[]} delays  how long each frame is shown, in hundredths of a second
 * @returns {Promise<Writer & {sizes: () => readonly number[]}>} `sizes` are the bytes of each frame
 */
export async function createGifWriter(painter, palette, delays) {
  const { GIFEncoder } = await loadGifenc();
  const gif = GIFEncoder();
  const { width, height } = painter.canvas;
  /** @type {Blob[]} */
  let parts = [];
  /** @type {Uint8Array | null} */
  let before = null;

  const flush = () => {
    parts.push(new Blob([gif.bytes()]));
    gif.stream.reset();
  };

  return {
    sizes: () => parts.map(({ size }) => size),
    async add(frame) {
      const indices = palette.indices(painter.pixels());
      gif.writeFrame(before ? changesOf(indices, before, palette.transparent) : indices, width, height, {
        palette: before ? null : palette.colors,
        delay: 10 * Number(delays[frame]),
        repeat: FOR_EVER,
        dispose: KEEP,
        transparent: before !== null,
        transparentIndex: palette.transparent,
      });
      before = indices;
      flush();
    },
    async finish() {
      gif.finish();
      flush();
      return new Blob(parts, { type: "image/gif" });
    },
    async cancel() {
      parts = [];
    },
  };
}
