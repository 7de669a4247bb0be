/// <reference path="./plotly-global.d.ts" />

/**
 * The only module that loads Plotly; `chart.js` and `surface-3d.js` alone call it.
 *
 * Two of Plotly's own partial bundles take the place of the whole, which holds the thread twice as
 * long: one for everything flat, and one for 3D, which most visits never ask for. Each is complete
 * in itself, and an element that one has drawn belongs to it.
 */

import { Failure } from "../core/failure.js";

/** @typedef {"cartesian" | "gl3d"} Bundle  as Plotly names its partial bundles */

/** @type {Map<Bundle, Promise<PlotlyStatic>>} */
const bundles = new Map();

/**
 * A bundle that did not come is asked for again by the next who needs it.
 * @param {Bundle} bundle
 * @returns {Promise<PlotlyStatic>}
 */
export function loadPlotly(bundle) {
  const known = bundles.get(bundle);
  if (known) return known;
  const loading = runScript(bundle);
  bundles.set(bundle, loading);
  loading.catch(() => bundles.delete(bundle));
  return loading;
}

/** Load what level lines need before they are asked for. If that fails it is tried again then. */
export function prepareLevelLines() {
  loadPlotly("cartesian").catch(() => undefined);
}

/**
 * Plotly's scripts are larger than everything else together and hold the thread for long. What the
 * canvases have drawn is shown first.
 * @param {Bundle} bundle
 * @returns {Promise<PlotlyStatic>}
 */
function runScript(bundle) {
  return new Promise((resolve, reject) => {
    const script = document.createElement("script");
    script.src = `./vendor/plotly-4.1.1/plotly-${bundle}.min.js`;
    // Every bundle calls itself window.Plotly; right after it has run, the name is its own.
    script.addEventListener("load", () => resolve(/** @type {PlotlyStatic} */ (window.Plotly)));
    script.addEventListener("error", () => reject(new Failure("Plotly could not be loaded.")));
    if (bundle === "gl3d") {
      const end = makeCanvasesReadable();
      script.addEventListener("load", end);
      script.addEventListener("error", end);
    }
    requestAnimationFrame(() => setTimeout(() => document.head.append(script)));
  });
}

/**
 * The 3D script makes canvases while it loads on which it later measures the text of the axes, and
 * reads them back. Browsers want to know that beforehand, and say so in the console.
 * @returns {() => void} ends it
 */
function makeCanvasesReadable() {
  const { prototype } = HTMLCanvasElement;
  const original = prototype.getContext;
  /** @type {(this: HTMLCanvasElement, kind: string, options?: object) => RenderingContext | null} */
  const replacement = function (kind, options) {
    return original.call(this, kind, { willReadFrequently: true, ...options });
  };
  prototype.getContext = /** @type {typeof original} */ (replacement);
  return () => {
    prototype.getContext = original;
  };
}
