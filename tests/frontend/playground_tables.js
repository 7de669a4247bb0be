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
  torch: null,
  reference,
  learning_rates: { bowl: 0.05 },
  no_rate_works: [],
  article,
});

/**
 * @param {Objective[]} objectives
 * @param {Optimizer[]} optimizers
 * @returns {Catalog}
 */
export const catalog = (objectives, optimizers) => ({
  objectives,
  optimizers,
  steps: { default: 1000, min: 1, max: 100000 },
  noise: {
    std: { default: 1, min: 0, max: 100 },
    batch_size: { default: 1, min: 1, max: 1e6 },
    seed: { default: 0, min: 0, max: 2 ** 53 - 1 },
  },
  seeds: { default: 200, min: 10, max: 500 },
  arrival_distance: 0.01,
});
