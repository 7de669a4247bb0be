/**
 * One's own function: a field to type it, the fault under its character, the domain, and known
 * functions to begin from. The state changes only to what the server could read.
 */

import { get, isAbort, newest, Problem } from "../../core/api.js";
import { element } from "../../core/dom.js";
import { sentenceOf } from "../../core/failure.js";
import { gesture } from "../../widgets/controls.js";
import { numberField } from "../../widgets/number-field.js";
import { openingOf } from "../model/settings.js";
import { FIRST_EXPRESSION, MAX_DOMAIN, TYPED, TYPED_DOMAIN } from "../model/typed-functions.js";

/** @typedef {import("../model/typed-functions.js").Choice} Choice */
/** @typedef {import("../model/playground-catalog.js").Objective} Objective */
/** @typedef {import("../../core/store.js").HistoryMode} HistoryMode */
/** @typedef {import("../../core/api-types.d.ts").KnownFunction} KnownFunction */

/** Keys that follow each other sooner are read together. */
const TYPING_MS = 60;

/** A pause this long ends an entry in the browser's history. */
const PAUSE_MS = 1500;

const HELP =
  "+ − * / ^ and sin cos tan exp log sqrt abs tanh min max, pi, e. Every other name becomes a parameter.";

/**
 * @param {HTMLElement} root
 * @param {object} page
 * @param {import("../../core/store.js").Store<import("../model/playground-state.js").State>} page.store
 * @param {import("../model/settings.js").Catalog} page.catalog
 * @param {import("../model/typed-functions.js").Reader} page.reader
 */
export function createTypedFunction(root, { store, catalog, reader }) {
  const entry = gesture();
  let typing = 0;
  let pausing = 0;
  /** @type {Map<string, KnownFunction>} */
  let library = new Map();

  const echo = element("div", { class: "typed-echo", "aria-hidden": "true" });
  const fault = element("p", { class: "field-problem", id: "typed-fault", role: "status" });
  const field = element("textarea", {
    id: "typed-field",
    rows: 2,
    spellcheck: "false",
    autocomplete: "off",
    autocapitalize: "off",
    "aria-describedby": "typed-fault typed-help",
  });
  const known = element("select", { "aria-label": "Begin from a known function" });
  const ends = /** @type {const} */ (["x0", "x1", "y0", "y1"]);
  const fields = Object.fromEntries(
    ends.map((end) => [
      end,
      numberField({
        name: `${end.startsWith("x") ? "x" : "y"} ${end.endsWith("0") ? "from" : "to"}`,
        min: -MAX_DOMAIN,
        max: MAX_DOMAIN,
        step: (value, direction) => value + direction,
        onEnter: () => askDomain(),
      }),
    ]),
  );
  const part = (/** @type {string} */ end) => /** @type {import("../../widgets/number-field.js").NumberField} */ (fields[end]);
  root.replaceChildren(
    element(
      "label",
      { for: field.id, class: "typed-label" },
      element("i", {}, "f"),
      "(",
      element("i", {}, "x"),
      ", ",
      element("i", {}, "y"),
      ") =",
    ),
    element("div", { class: "typed-text" }, echo, field),
    fault,
    element("p", { class: "about", id: "typed-help" }, HELP),
    element(
      "div",
      { class: "typed-domain" },
      ...ends.flatMap((end) => [
        element("span", {}, { x0: "x from", x1: "to", y0: "y from", y1: "to" }[end]),
        part(end).field,
      ]),
    ),
    ...ends.map((end) => part(end).problem),
    known,
  );

  const readings = newest(
    (/** @type {{choice: Choice, mode: HistoryMode, opens: boolean}} */ { choice }, signal) =>
      reader.read(choice, signal),
    (objective, { choice, mode, opens }) => {
      tell("", null);
      show(objective, choice, mode, opens);
    },
    (error) => {
      if (isAbort(error)) return undefined;
      const [first] = error instanceof Problem ? error.errors : [];
      if (!first) return tell(sentenceOf(error), null);
      const position = first.position ?? null;
      const where = position === null ? "The" : `Character ${position + 1}: the`;
      return tell(`${where} function ${first.message}.`, position);
    },
  );

  /**
   * Say what is wrong, and mark the character at which it is.
   * @param {string} sentence  empty: nothing is
   * @param {number | null} position
   */
  function tell(sentence, position) {
    const text = field.value;
    field.setAttribute("aria-invalid", String(sentence !== ""));
    fault.textContent = sentence;
    if (position === null) echo.replaceChildren(text);
    else {
      // What is missing at the end is marked behind the last character.
      const mark = element("mark", {}, text.slice(position, position + 1) || "\u00a0");
      echo.replaceChildren(text.slice(0, position), mark, text.slice(position + 1));
    }
  }

  /**
   * Put a function that was read into the state.
   * @param {Objective} objective
   * @param {Choice} choice
   * @param {HistoryMode} mode
   * @param {boolean} opens  from its own start and its parameters' defaults
   */
  function show(objective, choice, mode, opens) {
    const state = store.get();
    catalog.typed = objective;
    const names = objective.parameters.map(({ id }) => id);
    const kept = Object.entries(state.parameters).filter(([name]) => names.includes(name));
    const begins = opens || state.objective !== TYPED;
    store.set(
      {
        ...choice,
        ...(begins
          ? { ...openingOf(state, catalog, TYPED), heightScale: null }
          : { parameters: Object.fromEntries(kept) }),
        ...(choice.domain === state.domain ? {} : { bounds: null }),
        playhead: null,
      },
      mode,
    );
  }

  /** Ask for the function as it stands in the fields. */
  function ask() {
    const { domain } = store.get();
    readings.ask({ choice: { expression: field.value, domain }, mode: entry.mode(), opens: false });
  }

  function askDomain() {
    const domain = {
      x0: Number(part("x0").field.value),
      x1: Number(part("x1").field.value),
      y0: Number(part("y0").field.value),
      y1: Number(part("y1").field.value),
    };
    if (domain.x0 >= domain.x1 || domain.y0 >= domain.y1) {
      fault.textContent = "The domain ends before it begins.";
      return;
    }
    readings.ask({ choice: { expression: field.value, domain }, mode: "push", opens: false });
  }

  field.addEventListener("input", () => {
    echo.textContent = field.value;
    clearTimeout(typing);
    clearTimeout(pausing);
    typing = window.setTimeout(ask, TYPING_MS);
    pausing = window.setTimeout(entry.end, PAUSE_MS);
  });
  field.addEventListener("blur", entry.end);

  known.addEventListener("change", () => {
    const chosen = library.get(known.value);
    if (!chosen) return;
    const { x, y } = chosen.domain;
    const domain = { x0: x.min, x1: x.max, y0: y.min, y1: y.max };
    field.value = chosen.expression;
    readings.ask({ choice: { expression: chosen.expression, domain }, mode: "push", opens: true });
  });

  void get("./api/v1/known-functions").then(
    (/** @type {{functions: KnownFunction[]}} */ { functions }) => {
      library = new Map(functions.map((one) => [one.id, one]));
      known.replaceChildren(
        element("option", { value: "" }, "Begin from a known function …"),
        ...functions.map(({ id, name }) => element("option", { value: id }, name)),
      );
      refresh();
    },
  );

  function refresh() {
    const { expression, domain, objective } = store.get();
    root.hidden = objective !== TYPED;
    if (objective !== TYPED) return;
    // What is being typed stays as it is, faults included.
    if (document.activeElement !== field && field.value !== expression) {
      field.value = expression;
      tell("", null);
    }
    const bounds = domain ?? TYPED_DOMAIN;
    for (const end of ends) part(end).show(bounds[end]);
    const same = [...library.values()].find((one) => one.expression === expression);
    known.value = same?.id ?? "";
  }

  refresh();
  return {
    refresh,
    /** Show one's own function: the last one, or one to begin with. */
    open() {
      const { expression, domain } = store.get();
      const choice = { expression: expression || FIRST_EXPRESSION, domain };
      readings.ask({ choice, mode: "push", opens: true });
    },
  };
}
