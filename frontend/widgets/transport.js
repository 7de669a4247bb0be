/** The transport row: reset, back, play, forward, scrubber, speed. */

import { element, icon } from "../core/dom.js";
import { integer } from "../core/format.js";
import { SPEEDS } from "../core/playback.js";

const ICONS = {
  reset: "M4 4.2h2.3v11.6H4zM16.5 4.2v11.6L7.3 10z",
  back: "M12.9 3.9 14.4 5.4 9.8 10l4.6 4.6-1.5 1.5L6.8 10z",
  play: "M6 3.5v13l11-6.5z",
  pause: "M6 4h2.6v12H6zM11.4 4H14v12h-2.6z",
  forward: "M7.1 3.9 5.6 5.4 10.2 10l-4.6 4.6 1.5 1.5L13.2 10z",
};

/**
 * What a playhead counts.
 * @typedef {object} Unit
 * @property {string} name  of the scrubber
 * @property {string} forward  what the button that goes one on does
 * @property {string} back
 * @property {(end: number) => number} grain  the smallest difference that is shown
 * @property {(value: number, end: number) => string} text
 */

/** @type {Unit} */
export const STEPS = {
  name: "Step",
  forward: "One step forward",
  back: "One step back",
  grain: () => 1,
  text: integer,
};

/**
 * @param {HTMLElement} root
 * @param {object} actions
 * @param {() => void} actions.onToggle
 * @param {(at: number) => void} actions.onSeek
 * @param {(direction: 1 | -1) => void} actions.onStep
 * @param {(speed: number) => void} actions.onSpeed
 * @param {Unit} first
 */
export function createTransport(root, { onToggle, onSeek, onStep, onSpeed }, first = STEPS) {
  let unit = first;
  /**
   * @param {keyof typeof ICONS} name
   * @param {string} label
   * @param {() => void} onclick
   */
  const button = (name, label, onclick) =>
    element(
      "button",
      { type: "button", class: `icon ${name}`, "aria-label": label, title: label, onclick },
      icon(ICONS[name]),
    );
  const play = button("play", "Play", onToggle);
  const scrubber = element("input", {
    type: "range",
    class: "transport-scrubber",
    min: 0,
    max: 1,
    step: 1,
    value: 0,
    "aria-label": unit.name,
  });
  scrubber.addEventListener("input", () => onSeek(Number(scrubber.value)));
  const counter = element("span", { class: "transport-counter" });
  const speed = element(
    "select",
    { "aria-label": "Speed", title: "Speed" },
    ...SPEEDS.map((value) => element("option", { value }, `${value}×`)),
  );
  speed.addEventListener("change", () => onSpeed(Number(speed.value)));

  root.replaceChildren(
    button("reset", "Back to the start", () => onSeek(0)),
    button("back", unit.back, () => onStep(-1)),
    play,
    button("forward", unit.forward, () => onStep(1)),
    scrubber,
    counter,
    speed,
  );

  let end = -1;
  let shown = -1;
  return {
    /**
     * @param {number} at
     * @param {number} newEnd
     */
    showStep(at, newEnd) {
      const grain = unit.grain(newEnd);
      const whole = Math.min(Number((Math.floor(at / grain + 1e-9) * grain).toPrecision(12)), newEnd);
      if (newEnd !== end) {
        end = newEnd;
        scrubber.step = String(grain);
        scrubber.max = String(Math.max(end, grain));
      } else if (whole === shown) return;
      shown = whole;
      scrubber.value = String(whole);
      scrubber.style.setProperty("--filled", `${end ? (100 * whole) / end : 0}%`);
      const text = unit.text(whole, end);
      if (unit !== STEPS) scrubber.setAttribute("aria-valuetext", text);
      counter.textContent = `${text} / ${unit.text(end, end)}`;
    },
    /** @param {Unit} next */
    setUnit(next) {
      unit = next;
      end = -1;
      scrubber.setAttribute("aria-label", unit.name);
    },
    /** @param {boolean} playing */
    showPlaying(playing) {
      const label = playing ? "Pause" : "Play";
      play.setAttribute("aria-label", label);
      play.title = `${label} (Space)`;
      play.classList.toggle("playing", playing);
      play.replaceChildren(icon(playing ? ICONS.pause : ICONS.play));
    },
    /** @param {number} value */
    showSpeed(value) {
      speed.value = String(value);
    },
  };
}

/**
 * Space plays and pauses wherever it does nothing else.
 * @param {() => boolean} active  whether there is something to play
 * @param {() => void} onToggle
 */
export function bindSpaceKey(active, onToggle) {
  document.addEventListener("keydown", (event) => {
    const target = /** @type {Element} */ (event.target);
    const taken = target.closest("input, select, textarea, summary, a, button:not(.stage-start)");
    if (event.key !== " " || taken || event.ctrlKey || event.metaKey || event.altKey) return;
    if (!active()) return;
    event.preventDefault();
    onToggle();
  });
}
