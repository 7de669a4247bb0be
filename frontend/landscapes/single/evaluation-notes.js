/** What stands beside a picture about how its loss was evaluated, and about the networks joined. */

import { element } from "../../core/dom.js";
import { endText, evaluationFacts } from "../model/evaluation-text.js";

/** @typedef {import("../../surfaces/landscape-data.js").Evaluation} Evaluation */
/** @typedef {import("../../surfaces/landscape-data.js").End} End */

/**
 * @param {Evaluation | null} evaluation  null: the landscape does not say
 * @param {readonly End[]} ends
 * @returns {Node[]}
 */
export function evaluationNotes(evaluation, ends) {
  return [
    ...(ends.length ? [endsElement(ends)] : []),
    ...(evaluation
      ? [
          element(
            "section",
            { class: "evaluation", "aria-labelledby": "evaluation-title" },
            element("h2", { id: "evaluation-title" }, "How it was evaluated"),
            factsElement(evaluationFacts(evaluation)),
          ),
        ]
      : []),
  ];
}

/** @param {readonly End[]} ends */
function endsElement(ends) {
  const facts = ends.map((end) => /** @type {[string, string]} */ ([end.label, endText(end)]));
  return element(
    "section",
    { class: "evaluation ends", "aria-labelledby": "ends-title" },
    element("h2", { id: "ends-title" }, ends.length > 1 ? "The networks joined" : "The network drawn"),
    factsElement(facts),
  );
}

/** @param {[string, string][]} facts */
function factsElement(facts) {
  return element(
    "dl",
    { class: "facts" },
    ...facts.flatMap(([name, text]) => [element("dt", {}, name), element("dd", {}, text)]),
  );
}
