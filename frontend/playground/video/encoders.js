/**
 * The encoders by others. Each is loaded when somebody makes a video, which most visits never do; one
 * that did not come is asked for again by the next who needs it.
 */

import { Failure } from "../../core/failure.js";

/** @typedef {import("./encoder-types.d.ts").Mediabunny} Mediabunny */
/** @typedef {import("./encoder-types.d.ts").Gifenc} Gifenc */

const ADDRESSES = {
  mediabunny: "../../vendor/mediabunny-1.61.0/mediabunny.min.js",
  gifenc: "../../vendor/gifenc-1.0.3/gifenc.js",
};

/** @returns {Promise<Mediabunny>} */
export function loadMediabunny() {
  return load(ADDRESSES.mediabunny);
}

/** @returns {Promise<Gifenc>} */
export function loadGifenc() {
  return load(ADDRESSES.gifenc);
}

/** @param {string} address */
async function load(address) {
  try {
    return await import(address);
  } catch {
    throw new Failure("The encoder could not be loaded. Try again in a moment.");
  }
}
