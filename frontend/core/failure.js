/** Failures in words for the person at the page. */

/** An error whose message is a sentence for a person; what any other says is for developers alone. */
export class Failure extends Error {}

/** What a person reads of an error that nobody foresaw. */
export const UNEXPECTED =
  "Something went wrong on this page. Reload it to go on: the view is in its address.";

/**
 * @param {unknown} error
 * @returns {string}
 */
export function sentenceOf(error) {
  return error instanceof Failure ? error.message : UNEXPECTED;
}

/**
 * Show also what nobody waits for when it fails, such as the arrival of Plotly or a key's effect.
 * @param {(error: unknown) => void} show
 */
export function followFailures(show) {
  window.addEventListener("unhandledrejection", ({ reason }) => show(reason));
  window.addEventListener("error", ({ error }) => {
    // Browsers report harmless things as well, and without an error.
    if (error) show(error);
  });
}
