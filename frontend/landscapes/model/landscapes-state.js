/**
 * The state of the landscapes, and its table of query parameters.
 */

import { fieldsFor } from "../../core/url-fields.js";
import { SPEEDS } from "../../core/playback.js";
import { formatNumber, parseNumbers } from "../../core/url-query.js";

/** @typedef {import("../../core/geometry/bounds.js").Bounds} Bounds */
/** @typedef {import("../../core/geometry/space.js").Camera} Camera */

/**
 * @typedef {object} State
 * @property {string | null} show  the landscape or table that is open; null: the gallery
 * @property {string} find  what the gallery is searched for; empty: all is shown
 * @property {string} study  to which the gallery is narrowed; empty: any
 * @property {string} kind  the same of a kind of plane, or of what is no plane
 * @property {string} optimizer  the same of an optimizer of a run
 * @property {number | null} page  of the gallery, from 1; null: the first
 * @property {"figure" | "single"} layout  as the paper's figure, if it has a form of its own, or alone
 * @property {string | null} surface  null: the landscape's own choice
 * @property {string} metric  the id of one of the landscape's; others count as the loss
 * @property {"linear" | "log" | null} scale  of the colours; null: what the values ask for
 * @property {[number, number] | null} range  of the colours; null: from the lowest to the highest but
 *   for outliers
 * @property {"contour" | "3d"} view
 * @property {readonly string[]} off  the runs that are not shown
 * @property {"step" | "checkpoint" | "epoch" | "images" | "share" | null} clock  what the playhead counts; null: what
 *   the runs' lengths ask for
 * @property {number | null} playhead  where it was stopped, in the clock's unit; null: it plays
 * @property {number} speed
 * @property {Bounds | null} bounds  null: the landscape's grid
 * @property {"fill" | "equal"} axes  whether the grid fills the plot, or both axes have one scale
 * @property {Camera | null} camera
 * @property {"linear" | "log"} lossScale  of the chart of losses
 * @property {string | null} beside  the landscape that stands beside the open one
 * @property {number | null} draw  which group of random planes is shown; null: the first
 * @property {boolean} quadratic  whether the quadratic model lies over its surface
 * @property {boolean} fade  whether paths fade with their distance out of the plane
 * @property {boolean} truth  whether the true loss is drawn against the loss in the plane
 * @property {boolean} common  whether surfaces that stand side by side share one range
 * @property {"ours" | "paper" | "difference"} compare  what a table's cells tell
 * @property {string | null} cell  the run of a table that is told of
 */

/** @type {State} */
export const DEFAULTS = {
  show: null,
  find: "",
  study: "",
  kind: "",
  optimizer: "",
  page: null,
  layout: "figure",
  surface: null,
  metric: "loss",
  scale: null,
  range: null,
  view: "contour",
  off: [],
  clock: null,
  playhead: null,
  speed: 1,
  bounds: null,
  axes: "fill",
  camera: null,
  lossScale: "linear",
  beside: null,
  draw: null,
  quadratic: false,
  fade: false,
  truth: false,
  common: false,
  compare: "ours",
  cell: null,
};

const {
  booleanField,
  cameraField,
  choiceField,
  field,
  nameField,
  namesField,
  textField,
  numberField,
  boundsField,
} = fieldsFor(DEFAULTS);

/** @type {import("../../core/url-query.js").Field<State>[]} */
export const FIELDS = [
  nameField("show", "show"),
  textField("find", "find"),
  textField("study", "study"),
  textField("kind", "kind"),
  textField("optimizer", "optimizer"),
  numberField("page", "page"),
  choiceField("layout", "layout", ["figure", "single"]),
  nameField("surface", "surface"),
  textField("metric", "metric"),
  choiceField("scale", "scale", ["linear", "log"]),
  field(
    "range",
    "range",
    (range) => range && range.map(formatNumber).join(","),
    (text) => {
      const [low, high] = parseNumbers(text, 2) ?? [];
      return low === undefined || high === undefined || low >= high ? null : [low, high];
    },
  ),
  choiceField("view", "view", ["contour", "3d"]),
  namesField("off", "off"),
  choiceField("clock", "clock", ["step", "checkpoint", "epoch", "images", "share"]),
  numberField("at", "playhead"),
  choiceField("speed", "speed", SPEEDS),
  boundsField("window", "bounds"),
  choiceField("axes", "axes", ["fill", "equal"]),
  cameraField("camera", "camera"),
  choiceField("chart", "lossScale", ["linear", "log"]),
  nameField("beside", "beside"),
  numberField("draw", "draw"),
  booleanField("quadratic", "quadratic"),
  booleanField("fade", "fade"),
  booleanField("truth", "truth"),
  booleanField("common", "common"),
  choiceField("compare", "compare", ["ours", "paper", "difference"]),
  nameField("cell", "cell"),
];
