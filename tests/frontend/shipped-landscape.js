/** The landscapes that ship, read as the page gets them from the server. */

import { readFile } from "node:fs/promises";
import { inflateRawSync } from "node:zlib";

import { readLandscape } from "../../frontend/surfaces/landscape-data.js";
import { entry } from "./landscape_entries.js";

export const SHIPPED = new URL("../../backend/descent_atlas/landscapes/shipped/visual-analysis/", import.meta.url);

/** @type {Record<string, {from: (buffer: ArrayBuffer) => ArrayLike<number>}>} */
const DTYPES = {
  "<f8": { from: (buffer) => new Float64Array(buffer) },
  "<f4": { from: (buffer) => Float64Array.from(new Float32Array(buffer)) },
  "<i8": { from: (buffer) => Int32Array.from(new BigInt64Array(buffer), Number) },
  "<i4": { from: (buffer) => new Int32Array(buffer) },
  "<i2": { from: (buffer) => Int32Array.from(new Int16Array(buffer)) },
  "|u1": { from: (buffer) => new Uint8Array(buffer) },
  "|b1": { from: (buffer) => new Uint8Array(buffer) },
};

/**
 * @param {string} id
 * @returns {Promise<Record<string, any>>}
 */
export async function shippedManifest(id) {
  return JSON.parse(await readFile(new URL(`${id}/manifest.json`, SHIPPED), "utf8"));
}

/**
 * @param {string} id
 * @returns {Promise<import("../../frontend/surfaces/landscape-data.js").Landscape>}
 */
export async function shippedLandscape(id) {
  const manifest = await shippedManifest(id);
  const arrays = readArrays(await readFile(new URL(`${id}/arrays.npz`, SHIPPED)));
  const surfaces = manifest.surfaces.map((/** @type {{id: string}} */ surface) => surface.id);
  const { runs, figures, plane } = manifest;
  const about = { runs, figures, surfaces, plane: plane.kind, origin: plane.origin };
  return readLandscape(entry(id, about), { version: "0", manifest, arrays });
}

/**
 * The arrays of an NPZ file: a ZIP archive of NPY files.
 * @param {Buffer} zip
 * @returns {Record<string, ArrayLike<number>>}
 */
function readArrays(zip) {
  /** @type {Record<string, ArrayLike<number>>} */
  const arrays = {};
  const end = zip.lastIndexOf("PK\x05\x06", undefined, "latin1");
  let at = zip.readUInt32LE(end + 16);
  for (let left = zip.readUInt16LE(end + 10); left > 0; left--) {
    const [method, size] = [zip.readUInt16LE(at + 10), zip.readUInt32LE(at + 20)];
    const lengths = [28, 30, 32].map((offset) => zip.readUInt16LE(at + offset));
    const [name = 0, extra = 0, comment = 0] = lengths;
    const local = zip.readUInt32LE(at + 42);
    const start = local + 30 + zip.readUInt16LE(local + 26) + zip.readUInt16LE(local + 28);
    const bytes = zip.subarray(start, start + size);
    const file = zip.toString("utf8", at + 46, at + 46 + name);
    arrays[file.replace(/\.npy$/, "")] = readArray(method === 8 ? inflateRawSync(bytes) : bytes);
    at += 46 + name + extra + comment;
  }
  return arrays;
}

/** @param {Buffer} npy */
function readArray(npy) {
  const length = npy.readUInt16LE(8);
  const header = npy.toString("latin1", 10, 10 + length);
  const dtype = /'descr': '([^']+)'/.exec(header)?.[1] ?? "";
  const data = npy.subarray(10 + length);
  const array = DTYPES[dtype];
  if (!array) throw new Error(`An array has the type ${dtype}.`);
  return array.from(new Uint8Array(data).buffer);
}
