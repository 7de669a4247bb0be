/** Ensembles: the descents of one variant under many seeds of the noise. */

import { objectiveOf, optimizerOf } from "../model/playground-catalog.js";
import { objectiveRequest, optimizersRequest } from "../model/requests.js";
import { noiseOf, startOf } from "../model/settings.js";

/** @typedef {import("../model/playground-state.js").State} State */
/** @typedef {import("../model/playground-state.js").Ensemble} Ensemble */
/** @typedef {import("../model/playground-catalog.js").Catalog} Catalog */

/**
 * Whether a variant sees noise, so that another seed draws another descent.
 * @param {Readonly<State>} state
 * @param {string} id
 * @param {Catalog} catalog
 */
export function drawsNoise(state, id, catalog) {
  const { std, all } = noiseOf(state, catalog);
  const { draws_noise: draws, is_exact: isExact } = optimizerOf(catalog, id);
  return std > 0 && (draws || (all && !isExact));
}

/**
 * The ensemble that is shown: none while its variant is not in the bar or draws no noise, nor on a
 * function that only a file knows.
 * @param {Readonly<State>} state
 * @param {Catalog} catalog
 * @returns {Ensemble | null}
 */
export function ensembleOf(state, catalog) {
  const { ensemble, bar, file } = state;
  if (!ensemble || file?.own || !bar.includes(ensemble.id)) return null;
  return drawsNoise(state, ensemble.id, catalog) ? ensemble : null;
}

/**
 * The body of POST /api/ensembles.
 * @param {Readonly<State>} state
 * @param {Catalog} catalog
 * @param {Ensemble} ensemble
 */
export function ensembleRequest(state, catalog, { id, seeds }) {
  const [optimizer] = optimizersRequest(state, catalog, [id]);
  return {
    objective: objectiveRequest(state, catalog),
    start: startOf(state, objectiveOf(catalog, state.objective)),
    optimizer,
    noise: noiseOf(state, catalog),
    seeds,
  };
}
