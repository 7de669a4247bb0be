import assert from "node:assert/strict";
import { test } from "node:test";

import { SECONDS_AT_SPEED_1, advance } from "../../frontend/core/playback.js";
import { frameLayout, unitOf } from "../../frontend/playground/video/frame-layout.js";
import {
  FASTEST_GIF,
  GIF_REST,
  LIMITS,
  SIZES,
  bitrateOf,
  bytesText,
  estimateBytes,
  faultOf,
  gifDelays,
  planFrames,
  stillName,
  timeLeftText,
  videoName,
} from "../../frontend/playground/video/frame-plan.js";
import { writeFrames } from "../../frontend/playground/video/frame-run.js";
import { changesOf, gifPalette } from "../../frontend/playground/video/gif-palette.js";
import { createGifWriter, samplePalette } from "../../frontend/playground/video/gif-writer.js";
import { obstacle } from "../../frontend/playground/video/video-writer.js";

/** @typedef {import("../../frontend/playground/video/frame-plan.js").VideoSettings} VideoSettings */

/** @type {VideoSettings} */
const SETTINGS = { kind: "webm", width: 1280, height: 720, seconds: 8, rate: 30, chart: true, legend: true, caption: true };

test("the frames go from step 0 to the end by the clock of the page", () => {
  const steps = planFrames(8, 30, 500);
  assert.equal(steps.length, 240);
  assert.equal(steps[0], 0);
  assert.equal(steps.at(-1), 500);
  steps.forEach((step, i) => {
    if (i > 0) assert.ok(step > Number(steps[i - 1]));
    const played = advance(0, 500, (i / 239) * SECONDS_AT_SPEED_1);
    assert.ok(Math.abs(step - played) < 1e-9, String(i));
  });
  assert.deepEqual(planFrames(8, 30, 500), steps);
});

test("a video of nothing that moves has its frames all the same", () => {
  assert.deepEqual([...planFrames(1, 5, 0)], [0, 0, 0, 0, 0]);
  assert.equal(planFrames(0.1, 5, 10).length, 2);
});

test("the delays of a GIF add up to its length, and the last frame rests", () => {
  for (const rate of [7, 12, 15, 30, FASTEST_GIF]) {
    const delays = gifDelays(4 * rate, rate);
    assert.equal(delays.reduce((sum, one) => sum + one, 0), 400 + GIF_REST, String(rate));
    assert.ok(delays.every((one) => one >= 2), "browsers show a shorter one for longer");
  }
});

test("odd sides and GIFs that are too fast are refused with a reason", () => {
  assert.equal(faultOf(SETTINGS), null);
  assert.match(String(faultOf({ ...SETTINGS, width: 1281 })), /even numbers: 1281 is odd/);
  assert.equal(faultOf({ ...SETTINGS, kind: "gif", width: 1281, rate: 20 }), null);
  assert.match(String(faultOf({ ...SETTINGS, kind: "gif", rate: 60 })), /at most 50 frames a second, not 60/);
});

test("every size to choose is within the limits, and no video takes more memory than said", () => {
  for (const [width, height] of SIZES) {
    assert.equal(faultOf({ ...SETTINGS, width, height }), null);
    assert.ok(Math.min(width, height) >= LIMITS.side.min && Math.max(width, height) <= LIMITS.side.max);
  }
  const largest = { width: LIMITS.side.max, height: LIMITS.side.max, rate: LIMITS.rate.max };
  assert.equal((bitrateOf(largest) * LIMITS.seconds.max) / 8, 120e6);
});

test("sizes and times are told in words", () => {
  assert.equal(estimateBytes(1000, [10, 30], 11), 1200);
  assert.equal(estimateBytes(1000, [], 1), 1000);
  assert.deepEqual([340, 45_600, 340_000, 12_600_000].map(bytesText), ["1 kB", "46 kB", "0.3 MB", "13 MB"]);
  assert.equal(timeLeftText(10, 30, 5), "about 10 s left");
  assert.equal(timeLeftText(10, 1000, 5), "about 9 min left");
});

test("files are named after the view, as those of other exports", () => {
  assert.equal(videoName("beale_from_1_1", "webm"), "beale_from_1_1_playback.webm");
  assert.equal(stillName("beale_from_1_1", 17.6), "beale_from_1_1_step-17.png");
});

test("without a secure page or an encoder, the reason is said", () => {
  assert.match(String(obstacle({ isSecureContext: false, VideoEncoder: {} })), /HTTPS/);
  assert.match(String(obstacle({ isSecureContext: true })), /WebCodecs/);
  assert.equal(obstacle({ isSecureContext: true, VideoEncoder: {} }), null);
});

const MARGINS = { left: 56, right: 60, top: 8, bottom: 28 };
const PARTS = { head: 40, foot: 60, legend: () => 60, chart: true, margins: MARGINS };

/** @param {import("../../frontend/core/geometry/areas.js").Area} area */
const edges = ({ left, top, width, height }) => ({ left, top, right: left + width, bottom: top + height });

for (const [width, height] of [...SIZES, /** @type {const} */ ([640, 400]), /** @type {const} */ ([1900, 700])]) {
  test(`in ${width} × ${height} no part lies over another or leaves the frame`, () => {
    const unit = unitOf({ width, height });
    const size = { width: width / unit, height: height / unit };
    for (const chart of [true, false]) {
      const layout = frameLayout(size, { ...PARTS, chart });
      assert.ok(!("fault" in layout));
      const plot = edges(layout.plot);
      const whole = {
        left: plot.left - MARGINS.left,
        top: plot.top - MARGINS.top,
        right: plot.right + MARGINS.right,
        bottom: plot.bottom + MARGINS.bottom,
      };
      const others = [layout.legend, layout.chart].flatMap((area) => (area ? [edges(area)] : []));
      const all = [whole, ...others];
      for (const one of all) {
        assert.ok(one.left >= 0 && one.right <= size.width && one.top >= PARTS.head && one.bottom <= layout.foot);
        for (const other of all) {
          const apart =
            one === other || one.right <= other.left || other.right <= one.left || one.bottom <= other.top || other.bottom <= one.top;
          assert.ok(apart);
        }
      }
      assert.equal(layout.chart !== null, chart);
    }
  });
}

test("a frame that is too small for its parts is refused, and not drawn without them", () => {
  assert.ok("fault" in frameLayout({ width: 300, height: 240 }, PARTS));
  assert.ok(!("fault" in frameLayout({ width: 480, height: 270 }, { ...PARTS, foot: 0, legend: null, chart: false })));
});

/** Some colours, none of them twice. */
const quantize = (/** @type {Uint8ClampedArray} */ _rgba, /** @type {number} */ most) =>
  Array.from({ length: most }, (_, i) => [i, i, i, 255]);

test("a palette holds the colours of lines as they are, and one entry for none", () => {
  const kept = [[31, 35, 40], [0, 125, 83], [31, 35, 40]];
  const { colors, transparent, indices } = gifPalette(quantize, new Uint8ClampedArray(4), kept);
  assert.ok(colors.length <= 256);
  assert.equal(transparent, colors.length - 1);
  assert.deepEqual(colors.slice(0, 2), [[31, 35, 40], [0, 125, 83]]);
  assert.deepEqual([...indices(Uint8ClampedArray.of(31, 35, 40, 255, 0, 125, 83, 255))], [0, 1]);
});

test("a colour has the same entry in every frame, whatever came before it", () => {
  const pixels = Uint8ClampedArray.from({ length: 4000 }, (_, i) => (i * 7919) % 256);
  const reversed = Uint8ClampedArray.from({ length: 4000 }, (_, i) => Number(pixels[3996 - i + 2 * (i % 4)]));
  const make = () => gifPalette(quantize, pixels, []);
  assert.deepEqual([...make().indices(pixels)].toReversed(), [...make().indices(reversed)]);
});

test("what is as before is left out", () => {
  assert.deepEqual([...changesOf(Uint8Array.of(1, 2, 3), Uint8Array.of(1, 5, 3), 9)], [9, 2, 9]);
});

/**
 * A painter of a few pixels: red ones from the left, as many as the step says.
 * @returns {import("../../frontend/playground/video/frame-painter.js").FramePainter}
 */
function smallPainter() {
  const [width, height] = [8, 2];
  let drawn = 0;
  return {
    canvas: /** @type {HTMLCanvasElement} */ ({ width, height }),
    end: width,
    draw: (step) => void (drawn = step),
    pixels: () =>
      Uint8ClampedArray.from({ length: 4 * width * height }, (_, i) => {
        const red = ((i - (i % 4)) / 4) % width < drawn;
        return i % 4 === 3 || i % 4 === (red ? 0 : 2) ? 255 : 0;
      }),
    colors: [[255, 0, 0]],
    tags: { title: "", description: "", comment: "" },
  };
}

/** @param {Uint8Array} bytes  of a GIF */
function blocksOf(bytes) {
  let at = 13 + 3 * (1 << ((Number(bytes[10]) & 7) + 1));
  /** @type {{delay: number, dispose: number, transparent: boolean}[]} */
  const frames = [];
  let loops = false;
  const skip = () => {
    while (bytes[at]) at += Number(bytes[at]) + 1;
    at++;
  };
  while (bytes[at] !== 0x3b) {
    const [kind, label] = [bytes[at], bytes[at + 1]];
    if (kind === 0x21) {
      if (label === 0xf9) {
        const flags = Number(bytes[at + 3]);
        const delay = Number(bytes[at + 4]) + 256 * Number(bytes[at + 5]);
        frames.push({ delay, dispose: (flags >> 2) & 7, transparent: (flags & 1) === 1 });
      } else loops = true;
      at += 2;
      skip();
    } else {
      assert.equal(kind, 0x2c);
      at += 11;
      skip();
    }
  }
  return { frames, loops, size: [Number(bytes[6]), Number(bytes[8])], rest: bytes.length - at };
}

/** @param {AbortSignal} signal */
async function smallGif(signal, onProgress = (/** @type {number} */ _done) => {}) {
  const painter = smallPainter();
  const steps = planFrames(1, 5, painter.end);
  const palette = await samplePalette(painter, [0, painter.end]);
  const writer = await createGifWriter(painter, palette, gifDelays(steps.length, 5));
  const blob = await writeFrames({ steps, draw: painter.draw, writer, signal, onProgress });
  return { bytes: new Uint8Array(await blob.arrayBuffer()), sizes: writer.sizes() };
}

test("a GIF has a frame for each step, loops, and is the same when it is made again", async () => {
  /** @type {number[]} */
  const progress = [];
  const { bytes, sizes } = await smallGif(new AbortController().signal, (done) => progress.push(done));
  const { frames, loops, size, rest } = blocksOf(bytes);
  assert.deepEqual(size, [8, 2]);
  assert.equal(rest, 1);
  assert.ok(loops);
  assert.deepEqual(progress, [1, 2, 3, 4, 5]);
  assert.deepEqual(frames.map(({ delay }) => delay), [20, 20, 20, 20, 20 + GIF_REST]);
  assert.deepEqual(frames.map(({ transparent }) => transparent), [false, true, true, true, true]);
  assert.ok(frames.every(({ dispose }) => dispose === 1));
  assert.equal(sizes.reduce((sum, one) => sum + one, 0), bytes.length);
  assert.deepEqual((await smallGif(new AbortController().signal)).bytes, bytes);
});

test("a cancelled video ends between two frames, and leaves nothing", async () => {
  const controller = new AbortController();
  let last = 0;
  const made = smallGif(controller.signal, (done) => {
    last = done;
    if (done === 2) controller.abort();
  });
  await assert.rejects(made, { name: "AbortError" });
  assert.equal(last, 2);
});

test("a frame waits until the encoder takes it", async () => {
  /** @type {string[]} */
  const told = [];
  const writer = {
    add: async (/** @type {number} */ frame) => {
      await new Promise((resolve) => setImmediate(resolve));
      told.push(`taken ${frame}`);
    },
    finish: async () => new Blob([]),
    cancel: async () => void told.push("cancelled"),
  };
  const draw = (/** @type {number} */ step) => void told.push(`drawn ${step}`);
  const { signal } = new AbortController();
  await writeFrames({ steps: [0, 1], draw, writer, signal, onProgress: () => {} });
  assert.deepEqual(told, ["drawn 0", "taken 0", "drawn 1", "taken 1"]);
});
