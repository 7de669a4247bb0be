/** A table's network under other parameters that compute the same: another sharpness, no other result. */

import { element } from "../../core/dom.js";
import { integer, number, percent, setting } from "../../core/format.js";

/** @typedef {import("../../core/api-types.d.ts").Rescaling} Rescaling */
/** @typedef {import("../../core/api-types.d.ts").RescaledNetwork} RescaledNetwork */

/** What stands for a number that is not known. */
const UNKNOWN = "—";

/** @param {number | null} value @param {(value: number) => string} [write] */
function textOf(value, write = number) {
  return value === null ? UNKNOWN : write(value);
}

/**
 * One row for each network: its factor, sharpness, test accuracy, and the largest change of an output.
 * @param {Pick<Rescaling, "networks" | "rounding">} rescaling
 * @returns {{factor: string, cells: string[], isOwn: boolean}[]}
 */
export function rowsOf({ networks }) {
  return networks.map(({ factor, sharpness, test_accuracy, difference }) => ({
    factor: `× ${setting(factor)}`,
    cells: [
      textOf(sharpness),
      textOf(test_accuracy, (share) => `${(100 * share).toFixed(2)} %`),
      textOf(difference, (value) => (value === 0 ? "none" : number(value))),
    ],
    isOwn: factor === 1,
  }));
}

/**
 * How it was measured, in words.
 * @param {Rescaling} rescaling
 */
export function rescaledText({ images, images_seed, tolerance, rounding, rule }) {
  const changes = rounding === null ? "" : ` Here rounding changes an output by up to ${number(rounding)}.`;
  return `${rule}${changes} Sharpness on ${integer(images)} training images (drawn with seed ${images_seed}), with a residual of at most ${percent(tolerance)}.`;
}

/**
 * @param {readonly Rescaling[]} rescalings
 * @param {(run: string) => string} labelOf
 */
export function rescaledElements(rescalings, labelOf) {
  return rescalings.map((rescaling) =>
    element(
      "section",
      { class: "rescaled" },
      element("h2", {}, `${labelOf(rescaling.run)}: the same function, other parameters`),
      element("p", { class: "about" }, rescaledText(rescaling)),
      element(
        "table",
        {},
        element("caption", { class: "visually-hidden" }, `Rescaled networks of ${labelOf(rescaling.run)}`),
        element("thead", {}, element("tr", {}, ...HEADINGS.map((heading) => element("th", { scope: "col" }, heading)))),
        element(
          "tbody",
          {},
          ...rowsOf(rescaling).map(({ factor, cells, isOwn }) =>
            element(
              "tr",
              {},
              element("th", { scope: "row" }, isOwn ? `${factor}, as trained` : factor),
              ...cells.map((cell) => element("td", {}, cell)),
            ),
          ),
        ),
      ),
    ),
  );
}

const HEADINGS = ["Layer", "Sharpness", "Test accuracy", "Largest change of an output"];
