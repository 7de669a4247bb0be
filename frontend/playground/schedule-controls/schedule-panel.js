/** The schedule of one variant: which one, its parameters, and the learning rate over the steps. */

import { element, math } from "../../core/dom.js";
import { colorOf } from "../../core/optimizer-style.js";
import { choiceControl, numberControl, switchControl } from "../../widgets/controls.js";
import { optimizerOf } from "../model/playground-catalog.js";
import { scheduledStepsOf } from "../model/settings.js";
import { countsControl } from "./counts-field.js";
import { rateCurve } from "./rate-curve.js";
import { CONSTANT, defaultValue, findSchedule, scheduleOf } from "../schedules/schedule-settings.js";

/** @typedef {import("../../core/store.js").HistoryMode} HistoryMode */
/** @typedef {import("../model/playground-state.js").State} State */
/** @typedef {import("../model/computed.js").Rates} Rates */
/** @typedef {import("../schedules/schedule-settings.js").ScheduleParameter} ScheduleParameter */
/** @typedef {import("../schedules/schedule-settings.js").ScheduleValue} ScheduleValue */

/**
 * @param {string} id  of a variant
 * @param {object} source
 * @param {import("../../core/store.js").Store<State>} source.store
 * @param {import("../model/settings.js").Catalog} source.catalog
 * @param {(id: string) => Rates | null} source.ratesOf  of the last answer; null: constant
 * @returns {{root: HTMLElement, refresh: () => void}}
 */
export function createSchedulePanel(id, { store, catalog, ratesOf }) {
  const { name } = optimizerOf(catalog, id);
  /** @type {(() => void)[]} */
  let shows = [];
  let built = CONSTANT;
  /** @type {Rates | null} */
  let drawn = null;

  const steps = () => scheduledStepsOf(store.get(), id, catalog);
  const found = () => scheduleOf(store.get(), id, steps(), catalog);

  /** @param {string} schedule  its id */
  const choose = (schedule) => {
    const { [id]: _before, ...rest } = store.get().schedules;
    const next = schedule === CONSTANT ? rest : { ...rest, [id]: { id: schedule, values: {} } };
    store.set({ schedules: next }, "push");
  };

  /**
   * Set a parameter. One at its default is not set, unless the default follows the budget.
   * @param {ScheduleParameter} parameter
   * @param {ScheduleValue} value
   * @param {HistoryMode} mode
   */
  const set = (parameter, value, mode) => {
    const { schedules } = store.get();
    const chosen = schedules[id];
    if (!chosen) return;
    const { [parameter.id]: _before, ...others } = chosen.values;
    const values = value === parameter.default ? others : { ...others, [parameter.id]: value };
    store.set({ schedules: { ...schedules, [id]: { ...chosen, values } } }, mode);
  };

  const select = element(
    "select",
    { "aria-label": `Learning rate schedule of ${name}`, onchange: () => choose(select.value) },
    ...catalog.schedules.map((one) => element("option", { value: one.id }, one.name)),
  );
  const inside = element("div", { class: "schedule-settings" });
  const curve = element("div", {});
  const root = element(
    "div",
    { class: "schedule" },
    element("label", { class: "schedule-choice" }, element("span", {}, "Schedule"), select),
    inside,
    curve,
  );

  /** @param {string} schedule  its id */
  const fill = (schedule) => {
    built = schedule;
    shows = [];
    const one = findSchedule(catalog, schedule);
    if (!one || schedule === CONSTANT) return inside.replaceChildren();
    const controls = one.parameters.map((parameter) => {
      const change = (/** @type {ScheduleValue} */ value, /** @type {HistoryMode} */ mode = "push") =>
        set(parameter, value, mode);
      const control = controlOf(parameter, change);
      shows.push(() => control.show(found()?.values[parameter.id] ?? defaultValue(parameter, steps())));
      return control.root;
    });
    const { description, reference } = one;
    return inside.replaceChildren(
      element("div", { class: "formula", tabindex: 0 }, math(one.formula)),
      element(
        "p",
        { class: "about" },
        `${description} `,
        reference && element("a", { href: reference.url, title: reference.text, rel: "noopener" }, "Source"),
      ),
      ...controls,
    );
  };

  const draw = () => {
    const rates = built === CONSTANT ? null : ratesOf(id);
    if (rates === drawn) return;
    drawn = rates;
    curve.replaceChildren(...(rates ? [rateCurve(name, colorOf(id), rates)] : []));
  };

  return {
    root,
    refresh() {
      const schedule = store.get().schedules[id]?.id ?? CONSTANT;
      select.value = schedule;
      if (schedule !== built) fill(schedule);
      for (const show of shows) show();
      draw();
    },
  };
}

/**
 * @param {ScheduleParameter} parameter
 * @param {(value: ScheduleValue, mode?: HistoryMode) => void} onChange
 * @returns {{root: HTMLElement, show: (value: ScheduleValue) => void}}
 */
function controlOf(parameter, onChange) {
  const { id, name, symbol, description, min, max, scale, kind, choices } = parameter;
  if (kind === "counts") {
    const { root, show } = countsControl(parameter, onChange);
    return { root, show: (value) => show(typeof value === "object" ? value : []) };
  }
  if (kind === "switch") {
    const { root, show } = switchControl({ name, description, onChange });
    return { root, show: (value) => show(value === true) };
  }
  if (kind === "choice") {
    const { root, show } = choiceControl({
      name,
      choices: choices.map((one) => /** @type {[string, string]} */ ([one, one])),
      onChange,
    });
    const labelled = element(
      "div",
      { class: "schedule-choice", title: description },
      element("span", {}, element("code", {}, id), ` ${name}`),
      root,
    );
    return { root: labelled, show: (value) => show(String(value)) };
  }
  const { root, show } = numberControl({
    name,
    id,
    symbol,
    caption: name,
    description,
    min,
    max,
    scale,
    whole: kind === "count",
    onInput: onChange,
  });
  return { root, show: (value) => show(Number(value)) };
}
