/**
 * Drawings as text of SVG: blocks of a known size, set beside or below each other, and paragraphs that
 * wrap. Nothing here touches the page: whoever calls says how wide a text is.
 */

/** @typedef {{svg: string, width: number, height: number}} Drawing */
/** @typedef {{size: number, weight?: number, color: string, family?: string}} Style */
/** @typedef {(text: string, style: Style) => number} Measure  in pixels */

/** From line to line, in sizes of the font. */
const LINE_HEIGHT = 1.4;
/** From the top of a line to its baseline, in sizes of the font. */
const BASELINE = 1.08;
export const FONT = "system-ui, sans-serif";

/** @param {string} text */
export function escaped(text) {
  return text.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll(">", "&gt;").replaceAll('"', "&quot;");
}

/**
 * An element of SVG as text.
 * @param {string} tag
 * @param {Record<string, string | number>} attributes
 * @param {string} [content]  SVG, or text that is escaped
 */
export function tag(tag, attributes, content = "") {
  const given = Object.entries(attributes).map(([name, value]) => ` ${name}="${escaped(String(value))}"`);
  return `<${tag}${given.join("")}>${content}</${tag}>`;
}

/**
 * A text in lines that are not wider than some width; a word that is wider by itself is broken.
 * @param {string} text
 * @param {number} width
 * @param {(text: string) => number} widthOf
 * @returns {string[]}
 */
export function wrapped(text, width, widthOf) {
  /** @type {string[]} */
  const lines = [];
  let line = "";
  for (const word of text.split(/[ \n]+/).filter(Boolean)) {
    const longer = line ? `${line} ${word}` : word;
    if (widthOf(longer) <= width) {
      line = longer;
      continue;
    }
    if (line) lines.push(line);
    line = "";
    for (const character of word) {
      if (line && widthOf(line + character) > width) {
        lines.push(line);
        line = "";
      }
      line += character;
    }
  }
  return line ? [...lines, line] : lines;
}

/**
 * A paragraph in lines.
 * @param {string} text
 * @param {Style} style
 * @param {number} width
 * @param {Measure} measure
 * @param {"start" | "middle" | "end"} [anchor]
 * @returns {Drawing}
 */
export function paragraph(text, style, width, measure, anchor = "start") {
  const lines = wrapped(text, width, (part) => measure(part, style));
  const x = { start: 0, middle: width / 2, end: width }[anchor];
  const step = LINE_HEIGHT * style.size;
  const svg = lines.map((line, i) => textAt(line, x, i * step + BASELINE * style.size, style, anchor)).join("");
  return { svg, width, height: lines.length * step };
}

/**
 * One line of text with its baseline at y.
 * @param {string} text
 * @param {number} x
 * @param {number} y
 * @param {Style} style
 * @param {"start" | "middle" | "end"} [anchor]
 */
export function textAt(text, x, y, { size, weight = 400, color, family = FONT }, anchor = "start") {
  const attributes = {
    x: rounded(x),
    y: rounded(y),
    "font-family": family,
    "font-size": size,
    "font-weight": weight,
    fill: color,
    "text-anchor": anchor,
  };
  return tag("text", attributes, escaped(text));
}

/**
 * An image, as a data URL.
 * @param {string} href
 * @param {number} width
 * @param {number} height
 * @returns {Drawing}
 */
export function imageDrawing(href, width, height) {
  return { svg: tag("image", { href, width, height, preserveAspectRatio: "none" }), width, height };
}

/**
 * A whole SVG document as a part of another.
 * @param {string} document
 * @param {number} width
 * @param {number} height
 * @returns {Drawing}
 */
export function nested(document, width, height) {
  return { svg: document.slice(document.indexOf("<svg")), width, height };
}

/**
 * @param {number} width
 * @param {number} height
 * @returns {Drawing}
 */
export function space(width, height) {
  return { svg: "", width, height };
}

/**
 * @param {readonly Drawing[]} drawings
 * @param {number} [gap]
 * @returns {Drawing}
 */
export function below(drawings, gap = 0) {
  let y = 0;
  const parts = drawings.map(({ svg, height }, i) => {
    const part = moved(svg, 0, y);
    y += height + (i < drawings.length - 1 ? gap : 0);
    return part;
  });
  return { svg: parts.join(""), width: Math.max(0, ...drawings.map(({ width }) => width)), height: y };
}

/**
 * @param {readonly Drawing[]} drawings
 * @param {number} [gap]
 * @returns {Drawing}
 */
export function beside(drawings, gap = 0) {
  let x = 0;
  const parts = drawings.map(({ svg, width }, i) => {
    const part = moved(svg, x, 0);
    x += width + (i < drawings.length - 1 ? gap : 0);
    return part;
  });
  return { svg: parts.join(""), width: x, height: Math.max(0, ...drawings.map(({ height }) => height)) };
}

/**
 * @param {string} svg
 * @param {number} x
 * @param {number} y
 */
export function moved(svg, x, y) {
  if (svg === "") return "";
  return tag("g", { transform: `translate(${rounded(x)} ${rounded(y)})` }, svg);
}

/** @param {number} value */
function rounded(value) {
  return Number(value.toFixed(2));
}

/**
 * Columns of drawings whose parts stand at one height, row by row.
 * @param {readonly (readonly Drawing[])[]} columns  of equally many parts
 * @param {number} across  between columns
 * @param {number} down  between rows
 * @returns {Drawing}
 */
export function aligned(columns, across, down) {
  const widths = columns.map((column) => Math.max(...column.map(({ width }) => width)));
  const rows = (columns[0] ?? []).map((_, row) =>
    beside(columns.map((column, k) => ({ .../** @type {Drawing} */ (column[row]), width: Number(widths[k]) })), across),
  );
  return below(rows, down);
}
