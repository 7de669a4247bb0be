/** Frames as WebM or MP4, encoded by the browser (WebCodecs). */

import { Failure } from "../../core/failure.js";
import { loadMediabunny } from "./encoders.js";
import { bitrateOf } from "./frame-plan.js";

/** @typedef {import("./frame-plan.js").VideoSettings} VideoSettings */

const CODECS = /** @type {const} */ ({ webm: "vp9", mp4: "avc" });
const TYPES = { webm: "video/webm", mp4: "video/mp4" };
/** A player can jump to every frame that is whole: one in so many seconds. */
const KEY_FRAME_SECONDS = 2;

/**
 * Why the browser encodes no video here; null if it may.
 * @param {{isSecureContext: boolean, VideoEncoder?: unknown}} [scope]
 * @returns {string | null}
 */
export function obstacle(scope = globalThis) {
  if (!scope.isSecureContext) {
    return "WebM and MP4 need a page that came by HTTPS, or from this computer: browsers encode video nowhere else.";
  }
  if (!("VideoEncoder" in scope)) return "This browser has no encoder for WebM and MP4 (WebCodecs).";
  return null;
}

/**
 * Whether the browser encodes such a video.
 * @param {VideoSettings} settings
 * @param {"webm" | "mp4"} kind
 */
export async function canEncode(settings, kind) {
  const { Quality, canEncodeVideo } = await loadMediabunny();
  const { width, height, rate } = settings;
  const quality = new Quality({ bitrate: bitrateOf(settings) });
  return canEncodeVideo(CODECS[kind], { width, height, quality, frameRate: rate });
}

/**
 * @param {HTMLCanvasElement} canvas
 * @param {VideoSettings} settings
 * @param {"webm" | "mp4"} kind
 * @param {{title: string, description: string, comment: string}} tags
 * @returns {Promise<import("./gif-writer.js").Writer>}
 */
export async function createVideoWriter(canvas, settings, kind, tags) {
  const { BufferTarget, CanvasSource, Mp4OutputFormat, Output, Quality, WebMOutputFormat } = await loadMediabunny();
  const format = kind === "mp4" ? new Mp4OutputFormat({ fastStart: "in-memory" }) : new WebMOutputFormat();
  const output = new Output({ format, target: new BufferTarget() });
  const source = new CanvasSource(canvas, {
    codec: CODECS[kind],
    quality: new Quality({ bitrate: bitrateOf(settings) }),
    keyFrameInterval: KEY_FRAME_SECONDS,
  });
  output.addVideoTrack(source, { frameRate: settings.rate });
  output.setMetadataTags(tags);
  await output.start();
  return {
    add: (frame) => encoding(source.add(frame / settings.rate, 1 / settings.rate)),
    async finish() {
      await encoding(output.finalize());
      const { buffer } = output.target;
      if (!buffer) throw new Failure("This browser’s encoder gave nothing back.");
      return new Blob([buffer], { type: TYPES[kind] });
    },
    cancel: () => output.cancel(),
  };
}

/**
 * What the encoder does, with a failure in words.
 * @param {Promise<void>} work
 */
async function encoding(work) {
  try {
    await work;
  } catch (cause) {
    throw new Failure("This browser’s encoder failed. Choose a smaller size, or another format.", { cause });
  }
}
