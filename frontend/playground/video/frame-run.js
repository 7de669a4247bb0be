/** Frame after frame into a file, while the page goes on. */

/**
 * Draw every frame for its step, and write it. Between two frames the page gets its turn.
 * @param {object} run
 * @param {ArrayLike<number>} run.steps  one a frame
 * @param {(step: number) => void} run.draw
 * @param {import("./gif-writer.js").Writer} run.writer
 * @param {AbortSignal} run.signal
 * @param {(done: number) => void} run.onProgress  so many frames are written
 * @returns {Promise<Blob>} rejects with the signal's reason where it was aborted
 */
export async function writeFrames({ steps, draw, writer, signal, onProgress }) {
  try {
    for (let frame = 0; frame < steps.length; frame++) {
      signal.throwIfAborted();
      draw(Number(steps[frame]));
      await writer.add(frame);
      onProgress(frame + 1);
      await turn();
    }
    signal.throwIfAborted();
    return await writer.finish();
  } catch (error) {
    // What is to be told is the first failure.
    await writer.cancel().catch(() => undefined);
    throw error;
  }
}

/** The page's turn. A timer would wait for a second in a tab that is not in sight. */
export function turn() {
  return new Promise((resolve) => {
    const { port1, port2 } = new MessageChannel();
    port1.onmessage = () => {
      port1.close();
      resolve(undefined);
    };
    port2.postMessage(null);
  });
}
