/** What a batch's way down is worth: angles in the plane, cosines in all dimensions, in words. */

import { coordinate, integer, number } from "../../core/format.js";
import { degrees } from "../../surfaces/cosines.js";
import { surfaceName } from "../../surfaces/surface-names.js";

/** @typedef {import("../../surfaces/landscape-data.js").Arrow} Arrow */
/** @typedef {import("../../surfaces/landscape-data.js").Cosines} Cosines */

/**
 * The angle between two arrows as they are drawn, 0 to 180 degrees; null where one has no direction.
 * @param {Arrow} a
 * @param {Arrow} b
 */
export function drawnAngle(a, b) {
  if (a.x === null || a.y === null || b.x === null || b.y === null) return null;
  const lengths = Math.hypot(a.x, a.y) * Math.hypot(b.x, b.y);
  if (lengths === 0) return null;
  return degrees((a.x * b.x + a.y * b.y) / lengths);
}

/**
 * What stands under a surface about its gradient.
 * @param {Arrow | undefined} arrow
 */
export function arrowText(arrow) {
  if (!arrow || arrow.norm === null) return "";
  const norm = `gradient ${number(arrow.norm)} long`;
  if (arrow.surface === "train" || arrow.cosine === null) return norm;
  return `${norm}, cosine ${coordinate(arrow.cosine)}`;
}

/**
 * Why the arrows of one plane prove little, with the numbers of this one.
 * @param {Arrow[]} arrows
 * @param {number} parameters
 */
export function lotteryText(arrows, parameters) {
  const whole = arrows.find(({ surface }) => surface === "train");
  const batch = arrows.filter(({ surface }) => surface.startsWith("batch-")).at(-1);
  const drawn = whole && batch ? drawnAngle(batch, whole) : null;
  const general =
    `An arrow shows how a gradient points in two of ${integer(parameters)} dimensions, and another ` +
    "random plane would turn every arrow: one plane is a lottery.";
  if (drawn === null || !batch || batch.cosine === null) return general;
  return (
    `${general} Here the arrow of the ${inSentence(batch.surface)} stands at ${Math.round(drawn)}° to the whole ` +
    `set’s; in all dimensions the two gradients make ${Math.round(degrees(batch.cosine))}°.`
  );
}

/** @param {string} surface */
function inSentence(surface) {
  const name = surfaceName(surface);
  return name.charAt(0).toLowerCase() + name.slice(1);
}

/**
 * What the cosines of many batches say.
 * @param {Cosines[]} cosines  by size
 */
export function cosinesText(cosines) {
  const told = cosines.flatMap(({ images, median, quartiles: [low, high] }) => {
    if (median === null || low === null || high === null) return [];
    const whose = images === 1 ? "single images" : `batches of ${images}`;
    return `${coordinate(median)} for ${whose} (half of them between ${coordinate(low)} and ${coordinate(high)})`;
  });
  if (!told.length) return "";
  const batches = cosines[0]?.batches ?? 0;
  return `The median cosine of ${batches} batches with the gradient of the whole set is ${told.join(", ")}.`;
}
