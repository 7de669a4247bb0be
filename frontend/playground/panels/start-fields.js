/** Where all descents begin, as two numbers. */

import { element } from "../../core/dom.js";
import { numberField } from "../../widgets/number-field.js";
import { MAX_COORDINATE } from "../model/sanitize.js";
import { contentOf } from "../model/members.js";
import { objectiveOf } from "../model/playground-catalog.js";
import { startOf } from "../model/settings.js";

/** An arrow key moves the start by about this part of the view. */
const ARROW_PART = 0.01;

/**
 * @param {HTMLElement} root
 * @param {import("../../core/store.js").Store<import("../model/playground-state.js").State>} store
 * @param {import("../model/settings.js").Catalog} catalog
 * @param {(x: number, y: number) => void} onMove  the start is moved
 * @returns {{refresh: () => void}}
 */
export function createStartFields(root, store, catalog, onMove) {
  const start = () => startOf(store.get(), objectiveOf(catalog, store.get().objective));
  /** A round number, so that so are the starts. */
  const unit = () => {
    const { x0, x1 } = store.get().bounds ?? contentOf(store.get(), catalog);
    return 10 ** Math.round(Math.log10((x1 - x0) * ARROW_PART));
  };
  const fields = /** @type {const} */ (["x", "y"]).map((axis) => {
    const entry = numberField({
      name: `Start, ${axis}`,
      min: -MAX_COORDINATE,
      max: MAX_COORDINATE,
      step: (value, direction) => Number((value + direction * unit()).toPrecision(12)),
      onEnter: (value) => {
        const { x, y } = start();
        if (axis === "x") onMove(value, y);
        else onMove(x, value);
      },
    });
    return { axis, ...entry };
  });
  root.replaceChildren(
    element("span", { "aria-hidden": "true" }, "Start"),
    ...fields.map(({ axis, field }) => element("label", {}, element("i", {}, axis), field)),
    ...fields.map(({ problem }) => problem),
  );
  return {
    refresh() {
      root.hidden = store.get().file?.own != null;
      const at = start();
      for (const { axis, show } of fields) show(at[axis]);
    },
  };
}
