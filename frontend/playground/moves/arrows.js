/**
 * Why a path moves, at the playhead: the gradient that its optimizer saw, its velocity if it has one, and
 * the step that they led to, as arrows from where the gradient was seen. Nothing is rescaled unseen: the
 * step is as long as it is, the others as long as gradient descent would step with them, and a factor
 * that a person chooses magnifies them all alike.
 */

import { element } from "../../core/dom.js";
import { integer } from "../../core/format.js";
import { colorOf } from "../../core/optimizer-style.js";
import { theme } from "../../core/theme.js";
import { SAMPLE, SAMPLE_MIDDLE } from "../../plot/sheet.js";
import { vectorSample } from "./vector-sample.js";
import { VECTOR_KINDS, strokeVector } from "./vector-stroke.js";
import { vectorTraces } from "./vector-traces.js";
import { shownOf } from "../model/members.js";
import { labelOf } from "../model/variants.js";
import { ARROW_FACTORS } from "../model/playground-state.js";

/** @typedef {import("./vector-stroke.js").Vector} Vector */
/** @typedef {import("./vector-stroke.js").VectorKind} VectorKind */
/** @typedef {import("./states.js").StepState} StepState */

/** What arrows are called, and what they say. @type {Record<VectorKind, {name: string, meaning: string}>} */
const KINDS = {
  gradient: { name: "gradient", meaning: "What gradient descent would step with the gradient that was seen" },
  velocity: { name: "velocity", meaning: "What gradient descent would step with the optimizer's velocity" },
  step: { name: "step", meaning: "What the optimizer did step" },
};

/** In a legend, in the order in which one leads to the other. */
const TOLD = /** @type {const} */ (["gradient", "velocity", "step"]);

/** What is not pointed at, while something else is. */
const FAINT_OPACITY = 0.3;
/** So many steps before they are reached they are asked for. */
const AHEAD = 64;

/**
 * The step that a playhead is in: the one under way, or the last one taken.
 * @param {number} playhead
 * @param {number} steps  of the descent
 */
export function stepAt(playhead, steps) {
  return Math.min(Math.max(Math.ceil(playhead - 1e-9), 1), Math.max(steps, 1));
}

/**
 * The arrows of a step.
 * @param {StepState} state
 * @param {string} color
 * @param {number} factor
 * @returns {Vector[]}
 */
export function vectorsOf({ moves }, color, factor) {
  return moves.flatMap(({ kind, at, x, y }) => {
    const vector = { kind, color, ...at, dx: factor * x, dy: factor * y };
    return Number.isFinite(vector.dx) && Number.isFinite(vector.dy) ? [vector] : [];
  });
}

/**
 * Formulas of a kind of arrow, with those whose they are where they differ.
 * @param {VectorKind} kind
 * @param {readonly {name: string, state: StepState}[]} told
 */
export function formulasOf(kind, told) {
  /** @type {Map<string, string[]>} */
  const names = new Map();
  for (const { name, state } of told) {
    const text = state.moves.find((move) => move.kind === kind)?.text;
    if (text) names.set(text, [...(names.get(text) ?? []), name]);
  }
  const all = [...names];
  if (all.length < 2) return all[0]?.[0] ?? "";
  return all.map(([text, whose]) => `${text} (${whose.join(", ")})`).join("; ");
}

/**
 * @param {object} source
 * @param {import("../../core/store.js").Store<import("../model/playground-state.js").State>} source.store
 * @param {import("../model/settings.js").Catalog} source.catalog
 * @param {import("../model/computed.js").Model} source.model
 * @param {() => number} source.step  the playhead
 * @param {import("../plot/playground-plot.js").Plot} source.plot
 * @param {import("../model/spotlight.js").Spotlight} source.spotlight
 * @param {HTMLElement} before  the legend stands behind it
 * @param {import("./states.js").States} states
 */
export function createArrows({ store, catalog, model, step, plot, spotlight }, before, states) {
  const factor = element(
    "select",
    { "aria-label": "Length of the arrows", onchange: () => store.set({ arrows: Number(factor.value) }, "push") },
    ...ARROW_FACTORS.map((value) => element("option", { value }, `× ${integer(value)}`)),
  );
  const entries = element("ul", { class: "arrow-entries" });
  const note = element("span", { class: "arrow-note" });
  const legend = element(
    "div",
    { class: "arrow-legend", role: "group", "aria-label": "Arrows", hidden: true },
    entries,
    element("label", {}, "Length ", factor),
    note,
  );
  before.after(legend);
  let shownText = "";

  const active = () => {
    const { arrows, surface, file, guess } = store.get();
    return arrows !== null && surface === "contour" && !file?.own && guess === null;
  };

  /** The states at the playhead of those that are shown, as far as they are known. */
  const told = () => {
    const state = store.get();
    const lit = spotlight.get();
    return shownOf(state, catalog).flatMap((id) => {
      const descent = model.descents().get(id);
      if (!descent || !plot.path(id) || !state.bar.includes(id)) return [];
      const at = stepAt(step(), descent.steps);
      return [{ id, name: labelOf(state, id, catalog), at, faint: lit !== null && lit !== id, state: states.at(id, at) }];
    });
  };

  const ask = () => {
    const all = told();
    const missing = all.filter(({ state }) => state === null);
    const [first] = missing;
    if (first) {
      states.ask(missing.filter(({ at }) => at === first.at).map(({ id }) => id), first.at);
      return;
    }
    // While it plays the next ones are wanted soon.
    const last = Math.max(0, ...all.map(({ at }) => at));
    const going = all.filter(({ id, at }) => at === last && at + AHEAD <= Number(model.descents().get(id)?.steps));
    if (going.length) states.ask(going.map(({ id }) => id), last + AHEAD);
  };

  /** The same with their arrows, without those of which nothing is known yet. */
  const known = () =>
    told().flatMap(({ state, ...one }) => {
      if (!state) return [];
      const color = plot.path(one.id)?.color ?? colorOf(one.id);
      return [{ ...one, state, vectors: vectorsOf(state, color, store.get().arrows ?? 1) }];
    });

  /**
   * What each kind is in words and in formulas, where there is one.
   * @param {ReturnType<typeof known>} all
   */
  const meanings = (all) =>
    TOLD.flatMap((kind) => {
      const formula = formulasOf(kind, all);
      return formula ? [{ kind, text: `${KINDS[kind].name} ${formula}`, meaning: KINDS[kind].meaning }] : [];
    });

  const refresh = (all = known()) => {
    const on = active();
    legend.hidden = !on;
    if (!on) return;
    factor.value = String(store.get().arrows);
    const steps = [...new Set(all.map(({ at }) => at))];
    const which = steps.length === 1 ? `step ${integer(Number(steps[0]))}` : "step of each at the playhead, or its last";
    const times = Number(store.get().arrows);
    const long = times === 1 ? "in the plot’s units" : `${integer(times)} times as long as in the plot’s units`;
    const said = all.length ? `${which}: ${long}; the gradient from where it was seen` : "";
    if (note.textContent !== said) note.textContent = said;
    const texts = meanings(all);
    const text = JSON.stringify(texts);
    if (text === shownText) return;
    shownText = text;
    entries.replaceChildren(
      ...texts.map(({ kind, text: words, meaning }) => element("li", { title: meaning }, sampleOf(kind), words)),
    );
  };

  plot.decorate((overlay) => {
    if (!active()) return;
    ask();
    const all = known();
    overlay.draw((context, map, halo) => {
      for (const kind of VECTOR_KINDS) {
        for (const { vectors, faint } of all) {
          context.globalAlpha = faint ? FAINT_OPACITY : 1;
          for (const vector of vectors) {
            if (vector.kind !== kind) continue;
            const { x, y, dx, dy } = vector;
            strokeVector(context, [map.x(x), map.y(y)], [map.x(x + dx), map.y(y + dy)], vector, halo);
          }
        }
      }
      context.globalAlpha = 1;
    });
    refresh(all);
  });

  return {
    refresh: () => refresh(),
    /** What a picture shows of them. */
    picture() {
      const all = active() ? known() : [];
      if (!all.length) return undefined;
      const colors = { ink: theme().strong, page: theme().page };
      const times = Number(store.get().arrows);
      const scale = times === 1 ? "" : `, drawn ${integer(times)} times as long`;
      return {
        traces: vectorTraces(all.flatMap(({ vectors }) => vectors), plot.map(), theme()),
        entries: meanings(all).map(({ kind, text }) => ({
          kind: /** @type {const} */ ("drawn"),
          name: text + scale,
          svg: vectorSample(kind, [0, SAMPLE_MIDDLE], [SAMPLE, SAMPLE_MIDDLE], colors),
        })),
      };
    },
  };
}

/** @param {VectorKind} kind */
function sampleOf(kind) {
  const svg = new DOMParser().parseFromString(
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 30 18" class="arrow-sample" aria-hidden="true">${vectorSample(
      kind,
      [1, 9],
      [29, 9],
      { ink: "currentColor", page: "var(--page)" },
    )}</svg>`,
    "image/svg+xml",
  );
  return document.importNode(svg.documentElement, true);
}
