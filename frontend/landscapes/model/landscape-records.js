/** A landscape's trajectories as files, and the lines of Python that read it. */

import { timeOf } from "./time-units.js";

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
    const epoch = timeOf("epoch", result, manifest.dataset.train);
    const images = timeOf("images", result, manifest.dataset.train);
    steps.forEach((step, i) => {
      const cells = [step, epoch(step), images(step), x[i], y[i], distance[i], loss[i], lossInPlane[i]];
      rows.push([run, ...cells.map((value) => String(value).toLowerCase())].join(","));
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
export function landscapeAsJson({ manifest, x, y, plane }, trajectories, surface) {
  const { id, title, shows, figures, dataset, network } = manifest;
  const plain = (/** @type {string} */ _key, /** @type {unknown} */ value) =>
    ArrayBuffer.isView(value) ? Array.from(/** @type {Float64Array} */ (value)) : value;
  return JSON.stringify({ id, title, shows, figures, dataset, network, plane, x, y, surface, trajectories }, plain);
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
 * @param {"loss" | "accuracy"} metric
 */
export function pythonLines({ entry, trajectories }, surface, metric) {
  const z = `arrays["surface.${surface}.${metric}"]`;
  const paths = trajectories
    .map(({ run }, i) => {
      const axis = (/** @type {string} */ name) => `${name}=arrays["trajectory.${i}.${name}"]`;
      return `.add_scatter(${axis("x")}, ${axis("y")}, name="${run}")`;
    })
    .join("");
  return [
    "import numpy as np, plotly.graph_objects as go",
    `arrays = np.load("${arraysName(entry.id)}")`,
    `go.Figure(go.Contour(x=arrays["grid.x"], y=arrays["grid.y"], z=${z}))${paths}.show()`,
  ].join("\n");
}
