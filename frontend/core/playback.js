/**
 * The only clock. A playhead is a fractional step between 0 and the end of the longest descent.
 */

/** At speed 1 the longest descent plays in this many seconds, whatever its number of steps. */
export const SECONDS_AT_SPEED_1 = 8;

/**
 * The step after some more seconds. Descents decide early and then settle for long, so the clock
 * goes with the square root of the step: the first steps can be seen one by one.
 * @param {number} step
 * @param {number} end
 * @param {number} seconds  at speed 1
 * @returns {number}
 */
export function advance(step, end, seconds) {
  const time = Math.sqrt(step / end) + seconds / SECONDS_AT_SPEED_1;
  return end > 0 ? Math.min(end, end * time * time) : 0;
}

export const SPEEDS = [0.25, 0.5, 1, 2, 4];

/**
 * @typedef {object} Playback
 * @property {() => number} step
 * @property {() => boolean} playing
 * @property {(end: number) => void} setEnd  moves the playhead back if it lies behind the new end
 * @property {(speed: number) => void} setSpeed
 * @property {() => void} play  from the start again if the playhead is at the end
 * @property {() => void} pause
 * @property {(step: number) => void} seek  pauses nothing
 */

/**
 * @param {object} options
 * @param {(step: number) => void} options.onFrame  called in an animation frame, and on seek
 * @param {(playing: boolean, ended: boolean) => void} options.onPlaying
 * @returns {Playback}
 */
export function createPlayback({ onFrame, onPlaying }) {
  let step = 0;
  let end = 0;
  let speed = 1;
  let frame = 0;
  let before = 0;

  /** @param {number} now */
  const tick = (now) => {
    // A hidden tab gets no frames; what passed meanwhile is not to be made up for in one leap.
    const seconds = Math.min(Math.max((now - before) / 1000, 0), 0.1);
    before = now;
    step = advance(step, end, seconds * speed);
    const ended = step >= end;
    frame = ended ? 0 : requestAnimationFrame(tick);
    onFrame(step);
    if (ended) onPlaying(false, true);
  };

  return {
    step: () => step,
    playing: () => frame !== 0,
    setEnd(value) {
      end = value;
      step = Math.min(step, end);
    },
    setSpeed(value) {
      speed = value;
    },
    play() {
      if (frame) return;
      if (step >= end) step = 0;
      before = performance.now();
      frame = requestAnimationFrame(tick);
      onPlaying(true, false);
    },
    pause() {
      if (!frame) return;
      cancelAnimationFrame(frame);
      frame = 0;
      onPlaying(false, false);
    },
    seek(value) {
      step = Math.min(Math.max(value, 0), end);
      onFrame(step);
    },
  };
}
