/**
 * The theme that a person chose, set before the first paint: a classic script, because modules
 * run after it.
 */
{
  let stored = null;
  try {
    stored = localStorage.getItem("descent-atlas-theme");
  } catch {
    // A browser may refuse its storage; then the system's theme holds.
  }
  if (stored === "light" || stored === "dark") document.documentElement.dataset.theme = stored;
}
