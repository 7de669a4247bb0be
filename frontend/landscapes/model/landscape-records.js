/** A landscape's trajectories as files, and the lines of Python that read it. */

import { GAP } from "../../surfaces/train-test-gap.js";
import { isCounted, timeOf } from "./time-units.js";

/** @typedef {import("../../surfaces/landscape-data.js").Landscape} Landscape */
/** @typedef {import("../../surfaces/landscape-data.js").Trajectory} Trajectory */

/**
 * One row a snapshot. Numbers have as many digits as make them the same doubles when read again;
 * what is not finite is spelt in small letters, as most programs read it.
 * @param {Landscape} landscape
 * @param {readonly Trajectory[]} trajectories
 */
export function trajectoriesAsCsv({ manifest }, trajectories) {
  const rows = ["run,step,epoch,images,x,y,distance_from_plane,loss,loss_in_plane"];
  for (const { run, steps, x, y, distance, loss, lossInPlane, result } of trajectories) {
    // What is not known stays empty.
    const clock = (/** @type {"epoch" | "images"} */ name) =>
      isCounted(name, result, manifest.dataset.train) ? timeOf(name, result, manifest.dataset.train) : () => "";
    const [epoch, images] = [clock("epoch"), clock("images")];
    steps.forEach((step, i) => {
      const counted = isCounted("step", result, null) ? step : "";
      const cells = [counted, epoch(step), images(step), x[i], y[i], distance[i], loss[i], lossInPlane[i]];
      rows.push([run, ...cells.map((value) => String(value ?? "").toLowerCase())].join(","));
    });
  }
  return `${rows.join("\r\n")}\r\n`;
}

/**
 * What is shown, with lists in place of typed arrays. JSON knows neither NaN nor infinity: they
 * are null.
 * @param {Landscape} landscape
 * @param {readonly Trajectory[]} trajectories
 * @param {import("../../surfaces/landscape-data.js").Surface} surface
 */
export function landscapeAsJson({ manifest, x, y, plane, metrics, evaluation, ends }, trajectories, surface) {
  const { id, title, shows, figures, dataset, network } = manifest;
  const { values, ...about } = surface;
  const whole = { ...about, ...Object.fromEntries(values) };
  const plain = (/** @type {string} */ _key, /** @type {unknown} */ value) =>
    ArrayBuffer.isView(value) ? Array.from(/** @type {Float64Array} */ (value)) : value;
  return JSON.stringify(
    { id, title, shows, figures, dataset, network, metrics, evaluation, plane, ends, x, y, surface: whole, trajectories },
    plain,
  );
}

/**
 * What the server calls a landscape's arrays when it sends them.
 * @param {string} id
 */
export function arraysName(id) {
  return `${id}-arrays.npz`;
}

/**
 * Three lines of Python that read a landscape's arrays and plot a surface with its trajectories.
 * @param {Landscape} landscape
 * @param {string} surface
 * @param {string} metric
 */
export function pythonLines({ entry, manifest }, surface, metric) {
  const named = (/** @type {string} */ name) => `arrays[${JSON.stringify(name)}]`;
  const values = (/** @type {string} */ of, /** @type {string} */ name) =>
    named(manifest.surfaces.find((/** @type {{id: string}} */ { id }) => id === of).arrays[name]);
  const isGap = metric === GAP.id && !manifest.metrics?.some((/** @type {{id: string}} */ { id }) => id === metric);
  const z = isGap ? `${values("test", "loss")} - ${values("train", "loss")}` : values(surface, metric);
  const paths = manifest.trajectories
    .map((/** @type {{run: string, arrays: Record<string, string>}} */ { run, arrays }) => {
      const axis = (/** @type {string} */ name) => `${name}=${named(String(arrays[name]))}`;
      return `.add_scatter(${axis("x")}, ${axis("y")}, name=${JSON.stringify(run)})`;
    })
    .join("");
  return [
    "import numpy as np, plotly.graph_objects as go",
    `arrays = np.load("${arraysName(entry.id)}")`,
    `go.Figure(go.Contour(x=${named(manifest.grid.x)}, y=${named(manifest.grid.y)}, z=${z}))${paths}.show()`,
  ].join("\n");
}
