/** Whether single keys act: who speaks to the computer, or has a tremor, can switch them off. */

const KEY = "descent-atlas-keys";

let on = read();

export function areKeysOn() {
  return on;
}

/** @param {boolean} value */
export function setKeysOn(value) {
  on = value;
  try {
    localStorage.setItem(KEY, value ? "on" : "off");
  } catch {
    // A browser may refuse its storage; then the choice holds until the page is left.
  }
}

function read() {
  try {
    return localStorage.getItem(KEY) !== "off";
  } catch {
    return true;
  }
}
