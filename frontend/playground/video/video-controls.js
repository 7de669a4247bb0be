/** The controls of a video: kind, size, length, and what is in it. */

import { element } from "../../core/dom.js";
import { choiceControl, switchControl } from "../../widgets/controls.js";
import { numberField } from "../../widgets/number-field.js";
import { LIMITS, SIZES } from "./frame-plan.js";

/** @typedef {import("./frame-plan.js").Kind} Kind */
/** @typedef {import("./frame-plan.js").VideoSettings} VideoSettings */

/** @type {[Kind, string][]} */
const KINDS = [
  ["webm", "WebM"],
  ["mp4", "MP4"],
  ["gif", "GIF"],
];

const PARTS = /** @type {const} */ ([
  ["chart", "Losses", "The chart of losses, with the step marked"],
  ["legend", "Legend", "Lines and marks with their names"],
  ["caption", "Caption", "All settings, and the address of this view"],
]);

/**
 * @param {(change: Partial<VideoSettings>) => void} onChange
 */
export function createVideoControls(onChange) {
  const kinds = element("div");
  /** @type {{root: HTMLElement, show: (kind: Kind) => void}} */
  let kind = choiceControl({ name: "Format", choices: KINDS, onChange: (one) => onChange({ kind: one }) });
  const size = choiceControl({
    name: "Size",
    choices: SIZES.map(([width, height]) => [`${width}x${height}`, `${width} × ${height}`]),
    onChange: (choice) => {
      const [width, height] = choice.split("x").map(Number);
      onChange({ width: Number(width), height: Number(height) });
    },
  });
  const fields = {
    width: entry("Width", "pixels", LIMITS.side, 2, (width) => onChange({ width })),
    height: entry("Height", "pixels", LIMITS.side, 2, (height) => onChange({ height })),
    seconds: entry("Seconds", "", LIMITS.seconds, 1, (seconds) => onChange({ seconds })),
    rate: entry("Frames a second", "", LIMITS.rate, 5, (rate) => onChange({ rate })),
  };
  const parts = PARTS.map(([part, name, description]) => ({
    part,
    ...switchControl({ name, description, onChange: (on) => onChange({ [part]: on }) }),
  }));
  const set = element(
    "fieldset",
    { class: "video-controls" },
    kinds,
    size.root,
    element("div", { class: "video-numbers" }, ...Object.values(fields).map(({ root }) => root)),
    element("div", { class: "video-parts" }, ...parts.map(({ root }) => root)),
  );

  return {
    roots: [set],
    /**
     * Let a person choose among these.
     * @param {readonly Kind[]} offered
     */
    offer(offered) {
      const choices = KINDS.filter(([one]) => offered.includes(one));
      kind = choiceControl({ name: "Format", choices, onChange: (one) => onChange({ kind: one }) });
      kinds.replaceChildren(kind.root);
    },
    /** @param {VideoSettings} settings */
    show(settings) {
      kind.show(settings.kind);
      size.show(`${settings.width}x${settings.height}`);
      for (const name of /** @type {const} */ (["width", "height", "seconds", "rate"])) fields[name].show(settings[name]);
      for (const { part, show } of parts) show(settings[part]);
    },
    /** @param {boolean} yes */
    disable(yes) {
      set.disabled = yes;
    },
  };
}

/**
 * A number with its name.
 * @param {string} name
 * @param {string} measure
 * @param {import("../../widgets/number-field.js").Limits} limits
 * @param {number} stride  of the arrow keys
 * @param {(value: number) => void} onEnter
 */
function entry(name, measure, limits, stride, onEnter) {
  const { field, problem, show } = numberField({
    name: measure ? `${name} in ${measure}` : name,
    ...limits,
    onEnter,
    step: (value, direction) => value + direction * stride,
  });
  const root = element("div", { class: "video-number" }, element("span", { "aria-hidden": "true" }, name), field, problem);
  return { root, show };
}
