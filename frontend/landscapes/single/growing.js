/** The watch over a landscape that is being computed: the server is asked for finer versions of it. */

import { loadNewer } from "../../surfaces/landscape-data.js";

/** Between two questions, in milliseconds: at first, and after many answers without news. */
const SOONEST_MS = 2000;
const LATEST_MS = 30_000;
/** After each answer without news the next question waits so many times as long. */
const PATIENCE = 1.3;

/**
 * Ask until the landscape is complete, or is not there any more. Nobody asks while the page is hidden.
 * @param {import("../../surfaces/landscape-data.js").Entry} entry
 * @param {(landscape: import("../../surfaces/landscape-data.js").Landscape) => void} onFiner
 * @returns {() => void}  ends the watch
 */
export function watchGrowth(entry, onFiner) {
  let tag = "";
  let wait = SOONEST_MS;
  let timer = 0;
  let ended = false;

  const later = () => {
    if (ended || document.hidden) return;
    clearTimeout(timer);
    timer = window.setTimeout(ask, wait);
  };
  const ask = async () => {
    try {
      const found = await loadNewer(entry, tag);
      if (ended) return;
      tag = found.tag;
      wait = found.landscape ? SOONEST_MS : Math.min(PATIENCE * wait, LATEST_MS);
      if (found.landscape) onFiner(found.landscape);
      if (found.landscape && !found.landscape.progress) end();
    } catch (error) {
      // What is shown stays; a server that is away may come back, a landscape that was removed does not.
      wait = LATEST_MS;
      if (/** @type {{status?: number}} */ (error).status === 404) end();
    }
    later();
  };
  const onVisible = () => {
    wait = SOONEST_MS;
    later();
  };
  const end = () => {
    ended = true;
    clearTimeout(timer);
    document.removeEventListener("visibilitychange", onVisible);
  };

  document.addEventListener("visibilitychange", onVisible);
  later();
  return end;
}
