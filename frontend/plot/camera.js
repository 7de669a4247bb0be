/** From where a surface is looked at, and how keys change that. */

/** @typedef {import("../core/geometry/space.js").Camera} Camera */

/** @type {Camera} */
const CAMERA = { eye: { x: 1.4, y: -1.65, z: 1.15 }, center: { x: 0, y: 0, z: -0.12 } };
/** Where a view is less wide for its height than this, the camera stands back: all stays in sight. */
const WIDE_ENOUGH = 1.15;
/** Room beside the surface for the words on the axes, which are as large on every screen. */
const LABELS_PX = 72;
/** Where it stands back it looks past the middle: the words of the height stand on the left. */
const ASIDE = { x: -0.1, y: -0.085 };
/** A press of an arrow key turns the view by this angle. */
const TURN = Math.PI / 24;
/** A press of plus or minus comes nearer by this factor. */
const ZOOM = 0.88;
/** The camera stays this far from looking straight down, where turning has no meaning. */
const STEEPEST = 0.49 * Math.PI;
/** How near to the middle and how far from it the wheel leads, in Plotly's units. */
const REACH = { nearest: 0.2, farthest: 20 };

/**
 * From where a surface is looked at first.
 * @param {{clientWidth: number, clientHeight: number} | undefined} view  an element
 * @param {Camera} camera  in a view that is wide enough
 * @returns {Camera}
 */
export function openingCamera(view, camera = CAMERA) {
  const { eye, center } = camera;
  const room = (view?.clientWidth ?? 0) - LABELS_PX;
  const far = view && room > 0 ? Math.max(1, (WIDE_ENOUGH * view.clientHeight) / room) : 1;
  return {
    eye: { x: far * eye.x, y: far * eye.y, z: far * eye.z },
    center: far > 1 ? { ...center, ...ASIDE } : center,
  };
}

/**
 * The camera at another distance.
 * @param {Camera} camera
 * @param {number} factor  of the distance; it ends at the nearest and the farthest
 * @returns {Camera}
 */
export function movedAway({ eye, center }, factor) {
  const reach = Math.hypot(eye.x, eye.y, eye.z);
  const next = Math.min(Math.max(reach * factor, REACH.nearest), REACH.farthest);
  const scale = next / reach;
  return { eye: { x: scale * eye.x, y: scale * eye.y, z: scale * eye.z }, center };
}

/**
 * The camera after a press of a key; null if the key does not turn it.
 * @param {Camera} camera
 * @param {string} key
 * @returns {Camera | null}
 */
export function turned({ eye, center }, key) {
  const reach = Math.hypot(eye.x, eye.y, eye.z);
  const around = Math.atan2(eye.y, eye.x);
  const up = Math.asin(eye.z / reach);
  const steps = /** @type {Record<string, [number, number, number]>} */ ({
    ArrowLeft: [-TURN, 0, 1],
    ArrowRight: [TURN, 0, 1],
    ArrowUp: [0, TURN, 1],
    ArrowDown: [0, -TURN, 1],
    "+": [0, 0, ZOOM],
    "-": [0, 0, 1 / ZOOM],
  });
  const step = steps[key];
  if (!step) return null;
  const angle = around + step[0];
  const tilt = Math.min(Math.max(up + step[1], -STEEPEST), STEEPEST);
  const far = reach * step[2];
  return {
    eye: {
      x: far * Math.cos(tilt) * Math.cos(angle),
      y: far * Math.cos(tilt) * Math.sin(angle),
      z: far * Math.sin(tilt),
    },
    center,
  };
}
