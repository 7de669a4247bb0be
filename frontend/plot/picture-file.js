/** Sheets as files: SVG as it is, PNG with two pixels for each of its own; both with their metadata. */

import { Failure } from "../core/failure.js";
import { FONT, escaped, tag } from "./drawing-parts.js";
import { sheet } from "./sheet.js";

/** @typedef {import("./drawing-parts.js").Drawing} Drawing */
/** @typedef {import("./drawing-parts.js").Measure} Measure */
/** @typedef {import("./sheet.js").Labels} Labels */
/** @typedef {"png" | "svg"} Format */

const PNG_SCALE = 2;
/** The bytes that every PNG begins with, and those of its header chunk. */
const PNG_HEAD = 8 + 25;

/**
 * @param {Labels} labels
 * @param {Drawing} body
 * @param {readonly import("./sheet.js").LegendEntry[]} legend
 * @param {import("../core/theme.js").Theme} theme
 * @param {Format} format
 * @returns {Promise<string>} a data URL
 */
export async function pictureFile(labels, body, legend, theme, format) {
  const drawing = sheet(labels, body, legend, theme, measureText());
  const metadata = metadataOf(labels);
  if (format === "svg") return `data:image/svg+xml,${encodeURIComponent(svgWithText(drawing.svg, metadata))}`;
  const blob = await rasterized(drawing);
  const bytes = pngWithText(new Uint8Array(await blob.arrayBuffer()), metadata);
  return dataUrl(new Blob([bytes], { type: "image/png" }));
}

/**
 * What a file says of itself: names of the PNG standard where it has them.
 * @param {Labels} labels
 * @returns {[string, string][]}
 */
export function metadataOf({ title, subtitle, caption = "", facts = [] }) {
  return [
    ["Title", title],
    ["Description", [subtitle, caption].filter(Boolean).join(". ")],
    ...facts.map(([name, text]) => /** @type {[string, string]} */ ([name, text])),
  ];
}

/**
 * @param {string} svg  a document
 * @param {readonly [string, string][]} metadata
 */
export function svgWithText(svg, metadata) {
  const [title, description] = metadata;
  const end = svg.indexOf(">") + 1;
  const own =
    tag("title", {}, escaped(title?.[1] ?? "")) +
    tag("desc", {}, escaped(description?.[1] ?? "")) +
    tag("metadata", {}, escaped(metadata.map(([name, text]) => `${name}: ${text}`).join("\n")));
  return svg.slice(0, end) + own + svg.slice(end);
}

/**
 * A PNG with chunks of text (iTXt, in UTF-8) after its header.
 * @param {Uint8Array} png
 * @param {readonly [string, string][]} metadata
 * @returns {Uint8Array<ArrayBuffer>}
 */
export function pngWithText(png, metadata) {
  const chunks = metadata.filter(([, text]) => text !== "").map(([name, text]) => textChunk(name, text));
  const parts = [png.subarray(0, PNG_HEAD), ...chunks, png.subarray(PNG_HEAD)];
  const whole = new Uint8Array(parts.reduce((sum, part) => sum + part.length, 0));
  let at = 0;
  for (const part of parts) {
    whole.set(part, at);
    at += part.length;
  }
  return whole;
}

/**
 * Keyword, no compression, no language, no translated keyword, text.
 * @param {string} name
 * @param {string} text
 */
function textChunk(name, text) {
  const encoder = new TextEncoder();
  const data = encoder.encode(`iTXt${name}\0\0\0\0\0${text}`);
  const chunk = new Uint8Array(data.length + 8);
  const view = new DataView(chunk.buffer);
  view.setUint32(0, data.length - 4);
  chunk.set(data, 4);
  view.setUint32(data.length + 4, crc32(data));
  return chunk;
}

/**
 * The checksum of a PNG's chunk.
 * @param {Uint8Array} bytes
 */
export function crc32(bytes) {
  let crc = 0xffffffff;
  for (const byte of bytes) {
    crc ^= byte;
    for (let bit = 0; bit < 8; bit++) crc = (crc >>> 1) ^ (crc & 1 ? 0xedb88320 : 0);
  }
  return (crc ^ 0xffffffff) >>> 0;
}

/**
 * How wide texts are, as this browser draws them.
 * @returns {Measure}
 */
export function measureText() {
  const context = /** @type {CanvasRenderingContext2D} */ (document.createElement("canvas").getContext("2d"));
  return (text, { size, weight = 400, family = FONT }) => {
    context.font = `${weight} ${size}px ${family}`;
    return context.measureText(text).width;
  };
}

/**
 * @param {Drawing} drawing
 * @returns {Promise<Blob>}
 */
async function rasterized({ svg, width, height }) {
  const image = new Image();
  image.src = `data:image/svg+xml,${encodeURIComponent(svg)}`;
  await image.decode();
  const canvas = document.createElement("canvas");
  canvas.width = PNG_SCALE * width;
  canvas.height = PNG_SCALE * height;
  const context = /** @type {CanvasRenderingContext2D} */ (canvas.getContext("2d"));
  context.drawImage(image, 0, 0, canvas.width, canvas.height);
  return new Promise((resolve, reject) => {
    canvas.toBlob((blob) => (blob ? resolve(blob) : reject(new Failure("This browser could not draw the picture."))));
  });
}

/**
 * @param {Blob} blob
 * @returns {Promise<string>}
 */
function dataUrl(blob) {
  return new Promise((resolve, reject) => {
    const reader = new FileReader();
    reader.onload = () => resolve(String(reader.result));
    reader.onerror = () => reject(new Failure("This browser could not save the picture."));
    reader.readAsDataURL(blob);
  });
}
