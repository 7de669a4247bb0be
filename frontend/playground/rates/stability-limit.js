/**
 * The learning rate above which a rule leaves a minimum: known in closed form where the rule is linear
 * on a quadratic.
 *
 * With λ the largest eigenvalue of the Hessian, gradient descent is stable below 2/λ, the heavy ball
 * with momentum μ and dampening τ below 2 (1 + μ) / ((1 − τ) λ), Nesterov's momentum below
 * (2 + 2 μ) / ((1 + 2 μ) λ): Cohen et al. (2021), "Gradient descent on neural networks typically
 * occurs at the edge of stability", equation 1 and appendix B; Polyak (1964) for the heavy ball. The
 * dampening multiplies the gradient, and with it λ. Weight decay moves the point at which a descent
 * rests away from the minimum, where λ is known, and a schedule changes the rate: then no limit is given.
 */

/** @typedef {{rate: number, formula: string}} StabilityLimit */

/**
 * @param {string} optimizer  its id
 * @param {import("../model/playground-state.js").Values} values  its hyperparameters
 * @param {number} sharpness  λ, above 0
 * @returns {StabilityLimit | null} null: none is known
 */
export function stabilityLimit(optimizer, values, sharpness) {
  if (values.weight_decay) return null;
  const mu = Number(values.momentum);
  switch (optimizer) {
    case "gd":
      return { rate: 2 / sharpness, formula: "2/λ" };
    case "momentum": {
      const kept = isUndampened(values) ? 1 : 1 - Number(values.dampening);
      if (kept === 0) return null;
      const formula = kept === 1 ? "2(1+μ)/λ" : "2(1+μ)/((1−τ)λ)";
      return { rate: (2 * (1 + mu)) / (kept * sharpness), formula };
    }
    case "nesterov":
      return { rate: (2 + 2 * mu) / ((1 + 2 * mu) * sharpness), formula: "(2+2μ)/((1+2μ)λ)" };
    default:
      return null;
  }
}

/**
 * Whether the rule ignores its dampening, as PyTorch's does without momentum.
 * @param {import("../model/playground-state.js").Values} values
 */
function isUndampened({ momentum, dampening, dampen_always: always }) {
  return !dampening || (momentum === 0 && !always);
}
