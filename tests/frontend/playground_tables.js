/** Small tables such as the server sends, for tests that need some. */

/** @typedef {import("../../frontend/playground/model/settings.js").Catalog} Catalog */
/** @typedef {import("../../frontend/playground/model/settings.js").Objective} Objective */
/** @typedef {import("../../frontend/playground/model/settings.js").Optimizer} Optimizer */

const formula = { latex: "", mathml: "" };
const reference = { text: "", url: "" };

/**
 * @param {string} id
 * @param {Record<string, number>} [parameters]  with their defaults
 * @returns {Objective}
 */
export const objective = (id, parameters = {}) => ({
  id,
  name: id.toUpperCase(),
  description: "",
  formula,
  parameters: Object.entries(parameters).map(([name, value]) => ({
    id: name,
    symbol: formula,
    default: value,
    min: 0,
    max: 10,
    description: "",
  })),
  domain: { x: { min: -2, max: 2 }, y: { min: -2, max: 2 } },
  start: { x: 0.5, y: 1.5 },
  opening: null,
  valley: null,
  stories: [],
  scale: "linear",
  reference,
});

/**
 * An optimizer with a learning rate and a switch.
 * @param {string} id
 * @param {Optimizer["article"]} [article]
 * @returns {Optimizer}
 */
export const optimizer = (id, article = null) => ({
  id,
  name: id.toUpperCase(),
  description: "",
  formula,
  hyperparameters: [
    {
      id: "lr",
      name: "Learning rate",
      symbol: formula,
      default: 0.001,
      min: 0,
      max: 10,
      scale: "log",
      description: "",
    },
    {
      id: "bias_correction",
      name: "Bias correction",
      symbol: formula,
      default: true,
      min: 0,
      max: 1,
      scale: "switch",
      description: "",
    },
  ],
  draws_noise: id === "sgd",
  is_exact: id === "gd",
  evaluations: 1,
  draws_average: false,
  takes_schedule: true,
  torch: null,
  reference,
  learning_rates: { bowl: 0.05 },
  no_rate_works: [],
  article,
});

/** @typedef {import("../../frontend/core/api-types.d.ts").Schedule} Schedule */
/** @typedef {import("../../frontend/core/api-types.d.ts").ScheduleParameter} ScheduleParameter */

/**
 * @param {string} id
 * @param {Partial<ScheduleParameter>} rest
 * @returns {ScheduleParameter}
 */
const scheduleParameter = (id, rest) => ({
  id,
  name: id,
  symbol: formula,
  kind: "number",
  default: null,
  shares: [],
  min: 0,
  max: 1,
  scale: "linear",
  choices: [],
  description: "",
  ...rest,
});

/**
 * @param {string} id
 * @param {ScheduleParameter[]} parameters
 * @returns {Schedule}
 */
const schedule = (id, parameters) => ({
  id,
  name: `${id.charAt(0).toUpperCase()}${id.slice(1)}`,
  description: "",
  formula,
  parameters,
  torch: id === "constant" ? null : id,
  reference: null,
});

const count = { kind: /** @type {const} */ ("count"), min: 1, max: 100000 };

/** The constant schedule, and one for each kind of parameter. */
export const SCHEDULES = [
  schedule("constant", []),
  schedule("multistep", [
    scheduleParameter("milestones", { ...count, kind: "counts", shares: [0.5, 0.75] }),
    scheduleParameter("gamma", { default: 0.1 }),
  ]),
  schedule("cosine", [
    scheduleParameter("T_max", { ...count, shares: [1] }),
    scheduleParameter("eta_min", { default: 0 }),
  ]),
  schedule("onecycle", [
    scheduleParameter("pct_start", { default: 0.3, max: 0.99 }),
    scheduleParameter("anneal_strategy", { kind: "choice", default: "cos", choices: ["cos", "linear"] }),
    scheduleParameter("three_phase", { kind: "switch", default: false }),
  ]),
];

/**
 * @param {Objective[]} objectives
 * @param {Optimizer[]} optimizers
 * @returns {Catalog}
 */
export const catalog = (objectives, optimizers) => ({
  objectives,
  optimizers,
  schedules: SCHEDULES,
  steps: { default: 1000, min: 1, max: 100000 },
  noise: {
    std: { default: 1, min: 0, max: 100 },
    batch_size: { default: 1, min: 1, max: 1e6 },
    seed: { default: 0, min: 0, max: 2 ** 53 - 1 },
  },
  seeds: { default: 200, min: 10, max: 500 },
  arrival_distance: 0.01,
});
