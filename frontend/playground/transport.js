/** The transport row: reset, back, play, forward, scrubber, speed. */

import { element } from "../dom.js";
import { SPEEDS } from "../playback.js";
import { integer } from "../format.js";

const ICONS = {
  reset: "M5 4v12M16 4.5v11L7 10z",
  back: "M15 4.5v11L5.5 10z",
  play: "M6 3.5v13l11-6.5z",
  pause: "M6 4h2.6v12H6zM11.4 4H14v12h-2.6z",
  forward: "M5 4.5v11l9.5-5.5z",
};
const SVG = "http://www.w3.org/2000/svg";

/** @param {string} path */
function icon(path) {
  const svg = document.createElementNS(SVG, "svg");
  svg.setAttribute("viewBox", "0 0 20 20");
  svg.setAttribute("aria-hidden", "true");
  const shape = document.createElementNS(SVG, "path");
  shape.setAttribute("d", path);
  svg.append(shape);
  return svg;
}

/**
 * @param {HTMLElement} root
 * @param {object} actions
 * @param {() => void} actions.onToggle
 * @param {(step: number) => void} actions.onSeek
 * @param {(direction: 1 | -1) => void} actions.onStep
 * @param {(speed: number) => void} actions.onSpeed
 */
export function createTransport(root, { onToggle, onSeek, onStep, onSpeed }) {
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
    class: "scrubber",
    min: 0,
    max: 1,
    step: 1,
    value: 0,
    "aria-label": "Step",
  });
  scrubber.addEventListener("input", () => onSeek(Number(scrubber.value)));
  const counter = element("span", { class: "counter" });
  const speed = element(
    "select",
    { "aria-label": "Speed", title: "Speed" },
    ...SPEEDS.map((value) => element("option", { value }, `${value}×`)),
  );
  speed.addEventListener("change", () => onSpeed(Number(speed.value)));

  root.replaceChildren(
    button("reset", "Back to the start", () => onSeek(0)),
    button("back", "One step back", () => onStep(-1)),
    play,
    button("forward", "One step forward", () => onStep(1)),
    scrubber,
    counter,
    speed,
  );

  let end = -1;
  let shown = -1;
  return {
    /**
     * @param {number} step
     * @param {number} newEnd
     */
    showStep(step, newEnd) {
      const whole = Math.floor(step + 1e-9);
      if (newEnd !== end) {
        end = newEnd;
        scrubber.max = String(Math.max(end, 1));
      } else if (whole === shown) return;
      shown = whole;
      scrubber.value = String(whole);
      scrubber.style.setProperty("--filled", `${end ? (100 * whole) / end : 0}%`);
      counter.textContent = `${integer(whole)} / ${integer(end)}`;
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
