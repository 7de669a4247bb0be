import assert from "node:assert/strict";
import { test } from "node:test";

import { basinColor, fromHex, hex, luminance, oklch, toOklch } from "../../frontend/core/colors.js";
import { APPEARANCES, appearanceOf } from "../../frontend/core/optimizer-style.js";
import { fromQuery, toQuery } from "../../frontend/core/url-query.js";
import {
  MAX_NAME,
  MAX_PINS,
  MAX_VARIANTS,
  parseVariantId,
  readVariantId,
  readVariantName,
  variantId,
} from "../../frontend/core/variant-id.js";
import { drawnOf, shownOf } from "../../frontend/playground/model/members.js";
import { originOfSettings } from "../../frontend/playground/model/captions.js";
import { optimizerOf } from "../../frontend/playground/model/playground-catalog.js";
import { DEFAULTS, FIELDS } from "../../frontend/playground/model/playground-state.js";
import { descentsRequest } from "../../frontend/playground/model/requests.js";
import { sanitized } from "../../frontend/playground/model/sanitize.js";
import { isPreset, ofPins } from "../../frontend/playground/model/settings.js";
import { computedFor } from "../../frontend/playground/model/story.js";
import { canPin, duplicated, hasRoom, moved, pinned, removed, unpinned } from "../../frontend/playground/variants/variant-changes.js";
import { labelOf, nameOf, optimizerIdOf, variantsAndPins } from "../../frontend/playground/model/variants.js";
import { barWith } from "../../frontend/playground/variants/variant-actions.js";
import { catalog, objective, optimizer } from "./playground_tables.js";

/** @typedef {import("../../frontend/playground/model/playground-state.js").State} State */

const CATALOG = catalog([objective("bowl"), objective("other")], [optimizer("gd"), optimizer("adam")]);

/** @type {State} */
const TWO = {
  ...DEFAULTS,
  objective: "bowl",
  bar: ["gd", "adam", "adam~2"],
  hyperparameters: { "adam~2": { lr: 0.1 } },
  stepsOf: { "adam~2": 200 },
  basins: "adam~2",
};

const roundTrip = (/** @type {State} */ state) => fromQuery(FIELDS, toQuery(FIELDS, state), DEFAULTS);

test("a variant's id tells its optimizer and its place, and is read as it is written", () => {
  for (let place = 1; place <= MAX_VARIANTS; place++) {
    const id = variantId("adam", place);
    assert.deepEqual(readVariantId(id), { optimizer: "adam", place, pinned: false });
    assert.equal(optimizerIdOf(id), "adam");
  }
  assert.deepEqual(readVariantId("adam~2~pin"), { optimizer: "adam", place: 2, pinned: true });
  assert.deepEqual(parseVariantId("own-0:Mine"), { optimizer: "own-0:Mine", place: 1, pinned: false });
  for (const text of ["", "adam~1", "adam~0", "adam~25", "adam~x", "~2", "adam~2~2", "<b>"]) {
    assert.equal(readVariantId(text), null, text);
  }
});

test("two variants of one optimizer are asked for, each with its settings", () => {
  assert.deepEqual(descentsRequest(TWO, CATALOG).optimizers.map(({ id, steps, hyperparameters }) => [id, steps, hyperparameters.lr]), [
    ["gd", 1000, 0.05],
    ["adam", 1000, 0.05],
    ["adam", 200, 0.1],
  ]);
  assert.equal(optimizerOf(CATALOG, "adam~2"), optimizerOf(CATALOG, "adam"));
  assert.equal(appearanceOf("adam~2").label, "Adam");
});

test("variants come back from their link", () => {
  const state = { ...TWO, off: ["adam~2"] };
  assert.equal(
    toQuery(FIELDS, state),
    "?objective=bowl&optimizers=gd,adam,-adam~2&adam~2.lr=0.1&adam~2.steps=200&basins=adam~2",
  );
  assert.deepEqual(roundTrip(state), state);
  assert.deepEqual(sanitized(state, CATALOG, DEFAULTS), state);
});

test("a name says what differs from the first variant of the optimizer", () => {
  assert.equal(labelOf(TWO, "adam", CATALOG), "Adam");
  assert.equal(labelOf(TWO, "adam~2", CATALOG), "Adam, lr 0.1, 200 steps");
  const three = { ...TWO, bar: [...TWO.bar, "adam~3"] };
  assert.equal(labelOf(three, "adam~3", CATALOG), "Adam (3)");
  assert.equal(labelOf({ ...TWO, bar: ["adam~2"] }, "adam~2", CATALOG), "Adam");
});

test("a name of one's own overrides the automatic one, and comes back from its link", () => {
  const state = { ...TWO, names: { "adam~2": "Fast, “hot” & 10 %" } };
  assert.equal(labelOf(state, "adam~2", CATALOG), "Fast, “hot” & 10 %");
  assert.equal(nameOf(state, "adam~2", CATALOG), "Fast, “hot” & 10 % (ADAM)");
  assert.deepEqual(roundTrip(state), state);
  assert.deepEqual(sanitized(state, CATALOG, DEFAULTS), state);
  const { names } = sanitized({ ...state, names: { lion: "gone" } }, CATALOG, DEFAULTS);
  assert.deepEqual(names, {});
  assert.equal(readVariantName("  two\nlines\u202e "), "two lines");
  assert.equal(readVariantName("x".repeat(99)).length, MAX_NAME);
});

test("a duplicate stands behind its variant and has its settings, however often", () => {
  /** @type {State} */
  let state = { ...TWO, bar: ["adam", "gd"], hyperparameters: { adam: { lr: 0.2 } }, stepsOf: { adam: 7 } };
  while (hasRoom(state)) {
    const { id, change } = duplicated(state, "adam");
    assert.ok(!state.bar.includes(id));
    state = { ...state, ...change };
    assert.equal(state.bar[1], id);
    assert.deepEqual(state.hyperparameters[id], { lr: 0.2 });
    assert.equal(state.stepsOf[id], 7);
  }
  assert.equal(state.bar.length, MAX_VARIANTS);
  assert.equal(new Set(state.bar.map((id) => labelOf(state, id, CATALOG))).size, MAX_VARIANTS);
  assert.deepEqual(roundTrip(state), state);
  assert.deepEqual(sanitized(state, CATALOG, DEFAULTS), state);
});

test("a removed variant takes its settings with it; the first leaves them for its return", () => {
  const state = { ...TWO, ...pinned(TWO, "adam~2", CATALOG), names: { "adam~2": "Fast" } };
  const after = { ...state, ...removed(state, "adam~2") };
  assert.deepEqual(after, { ...TWO, bar: ["gd", "adam"], hyperparameters: {}, stepsOf: {}, basins: "gd" });
  const set = { ...TWO, hyperparameters: { adam: { lr: 1 } } };
  assert.deepEqual(removed(set, "adam").hyperparameters, { adam: { lr: 1 } });
});

test("a variant moves to a place, and no farther than the ends", () => {
  assert.deepEqual(moved(TWO, "adam~2", 0).bar, ["adam~2", "gd", "adam"]);
  assert.deepEqual(moved(TWO, "gd", 1).bar, ["adam", "gd", "adam~2"]);
  assert.deepEqual(moved(TWO, "gd", 99).bar, ["adam", "adam~2", "gd"]);
});

test("what is pinned changes with no setting, no preset and no objective", () => {
  const before = { ...TWO, hyperparameters: { ...TWO.hyperparameters, adam: { lr: 0.3 } } };
  /** @type {State} */
  const state = { ...before, ...pinned(before, "adam", CATALOG) };
  const asked = (/** @type {State} */ one) => descentsRequest(one, CATALOG).optimizers[2];
  const kept = asked(state);
  assert.deepEqual(kept, { id: "adam", hyperparameters: { lr: 0.3, bias_correction: true }, steps: 1000 });
  assert.deepEqual(variantsAndPins(state), ["gd", "adam", "adam~pin", "adam~2"]);
  const changed = {
    ...state,
    preset: /** @type {const} */ ("article"),
    objective: "other",
    hyperparameters: ofPins(state.hyperparameters),
    stepsOf: ofPins(state.stepsOf),
    steps: 5,
    start: { x: 1, y: 1 },
  };
  assert.deepEqual(asked(changed), kept);
  assert.deepEqual(descentsRequest(changed, CATALOG).start, { x: 1, y: 1 });
  assert.equal(isPreset({ ...changed, steps: null }), true);
  assert.deepEqual(roundTrip(state), state);
  assert.deepEqual(sanitized(state, CATALOG, DEFAULTS), state);
  assert.deepEqual({ ...state, ...unpinned(state, "adam") }, before);
});

test("a ghost is named by what differs now, and is shown where its variant is", () => {
  const state = { ...TWO, ...pinned(TWO, "adam", CATALOG) };
  assert.equal(labelOf(state, "adam~pin", CATALOG), "Adam, pinned");
  const changed = { ...state, hyperparameters: { ...state.hyperparameters, adam: { lr: 0.2 } } };
  assert.equal(labelOf(changed, "adam~pin", CATALOG), "Adam, lr 0.05, pinned");
  const named = { ...changed, names: { adam: "Mine" } };
  assert.equal(labelOf(named, "adam~pin", CATALOG), "Mine, lr 0.05, pinned");
  assert.deepEqual(shownOf(changed, CATALOG), ["gd", "adam", "adam~pin", "adam~2"]);
  assert.deepEqual(drawnOf(changed, CATALOG), ["adam~pin", "gd", "adam", "adam~2"]);
  assert.deepEqual(shownOf({ ...changed, off: ["adam"] }, CATALOG), ["gd", "adam~2"]);
});

test("a link whose pin lacks settings takes them as the preset has them when it opens", () => {
  const read = fromQuery(FIELDS, "?objective=bowl&optimizers=adam&pins=adam,gd&adam~pin.lr=0.2&gd~pin.lr=1", DEFAULTS);
  const clean = sanitized(read, CATALOG, DEFAULTS);
  assert.deepEqual(clean.pins, ["adam"]);
  assert.deepEqual(clean.hyperparameters, { "adam~pin": { lr: 0.2, bias_correction: true } });
  assert.deepEqual(clean.stepsOf, { "adam~pin": 1000 });
});

test("no more is pinned, and no more stands in the bar, than the server computes", () => {
  const all = Array.from({ length: MAX_VARIANTS }, (_, i) => variantId("adam", i + 1));
  const query = `?optimizers=gd,${all.join(",")}&pins=${all.join(",")}`;
  const clean = sanitized(fromQuery(FIELDS, query, DEFAULTS), CATALOG, { ...DEFAULTS, objective: "bowl" });
  assert.equal(clean.bar.length, MAX_VARIANTS);
  assert.equal(clean.pins.length, MAX_PINS);
  assert.equal(canPin(clean), false);
  assert.equal(descentsRequest(clean, CATALOG).optimizers.length, MAX_VARIANTS + MAX_PINS);
});

test("what makes a story's view another one is not what is pinned beside it", () => {
  assert.equal(computedFor({ ...TWO, ...pinned(TWO, "adam", CATALOG) }, CATALOG), computedFor(TWO, CATALOG));
});

test("an optimizer that comes to a bar of any order stands before those that follow it in the table", () => {
  assert.deepEqual(barWith({ ...TWO, bar: ["adam"] }, "gd", CATALOG), ["gd", "adam"]);
  assert.deepEqual(barWith({ ...TWO, bar: ["gd"] }, "adam", CATALOG), ["gd", "adam"]);
});

/**
 * A colour as OKLab has it: lightness, a and b.
 * @param {import("../../frontend/core/colors.js").Rgb} rgb
 * @returns {[number, number, number]}
 */
function lab(rgb) {
  const { lightness, chroma, hue } = toOklch(rgb);
  return [lightness, chroma * Math.cos((hue * Math.PI) / 180), chroma * Math.sin((hue * Math.PI) / 180)];
}

/**
 * @param {[number, number, number]} one
 * @param {[number, number, number]} other
 */
const apart = (one, other) => Math.hypot(...one.map((value, i) => value - Number(other[i])));

const PAGES = { light: fromHex("#fbfbf9"), dark: fromHex("#14171c") };

for (const theme of /** @type {const} */ (["light", "dark"])) {
  const looks = (/** @type {string} */ id) =>
    Array.from({ length: MAX_VARIANTS }, (_, i) => appearanceOf(variantId(id, i + 1)));
  const basins = Array.from({ length: 13 }, (_, i) => [0, 0.25, 0.5, 0.75, 1].map((speed) => lab(basinColor(i - 1, speed, theme)))).flat();

  test(`variants of one optimizer differ in lightness, which all see, or in their dashes (${theme})`, () => {
    for (const id of Object.keys(APPEARANCES)) {
      const family = looks(id).map((look) => ({ dash: look.dash.join(), lab: lab(fromHex(look[theme])) }));
      family.forEach((one, i) => {
        for (const other of family.slice(0, i)) {
          const lighter = Math.abs(one.lab[0] - other.lab[0]);
          assert.ok(one.dash !== other.dash || lighter > 0.06, `${id} ${i}: ${one.dash}, ${lighter}`);
        }
      });
      const first = family.slice(0, 4).map((one) => one.lab[0]).sort();
      first.slice(1).forEach((value, i) => assert.ok(value - Number(first[i]) > 0.055, `${id}: ${first}`));
    }
  });

  test(`variants keep their optimizer's hue, and stand out from page and basins (${theme})`, () => {
    const page = luminance(PAGES[theme]);
    for (const id of Object.keys(APPEARANCES)) {
      const own = toOklch(fromHex(APPEARANCES[id]?.[theme] ?? ""));
      for (const look of looks(id)) {
        const rgb = fromHex(look[theme]);
        const { chroma, hue } = toOklch(rgb);
        const turned = Math.abs(((hue - own.hue + 540) % 360) - 180);
        assert.ok(chroma < 0.05 || turned < 20, `${id}: ${turned}° at ${chroma}`);
        const [darker, lighter] = [luminance(rgb), page].sort((a, b) => a - b);
        assert.ok((Number(lighter) + 0.05) / (Number(darker) + 0.05) > 3, `${id}: ${look[theme]} on the page`);
        for (const basin of basins) assert.ok(apart(lab(rgb), basin) > 0.12, `${id}: ${look[theme]}`);
      }
    }
  });
}

test("colours are read and written as they are", () => {
  for (const color of ["#000000", "#0a66b7", "#f4f4f2"]) {
    const { lightness, chroma, hue } = toOklch(fromHex(color));
    assert.equal(hex(oklch(lightness, chroma, hue)), color);
  }
});

test("a removed variant without settings of its own makes no other descent stale", () => {
  const change = removed(TWO, "gd");
  assert.equal(change.hyperparameters, TWO.hyperparameters);
  assert.equal(change.stepsOf, TWO.stepsOf);
});

test("a sentence parts names that hold commas by semicolons", () => {
  const state = { ...TWO, hyperparameters: { gd: { lr: 1 }, adam: { lr: 0.2 }, "adam~2": { lr: 0.1 } } };
  assert.equal(originOfSettings(state, CATALOG), "GD; Adam and Adam, lr 0.1, 200 steps: set by hand.");
});
