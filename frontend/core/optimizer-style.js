/**
 * How each optimizer looks. The colours start from Okabe and Ito's and keep different lightnesses
 * within a theme; because twelve colours cannot all be told apart by everybody, the dash patterns
 * differ too.
 */

/**
 * @typedef {object} Appearance
 * @property {string} label  as it stands in the lower bar
 * @property {string} light  its colour on a light page
 * @property {string} dark
 * @property {number[]} dash  lengths in pixels; empty: solid
 * @property {string} dash3d  in 3D, where Plotly's long patterns have gaps too long to follow
 */

/** @type {Record<string, Appearance>} */
const APPEARANCES = {
  gd: { label: "GD", light: "#1f2328", dark: "#f4f4f2", dash: [], dash3d: "solid" },
  sgd: { label: "SGD", light: "#0a66b7", dark: "#6cb8ff", dash: [2.5, 3.5], dash3d: "dot" },
  momentum: { label: "Momentum", light: "#cf3f00", dark: "#ff8552", dash: [14, 4], dash3d: "solid" },
  rmsprop: { label: "RMSProp", light: "#9c2a92", dark: "#ee97e2", dash: [7, 4], dash3d: "dashdot" },
  adam: { label: "Adam", light: "#007d53", dark: "#35d99a", dash: [16, 3, 3, 3], dash3d: "solid" },
  nesterov: { label: "Nesterov", light: "#b86e00", dark: "#ffbf47", dash: [10, 3, 5, 3], dash3d: "dashdot" },
  adagrad: { label: "Adagrad", light: "#775321", dark: "#cfa66b", dash: [5, 3], dash3d: "dot" },
  adamw: { label: "AdamW", light: "#4d7c0f", dark: "#a9dd5b", dash: [12, 3, 3, 3, 3, 3], dash3d: "dashdot" },
  nadam: { label: "NAdam", light: "#00798a", dark: "#4bdcec", dash: [7, 3, 2, 3], dash3d: "dot" },
  lion: { label: "Lion", light: "#b3123f", dark: "#ff7391", dash: [20, 5], dash3d: "solid" },
  eve: { label: "Eve", light: "#5b46c8", dark: "#b3a1ff", dash: [4, 2, 1, 2], dash3d: "dot" },
  yellowfin: { label: "YellowFin", light: "#7d7000", dark: "#f0e04a", dash: [18, 3, 6, 3], dash3d: "dashdot" },
};

/** The optimizers that have an appearance of their own. */
export const KNOWN = Object.keys(APPEARANCES);

/** An optimizer that the server has and this table has not. @type {Appearance} */
const UNKNOWN = { label: "", light: "#555555", dark: "#bbbbbb", dash: [], dash3d: "solid" };

/** @param {string} id */
export function appearanceOf(id) {
  return APPEARANCES[id] ?? { ...UNKNOWN, label: id };
}

const THEME_KEY = "descent-atlas-theme";

/** @typedef {"light" | "dark"} ThemeName */

const prefersDark = () => matchMedia("(prefers-color-scheme: dark)");

/** @returns {ThemeName} */
export function themeName() {
  const chosen = document.documentElement.dataset.theme;
  if (chosen === "light" || chosen === "dark") return chosen;
  return prefersDark().matches ? "dark" : "light";
}

/** @param {string} id */
export function colorOf(id) {
  return appearanceOf(id)[themeName()];
}

/** @type {Map<ThemeName, import("../plot/chart.js").Theme>} */
const themes = new Map();

/**
 * What canvas and Plotly draw with; the same values as the style sheet's, read once a theme
 * because every frame asks.
 * @returns {import("../plot/chart.js").Theme}
 */
export function theme() {
  const name = themeName();
  const known = themes.get(name);
  if (known) return known;
  const style = getComputedStyle(document.documentElement);
  const value = (/** @type {string} */ property) => style.getPropertyValue(property).trim();
  const read = {
    ink: value("--ink-soft"),
    strong: value("--ink"),
    faint: value("--rule"),
    line: "rgba(18, 28, 48, 0.42)",
    page: value("--page"),
  };
  themes.set(name, read);
  return read;
}

/**
 * Follow the system's theme until the person chooses one, and remember the choice.
 * @param {HTMLButtonElement} button
 * @param {() => void} onChange
 */
export function bindTheme(button, onChange) {
  const stored = localStorage.getItem(THEME_KEY);
  if (stored) document.documentElement.dataset.theme = stored;
  const show = () => {
    const next = themeName() === "dark" ? "light" : "dark";
    button.setAttribute("aria-label", `Switch to the ${next} theme`);
    button.title = `Switch to the ${next} theme`;
  };
  button.addEventListener("click", () => {
    const next = themeName() === "dark" ? "light" : "dark";
    document.documentElement.dataset.theme = next;
    localStorage.setItem(THEME_KEY, next);
    show();
    onChange();
  });
  prefersDark().addEventListener("change", () => {
    show();
    onChange();
  });
  show();
}
