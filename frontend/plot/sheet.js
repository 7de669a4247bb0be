/**
 * A picture as a sheet: title, drawing, legend, caption, and where it comes from. No text is cut off:
 * all of it wraps, and the sheet grows.
 */

import { below, beside, moved, paragraph, space, tag } from "./drawing-parts.js";

/** @typedef {import("./drawing-parts.js").Drawing} Drawing */
/** @typedef {import("./drawing-parts.js").Measure} Measure */
/** @typedef {import("../core/theme.js").Theme} Theme */

/**
 * What a picture shows and where it comes from. `facts` are pairs of a name and a text, which the
 * sheet prints under its caption and the file holds as metadata.
 * @typedef {object} Labels
 * @property {string} title
 * @property {string} subtitle
 * @property {string} [caption]
 * @property {readonly (readonly [string, string])[]} [facts]
 */

/**
 * @typedef {object} LegendEntry
 * @property {"line" | "minimum" | "global minimum" | "start" | "origin"} kind
 * @property {string} name
 * @property {string} [color]
 * @property {readonly number[]} [dash]
 * @property {number} [opacity]
 */

const PADDING = 28;
const SAMPLE = 30;
const ENTRY_GAP = 22;
/** Below this a title would break into too many lines. */
const LEAST_WIDTH = 420;

/**
 * @param {Labels} labels
 * @param {Drawing} body
 * @param {readonly LegendEntry[]} entries  of the legend
 * @param {Theme} theme
 * @param {Measure} measure
 * @returns {Drawing}  a whole SVG document
 */
export function sheet({ title, subtitle, caption = "", facts = [] }, body, entries, theme, measure) {
  const width = Math.max(body.width, LEAST_WIDTH);
  const text = (/** @type {string} */ words, /** @type {number} */ size, /** @type {string} */ color, weight = 400) =>
    paragraph(words, { size, weight, color }, width, measure);
  const parts = [
    text(title, 19, theme.strong, 650),
    ...(subtitle ? [space(width, 2), text(subtitle, 13, theme.ink)] : []),
    space(width, 16),
    body,
    ...(entries.length ? [space(width, 12), legend(entries, width, theme, measure)] : []),
    ...(caption ? [space(width, 14), text(caption, 13, theme.strong)] : []),
    ...(facts.length
      ? [
          space(width, 14),
          { svg: tag("rect", { width, height: 1, fill: theme.faint }), width, height: 1 },
          space(width, 8),
          ...facts.map(([name, words]) => text(`${name}: ${words}`, 11, theme.ink)),
        ]
      : []),
  ];
  const content = below(parts);
  const size = { width: Math.ceil(width + 2 * PADDING), height: Math.ceil(content.height + 2 * PADDING) };
  const svg = tag(
    "svg",
    { xmlns: "http://www.w3.org/2000/svg", ...size, viewBox: `0 0 ${size.width} ${size.height}` },
    tag("rect", { ...size, fill: theme.page }) + moved(content.svg, PADDING, PADDING),
  );
  return { svg, ...size };
}

/**
 * Samples with their names, in as many lines as they need.
 * @param {readonly LegendEntry[]} entries
 * @param {number} width
 * @param {Theme} theme
 * @param {Measure} measure
 * @returns {Drawing}
 */
export function legend(entries, width, theme, measure) {
  const style = { size: 12, color: theme.ink };
  /** @type {Drawing[][]} */
  const lines = [[]];
  let room = width;
  for (const entry of entries) {
    const needed = Math.min(measure(entry.name, style) + 1, width - SAMPLE - 8);
    const name = paragraph(entry.name, style, needed, measure);
    const drawing = beside([{ svg: sample(entry, theme), width: SAMPLE, height: 18 }, name], 8);
    if (drawing.width > room && lines.at(-1)?.length) {
      lines.push([]);
      room = width;
    }
    lines.at(-1)?.push(drawing);
    room -= drawing.width + ENTRY_GAP;
  }
  return below(
    lines.map((line) => beside(line, ENTRY_GAP)),
    4,
  );
}

/** The outline of a mark on the surface, the same on every theme because the surface is. */
const OUTLINE = "rgba(20, 28, 40, 0.75)";

/**
 * @param {LegendEntry} entry
 * @param {Theme} theme
 */
function sample({ kind, color, dash = [], opacity = 1 }, theme) {
  const [x, y] = [SAMPLE / 2, 9];
  switch (kind) {
    case "line":
      return tag("line", {
        x1: 0,
        x2: SAMPLE,
        y1: y,
        y2: y,
        stroke: color ?? theme.ink,
        "stroke-width": 2.25,
        ...(opacity < 1 ? { opacity } : {}),
        ...(dash.length ? { "stroke-dasharray": dash.join(" ") } : {}),
      });
    case "start":
      return tag("circle", { cx: x, cy: y, r: 5, fill: theme.page, stroke: theme.strong, "stroke-width": 3 });
    case "origin":
      return tag("path", { d: `M${x - 6} ${y}h12M${x} ${y - 6}v12`, stroke: theme.strong, "stroke-width": 2 });
    default: {
      const global = kind === "global minimum";
      const [points, outer, inner] = global ? [5, 8, 3.4] : [4, 6.5, 3];
      const corners = Array.from({ length: 2 * points }, (_, i) => {
        const radius = i % 2 ? inner : outer;
        const angle = (i * Math.PI) / points - Math.PI / 2;
        return `${(x + radius * Math.cos(angle)).toFixed(2)} ${(y + radius * Math.sin(angle)).toFixed(2)}`;
      });
      const fill = global ? "#ffd75e" : "#ffffff";
      return tag("path", { d: `M${corners.join("L")}Z`, fill, stroke: OUTLINE, "stroke-width": 1.25 });
    }
  }
}
