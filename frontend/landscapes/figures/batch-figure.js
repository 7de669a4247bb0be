/**
 * Figure 1: the loss on three batches and on the whole set, side by side, each with its direction of
 * descent at the origin. One cursor moves in all four.
 */

import { theme } from "../../core/theme.js";
import { heatmapGradient } from "../../plot/color-bar.js";
import { choiceControl } from "../../widgets/controls.js";
import { byId, element } from "../../core/dom.js";
import { coordinate, number } from "../../core/format.js";
import { plotArea } from "../../core/geometry/areas.js";
import { boundsOf } from "../../core/geometry/bounds.js";
import { gridValue } from "../../core/geometry/grids.js";
import { linearMap } from "../../core/geometry/linear-map.js";
import { watch } from "../../core/store.js";
import { ARROWS } from "../../plot/gestures.js";
import { headingOf } from "../model/catalog.js";
import { arrowText, cosinesText, lotteryText } from "../model/arrow-text.js";
import { surfaceName } from "../../surfaces/surface-names.js";
import { figureHeader, siblingSwitch, singleLink } from "../single/figure-header.js";
import { coloring, crossedValues, openingRange } from "../../surfaces/coloring.js";
import { DIRECTION_SIGNS } from "../../surfaces/surface-names.js";
import { SMALL_LEVELS, drawArrow, drawMap, prepare, within } from "../../surfaces/surface-canvas.js";
import { rangeOf } from "../../surfaces/surface-geometry.js";
import { createOriginLens } from "./origin-lens.js";
import { cosinePlot } from "./cosine-plot.js";
import { batchDrawing } from "./batch-drawing.js";
import { createFigureExport } from "../single/figure-export.js";
import { linkOf, provenanceOf } from "../model/provenance.js";

/** @typedef {import("../../surfaces/landscape-data.js").Landscape} Landscape */
/** @typedef {import("../../surfaces/landscape-data.js").Surface} Surface */
/** @typedef {import("../model/landscapes-state.js").State} State */
/** @typedef {import("../../core/geometry/linear-map.js").LinearMap} LinearMap */

/** Room for the numbers on the axes, in pixels. */
const MARGINS = { left: 26, right: 1, top: 1, bottom: 20 };
/** All arrows are drawn with this part of the width. */
const ARROW = 0.3;
/** A press of an arrow key moves the cursor by this part of the plane; with Shift by a fifth. */
const KEY_STEP = 1 / 40;

/**
 * @param {HTMLElement} root
 * @param {object} page
 * @param {import("../../core/store.js").Store<State>} page.store
 * @param {import("../../surfaces/landscape-data.js").Catalog} page.catalog
 */
export function createBatchFigure(root, { store, catalog }) {
  /** @type {Landscape | null} */
  let landscape = null;
  /** @type {Panel[]} */
  let panels = [];
  /** Where the cursor is, in the plane. @type {{x: number, y: number} | null} */
  let cursor = null;

  const readout = element("p", { class: "cursor-readout" });
  const range = choiceControl({
    name: "Range of the colours",
    choices: [
      ["own", "Own ranges"],
      ["common", "One range"],
    ],
    onChange: (choice) => store.set({ common: choice === "common" }, "push"),
  });

  const draw = () => {
    if (!landscape) return;
    const { common } = store.get();
    range.show(common ? "common" : "own");
    const all = rangeOf(...panels.map(({ range: own }) => own));
    for (const panel of panels) panel.draw(common ? all : panel.range);
    showCursor();
  };
  const sizes = new ResizeObserver(draw);

  const showCursor = () => {
    for (const panel of panels) panel.point(cursor);
    readout.textContent = cursor
      ? `At α ${coordinate(cursor.x)}, β ${coordinate(cursor.y)}`
      : "Point at one of the four to read all of them";
  };

  /** @param {HTMLElement} group */
  const bind = (group) => {
    const follow = (/** @type {PointerEvent} */ event) => {
      const panel = panels.find(({ canvas }) => canvas === event.target);
      if (!panel) return;
      cursor = panel.place(event);
      showCursor();
    };
    group.addEventListener("pointermove", follow);
    group.addEventListener("pointerdown", follow);
    group.addEventListener("pointerleave", (event) => {
      // What a finger has pointed at stays.
      if (event.pointerType !== "mouse") return;
      cursor = null;
      showCursor();
    });
    group.addEventListener("keydown", (event) => {
      const direction = ARROWS[event.key];
      if (!landscape || event.ctrlKey || event.metaKey || event.altKey) return;
      if (event.key === "Escape") cursor = null;
      else if (direction) cursor = moved(landscape, cursor, direction, event.shiftKey ? 0.2 : 1);
      else return;
      event.preventDefault();
      showCursor();
      if (cursor) byId("announcement").textContent = spoken(cursor);
    });
  };

  const spoken = (/** @type {{x: number, y: number}} */ { x, y }) =>
    `Alpha ${coordinate(x)}, beta ${coordinate(y)}: ` +
    panels.map((panel) => `${surfaceName(panel.surface.id)} ${number(panel.value(x, y))}`).join(", ");

  const exporting = createFigureExport("batch-export", store, () => {
    if (!landscape) return null;
    const { entry, title, shows, manifest, arrows, cosines } = landscape;
    const { common } = store.get();
    return {
      entry,
      labels: async () => ({
        title: title || entry.id,
        subtitle: `Loss, ${common ? "one range of colours for all" : "a range of colours for each"}`,
        caption: [shows, lotteryText(arrows, manifest.network.parameters), cosinesText(cosines)].filter(Boolean).join(" "),
        facts: provenanceOf(manifest, linkOf(store.get())),
      }),
      body: async () => {
        const all = rangeOf(...panels.map(({ range: own }) => own));
        return batchDrawing(
          panels.map((panel) => ({ ...panel, range: common ? all : panel.range })),
          root.querySelector(".cosine-plot"),
        );
      },
    };
  });

  watch(store, ["common"], ({ show }) => {
    if (landscape && show === landscape.entry.id) draw();
  });

  return {
    /** @param {Landscape} next */
    show(next) {
      landscape = next;
      exporting.hidden(false);
      cursor = null;
      sizes.disconnect();
      const { entry, arrows, cosines, manifest } = next;
      panels = entry.surfaces.flatMap((id) => {
        const surface = next.surfaces.get(id);
        return surface ? [createPanel(next, surface)] : [];
      });
      const group = element(
        "div",
        {
          class: "batch-panels",
          role: "application",
          tabindex: 0,
          "aria-label": "Four surfaces of one plane. Arrow keys move a cursor in all of them, with Shift finely.",
        },
        ...panels.map(({ root: figure }) => figure),
      );
      bind(group);
      const lenses = panels.flatMap(({ lens }) => lens ?? []);
      const sibling = siblingSwitch(catalog, entry, (id) => store.set({ show: id }, "push"));
      root.replaceChildren(
        figureHeader({
          id: "batch-figure-title",
          heading: headingOf(catalog, entry),
          entry,
          switches: [...(sibling ? [sibling] : []), range.root, singleLink(entry)],
        }),
        element(
          "div",
          { class: "batch-body" },
          element("div", { class: "side-by-side" }, readout, group),
          element(
            "div",
            { class: "reading" },
            element("h2", {}, "What an arrow is worth"),
            element(
              "p",
              {},
              "Each arrow is the way down for its surface at the origin, where the training stood. All are " +
                "drawn equally long; under each stands how long the gradient is, and its cosine to the " +
                "gradient on the whole set, in all dimensions.",
            ),
            element("p", {}, lotteryText(arrows, manifest.network.parameters)),
            element(
              "p",
              { class: "about" },
              "Colours end where outliers begin, 1.5 interquartile ranges above the third quartile; what lies above is hatched. ",
              lenses.length > 0 &&
                "Below each map its origin, magnified and interpolated between the grid’s points; the strong line is the level of the origin. ",
              lenses.length > 0 && lenses.every(({ falls }) => falls) && "Every arrow leaves it to the lower side.",
            ),
          ),
          cosines.length > 0 &&
            element(
              "div",
              { class: "reading" },
              element("h2", {}, "Cosines in all dimensions"),
              cosinePlot(cosines),
              element("p", { class: "about" }, cosinesText(cosines)),
            ),
        ),
      );
      for (const { canvas } of panels) sizes.observe(canvas);
      draw();
    },
    hide() {
      landscape = null;
      exporting.hidden(true);
      sizes.disconnect();
      panels = [];
      root.replaceChildren();
    },
    /** Colours follow the theme. */
    refresh: draw,
  };
}

/**
 * The cursor after a press of a key, within the plane.
 * @param {Landscape} landscape
 * @param {{x: number, y: number} | null} cursor  null: at the origin
 * @param {[number, number]} direction
 * @param {number} factor
 */
export function moved(landscape, cursor, [dx, dy], factor) {
  const { x0, x1, y0, y1 } = boundsOf(landscape);
  const from = cursor ?? { x: 0, y: 0 };
  return {
    x: Math.min(Math.max(from.x + dx * factor * KEY_STEP * (x1 - x0), x0), x1),
    y: Math.min(Math.max(from.y + dy * factor * KEY_STEP * (y1 - y0), y0), y1),
  };
}

/** @typedef {ReturnType<typeof createPanel>} Panel */

/**
 * One of the four: its name and the loss under the cursor, the map, its colours.
 * @param {Landscape} landscape
 * @param {Surface} surface
 */
function createPanel(landscape, surface) {
  const { x, y, arrows } = landscape;
  const arrow = arrows.find((one) => one.surface === surface.id);
  const canvas = element("canvas", {});
  const across = element("span", { class: "crosshair across", hidden: true });
  const down = element("span", { class: "crosshair down", hidden: true });
  const value = element("output", {});
  const strip = element("span", { class: "batch-colors" });
  strip.style.background = heatmapGradient("right");
  const low = element("span", {});
  const high = element("span", {});
  const lens = createOriginLens(landscape, surface, arrow);
  /** @type {LinearMap | null} */
  let map = null;

  const root = element(
    "figure",
    { class: "batch-panel", "data-surface": surface.id },
    element("figcaption", {}, element("span", { class: "name" }, surfaceName(surface.id)), value),
    element("div", { class: "batch-map" }, canvas, across, down),
    element("div", { class: "batch-range" }, low, strip, high),
    element("p", { class: "arrow-text" }, arrowText(arrow)),
    lens?.root ?? null,
  );
  const valueAt = (/** @type {number} */ px, /** @type {number} */ py) =>
    gridValue({ x, y, z: surface.loss }, px, py);
  /**
   * @param {CanvasRenderingContext2D} context
   * @param {import("../../core/geometry/areas.js").Size} size
   * @param {readonly [number, number]} range  of the colours
   */
  const paint = (context, size, range) => {
    const area = plotArea(size, MARGINS);
    const current = linearMap(boundsOf(landscape), area);
    const { strong, page, ink } = theme();
    within(context, area, () => {
      drawMap(context, current, { x, y }, coloring(surface.loss, "linear", range, SMALL_LEVELS), 0.7);
      if (!arrow || arrow.x === null || arrow.y === null) return;
      const angle = Math.atan2(arrow.y, arrow.x);
      const origin = { px: current.x(0), py: current.y(0) };
      drawArrow(context, { ...origin, angle, length: ARROW * area.width }, strong, page);
    });
    drawAxes(context, current, ink);
    return current;
  };

  return {
    root,
    canvas,
    surface,
    lens,
    range: openingRange(surface.loss, crossedValues(landscape, surface.loss, landscape.trajectories)).range,
    value: valueAt,
    paint,
    says: arrowText(arrow),

    /** @param {readonly [number, number]} range  of the colours */
    draw(range) {
      const { context, width, height } = prepare(canvas);
      if (!width) return;
      map = paint(context, { width, height }, range);
      lens?.draw();
      low.textContent = number(range[0]);
      high.textContent = number(range[1]);
    },

    /** @param {{x: number, y: number} | null} at */
    point(at) {
      across.hidden = down.hidden = at === null;
      value.textContent = at === null ? "" : number(valueAt(at.x, at.y));
      if (!at || !map) return;
      const { left, top, width, height } = map.area;
      across.style.width = `${width}px`;
      across.style.transform = `translate(${left}px, ${map.y(at.y)}px)`;
      down.style.height = `${height}px`;
      down.style.transform = `translate(${map.x(at.x)}px, ${top}px)`;
    },

    /**
     * The place in the plane at which somebody points; null beside the plane.
     * @param {PointerEvent} event
     */
    place({ offsetX, offsetY }) {
      if (!map) return null;
      const at = { x: map.dataX(offsetX), y: map.dataY(offsetY) };
      return Number.isNaN(valueAt(at.x, at.y)) ? null : at;
    },
  };
}

/**
 * The ends and the middle of both axes.
 * @param {CanvasRenderingContext2D} context
 * @param {LinearMap} map
 * @param {string} color
 */
function drawAxes(context, { bounds, area, x, y }, color) {
  context.fillStyle = color;
  context.font = "11px system-ui, sans-serif";
  const tick = (/** @type {number} */ value) => String(Number(value.toPrecision(2))).replace("-", "−");
  context.textBaseline = "alphabetic";
  for (const [value, align] of /** @type {const} */ ([
    [bounds.x0, "left"],
    [(bounds.x0 + bounds.x1) / 2, "center"],
    [bounds.x1, "right"],
  ])) {
    context.textAlign = align;
    context.fillText(tick(value), x(value), area.top + area.height + 14);
  }
  const [across, up] = DIRECTION_SIGNS;
  context.font = "italic 13px Georgia, serif";
  context.textAlign = "center";
  context.fillText(across, x((bounds.x0 + 3 * bounds.x1) / 4), area.top + area.height + 14);
  context.textAlign = "right";
  context.textBaseline = "middle";
  context.fillText(up, area.left - 7, y((bounds.y0 + 3 * bounds.y1) / 4));
  context.font = "11px system-ui, sans-serif";
  for (const [value, baseline] of /** @type {const} */ ([
    [bounds.y0, "bottom"],
    [(bounds.y0 + bounds.y1) / 2, "middle"],
    [bounds.y1, "top"],
  ])) {
    context.textBaseline = baseline;
    context.fillText(tick(value), area.left - 5, y(value));
  }
}
