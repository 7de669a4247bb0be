import assert from "node:assert/strict";
import { test } from "node:test";

import { VECTOR_KINDS, arrowCorners } from "../../frontend/playground/moves/vector-stroke.js";
import { vectorTraces } from "../../frontend/playground/moves/vector-traces.js";
import { formulasOf, stepAt, vectorsOf } from "../../frontend/playground/moves/arrows.js";
import { previewedOf } from "../../frontend/playground/moves/preview.js";
import { judgeGuess, scoreText } from "../../frontend/playground/moves/guess-score.js";
import { drawStart } from "../../frontend/playground/moves/guess.js";
import { createStates, describeStep, pieceLength, readStep } from "../../frontend/playground/moves/states.js";
import { descentsRequest } from "../../frontend/playground/model/requests.js";
import { DEFAULTS } from "../../frontend/playground/model/playground-state.js";
import { linearMap } from "../../frontend/core/geometry/linear-map.js";
import { createStore } from "../../frontend/core/store.js";
import { number } from "../../frontend/core/format.js";
import { near } from "./near.js";
import { catalog, objective, optimizer } from "./playground_tables.js";

/** @typedef {import("../../frontend/playground/model/playground-state.js").State} State */
/** @typedef {import("../../frontend/playground/moves/states.js").Piece} Piece */

/**
 * A piece in which every number of step t is t, or a multiple of it.
 * @param {number} first
 * @param {number} count
 * @returns {Piece}
 */
const piece = (first, count) => {
  const steps = Array.from({ length: count }, (_, i) => first + i);
  const times = (/** @type {number} */ factor) => Float64Array.from(steps, (step) => factor * step);
  return {
    step: Int32Array.from(steps),
    seen_at: { x: times(1), y: times(-1) },
    scalars: [{ id: "rate", text: "η", numbers: times(0.1) }],
    vectors: [
      { id: "g", text: "g", x: times(2), y: times(3) },
      { id: "theta", text: "θ", x: times(1), y: times(-1) },
    ],
    moves: [
      { kind: "gradient", text: "−η g", at: null, x: times(4), y: times(5) },
      { kind: "step", text: "Δθ", at: { x: times(8), y: times(9) }, x: times(6), y: times(7) },
    ],
  };
};

const stateOf = (/** @type {number} */ step) => {
  const state = readStep(piece(1, 20), step);
  assert.ok(state);
  return state;
};

test("a step of a piece has its own numbers, and none lies outside", () => {
  const state = readStep(piece(257, 10), 260);
  assert.deepEqual(state?.seenAt, { x: 260, y: -260 });
  assert.deepEqual(state?.vectors[0], { id: "g", text: "g", x: 520, y: 780 });
  assert.equal(readStep(piece(257, 10), 256), null);
  assert.equal(readStep(piece(257, 10), 267), null);
  assert.equal(readStep({ ...piece(1, 1), step: new Int32Array() }, 1), null);
});

test("a state is told in the symbols of the paper, without the position that stands above it", () => {
  assert.equal(describeStep(stateOf(2), number), "t = 2   η = 0.2000\ng = (4.000, 6.000)");
});

test("pieces are a second of playback, within the server's limit", () => {
  assert.deepEqual([1, 1000, 2048, 5000, 100_000].map(pieceLength), [256, 256, 256, 1024, 2048]);
});

test("arrows are of the step under way, or of the last one taken", () => {
  assert.deepEqual([0, 0.2, 1, 1.5, 99, 100, 300].map((at) => stepAt(at, 100)), [1, 1, 1, 2, 99, 100, 100]);
});

test("arrows begin where the gradient was seen or where the step does, and are as long as they are told to be", () => {
  const [gradient, step] = vectorsOf(stateOf(2), "#123456", 1);
  assert.deepEqual(gradient, { kind: "gradient", color: "#123456", x: 2, y: -2, dx: 8, dy: 10 });
  assert.deepEqual([step?.x, step?.y, step?.dx, step?.dy], [16, 18, 12, 14]);
  const [, longer] = vectorsOf(stateOf(2), "#123456", 10);
  assert.deepEqual([longer?.x, longer?.dx], [16, 120]);
});

test("an arrow that is not finite is not drawn", () => {
  const state = stateOf(2);
  const moves = [{ kind: /** @type {const} */ ("step"), text: "Δθ", at: { x: 0, y: 0 }, x: Infinity, y: 1 }];
  assert.deepEqual(vectorsOf({ ...state, moves }, "#123456", 1), []);
});

test("a legend names whose formula is whose where they differ", () => {
  const other = stateOf(2);
  const moves = other.moves.map((move) => (move.kind === "gradient" ? { ...move, text: "−ηα g" } : move));
  const told = [
    { name: "GD", state: stateOf(2) },
    { name: "Adam", state: stateOf(2) },
    { name: "YellowFin", state: { ...other, moves } },
  ];
  assert.equal(formulasOf("gradient", told), "−η g (GD, Adam); −ηα g (YellowFin)");
  assert.equal(formulasOf("step", told), "Δθ");
  assert.equal(formulasOf("velocity", told), "");
});

test("an arrow's corners span its true length, and a short one's head shrinks with it", () => {
  const shape = { half: 2, length: 10, wide: 5 };
  for (const length of [100, 6]) {
    const corners = arrowCorners([10, 20], [10 + length, 20], shape);
    const xs = corners.map(([x]) => x);
    near(Math.min(...xs), 10);
    near(Math.max(...xs), 10 + length);
    assert.deepEqual(corners[0], [10 + length, 20]);
    const ys = corners.map(([, y]) => y);
    assert.ok(Math.max(...ys) - Math.min(...ys) <= Math.min(10, length));
  }
});

test("a picture's arrows end where those on the screen do", () => {
  const map = linearMap({ x0: 0, x1: 10, y0: 0, y1: 10 }, { left: 20, top: 10, width: 500, height: 400 });
  const theme = /** @type {import("../../frontend/core/theme.js").Theme} */ ({ page: "#fff" });
  for (const kind of VECTOR_KINDS) {
    const vector = { kind, color: "#123456", x: 1, y: 2, dx: 3, dy: 0 };
    const traces = /** @type {{x: number[], y: number[]}[]} */ (
      vectorTraces([vector, { ...vector, dx: 0, dy: 0 }], map, theme)
    );
    const xs = traces.flatMap(({ x }) => x);
    near(Math.min(...xs), 1);
    near(Math.max(...xs), 4);
    const tips = traces.flatMap(({ x, y }) => y.filter((_, i) => Math.abs(Number(x[i]) - 4) < 1e-9));
    for (const tip of tips) near(tip, 2);
  }
});

const CATALOG = catalog([objective("bowl")], [optimizer("gd"), optimizer("adam")]);

const STATE = { ...DEFAULTS, objective: "bowl", bar: ["gd", "adam"] };

/** A source of states whose requests the test answers. */
const source = (/** @type {State} */ state) => {
  const store = createStore(state);
  /** @type {{body: any, answer: (states: Piece[]) => Promise<void>, fail: () => Promise<void>}[]} */
  const sent = [];
  let arrived = 0;
  let request = descentsRequest(state, CATALOG);
  const send = /** @type {typeof import("../../frontend/core/api.js").post} */ (
    /** @type {unknown} */ (
      (/** @type {string} */ _path, /** @type {object} */ body) =>
        new Promise((resolve, reject) => {
          const settled = (/** @type {() => void} */ act) => async () => {
            act();
            await new Promise((done) => setImmediate(done));
          };
          sent.push({
            body,
            answer: async (states) => settled(() => resolve({ states }))(),
            fail: settled(() => reject(new Error("gone"))),
          });
        })
    )
  );
  const states = createStates({ store, catalog: CATALOG, model: { request: () => request } }, () => arrived++, send);
  return {
    store,
    sent,
    states,
    arrived: () => arrived,
    draw: () => {
      request = descentsRequest(store.get(), CATALOG);
    },
  };
};

test("states are asked for once, for all at once, and kept", async () => {
  const { sent, states, arrived } = source(STATE);
  states.ask(["gd", "adam"], 3);
  states.ask(["gd", "adam"], 4);
  assert.equal(sent.length, 1);
  assert.deepEqual(sent[0]?.body.optimizers.map((/** @type {{id: string}} */ { id }) => id), ["gd", "adam"]);
  assert.deepEqual([sent[0]?.body.first, sent[0]?.body.count], [1, 256]);
  assert.equal(states.at("adam", 3), null);
  await sent[0]?.answer([piece(1, 256), piece(1, 100)]);
  assert.equal(arrived(), 1);
  assert.equal(states.at("gd", 200)?.step, 200);
  assert.equal(states.at("adam", 200), null);
  states.ask(["gd", "adam"], 5);
  assert.equal(sent.length, 1);
});

test("one request is under way, and of those that wait the newest is sent", async () => {
  const { sent, states } = source(STATE);
  for (const step of [1, 300, 600, 900]) states.ask(["gd"], step);
  assert.deepEqual(sent.map(({ body }) => body.first), [1]);
  await sent[0]?.answer([piece(1, 256)]);
  assert.deepEqual(sent.map(({ body }) => body.first), [1, 769]);
});

test("states are those of the descents that are drawn, not of others under way", async () => {
  const { store, sent, states, draw } = source(STATE);
  states.ask(["gd"], 1);
  store.set({ hyperparameters: { gd: { lr: 0.5 } } });
  await sent[0]?.answer([piece(1, 256)]);
  assert.equal(states.at("gd", 1), null);
  states.ask(["gd"], 1);
  assert.equal(sent.length, 1);
  draw();
  states.ask(["gd"], 1);
  assert.equal(sent[1]?.body.optimizers[0].hyperparameters.lr, 0.5);
});

test("what failed is not asked for again at once", async () => {
  const { sent, states } = source(STATE);
  states.ask(["gd"], 1);
  await sent[0]?.fail();
  states.ask(["gd"], 1);
  assert.equal(sent.length, 1);
  states.ask(["gd"], 300);
  assert.equal(sent.length, 2);
});

test("a preview is of all that are shown, or of the one that was pointed at last", () => {
  assert.deepEqual(previewedOf(STATE, CATALOG, null), ["gd", "adam"]);
  assert.deepEqual(previewedOf({ ...STATE, off: ["gd"] }, CATALOG, "gd"), ["adam"]);
  const many = { ...STATE, bar: ["gd", "adam", "gd~2", "gd~3", "gd~4", "adam~2"] };
  assert.deepEqual(previewedOf(many, CATALOG, "gd~3"), ["gd~3"]);
  assert.deepEqual(previewedOf(many, CATALOG, null), ["gd"]);
  assert.deepEqual(previewedOf({ ...STATE, steps: 50_000 }, CATALOG, "adam"), ["adam"]);
});

test("a start to guess from lies within the domain", () => {
  const bounds = { x0: -2, x1: 2, y0: 0, y1: 10 };
  for (const draw of [0, 0.5, 1]) {
    const { x, y } = drawStart(bounds, () => draw);
    assert.ok(x > -2 && x < 2 && y > 0 && y < 10);
  }
});

const END = { name: "Adam", diverged: false, steps: 1000, at: { x: 1, y: 0 }, minimum: 0 };
const PLANE = { guessed: 0, minima: [{ x: 1, y: 0 }, { x: -1, y: 0 }], diagonal: 10, digits: 2 };

test("a guess is told how far it lies from the end, and in whose basin", () => {
  const good = judgeGuess({ x: 1.3, y: 0.4 }, END, PLANE);
  assert.equal(
    good.text,
    "Adam ended at (1.00, 0.00) after 1,000 steps, 0.50 from your guess, 5.0 % of the plot's diagonal, " +
      "in the basin that you guessed.",
  );
  assert.deepEqual([good.miss, good.right], [0.05, true]);
  const other = judgeGuess({ x: -1, y: 0 }, { ...END, at: { x: 1, y: 0 } }, { ...PLANE, guessed: 1 });
  assert.equal(other.right, false);
  assert.match(other.text, /in another basin than your guess, that of the minimum at \(1\.00, 0\.00\)\.$/);
  const unknown = judgeGuess({ x: 1, y: 0 }, { ...END, minimum: null }, { ...PLANE, minima: [] });
  assert.equal(unknown.right, null);
  assert.match(unknown.text, /of the plot's diagonal\.$/);
  const nowhere = judgeGuess({ x: 1, y: 0 }, { ...END, minimum: null }, PLANE);
  assert.match(nowhere.text, /in no minimum's basin, unlike your guess\.$/);
});

test("a divergence is told as one, whether it was guessed or not", () => {
  const diverged = { ...END, diverged: true, steps: 14, minimum: null };
  const missed = judgeGuess({ x: 0, y: 0 }, diverged, PLANE);
  assert.deepEqual(missed, { miss: null, right: false, text: "Adam diverged at step 14: it ends nowhere." });
  assert.equal(judgeGuess("diverges", diverged, PLANE).right, true);
  const wrong = judgeGuess("diverges", END, PLANE);
  assert.equal(wrong.right, false);
  assert.equal(wrong.text, "Adam ended at (1.00, 0.00) after 1,000 steps: it did not diverge.");
});

test("a session's score counts guesses, right basins and the median miss", () => {
  assert.equal(scoreText([]), "");
  const verdict = (/** @type {number | null} */ miss, /** @type {boolean | null} */ right) => ({ miss, right, text: "" });
  assert.equal(scoreText([verdict(0.1, null)]), "1 guess · median miss 10.0 %");
  assert.equal(
    scoreText([verdict(0.1, true), verdict(0.2, false), verdict(null, true), verdict(0.4, null)]),
    "4 guesses · 2 of 3 in the right basin, or rightly none · median miss 20.0 %",
  );
});
