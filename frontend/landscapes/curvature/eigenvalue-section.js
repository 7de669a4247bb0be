/** The eigenvalues at the origin of a plane along their eigenvectors, and the quadratic model there. */

import { element } from "../../core/dom.js";
import { integer, number, percent } from "../../core/format.js";
import { choiceControl } from "../../widgets/controls.js";
import { surfaceName } from "../../surfaces/surface-names.js";

/** @typedef {import("../model/selection.js").Selection} Selection */
/** @typedef {import("../../core/api-types.d.ts").PlaneCurvature} PlaneCurvature */
/** @typedef {import("../../core/api-types.d.ts").Eigenpair} Eigenpair */

const SIGNS = ["α", "β"];

/** @param {Selection} selection */
export function createEigenvalues(selection) {
  const { store } = selection;
  const strip = element("div", { class: "eigenvalue-strip", "aria-hidden": "true" });
  const pairs = element("dl", { class: "facts eigenpairs" });
  const on = element("p", { class: "about" });
  const fits = element("p", { class: "about" });
  const quadratic = choiceControl({
    name: "Quadratic model",
    choices: [["yes", "Quadratic model over the surface"]],
    onChange: () => store.set({ quadratic: !store.get().quadratic }, "push"),
  });
  const root = element(
    "section",
    { class: "landscape-legend eigenvalues", "aria-labelledby": "eigenvalues-title" },
    element("h2", { id: "eigenvalues-title" }, "Eigenvalues at the origin"),
    strip,
    pairs,
    on,
    quadratic.root,
    fits,
  );
  return {
    root,
    refresh() {
      const { curvature } = selection.landscape().plane;
      root.hidden = !curvature;
      if (!curvature) return;
      strip.replaceChildren(...stripParts(curvature));
      pairs.replaceChildren(...curvature.pairs.flatMap((pair, i) => [element("dt", {}, `${SIGNS[i]}`), element("dd", {}, pairText(pair, curvature.tolerance))]));
      on.textContent = imagesText(curvature);
      const model = selection.model();
      quadratic.root.hidden = !model;
      quadratic.show(store.get().quadratic ? "yes" : null);
      fits.hidden = !model;
      fits.textContent = model ? modelText(model, surfaceName(selection.surface().id, selection.surface().label)) : "";
    },
  };
}

/**
 * A line from the lowest of zero and the eigenvalues to the highest, with a mark for each.
 * @param {PlaneCurvature} curvature
 */
function stripParts({ pairs }) {
  const values = pairs.map(({ value }) => value).filter(Number.isFinite);
  const [low, high] = [Math.min(0, ...values), Math.max(0, ...values)];
  const place = (/** @type {number} */ value) => `${high > low ? (100 * (value - low)) / (high - low) : 0}%`;
  const zero = element("span", { class: "eigenvalue-zero" }, "0");
  zero.style.left = place(0);
  return [
    zero,
    ...pairs.flatMap(({ value, converged }, i) => {
      if (!Number.isFinite(value)) return [];
      const mark = element("span", { class: converged ? "eigenvalue" : "eigenvalue open" }, SIGNS[i]);
      mark.style.left = place(value);
      return [mark];
    }),
  ];
}

/**
 * An eigenvalue, which it is, and how exactly it is known.
 * @param {Eigenpair} pair
 * @param {number} tolerance
 */
export function pairText({ end, rank, value, residual, converged, length }, tolerance) {
  const which = rank === 1 ? `the ${end}` : `the ${rank === 2 ? "second" : rank === 3 ? "third" : `${rank}th`} ${end}`;
  const exact = converged
    ? `residual ${percent(residual / Math.abs(value))}`
    : `not converged: its residual ${number(residual)} is above ${percent(tolerance)} of it`;
  return `λ = ${number(value)}, ${which}; ${exact}. One unit is ${number(length)} long.`;
}

/** @param {Pick<PlaneCurvature, "images" | "images_seed" | "rise">} curvature */
export function imagesText({ images, images_seed, rise }) {
  const drawn = images_seed === null ? ", all of them" : ` (drawn with seed ${images_seed})`;
  return `Of the Hessian of the mean loss on ${integer(images)} training samples${drawn}. At the coordinate 1 the parabola ½λs² of each eigenvalue has changed the loss by ${number(rise)}. A residual is ‖Hv − λv‖.`;
}

/**
 * Where the model fails, by which rule.
 * @param {import("../../core/api-types.d.ts").QuadraticModel} model
 * @param {string} surface
 */
export function modelText({ failing, nearest_failure, rule }, surface) {
  const where =
    nearest_failure === null
      ? "It fails nowhere on the grid."
      : `It fails at ${integer(failing)} points of the grid, the nearest ${number(nearest_failure)} from the origin; the strong line is the border.`;
  return `Dashed: level lines of the loss’s quadratic model at the origin, at the levels of the surface (${surface.toLowerCase()}). ${where} ${rule}`;
}
