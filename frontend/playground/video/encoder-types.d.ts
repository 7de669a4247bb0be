/** What the page uses of the encoders by others. */

export interface Output {
  readonly target: { buffer: ArrayBuffer | null };
  addVideoTrack(source: CanvasSource, metadata: { frameRate: number }): unknown;
  setMetadataTags(tags: { title: string; description: string; comment: string }): void;
  start(): Promise<void>;
  finalize(): Promise<void>;
  cancel(): Promise<void>;
}

export interface CanvasSource {
  /** Resolves once the encoder takes the next frame. Times are in seconds. */
  add(timestamp: number, duration: number): Promise<void>;
}

/** Bits per second. */
type Quality = object;
type Codec = "vp9" | "avc";

export interface Mediabunny {
  Output: new (options: { format: object; target: object }) => Output;
  WebMOutputFormat: new () => object;
  Mp4OutputFormat: new (options: { fastStart: "in-memory" }) => object;
  BufferTarget: new () => object;
  CanvasSource: new (
    canvas: HTMLCanvasElement,
    config: { codec: Codec; quality: Quality; keyFrameInterval: number },
  ) => CanvasSource;
  Quality: new (options: { bitrate: number }) => Quality;
  canEncodeVideo(
    codec: Codec,
    options: { width: number; height: number; quality: Quality; frameRate: number },
  ): Promise<boolean>;
}

export interface GifStream {
  writeFrame(
    indices: Uint8Array,
    width: number,
    height: number,
    options: {
      palette: number[][] | null;
      delay: number;
      repeat: number;
      dispose: number;
      transparent: boolean;
      transparentIndex: number;
    },
  ): void;
  finish(): void;
  bytes(): Uint8Array<ArrayBuffer>;
  readonly stream: { reset(): void };
}

export interface Gifenc {
  GIFEncoder(): GifStream;
  quantize(rgba: Uint8ClampedArray | Uint8Array, most: number): number[][];
}
