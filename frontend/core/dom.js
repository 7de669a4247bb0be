/** Making elements. Everything from the server enters the page as text, except formulas. */

/** @typedef {Node | string | null | undefined | false} Child */
/** @typedef {import("./api-types.d.ts").Formula} Formula */

/**
 * @template {keyof HTMLElementTagNameMap} K
 * @param {K} tag
 * @param {Record<string, string | number | boolean | EventListener | null>} [properties]
 *   `onclick` and the like listen; true and false set and leave out an attribute
 * @param {...Child} children
 * @returns {HTMLElementTagNameMap[K]}
 */
export function element(tag, properties = {}, ...children) {
  const node = document.createElement(tag);
  for (const [name, value] of Object.entries(properties)) {
    if (typeof value === "function") node.addEventListener(name.slice(2), value);
    else if (value === true) node.setAttribute(name, "");
    else if (value !== false && value !== null) node.setAttribute(name, String(value));
  }
  node.append(...children.filter(isPresent));
  return node;
}

/**
 * @param {Child} child
 * @returns {child is Node | string}
 */
function isPresent(child) {
  return child !== null && child !== undefined && child !== false;
}

/**
 * The element with this id, which the page's HTML has.
 * @param {string} id
 * @returns {HTMLElement}
 */
export function byId(id) {
  const node = document.getElementById(id);
  if (!node) throw new Error(`The page has no element #${id}.`);
  return node;
}

/**
 * How many times larger an element is drawn than its own pixels say, by the style `zoom`.
 * @param {Element} node
 */
export function zoomOf(node) {
  return /** @type {{currentCSSZoom?: number}} */ (node).currentCSSZoom ?? 1;
}

const SVG = "http://www.w3.org/2000/svg";

/**
 * A drawing that says nothing to who does not see it.
 * @param {string} path  of its shape
 * @param {string} box  the drawing's `viewBox`
 */
export function icon(path, box = "0 0 20 20") {
  const svg = document.createElementNS(SVG, "svg");
  svg.setAttribute("viewBox", box);
  svg.setAttribute("aria-hidden", "true");
  const shape = document.createElementNS(SVG, "path");
  shape.setAttribute("d", path);
  shape.setAttribute("fill-rule", "evenodd");
  svg.append(shape);
  return svg;
}

const MATHML = "http://www.w3.org/1998/Math/MathML";

/** What presentation MathML needs; nothing that could load, link or run. */
const MATH_ATTRIBUTES = new Set([
  "accent",
  "columnalign",
  "columnspacing",
  "display",
  "displaystyle",
  "fence",
  "form",
  "height",
  "largeop",
  "linethickness",
  "lspace",
  "mathvariant",
  "maxsize",
  "minsize",
  "movablelimits",
  "rowspacing",
  "rspace",
  "scriptlevel",
  "separator",
  "stretchy",
  "symmetric",
  "width",
]);

/**
 * A formula as an element; of what the server sends only MathML comes through.
 * @param {Formula} formula
 * @returns {Element}
 */
export function math({ latex, mathml }) {
  const parsed = new DOMParser().parseFromString(mathml, "application/xml").documentElement;
  if (parsed.namespaceURI !== MATHML || parsed.localName !== "math") {
    return element("code", {}, latex);
  }
  for (const node of [parsed, ...parsed.querySelectorAll("*")]) {
    if (node.namespaceURI !== MATHML || node.localName.startsWith("annotation")) {
      node.remove();
      continue;
    }
    for (const name of node.getAttributeNames()) {
      if (!MATH_ATTRIBUTES.has(name)) node.removeAttribute(name);
    }
  }
  return document.importNode(parsed, true);
}

/**
 * Do something once nothing is more urgent, or after some time at the latest. Where a browser
 * cannot tell when that is, a moment later.
 * @param {() => void} action
 * @param {number} [timeout]  in milliseconds
 */
export function whenIdle(action, timeout) {
  if ("requestIdleCallback" in globalThis) requestIdleCallback(action, timeout ? { timeout } : {});
  else setTimeout(action, 200);
}

/** Wait until the next frame has been handed over: what is drawn in it is seen before what comes after. */
export function afterFrame() {
  return new Promise((resolve) => requestAnimationFrame(() => setTimeout(resolve)));
}
