/**
 * The field in which a person types a function. What is typed is read by the server after a short
 * pause; a fault is marked under its character, and the plot keeps showing the last function.
 */

import { get, newest, post } from "../../core/api.js";
import { byId, element, whenIdle } from "../../core/dom.js";
import { sentenceOf } from "../../core/failure.js";
import { watch } from "../../core/store.js";
import { gesture } from "../../widgets/controls.js";
import { numberField } from "../../widgets/number-field.js";
import { groundOf } from "../model/members.js";
import { DEFAULT_DOMAIN, MAX_LENGTH, typedId, typedOf, typedRequest } from "../model/typed-function.js";

/** @typedef {import("../model/playground-state.js").State} State */
/** @typedef {import("../model/typed-function.js").TypedFunction} TypedFunction */
/** @typedef {import("../../core/geometry/bounds.js").Bounds} Bounds */
/** @typedef {import("../../core/api-types.d.ts").LibraryResponse} Library */
/** @typedef {import("../../core/api-types.d.ts").TypedFunctionResponse} Answer */
/** @typedef {import("../../core/api-types.d.ts").FunctionFault} Fault */
/** @typedef {import("../../core/store.js").HistoryMode} HistoryMode */

/** A pause of typing after which the function is shown. The server has read it by then. */
const PAUSE_MS = 60;

/** The server's limit on coordinates. */
const FARTHEST = 1e4;

/**
 * Ask the server for a function, and keep what it says in the catalog.
 * @param {import("../model/settings.js").Catalog} catalog
 * @param {TypedFunction} typed
 * @param {AbortSignal} [signal]
 * @returns {Promise<Fault | null>} null: the catalog has the function under its id
 */
export async function learn(catalog, typed, signal) {
  const id = typedId(typed);
  const { objective, fault, rules } = /** @type {Answer} */ (
    await post("./api/v1/expressions", typedRequest(typed), signal)
  );
  if (!objective) return fault;
  const description = [objective.description, ...rules].join(" ");
  catalog.typed ??= new Map();
  catalog.typed.set(id, { ...objective, id, description });
  return null;
}

/**
 * @param {import("../../core/store.js").Store<State>} store
 * @param {import("../model/settings.js").Catalog} catalog
 * @param {TypedFunction | null} draft  what a link says and the server does not take
 */
export function createOwnFunction(store, catalog, draft) {
  const root = byId("own-function");
  const editing = gesture();
  let domain = typedOf(store.get().objective)?.domain ?? draft?.domain ?? DEFAULT_DOMAIN;
  let pause = 0;

  const field = element("textarea", {
    id: "own-function-text",
    rows: 1,
    maxlength: MAX_LENGTH,
    spellcheck: "false",
    autocomplete: "off",
    autocapitalize: "off",
    placeholder: "(a − x)^2 + b*(y − x^2)^2",
    "aria-describedby": "own-function-problem own-function-help",
  });
  const marks = element("div", { class: "function-marks", "aria-hidden": "true" });
  const problem = element("p", {
    class: "field-problem",
    id: "own-function-problem",
    role: "status",
    hidden: true,
  });
  const library = element(
    "select",
    { id: "function-library", "aria-label": "Begin from a known function" },
    element("option", { value: "" }, "Begin from a known one…"),
  );

  /**
   * @param {string} text
   * @param {{position: number, length: number} | null} [place]  of the fault
   */
  const tell = (text, place = null) => {
    problem.textContent = text;
    problem.hidden = text === "";
    field.setAttribute("aria-invalid", String(text !== ""));
    marks.replaceChildren();
    if (!place) return;
    const { position, length } = place;
    const end = position + length;
    // At the end of the text there is no character to mark: a blank stands for it.
    const faulty = field.value.slice(position, end) || "\u00a0";
    marks.append(field.value.slice(0, position), element("mark", {}, faulty), field.value.slice(end));
  };

  /** What the server reads while the pause lasts. @type {{id: string, answer: Promise<Fault | null>, end: () => void} | null} */
  let ahead = null;

  const readAhead = () => {
    ahead?.end();
    ahead = null;
    const typed = { expression: field.value, domain };
    const id = typedId(typed);
    if (field.value.trim() === "" || catalog.typed?.has(id)) return;
    const controller = new AbortController();
    const answer = learn(catalog, typed, controller.signal);
    // Whoever asks for it hears what went wrong; otherwise nobody needs to.
    answer.catch(() => undefined);
    ahead = { id, answer, end: () => controller.abort() };
  };

  const request = newest(
    (/** @type {TypedFunction & {mode: HistoryMode}} */ { expression, domain: within }, signal) => {
      const typed = { expression, domain: within };
      const known = ahead?.id === typedId(typed) ? ahead.answer : null;
      ahead = null;
      return known ?? learn(catalog, typed, signal);
    },
    (fault, { mode, ...typed }) => {
      if (fault) return tell(`Character ${fault.position + 1}: ${fault.message}`, fault);
      tell("");
      return show(typedId(typed), mode);
    },
    (error) => tell(sentenceOf(error)),
  );

  /**
   * Draw a function that the catalog has. The parameters that it shares with the one before keep
   * their values, and the start stays where it is in the same domain.
   * @param {string} id
   * @param {HistoryMode} mode
   */
  const show = (id, mode) => {
    const state = store.get();
    const objective = catalog.typed?.get(id);
    if (!objective || id === groundOf(state)) return;
    const before = typedOf(state.objective);
    const same = before !== null && JSON.stringify(before.domain) === JSON.stringify(domain);
    const kept = Object.entries(before ? state.parameters : {}).filter(([name, value]) =>
      objective.parameters.some((one) => one.id === name && value >= one.min && value <= one.max),
    );
    store.set(
      {
        objective: id,
        parameters: Object.fromEntries(kept),
        start: same ? state.start : null,
        bounds: same ? state.bounds : null,
        preset: "swept",
        playhead: null,
        heightScale: null,
        story: null,
        file: state.file?.own ? null : state.file,
      },
      mode,
    );
  };

  /** @param {HistoryMode} mode */
  const read = (mode) => {
    clearTimeout(pause);
    const expression = field.value;
    if (expression.trim() === "") {
      request.cancel();
      return tell("");
    }
    const typed = { expression, domain };
    const id = typedId(typed);
    if (catalog.typed?.has(id)) {
      request.cancel();
      tell("");
      return show(id, mode);
    }
    return request.ask({ ...typed, mode });
  };

  const fit = () => {
    field.style.height = "auto";
    field.style.height = `${field.scrollHeight + 2}px`;
  };

  field.addEventListener("input", () => {
    // A function is one line, however long.
    if (/[\r\n]/.test(field.value)) field.value = field.value.replace(/[\r\n]+/g, " ");
    fit();
    marks.replaceChildren();
    clearTimeout(pause);
    // An answer about the text before would write that text into the field again.
    request.cancel();
    readAhead();
    pause = window.setTimeout(() => read(editing.mode()), PAUSE_MS);
  });
  field.addEventListener("keydown", (event) => {
    if (event.key !== "Enter") return;
    event.preventDefault();
    read(editing.mode());
  });
  field.addEventListener("blur", editing.end);

  /** @type {Map<string, Library["functions"][number]>} */
  const known = new Map();
  const loadLibrary = async () => {
    const { functions } = /** @type {Library} */ (await get("./api/v1/functions"));
    for (const one of functions) {
      known.set(one.id, one);
      library.append(element("option", { value: one.id }, one.name));
    }
    showLibrary();
  };
  library.addEventListener("change", () => {
    const chosen = known.get(library.value);
    if (!chosen) return;
    const { x, y } = chosen.domain;
    domain = { x0: x.min, x1: x.max, y0: y.min, y1: y.max };
    write(chosen.expression);
    read("push");
  });

  /** The library's list names the function that the field holds. */
  const showLibrary = () => {
    const { objective } = store.get();
    const text = typedOf(objective)?.expression;
    library.value = [...known.values()].find(({ expression }) => expression === text)?.id ?? "";
  };

  /** @param {string} text */
  const write = (text) => {
    field.value = text;
    tell("");
    fit();
  };

  const side = (/** @type {keyof Bounds} */ key, /** @type {string} */ name) => {
    const entry = numberField({
      name,
      min: -FARTHEST,
      max: FARTHEST,
      step: (value, direction) => value + direction,
      onEnter: (value) => {
        domain = { ...domain, [key]: value };
        if (domain.x0 >= domain.x1 || domain.y0 >= domain.y1) {
          return tell("A range of the domain should ascend.");
        }
        return read("push");
      },
    });
    return { key, entry };
  };
  const sides = [
    side("x0", "Least x of the domain"),
    side("x1", "Greatest x of the domain"),
    side("y0", "Least y of the domain"),
    side("y1", "Greatest y of the domain"),
  ];
  const [x0, x1, y0, y1] = sides.map(({ entry }) => entry.field);
  const limits = element(
    "div",
    { class: "function-domain", title: "Minima are searched in this part of the plane" },
    element("span", {}, "x from"),
    x0,
    element("span", {}, "to"),
    x1,
    element("span", {}, "y from"),
    y0,
    element("span", {}, "to"),
    y1,
  );

  root.replaceChildren(
    element("label", { for: field.id }, "Your own function of x and y"),
    element("div", { class: "function-entry" }, marks, field),
    problem,
    library,
    limits,
    ...sides.map(({ entry }) => entry.problem),
    element(
      "details",
      { class: "function-help" },
      element("summary", {}, "What can be typed"),
      element(
        "p",
        { class: "about", id: "own-function-help" },
        "+ − * / ^ and parentheses; sin cos tan exp log sqrt abs tanh; min and max; numbers, pi and e. " +
          "Any other name is a parameter with a slider: a*x^2 + y^2; a = 2 in [0, 5] gives it a value and a range.",
      ),
    ),
  );

  const refresh = () => {
    const typed = typedOf(store.get().objective);
    root.classList.toggle("chosen", typed !== null);
    limits.hidden = typed === null;
    // What is typed stays as it is, spaces at its end too.
    if (typed && field.value.trim() !== typed.expression.trim()) write(typed.expression);
    if (typed) domain = typed.domain;
    for (const { key, entry } of sides) entry.show(domain[key]);
    showLibrary();
  };
  watch(store, ["objective"], refresh);
  refresh();
  if (draft && !typedOf(store.get().objective)) {
    write(draft.expression);
    read("replace");
  }
  whenIdle(() => void loadLibrary(), 2000);
  // A hidden field has no height, and a narrower one more lines.
  new ResizeObserver(fit).observe(root);
}
