/** Where the names of marked places stand, so that none covers another and none is cut. */

/** @typedef {import("./areas.js").Area} Area */
/** @typedef {{left: number, top: number, right: number, bottom: number}} Box  in pixels */

/** From the middle of a mark to its name. */
const GAP = 12;
/** The height of a line, and half of a mark's. */
const LINE = 17;
const MARK = 9;

/**
 * Boxes for names: to the right of their marks where there is room, or else to the left, above or
 * below. A name that has room nowhere stands to the side where there is more.
 * @param {readonly {px: number, py: number, width: number}[]} marks  `width` of the name, at most the area's
 * @param {Area} area
 * @returns {Box[]}
 */
export function placeNames(marks, area) {
  const covers = marks.map(({ px, py }) => ({ left: px - MARK, top: py - MARK, right: px + MARK, bottom: py + MARK }));
  /** @type {Box[]} */
  const placed = [];
  for (const [i, { px, py, width }] of marks.entries()) {
    const others = [...placed, ...covers.filter((_, k) => k !== i)];
    const beside = (/** @type {number} */ left) => boxAt(left, py - LINE / 2, width);
    const least = area.left;
    const most = area.left + area.width - width;
    const within = Math.min(Math.max(px - width / 2, least), most);
    const candidates = [
      beside(px + GAP),
      beside(px - GAP - width),
      boxAt(within, py - GAP - LINE, width),
      boxAt(within, py + GAP, width),
    ];
    const isFree = (/** @type {Box} */ box) => contains(area, box) && !others.some((other) => overlap(box, other));
    const forced = beside(px - area.left > area.width / 2 ? Math.max(px - GAP - width, least) : Math.min(px + GAP, most));
    placed.push(candidates.find(isFree) ?? forced);
  }
  return placed;
}

/**
 * A text without its middle, if it is wider than allowed.
 * @param {string} text
 * @param {number} most  in pixels
 * @param {(text: string) => number} measure
 */
export function shortened(text, most, measure) {
  for (let kept = text.length; kept > 1; kept--) {
    const head = Math.ceil(kept / 2);
    const shown = kept === text.length ? text : `${text.slice(0, head)}…${text.slice(text.length - (kept - head))}`;
    if (measure(shown) <= most) return shown;
  }
  return "…";
}

/**
 * @param {number} left
 * @param {number} top
 * @param {number} width
 * @returns {Box}
 */
function boxAt(left, top, width) {
  return { left, top, right: left + width, bottom: top + LINE };
}

/**
 * @param {Area} area
 * @param {Box} box
 */
function contains({ left, top, width, height }, box) {
  return box.left >= left && box.right <= left + width && box.top >= top && box.bottom <= top + height;
}

/**
 * @param {Box} a
 * @param {Box} b
 */
function overlap(a, b) {
  return a.left < b.right && b.left < a.right && a.top < b.bottom && b.top < a.bottom;
}
