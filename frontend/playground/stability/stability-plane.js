/**
 * The plane of learning rate and momentum, coloured by what a rule does at a minimum: a slider for
 * both at once, in the shape of where the rule is stable. The sliders below it move the same mark by
 * keyboard.
 */

import { css, oklch } from "../../core/colors.js";
import { element } from "../../core/dom.js";
import { setting } from "../../core/format.js";
import { theme, themeName } from "../../core/theme.js";
import { gesture } from "../../widgets/controls.js";
import { powerText } from "../rates/rate-axis.js";
import { MANNER_NAMES } from "./stability-text.js";

/** @typedef {import("./stability-source.js").StabilityMap} StabilityMap */
/** @typedef {import("../../core/store.js").HistoryMode} HistoryMode */

const HEIGHT = 170;
/** Height of the strip of a rule without momentum. */
const STRIP = 44;
const MARGIN = { left: 40, right: 10, top: 6, bottom: 24 };

/** Hue and chroma of each manner. @type {[number, number][]} */
const HUES = [
  [160, 0.09],
  [95, 0.1],
  [255, 0.09],
  [25, 0.03],
];

/**
 * The colour of a manner at a spectral radius: the slower, the nearer to the page.
 * @param {number} manner
 * @param {number} radius
 * @param {"light" | "dark"} name
 */
export function mannerColor(manner, radius, name) {
  const [hue, chroma] = HUES[manner] ?? [0, 0];
  if (manner === 3) return oklch(name === "dark" ? 0.27 : 0.9, chroma, hue);
  const speed = 1 - Math.min(Math.max(radius, 0), 1) ** 4;
  const light = name === "dark" ? 0.36 + 0.3 * speed : 0.86 - 0.26 * speed;
  return oklch(light, chroma, hue);
}

/**
 * Values between pixels and numbers: the rate by factors, the momentum evenly.
 * @param {StabilityMap} map
 * @param {number} width
 * @param {number} height
 */
export function planeScale({ rate, momentum }, width, height) {
  const low = Math.log10(Number(rate[0]));
  const high = Math.log10(Number(rate[rate.length - 1]));
  const top = Number(momentum[momentum.length - 1]);
  const inner = { width: width - MARGIN.left - MARGIN.right, height: height - MARGIN.top - MARGIN.bottom };
  const clip = (/** @type {number} */ t) => Math.min(Math.max(t, 0), 1);
  return {
    inner,
    x: (/** @type {number} */ value) => MARGIN.left + inner.width * clip((Math.log10(value) - low) / (high - low)),
    y: (/** @type {number} */ value) => MARGIN.top + inner.height * (top > 0 ? 1 - clip(value / top) : 0.5),
    rate: (/** @type {number} */ px) =>
      Number((10 ** (low + clip((px - MARGIN.left) / inner.width) * (high - low))).toPrecision(3)),
    momentum: (/** @type {number} */ py) => Number((top * (1 - clip((py - MARGIN.top) / inner.height))).toFixed(3)),
    holds: (/** @type {number} */ value) => Math.log10(value) >= low && Math.log10(value) <= high,
    decades: [low, high],
  };
}

/**
 * @param {(rate: number, momentum: number | null, mode: HistoryMode) => void} onChoose
 */
export function createStabilityPlane(onChoose) {
  const canvas = element("canvas", { class: "stability-plane", "aria-hidden": "true" });
  const legend = element("p", { class: "about stability-keys" });
  const root = element("div", {}, canvas, legend);
  const move = gesture();
  /** @type {{map: StabilityMap, rate: number, momentum: number | null} | null} */
  let shown = null;

  const height = () => (shown && shown.map.momentum.length > 1 ? HEIGHT : STRIP + MARGIN.bottom);

  const draw = () => {
    const width = canvas.clientWidth;
    if (!shown || !width) return;
    const { map } = shown;
    const ratio = window.devicePixelRatio || 1;
    canvas.style.height = `${height()}px`;
    Object.assign(canvas, { width: Math.round(width * ratio), height: Math.round(height() * ratio) });
    const context = /** @type {CanvasRenderingContext2D} */ (canvas.getContext("2d"));
    context.setTransform(ratio, 0, 0, ratio, 0, 0);
    const scale = planeScale(map, width, height());
    const columns = map.rate.length;
    const rows = map.momentum.length;
    const cell = { width: scale.inner.width / columns, height: scale.inner.height / rows };
    for (let j = 0; j < rows; j++) {
      for (let i = 0; i < columns; i++) {
        const at = j * columns + i;
        context.fillStyle = css(mannerColor(Number(map.manner[at]), Number(map.radius[at]), themeName()));
        context.fillRect(
          MARGIN.left + i * cell.width,
          MARGIN.top + (rows - 1 - j) * cell.height,
          cell.width + 0.7,
          cell.height + 0.7,
        );
      }
    }
    label(context, scale, rows > 1);
    const x = scale.x(shown.rate);
    const y = scale.y(shown.momentum ?? 0);
    context.beginPath();
    context.arc(x, y, 6, 0, 2 * Math.PI);
    context.lineWidth = 5;
    context.strokeStyle = theme().page;
    context.stroke();
    context.lineWidth = 2.5;
    context.strokeStyle = theme().strong;
    context.stroke();
  };

  /**
   * @param {CanvasRenderingContext2D} context
   * @param {ReturnType<typeof planeScale>} scale
   * @param {boolean} tall
   */
  const label = (context, scale, tall) => {
    context.font = "12px system-ui, sans-serif";
    context.fillStyle = theme().ink;
    context.textBaseline = "top";
    context.textAlign = "center";
    const [low, high] = scale.decades;
    for (let e = Math.ceil(Number(low)); e <= Math.floor(Number(high)); e++) {
      context.fillText(powerText(e), scale.x(10 ** e), MARGIN.top + scale.inner.height + 5);
    }
    context.textAlign = "right";
    context.fillText("η", canvas.clientWidth - 2, MARGIN.top + scale.inner.height + 5);
    if (!tall) return;
    context.textBaseline = "middle";
    for (const value of [0, 0.5, 0.9]) context.fillText(String(value), MARGIN.left - 6, scale.y(value));
    context.textAlign = "left";
    context.fillText("μ", 2, scale.y(0.7));
  };

  /** @param {PointerEvent} event */
  const choose = (event) => {
    if (!shown) return;
    const box = canvas.getBoundingClientRect();
    const scale = planeScale(shown.map, canvas.clientWidth, height());
    const momentum = shown.momentum === null ? null : scale.momentum(event.clientY - box.top);
    onChoose(scale.rate(event.clientX - box.left), momentum, move.mode());
  };
  canvas.addEventListener("pointerdown", (event) => {
    if (event.button !== 0) return;
    canvas.setPointerCapture(event.pointerId);
    choose(event);
  });
  canvas.addEventListener("pointermove", (event) => {
    if (canvas.hasPointerCapture(event.pointerId)) choose(event);
  });
  for (const end of ["pointerup", "pointercancel"]) canvas.addEventListener(end, move.end);
  new ResizeObserver(draw).observe(canvas);

  return {
    root,
    /**
     * @param {StabilityMap} map
     * @param {number} rate  of the variant
     * @param {number | null} momentum  null: its rule has none
     */
    show(map, rate, momentum) {
      shown = { map, rate, momentum };
      const found = new Set(map.manner);
      legend.replaceChildren(
        ...MANNER_NAMES.flatMap((name, manner) => {
          if (!found.has(manner)) return [];
          const swatch = element("span", { class: "swatch" });
          swatch.style.background = css(mannerColor(manner, 0.5, themeName()));
          return [element("span", { class: "key" }, swatch, name)];
        }),
      );
      const inside = planeScale(map, 100, 100).holds(rate);
      if (!inside) legend.append(` The rate ${setting(rate)} lies beyond the map.`);
      draw();
    },
  };
}
