/** An ensemble as files: rows for a spreadsheet, below the settings as lines that begin with #. */

/** @typedef {import("./ensemble-text.js").Answer} Answer */
/** @typedef {ReturnType<typeof import("./ensemble-request.js").ensembleRequest>} Request */

/**
 * One row a seed: how its descent ended.
 * @param {Request} request
 * @param {Answer} answer
 * @param {string} link  to the view
 */
export function endsAsCsv(request, { ends, first_seed: first, seeds }, link) {
  const whole = (/** @type {number} */ value) => (value < 0 ? "" : value);
  const rows = Array.from({ length: seeds }, (_, i) => {
    const [x, y] = [Number(ends.x[i]), Number(ends.y[i])];
    const left = Number.isNaN(x);
    return [
      first + i,
      ends.steps[i],
      left,
      left ? "" : x,
      left ? "" : y,
      whole(Number(ends.minimum[i])),
      whole(Number(ends.arrival[i])),
    ].join(",");
  });
  return csv(request, link, "seed,steps,diverged,x,y,minimum,arrival", rows);
}

/**
 * One row for each step kept: how many descents have not diverged, and the quantiles of their losses.
 * @param {Request} request
 * @param {Answer} answer
 * @param {string} link
 */
export function lossesAsCsv(request, { step, losses }, link) {
  const { levels, loss, running } = losses;
  const rows = Array.from(step, (at, k) => {
    const quantiles = levels.map((_, i) => Number(loss[i * step.length + k]));
    return [at, running[k], ...quantiles.map((value) => (Number.isNaN(value) ? "" : value))].join(",");
  });
  const columns = ["step", "running", ...levels.map((level) => `q${Math.round(100 * level)}`)];
  return csv(request, link, columns.join(), rows);
}

/**
 * @param {Request} request
 * @param {string} link
 * @param {string} columns
 * @param {string[]} rows
 */
function csv(request, link, columns, rows) {
  const settings = [`Descent Atlas: ${link}`, ...settingsOf(request)].map((line) => `# ${line}`);
  return `${[...settings, columns, ...rows].join("\r\n")}\r\n`;
}

/** @param {Request} request */
function settingsOf({ objective, start, optimizer, noise, seeds }) {
  const list = (/** @type {object} */ values) =>
    Object.entries(values).map(([name, value]) => `${name} = ${value}`).join(", ");
  const name = "expression" in objective ? objective.expression : objective.id;
  const { id, hyperparameters, ...rest } = /** @type {NonNullable<typeof optimizer>} */ (optimizer);
  return [
    [`objective ${name}`, list(objective.parameters)].filter(Boolean).join(": "),
    `start: ${list(start)}`,
    `${id}: ${list({ ...hyperparameters, ...rest })}`,
    `gradient noise: ${list(noise)}`,
    `seeds: ${noise.seed} to ${noise.seed + seeds - 1}`,
  ];
}
