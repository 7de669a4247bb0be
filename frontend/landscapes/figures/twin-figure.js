/** Figure 2: two surfaces of one plane in 3D, under one camera. */

import { theme } from "../../core/theme.js";
import { createSurface3d } from "../../plot/surface-3d.js";
import { listenToWheel } from "../../plot/gestures.js";
import { choiceControl } from "../../widgets/controls.js";
import { element } from "../../core/dom.js";
import { boundsOf } from "../../core/geometry/bounds.js";
import { watch } from "../../core/store.js";
import { openingCamera, turned } from "../../plot/camera.js";
import { convexityText, withLossUnit } from "../model/descriptions.js";
import { headingOf, twinsOf } from "../model/catalog.js";
import { surfaceName } from "../../surfaces/surface-names.js";
import { figureHeader, siblingSwitch, singleLink } from "../single/figure-header.js";
import { SMALL_LEVELS } from "../../surfaces/surface-canvas.js";
import { linearShades, rangeOf } from "../../surfaces/surface-geometry.js";
import { DIRECTION_SIGNS } from "../../surfaces/surface-names.js";
import { beside, below, paragraph } from "../../plot/drawing-parts.js";
import { measureText } from "../../plot/picture-file.js";
import { spaceDrawing } from "../../plot/picture.js";
import { linkOf, provenanceOf } from "../model/provenance.js";
import { createFigureExport } from "../single/figure-export.js";

/** @typedef {import("../../surfaces/landscape-data.js").Landscape} Landscape */
/** @typedef {import("../../surfaces/landscape-data.js").Surface} Surface */
/** @typedef {import("../model/landscapes-state.js").State} State */
/** @typedef {import("../../core/geometry/space.js").Camera} Camera */

/** The size of each surface in an exported picture. */
const PICTURE = { width: 520, height: 460 };

/**
 * @param {HTMLElement} root
 * @param {object} page
 * @param {import("../../core/store.js").Store<State>} page.store
 * @param {import("../../surfaces/landscape-data.js").Catalog} page.catalog
 */
export function createTwinFigure(root, { store, catalog }) {
  /** @type {Landscape | null} */
  let landscape = null;
  /** @typedef {{surface: Surface, place: HTMLElement, space: ReturnType<typeof createSurface3d>, figure: HTMLElement, show: (surface: Surface) => void}} Side */
  /** @type {Side[]} */
  let sides = [];
  let frame = 0;

  const height = choiceControl({
    name: "Scale of the heights",
    choices: [
      ["own", "Own heights"],
      ["common", "Same heights"],
    ],
    onChange: (choice) => store.set({ common: choice === "common" }, "push"),
  });
  /** @type {ReturnType<typeof choiceControl> | null} */
  let batch = null;
  const camera = () => store.get().camera ?? openingCamera(sides[0]?.place);

  /**
   * @param {Landscape} shown
   * @param {Surface} surface
   * @returns {import("../../plot/surface-3d.js").Scene3d}
   */
  const sceneOf = (shown, surface) => {
    const { x, y } = shown;
    const range = store.get().common ? rangeOf(...sides.map(({ surface: one }) => one.loss)) : rangeOf(surface.loss);
    const numbers = linearShades(surface.loss, range).map((shade) => shade * (SMALL_LEVELS - 1));
    return {
      grid: { x, y, z: surface.loss, numbers, levels: SMALL_LEVELS },
      bounds: boundsOf(shown),
      titles: DIRECTION_SIGNS,
      heightTitle: withLossUnit("loss", shown),
      heights: range,
      lines: [],
      heads: { x: [], y: [], z: [], color: [] },
      camera: camera(),
    };
  };

  const draw = () => {
    if (!landscape) return;
    height.show(store.get().common ? "common" : "own");
    batch?.show(sides[0]?.surface.id ?? null);
    for (const { surface, place, space } of sides) {
      const size = { width: place.clientWidth, height: place.clientHeight };
      space.draw(sceneOf(landscape, surface), size, theme());
    }
  };

  const exporting = createFigureExport("twin-export", store, () => {
    const shown = landscape;
    if (!shown) return null;
    const { entry, title, shows, manifest } = shown;
    return {
      entry,
      labels: async () => ({
        title: title || entry.id,
        subtitle: `Loss, ${store.get().common ? "one scale of heights for both" : "a scale of heights for each"}`,
        caption: shows,
        facts: provenanceOf(manifest, linkOf(store.get())),
      }),
      body: async () => {
        const [measure, { strong, ink }] = [measureText(), theme()];
        const drawn = [];
        for (const { surface } of sides) {
          const name = paragraph(surfaceName(surface.id), { size: 14, weight: 600, color: strong }, PICTURE.width, measure);
          const picture = await spaceDrawing(sceneOf(shown, surface), PICTURE, theme());
          const text = paragraph(convexityText(surface), { size: 12, color: ink }, PICTURE.width, measure);
          drawn.push(below([name, picture, text], 6));
        }
        return beside(drawn, 24);
      },
    };
  });
  // A resize is drawn once, in the next frame.
  const sizes = new ResizeObserver(() => {
    cancelAnimationFrame(frame);
    frame = requestAnimationFrame(draw);
  });

  /**
   * @param {number} index  of the side that is turned by hand; -1: neither
   * @param {Camera} next
   */
  const turnOthers = (index, next) => {
    sides.forEach(({ space }, other) => {
      if (other !== index) space.turn(next);
    });
  };

  /** @param {HTMLElement} group */
  const bindKeys = (group) => {
    group.addEventListener("keydown", (event) => {
      const next = turned(camera(), event.key);
      if (!next || event.ctrlKey || event.metaKey || event.altKey) return;
      event.preventDefault();
      store.set({ camera: next }, "replace");
      turnOthers(-1, next);
    });
  };

  /**
   * The batch that was chosen, or the first, beside the whole set.
   * @param {Landscape} shown
   * @returns {Surface[]}
   */
  const surfacesOf = (shown) =>
    twinsOf(shown.entry.surfaces, store.get().surface).flatMap((id) => shown.surfaces.get(id) ?? []);

  watch(store, ["common", "camera", "surface"], (state, previous, mode) => {
    if (!landscape || state.show !== landscape.entry.id) return;
    if (state.surface !== previous.surface) {
      surfacesOf(landscape).forEach((surface, k) => sides[k]?.show(surface));
      draw();
    } else if (state.common !== previous.common) draw();
    else if (mode === "none") turnOthers(-1, camera());
  });

  return {
    /** @param {Landscape} next */
    show(next) {
      this.hide();
      landscape = next;
      exporting.hidden(false);
      const { entry } = next;
      sides = surfacesOf(next).map((first, index) => {
        const place = element("div", { class: "space" });
        const space = createSurface3d(
          place,
          (turnedTo) => {
            store.set({ camera: turnedTo }, "replace");
            turnOthers(index, turnedTo);
          },
          (turning) => turnOthers(index, turning),
        );
        const name = element("span", { class: "name" });
        const text = element("p", {});
        const figure = element("figure", {}, element("figcaption", {}, name), place, text);
        const side = {
          surface: first,
          place,
          space,
          figure,
          show(/** @type {Surface} */ surface) {
            side.surface = surface;
            figure.dataset.surface = surface.id;
            name.textContent = surfaceName(surface.id);
            text.textContent = convexityText(surface);
          },
        };
        side.show(first);
        return side;
      });
      const whole = sides.at(-1)?.surface.id;
      const batches = entry.surfaces.filter((id) => id !== whole);
      batch =
        batches.length > 1
          ? choiceControl({
              name: "Batch",
              choices: batches.map((id) => [id, surfaceName(id)]),
              onChange: (choice) => store.set({ surface: choice }, "push"),
            })
          : null;
      const group = element(
        "div",
        {
          class: "twin-surfaces",
          role: "application",
          tabindex: 0,
          "aria-label": "Two surfaces in 3D. Arrow keys turn both, plus and minus come nearer and go away.",
        },
        ...sides.map(({ figure }) => figure),
      );
      bindKeys(group);
      listenToWheel(group);
      const sibling = siblingSwitch(catalog, entry, (id) => store.set({ show: id }, "push"));
      root.replaceChildren(
        figureHeader({
          id: "twin-figure-title",
          heading: headingOf(catalog, entry),
          entry,
          switches: [...(sibling ? [sibling] : []), ...(batch ? [batch.root] : []), height.root, singleLink(entry)],
        }),
        group,
        element(
          "p",
          { class: "about" },
          "A cell counts as convex if the loss curves upwards from it in every direction of this plane, by more than rounding. ",
          "What curves upwards in two directions need not do so in the others.",
        ),
      );
      draw();
      for (const { place } of sides) sizes.observe(place);
    },
    hide() {
      landscape = null;
      exporting.hidden(true);
      cancelAnimationFrame(frame);
      sizes.disconnect();
      for (const { space } of sides) space.clear();
      sides = [];
      root.replaceChildren();
    },
    /** Colours follow the theme. */
    refresh: draw,
  };
}
