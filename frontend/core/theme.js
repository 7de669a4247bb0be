/** The theme: light or dark as the system has it or a person chose, and its colours for canvases. */

/**
 * @typedef {object} Theme
 * @property {string} strong  titles
 * @property {string} ink  text and ticks
 * @property {string} faint  grid lines
 * @property {string} line  level lines
 * @property {string} page  the page's background
 */

/** Where a choice is stored: the key that stored-theme.js reads. */
const THEME_KEY = "descent-atlas-theme";

/** @typedef {"light" | "dark"} ThemeName */

const prefersDark = () => matchMedia("(prefers-color-scheme: dark)");

/** @returns {ThemeName} */
export function themeName() {
  const chosen = document.documentElement.dataset.theme;
  if (chosen === "light" || chosen === "dark") return chosen;
  return prefersDark().matches ? "dark" : "light";
}

/** @type {Map<ThemeName, Theme>} */
const themes = new Map();

/**
 * What canvas and Plotly draw with; the same values as the style sheet's, read once a theme
 * because every frame asks.
 * @returns {Theme}
 */
export function theme() {
  const name = themeName();
  const known = themes.get(name);
  if (known) return known;
  const read = readTheme();
  themes.set(name, read);
  return read;
}

/**
 * The style sheet's colours for the theme of the moment. A custom property is read as it is
 * written, `light-dark()` and all; only the colour of an element is one that canvases know.
 * @returns {Theme}
 */
function readTheme() {
  const probe = document.createElement("i");
  probe.hidden = true;
  document.body.append(probe);
  const colorOf = (/** @type {string} */ property) => {
    probe.style.color = `var(${property})`;
    return getComputedStyle(probe).color;
  };
  const read = {
    ink: colorOf("--ink-soft"),
    strong: colorOf("--ink"),
    faint: colorOf("--rule"),
    line: "rgba(18, 28, 48, 0.42)",
    page: colorOf("--page"),
  };
  probe.remove();
  return read;
}

/**
 * Let a button switch the theme, which is the system's until somebody chooses one. The choice is
 * stored; stored-theme.js applies it on every page.
 * @param {HTMLButtonElement} button
 * @param {() => void} onChange
 */
export function bindTheme(button, onChange) {
  const show = () => {
    const next = themeName() === "dark" ? "light" : "dark";
    button.setAttribute("aria-label", `Switch to the ${next} theme`);
    button.title = `Switch to the ${next} theme`;
  };
  button.addEventListener("click", () => {
    const next = themeName() === "dark" ? "light" : "dark";
    document.documentElement.dataset.theme = next;
    store(next);
    show();
    onChange();
  });
  prefersDark().addEventListener("change", () => {
    show();
    onChange();
  });
  show();
}

/** @param {ThemeName} name */
function store(name) {
  try {
    localStorage.setItem(THEME_KEY, name);
  } catch {
    // A browser may refuse its storage; then the choice holds until the page is left.
  }
}
