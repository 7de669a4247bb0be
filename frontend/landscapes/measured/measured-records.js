/** What is measured around points, as rows. */

/** @typedef {import("../model/measured-data.js").Segments} Segments */
/** @typedef {import("../model/measured-data.js").LotteryData} LotteryData */
/** @typedef {import("../model/measured-data.js").BatchPathData} BatchPathData */

/**
 * Numbers have as many digits as make them the same doubles when read again; what is not finite is spelt
 * in small letters, as most programs read it, and what is not known stays empty.
 * @param {readonly (readonly unknown[])[]} rows
 */
function asCsv(rows) {
  const cell = (/** @type {unknown} */ value) => {
    const text = typeof value === "number" ? String(value).toLowerCase() : String(value ?? "");
    return /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
  };
  return rows.map((row) => `${row.map(cell).join(",")}\r\n`).join("");
}

/**
 * One row for each surface, segment and coordinate.
 * @param {Pick<Segments, "profiles" | "metrics" | "t">} segments
 */
export function segmentsAsCsv({ profiles, metrics, t }) {
  const rows = profiles.flatMap(({ id, kind, first, second, curves }) =>
    curves.flatMap(({ surface, values }) =>
      Array.from(t, (at, i) => [id, kind, first.run, first.step, second.run, second.step, surface, at, ...metrics.map((one) => values.get(one.id)?.[i])]),
    ),
  );
  return asCsv([["segment", "kind", "from", "from_step", "to", "to_step", "surface", "t", ...metrics.map(({ id }) => id)], ...rows]);
}

/**
 * One row for each seed.
 * @param {Pick<LotteryData, "seeds" | "statistics" | "curvature" | "arrows">} lottery
 */
export function lotteryAsCsv({ seeds, statistics, curvature, arrows }) {
  const curved = curvature ? ["steepest_second_derivative"] : [];
  const header = ["seed", ...statistics.map(({ id }) => id), ...arrows.flatMap(({ surface }) => [`${surface}_x`, `${surface}_y`]), ...curved];
  const rows = seeds.map((seed, i) => [
    seed,
    ...statistics.map(({ values }) => values[i]),
    ...arrows.flatMap(({ x, y }) => [x[i], y[i]]),
    ...(curvature ? [curvature.values[i]] : []),
  ]);
  return asCsv([header, ...rows]);
}

/**
 * One row for each moment and each size of batch.
 * @param {Pick<BatchPathData, "moments" | "views">} path
 */
export function batchPathAsCsv({ moments, views }) {
  const rows = moments.flatMap(({ step, epoch, x, y, distance }, i) =>
    views.map(({ surface, images, arrow }) => [step, epoch, x, y, distance, surface, images, arrow.x[i], arrow.y[i], arrow.norm[i], arrow.cosine[i]]),
  );
  return asCsv([["step", "epoch", "x", "y", "distance_from_plane", "surface", "images", "arrow_x", "arrow_y", "norm", "cosine"], ...rows]);
}
