/** Rows of a catalog for tests, with only what a test says of them. */

/** @typedef {import("../../frontend/surfaces/landscape-data.js").Entry} Entry */
/** @typedef {import("../../frontend/surfaces/landscape-data.js").Run} Run */
/** @typedef {import("../../frontend/surfaces/landscape-data.js").Cell} Cell */

/**
 * @param {string} id
 * @param {Partial<Run>} [given]
 * @returns {Run}
 */
export function run(id, given = {}) {
  return {
    id,
    label: id.toUpperCase(),
    status: "completed",
    stop_reason: "all 20 epochs were made",
    spec: { optimizer: "SGD", hyperparameters: { lr: 0.002 }, seed: 0 },
    batch_size: 64,
    steps: 200,
    steps_per_epoch: 10,
    images: 12800,
    seconds: 3,
    train_loss: 1.5,
    test_accuracy: 0.45,
    turning: 60,
    ...given,
  };
}

/**
 * @param {string} id
 * @param {Partial<Entry>} [given]
 * @returns {Entry}
 */
export function entry(id, given = {}) {
  return {
    id,
    own_id: id,
    study: "visual-analysis",
    is_paper: true,
    kind: "landscape",
    title: id.toUpperCase(),
    shows: "",
    figures: [],
    plane: "shared",
    origin: { run: "sgd", step: 200 },
    runs: [run("sgd")],
    optimizers: ["sgd"],
    surfaces: ["train", "test"],
    metrics: ["loss", "accuracy"],
    grid: [3, 3],
    complete: true,
    arrows: false,
    cells: [],
    explained: {},
    standings: null,
    version: "0",
    url: `http://localhost/api/v1/landscapes/${id}?v=0`,
    files: {},
    ...given,
  };
}

/**
 * The landscape of a run's own plane.
 * @param {string} id  of the run
 * @param {"random" | "pca"} plane
 * @param {string[]} figures
 */
export function own(id, plane, figures) {
  return entry(`${id}-${plane}`, { plane, figures, origin: { run: id, step: 200 }, runs: [run(id)] });
}

/**
 * @param {string} id
 * @param {Cell[]} [cells]
 */
export function table(id, cells = []) {
  const runs = cells.map((one) => run(one.run));
  return entry(id, { kind: "table", plane: null, origin: null, grid: null, surfaces: [], metrics: [], runs, cells });
}

/**
 * @param {Partial<Cell>} [given]
 * @returns {Cell}
 */
export function cell(given = {}) {
  return {
    run: "sgd",
    row: "batch 64",
    column: "lr 0.002",
    seeds: [0],
    status: ["completed"],
    mean: 45,
    low: 45,
    high: 45,
    paper: null,
    ...given,
  };
}

/** The paper's study, to which entries belong unless they say otherwise. */
const PAPER = { id: "visual-analysis", title: "A visual analysis of optimization algorithms", text: "", is_paper: true, chapter: /** @type {const} */ ("paper"), lead: null };

/**
 * The row of a landscape of somebody's own study.
 * @param {string} id
 * @param {Partial<Entry>} [given]
 */
export function foreign(id, given = {}) {
  return entry(id, { study: "mine", is_paper: false, ...given });
}

/**
 * A catalog with the studies of some entries.
 * @param {...Entry} landscapes
 * @returns {import("../../frontend/surfaces/landscape-data.js").Catalog}
 */
export function catalogOf(...landscapes) {
  const ids = [...new Set(landscapes.map(({ study }) => study))];
  const studies = ids.map((id) =>
    id === PAPER.id ? PAPER : { id, title: `The study ${id}`, text: "Its own text.", is_paper: false, chapter: null, lead: null },
  );
  return { landscapes, count: landscapes.length, unavailable: [], studies, folders: ["somewhere"] };
}
