/** Start the page: its illustrations, drawn from the landscapes that are there, and the claims. */

import { addressOf } from "../core/addresses.js";
import { get } from "../core/api.js";
import { bindTheme } from "../core/theme.js";
import { byId, element } from "../core/dom.js";
import { followFailures, sentenceOf } from "../core/failure.js";
import { loadCatalog, loadCurvature, loadLandscape } from "../surfaces/landscape-data.js";
import { illustrateBatches, illustrateGradients } from "./batch-illustration.js";
import { CLAIMS_OF, chapterElement, chaptersOf, illustrateChapter } from "./chapters.js";
import { choose } from "./choice.js";
import { claimElements, dateText, pictureElement, repeatSummaryOf, summaryOf } from "./claims.js";
import { illustrateConvexity } from "./convexity-illustration.js";
import { illustrateLosses } from "./loss-illustration.js";
import { tellBatches, tellDot, tellFilters, tellPlane } from "./numbers.js";
import { featuredOf, illustrateLoss, illustratePaths } from "./path-illustration.js";
import { illustratePlane } from "./plane-illustration.js";
import { trainingFacts } from "./training-facts.js";
import { illustrateTraining } from "./training-illustration.js";

/** @typedef {import("../surfaces/landscape-data.js").Entry} Entry */
/** @typedef {import("../surfaces/landscape-data.js").Landscape} Landscape */
/** @typedef {import("./drawing.js").Illustration} Illustration */

/** @type {Illustration[]} */
const illustrations = [];
bindTheme(/** @type {HTMLButtonElement} */ (byId("theme")), () => {
  for (const { redraw } of illustrations) redraw();
});

const CLAIMS = addressOf("./api/v1/claims");

/** The illustrations that stand beside claims, wherever those come to be. */
const beside = {
  "batch-gradients": element("figure", { id: "gradients-figure", "aria-busy": "true" }),
  convexity: element("figure", { id: "convexity-figure", "aria-busy": "true" }),
  convergence: element("figure", { id: "convergence-figure", "aria-busy": "true" }),
  "learning-rates": element("figure", { id: "rates-figure", "aria-busy": "true" }),
};

/**
 * Put an illustration into a figure, or nothing if what it takes is not there.
 * @param {HTMLElement} root
 * @param {(Entry | null)[]} entries
 * @param {(root: HTMLElement, landscapes: Landscape[]) => Illustration} illustrate
 * @param {(landscapes: Landscape[]) => string} [tell]  its numbers in a sentence, for its chapter
 */
async function fill(root, entries, illustrate, tell) {
  const present = entries.filter((entry) => entry !== null);
  try {
    if (!present.length) throw new Missing();
    const landscapes = await Promise.all(present.map(loadLandscape));
    illustrations.push(illustrate(root, landscapes));
    if (tell) {
      const measured = byId(root.id.replace("figure", "measured"));
      measured.textContent = tell(landscapes);
      measured.hidden = false;
    }
  } catch (error) {
    if (error instanceof Missing) root.hidden = true;
    else root.replaceChildren(element("p", { class: "problem" }, sentenceOf(error)));
  }
  root.removeAttribute("aria-busy");
}

/** Nothing here shows what an illustration is to show. */
class Missing extends Error {}

/**
 * What is said of the paper stands where its landscapes do: nobody else's are judged by its claims.
 * @param {import("../surfaces/landscape-data.js").Catalog} catalog
 */
function showPaper({ studies }) {
  const isThere = studies.some(({ is_paper }) => is_paper);
  for (const part of document.querySelectorAll("[data-paper]")) {
    /** @type {HTMLElement} */ (part).hidden = !isThere;
  }
  return isThere;
}

/**
 * Draw what illustrates the chapters and the claims. A chapter that is left with neither text nor
 * picture goes.
 * @param {import("../surfaces/landscape-data.js").Catalog} catalog
 */
async function illustrate(catalog) {
  const { bowl, joint, own, batches, convex, moments, rates, trained } = choose(catalog);
  byId("nothing").hidden = catalog.landscapes.length > 0;
  const one = (/** @type {Landscape[]} */ landscapes) => /** @type {Landscape} */ (landscapes[0]);
  const pairs = (/** @type {Landscape[]} */ landscapes) =>
    own.map((_, i) => ({
      random: /** @type {Landscape} */ (landscapes[2 * i]),
      pca: /** @type {Landscape} */ (landscapes[2 * i + 1]),
    }));
  await Promise.all([
    fill(byId("plane-figure"), [bowl], (root, found) => illustratePlane(root, one(found)), (found) => tellPlane(one(found))),
    fill(byId("filters-figure"), [bowl], (root, found) => illustrateLosses(root, one(found)), (found) => tellFilters(one(found))),
    fill(byId("paths-figure"), [joint], (root, found) => illustratePaths(root, one(found))),
    fill(
      byId("lost-figure"),
      own.flatMap(({ random, pca }) => [random, pca]),
      (root, found) => illustrateLoss(root, pairs(found)),
      (found) => tellDot(featuredOf(pairs(found)).random),
    ),
    fill(byId("batches-figure"), [batches], (root, found) => illustrateBatches(root, one(found)), (found) => tellBatches(one(found))),
    fill(byId("training-figure"), [trained], (root, found) => trainingFacts(root, one(found))),
    fill(beside.convexity, convex, illustrateConvexity),
    fill(beside["batch-gradients"], moments, illustrateGradients),
    fill(beside.convergence, [joint], (root, found) => illustrateTraining(root, one(found))),
    fill(beside["learning-rates"], [rates], (root, found) => illustrateTraining(root, one(found))),
  ]);
  for (const chapter of document.querySelectorAll(".chapter")) {
    const isEmpty = [...chapter.querySelectorAll("p, figure")].every((part) => /** @type {HTMLElement} */ (part).hidden);
    /** @type {HTMLElement} */ (chapter).hidden = isEmpty;
  }
}

/** @param {import("../surfaces/landscape-data.js").Catalog} catalog */
async function tellClaims(catalog) {
  const root = byId("claims-list");
  const answer = /** @type {import("../core/api-types.d.ts").ClaimsResponse} */ (await get(CLAIMS));
  root.replaceChildren(...claimElements(answer.claims, beside));
  root.removeAttribute("aria-busy");
  byId("claims-summary").textContent = [summaryOf(answer.claims), repeatSummaryOf(answer.claims)].filter(Boolean).join(" ");
  byId("repeats-lead").hidden = answer.claims.every(({ repeats }) => repeats.length === 0);
  byId("rules-fixed").textContent = dateText(answer.rules_fixed);
  tellNetworks(answer);
  await tellCurvature(answer, catalog);
}

/**
 * What is said of networks of other studies stands where those were measured.
 * @param {import("../core/api-types.d.ts").ClaimsResponse} answer
 */
function tellNetworks({ skips, transformer, network_rules_fixed }) {
  for (const [name, claims] of /** @type {const} */ ([["skips", skips], ["transformer", transformer]])) {
    const isMeasured = claims.some(({ numbers }) => numbers.length > 0);
    byId(name).hidden = !isMeasured;
    if (!isMeasured) continue;
    byId(`${name}-list`).replaceChildren(...claimElements(claims));
    byId(`${name}-summary`).textContent = summaryOf(claims);
  }
  for (const place of document.querySelectorAll(".network-rules-fixed")) place.textContent = dateText(network_rules_fixed);
}

/**
 * The atlas's own studies, each with what it is about; nothing where none is served.
 * @param {import("../surfaces/landscape-data.js").Catalog} catalog
 */
async function tellChapters(catalog) {
  const chapters = chaptersOf(catalog);
  byId("chapters").hidden = byId("chapters-link").hidden = chapters.length === 0;
  const told = chapters.map((chapter) => ({
    chapter,
    ...chapterElement(chapter, !byId(CLAIMS_OF[chapter.name]).hidden),
  }));
  byId("chapters-list").replaceChildren(...told.map(({ root }) => root));
  await Promise.all(
    told.map(({ chapter, figure }) => figure && fill(figure, [chapter.lead], (root, [landscape]) => illustrateChapter(root, /** @type {Landscape} */ (landscape)))),
  );
}

/**
 * Where no run's sharpness was measured, nothing is said of it.
 * @param {import("../core/api-types.d.ts").ClaimsResponse} answer
 * @param {import("../surfaces/landscape-data.js").Catalog} catalog
 */
async function tellCurvature({ curvature, curvature_rules_fixed }, catalog) {
  const isMeasured = curvature.some(({ numbers, repeats }) => [numbers, ...repeats.map((repeat) => repeat.numbers)].some((each) => each.length > 0));
  byId("curvature").hidden = !isMeasured;
  if (!isMeasured) return;
  const paper = catalog.studies.find(({ is_paper }) => is_paper)?.id;
  /**
   * A claim's figure, which is drawn when its data have come.
   * @param {Pick<import("./claims.js").Claim, "id" | "numbers">} claim
   * @param {string | undefined} study
   */
  const figureOf = (claim, study) => {
    const root = element("figure", { hidden: true, "aria-busy": "true" });
    drawn.push(illustrateCurvature(root, claim, tableOf(catalog, study)));
    return root;
  };
  /** @type {Promise<void>[]} */
  const drawn = [];
  byId("curvature-list").replaceChildren(
    ...claimElements(
      curvature,
      Object.fromEntries(curvature.map((claim) => [claim.id, figureOf(claim, paper)])),
      ({ id, title }, { study, images, numbers }) =>
        numbers.length ? pictureElement(`${title}, ${images}`, { id, numbers }, figureOf({ id, numbers }, study)) : null,
    ),
  );
  byId("curvature-summary").textContent = [summaryOf(curvature), repeatSummaryOf(curvature)].filter(Boolean).join(" ");
  byId("curvature-rules-fixed").textContent = dateText(curvature_rules_fixed);
  await Promise.all(drawn);
}

/**
 * The table along whose runs a study measured the sharpness on the full batch.
 * @param {import("../surfaces/landscape-data.js").Catalog} catalog
 * @param {string | undefined} home  the study
 */
function tableOf({ landscapes }, home) {
  return landscapes.find(({ own_id, kind, study }) => own_id === "full-batch" && kind === "table" && study === home) ?? null;
}

/**
 * Draw what a claim about curvature is judged on, where more than rows of numbers show it.
 * @param {HTMLElement} root
 * @param {Pick<import("./claims.js").Claim, "id" | "numbers">} claim
 * @param {Entry | null} table
 */
async function illustrateCurvature(root, claim, table) {
  try {
    if (claim.numbers.length) await drawCurvature(root, claim, table);
  } catch (error) {
    root.replaceChildren(element("p", { class: "problem" }, sentenceOf(error)));
    root.hidden = false;
  }
  root.removeAttribute("aria-busy");
}

/** @type {typeof illustrateCurvature} */
async function drawCurvature(root, claim, table) {
  const { SHARPNESS, illustrateFlatness, illustrateSharpness } = await import("./curvature-illustrations.js");
  if (claim.id === "flatness") keep(root, illustrateFlatness(root, claim));
  if (claim.id in SHARPNESS && table) keep(root, illustrateSharpness(root, claim, await loadCurvature(table), table));
}

/**
 * @param {HTMLElement} root
 * @param {Illustration | null} drawn
 */
function keep(root, drawn) {
  if (!drawn) return;
  root.hidden = false;
  illustrations.push(drawn);
}

async function fillPage() {
  const catalog = await loadCatalog();
  const isPaper = showPaper(catalog);
  const isTold = isPaper || chaptersOf(catalog).length > 0;
  if (!isTold) byId("claims-list").removeAttribute("aria-busy");
  // Whether a chapter's claims are judged here is known when they are told.
  const told = (isTold ? tellClaims(catalog) : Promise.resolve()).finally(() => tellChapters(catalog));
  const results = await Promise.allSettled([illustrate(catalog), told]);
  const failed = results.find(({ status }) => status === "rejected");
  if (failed?.status === "rejected") throw failed.reason;
}

/** @param {unknown} error */
function report(error) {
  const problem = byId("problem");
  problem.textContent = sentenceOf(error);
  problem.hidden = false;
  for (const root of document.querySelectorAll("[aria-busy]")) root.removeAttribute("aria-busy");
}

followFailures(report);
// Where a link leads into the page, what has come since has moved its place.
fillPage().catch(report).then(() => {
  const target = location.hash ? document.getElementById(location.hash.slice(1)) : null;
  if (target && window.scrollY === arrivedAt) target.scrollIntoView();
});
/** Where the browser scrolled to at first; anywhere else is where somebody went. */
let arrivedAt = 0;
window.addEventListener("load", () => {
  arrivedAt = window.scrollY;
});
