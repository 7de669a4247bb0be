/** Playback of a landscape's runs: the playhead, what it counts, and the transport that moves it. */

import { createPlayback } from "../../core/playback.js";
import { choiceControl } from "../../widgets/controls.js";
import { createTransport } from "../../widgets/transport.js";
import { UNITS, clocksOf, neighbor } from "../model/time-units.js";

/**
 * What is played: the runs of a landscape, or of two.
 * @typedef {Pick<import("../model/selection.js").Selection, "store" | "shown" | "times" | "clock"> & {
 *   landscape: () => {trajectories: import("../../surfaces/landscape-data.js").Trajectory[], manifest: Record<string, any>},
 * }} Played
 */

/**
 * @param {{transport: HTMLElement, clock: HTMLElement}} roots
 * @param {Played} selection
 * @param {() => void} onFrame  the playhead has moved
 */
export function createRunPlayback(roots, selection, onFrame) {
  const { store } = selection;
  const calm = matchMedia("(prefers-reduced-motion: reduce)");
  let end = 0;

  const playback = createPlayback({
    onFrame: (at) => {
      onFrame();
      transport.showStep(at, end);
    },
    onPlaying: (playing, ended) => {
      transport.showPlaying(playing);
      // Where somebody stopped it belongs to the view; that it ran to its end does not.
      if (ended) store.set({ playhead: null }, "replace");
    },
  });
  const transport = createTransport(
    roots.transport,
    {
      onToggle: toggle,
      onSeek: seek,
      onStep: (direction) => {
        const times = selection.shown().map((one) => selection.times(one).snapshots);
        seek(neighbor(times, playback.step(), direction));
      },
      onSpeed: (speed) => store.set({ speed }, "push"),
    },
    UNITS.epoch,
  );
  const clock = choiceControl({
    name: "Playback counts",
    choices: [
      ["step", "Steps"],
      ["checkpoint", "Checkpoints"],
      ["epoch", "Epochs"],
      ["images", "Images"],
      ["share", "Share"],
    ],
    onChange: (choice) => store.set({ clock: choice, playhead: null }, "push"),
  });
  roots.clock.append(clock.root);

  /** The longest of the runs that are shown gives the playhead its end. */
  function followRuns() {
    const atEnd = end > 0 && playback.step() >= end;
    const shown = selection.shown();
    const timed = shown.length ? shown : selection.landscape().trajectories;
    end = Math.max(0, ...timed.map((one) => selection.times(one).end));
    playback.setEnd(end);
    if (atEnd) playback.seek(end);
    transport.showStep(playback.step(), end);
  }

  /** Another clock counts from the same moment of the whole way. */
  function changeClock() {
    const part = end > 0 ? playback.step() / end : 0;
    showClock();
    followRuns();
    const { playhead } = store.get();
    playback.seek(playhead ?? part * end);
  }

  function showClock() {
    transport.setUnit(UNITS[selection.clock()]);
    clock.show(selection.clock());
    const { trajectories, manifest } = selection.landscape();
    const counted = clocksOf(trajectories, manifest.dataset.train ?? null);
    for (const button of clock.root.querySelectorAll("button")) {
      button.hidden = !counted.some((name) => name === button.dataset.value);
    }
  }

  function showSpeed() {
    const { speed } = store.get();
    playback.setSpeed(speed);
    transport.showSpeed(speed);
  }

  /** @param {number} at */
  function stopAt(at) {
    playback.pause();
    playback.seek(at);
  }

  /** @param {number} at */
  function seek(at) {
    stopAt(at);
    // A place means something only with what it counts.
    store.set({ playhead: Number(playback.step().toPrecision(9)), clock: selection.clock() }, "replace");
  }

  function toggle() {
    if (end === 0) return;
    if (playback.playing()) seek(playback.step());
    else playback.play();
  }

  return {
    step: playback.step,
    end: () => end,
    pause: playback.pause,
    toggle,
    seek,
    stopAt,
    followRuns,
    changeClock,
    showSpeed,

    /**
     * Another landscape is open.
     * @param {boolean} arriving  none was open before
     */
    open(arriving) {
      const part = end > 0 ? playback.step() / end : 0;
      showClock();
      showSpeed();
      transport.showPlaying(playback.playing());
      followRuns();
      // Another landscape may count otherwise; the moment of the whole way stays.
      if (!arriving) playback.seek(part * end);
      const { playhead } = store.get();
      if (playhead !== null) stopAt(playhead);
      else if (arriving && !calm.matches) {
        playback.seek(0);
        playback.play();
      } else if (arriving) playback.seek(end);
    },
  };
}
