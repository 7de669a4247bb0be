/** The paper's claims: what is said, the verdict, the checks that it follows from, the numbers. */

import { addressOf } from "../core/addresses.js";
import { element, icon } from "../core/dom.js";
import { list } from "../core/format.js";
import { checksSentence } from "./claim-measures.js";
import { measureCharts } from "./measure-chart.js";
import { quantity } from "./numbers.js";

/** @typedef {import("../core/api-types.d.ts").ClaimVerdict} Verdict */

/** @typedef {import("../core/api-types.d.ts").Claim} Claim */
/** @typedef {import("../core/api-types.d.ts").ClaimRepeat} ClaimRepeat */

/** A shape for each verdict, so that none depends on its colour. @type {Record<Verdict, string>} */
const SHAPES = {
  holds: "M8 1a7 7 0 1 0 0 14A7 7 0 0 0 8 1zM6.9 11.4 3.7 8.2l1.2-1.2 2 2 4.2-4.2 1.2 1.2z",
  "holds in part": "M8 1a7 7 0 1 0 0 14A7 7 0 0 0 8 1zm0 2v10A5 5 0 0 1 8 3z",
  "does not hold": "M2.1 3.9 3.9 2.1 8 6.2l4.1-4.1 1.8 1.8L9.8 8l4.1 4.1-1.8 1.8L8 9.8l-4.1 4.1-1.8-1.8L6.2 8z",
  contested: "M1 5.4h9.2L7.4 2.6l1.3-1.3L13.8 6.4H1zM15 10.6H5.8l2.8 2.8-1.3 1.3L2.2 9.6H15z",
  "cannot be told": "M2 6.8h12v2.4H2z",
};

/** @type {Verdict[]} */
const VERDICTS = ["holds", "holds in part", "does not hold", "contested", "cannot be told"];

/**
 * @param {Claim[]} claims
 * @param {Record<string, HTMLElement>} illustrations  drawn from landscapes, by the claim's id
 * @param {(claim: Claim, repeat: ClaimRepeat) => HTMLElement | null} pictureOf  what other images say, as a picture
 * @returns {HTMLLIElement[]}
 */
export function claimElements(claims, illustrations = {}, pictureOf = () => null) {
  return claims.map((claim) => {
    const { id, title, statement, verdict, finding, rule, checks, numbers, link, repeats } = claim;
    const told = verdict !== "cannot be told" || numbers.length > 0;
    return element(
      "li",
      { class: "claim", id: `claim-${id}`, "data-verdict": verdict },
      element(
        "div",
        { class: "said" },
        element("h3", {}, title),
        element("blockquote", {}, statement, " ", element("cite", {}, figuresText(claim.figures))),
        element(
          "p",
          { class: "verdict", "data-verdict": verdict },
          shape(verdict),
          element("strong", {}, sentence(verdict)),
          checks.length > 0 && element("span", { class: "outcome" }, checksSentence(checks)),
        ),
        checks.length > 0 && element("ul", { class: "checks" }, ...checks.map(checkElement)),
        element(
          "div",
          { class: "claim-more" },
          verdict !== "cannot be told" &&
            element("a", { href: addressOf(link), "aria-label": `See it: ${title}` }, "See it"),
          told && numbersElement(title, finding, numbers),
          rule !== "" && ruleElement(title, rule),
        ),
        ...repeats.map((repeat) => repeatElement(title, repeat, pictureOf(claim, repeat))),
      ),
      told ? pictureElement(title, claim, illustrations[id]) : missingElement(finding),
    );
  });
}

/**
 * A claim's picture: what is drawn of its landscapes, and charts of its numbers.
 * @param {string} title
 * @param {Pick<Claim, "id" | "numbers">} claim
 * @param {HTMLElement | undefined} illustration
 */
export function pictureElement(title, claim, illustration) {
  const charts = measureCharts(claim);
  return element(
    "div",
    { class: "claim-picture", role: "group", "aria-label": `Picture: ${title}` },
    illustration,
    charts.length > 0 && element("figure", { class: "measures" }, ...charts),
  );
}

/**
 * What a claim lacks, in its picture's place.
 * @param {string} finding
 */
function missingElement(finding) {
  return element("div", { class: "claim-missing" }, element("p", { class: "finding" }, finding));
}

/**
 * What other images say to a claim, beside the paper's verdict: folded away but for its own.
 * @param {string} title
 * @param {ClaimRepeat} repeat
 * @param {HTMLElement | null} drawn
 */
function repeatElement(title, { images, verdict, finding, checks, numbers, link }, drawn) {
  const where = `On ${images}`;
  return element(
    "details",
    { class: "claim-repeat", "data-verdict": verdict },
    element(
      "summary",
      { "aria-label": `${where}: ${verdict}. ${title}` },
      element("span", {}, `${where}: `),
      element("span", { class: "verdict", "data-verdict": verdict }, shape(verdict), element("strong", {}, verdict)),
    ),
    checks.length > 0 && element("ul", { class: "checks" }, ...checks.map(checkElement)),
    element("p", { class: "finding" }, finding),
    drawn,
    numbers.length > 0 && numbersTable(`${title}, ${images}`, numbers),
    verdict !== "cannot be told" && element("p", {}, element("a", { href: addressOf(link), "aria-label": `See it: ${title}, ${images}` }, "See it")),
  );
}

/** @param {Claim["checks"][number]} check */
function checkElement({ text, passed }) {
  const verdict = passed === null ? "cannot be told" : passed ? "holds" : "does not hold";
  const said = passed === null ? "Cannot be told: " : passed ? "True: " : "Not true: ";
  return element(
    "li",
    { "data-passed": String(passed) },
    shape(verdict),
    element("span", { class: "visually-hidden" }, said),
    element("span", {}, text),
  );
}

/**
 * @param {string} title
 * @param {string} rule
 */
function ruleElement(title, rule) {
  return element(
    "details",
    { class: "rule" },
    element("summary", { "aria-label": `The rule: ${title}` }, "The rule"),
    element("p", {}, rule),
  );
}

/**
 * @param {string} title
 * @param {string} finding
 * @param {Claim["numbers"]} numbers
 */
function numbersElement(title, finding, numbers) {
  return element(
    "details",
    {},
    element("summary", { "aria-label": `The numbers: ${title}` }, "The numbers"),
    element("p", { class: "finding" }, finding),
    numbersTable(title, numbers),
  );
}

/**
 * @param {string} title
 * @param {Claim["numbers"]} numbers
 */
function numbersTable(title, numbers) {
  return element(
    "table",
    {},
    element("caption", { class: "visually-hidden" }, `The numbers: ${title}`),
    element(
      "tbody",
      {},
      ...numbers.map(({ label, value, unit }) =>
        element("tr", {}, element("th", { scope: "row" }, label), element("td", {}, quantity(value, unit))),
      ),
    ),
  );
}

/**
 * How many claims come out alike on other images; nothing where no study repeats the design.
 * @param {Pick<Claim, "verdict" | "repeats">[]} claims
 */
export function repeatSummaryOf(claims) {
  const images = new Set(claims.flatMap(({ repeats }) => repeats.map((repeat) => repeat.images)));
  return [...images].map((name) => {
    const pairs = claims.flatMap(({ verdict, repeats }) =>
      repeats.filter((repeat) => repeat.images === name).map((repeat) => repeat.verdict === verdict),
    );
    const same = pairs.filter(Boolean).length;
    return `The same design and rules on ${name} give the same verdict to ${same} of ${pairs.length}.`;
  }).join(" ");
}

/**
 * How many claims came out how.
 * @param {Pick<Claim, "verdict">[]} claims
 */
export function summaryOf(claims) {
  const counted = VERDICTS.map((verdict) => ({
    verdict,
    count: claims.filter((claim) => claim.verdict === verdict).length,
  })).filter(({ count }) => count > 0);
  const says = counted.map(({ verdict, count }) => `${count} ${count === 1 ? singular(verdict) : plural(verdict)}`);
  return `Of ${claims.length} claims ${list(says)}.`;
}

/**
 * A day, as in "on 26 November 2026".
 * @param {string} moment  ISO 8601
 */
export function dateText(moment) {
  const day = new Date(moment);
  const written = { day: "numeric", month: "long", year: "numeric", timeZone: "UTC" };
  return `on ${day.toLocaleDateString("en-GB", /** @type {Intl.DateTimeFormatOptions} */ (written))}`;
}

/** @param {Verdict} verdict */
function singular(verdict) {
  return verdict === "contested" ? "is contested" : verdict;
}

/** @param {Verdict} verdict */
function plural(verdict) {
  if (verdict === "contested") return "are contested";
  return verdict.replace("holds", "hold").replace("does not", "do not");
}

/** @param {string[]} figures  "3" or "Table I" */
export function figuresText(figures) {
  const plain = figures.filter((figure) => !/[a-z]/i.test(figure));
  const named = figures.filter((figure) => /[a-z]/i.test(figure));
  const heading = plain.length > 1 ? "Figures" : "Figure";
  return list([...(plain.length ? [`${heading} ${list(plain)}`] : []), ...named]);
}

/** @param {string} text */
function sentence(text) {
  return `${text.charAt(0).toUpperCase()}${text.slice(1)}`;
}

/** @param {Verdict} verdict */
function shape(verdict) {
  return icon(SHAPES[verdict], "0 0 16 16");
}
