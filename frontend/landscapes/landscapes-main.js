/** Start the landscapes: the catalog, the state in the address, and the view that it asks for. */

import { bindTheme } from "../core/theme.js";
import { byId, element, whenIdle } from "../core/dom.js";
import { list } from "../core/format.js";
import { Failure, followFailures, sentenceOf } from "../core/failure.js";
import { prepareLevelLines } from "../plot/plotly.js";
import { bindToLocation } from "../core/address-bar.js";
import { createStore, watch } from "../core/store.js";
import { loadCatalog, loadLandscape } from "../surfaces/landscape-data.js";
import { entryOf } from "./model/catalog.js";
import { readState, routeOf, sanitized } from "./model/routes.js";
import { createGallery, prefetch } from "./gallery/gallery.js";
import { createTwinFigure } from "./figures/twin-figure.js";
import { createBatchFigure } from "./figures/batch-figure.js";
import { DEFAULTS, FIELDS } from "./model/landscapes-state.js";
import { loadProfile } from "./profile/profile-data.js";
import { createProfileView } from "./profile/profile-view.js";
import { createTable } from "./table/table.js";
import { createLandscapeView } from "./single/landscape-view.js";

/** @typedef {import("../surfaces/landscape-data.js").Catalog} Catalog */
/** @typedef {import("../surfaces/landscape-data.js").Entry} Entry */
/** @typedef {import("./model/landscapes-state.js").State} State */

/**
 * A view of one landscape or profile. Its root is in sight while it is told to show something.
 * @typedef {object} View
 * @property {(entry: Entry) => Promise<any>} load
 * @property {(loaded: any) => void} show  what was loaded
 * @property {() => void} hide
 * @property {() => void} [refresh]  colours follow the theme
 */

/**
 * A view whose module comes when it is first opened. It is made once, also if it is opened again meanwhile.
 * @param {() => Promise<View>} make
 * @returns {View}
 */
function later(make) {
  /** @type {View | null} */
  let view = null;
  /** @type {Promise<View> | null} */
  let making = null;
  return {
    async load(entry) {
      making ??= make();
      try {
        view = await making;
      } catch (error) {
        making = null;
        throw error;
      }
      return view.load(entry);
    },
    show: (loaded) => view?.show(loaded),
    hide: () => view?.hide(),
    refresh: () => view?.refresh?.(),
  };
}

/** A wait shorter than this is not announced. */
const PATIENCE_MS = 200;

const problem = byId("problem");
const gallery = createGallery(byId("cards"), {
  search: byId("finding"),
  field: /** @type {HTMLInputElement} */ (byId("find")),
  found: byId("found"),
  picking: byId("picking"),
});
/** What follows the theme. @type {() => void} */
let refresh = () => gallery.refresh();
// Whatever is coloured needs the theme that was chosen before.
bindTheme(/** @type {HTMLButtonElement} */ (byId("theme")), () => refresh());

async function start() {
  problem.hidden = true;
  if (!new URLSearchParams(location.search).has("show")) {
    byId("gallery").hidden = false;
    gallery.showLoading();
  }
  let catalog;
  try {
    catalog = await loadCatalog();
  } catch (error) {
    byId("gallery").hidden = false;
    gallery.clear();
    showFailure(error, start);
    return;
  }
  run(catalog);
}

/** @param {Catalog} catalog */
function run(catalog) {
  const clean = (/** @type {State} */ state) => sanitized(state, catalog);
  const store = createStore(readState(location.search, catalog));
  bindToLocation(store, FIELDS, DEFAULTS, clean);

  const roots = {
    gallery: byId("gallery"),
    table: byId("table"),
    "batch-figure": byId("batch-figure"),
    "twin-figure": byId("twin-figure"),
    profile: byId("profile"),
    segments: byId("segments"),
    lottery: byId("lottery"),
    "batch-path": byId("batch-path"),
    pair: byId("pair"),
    landscape: byId("landscape"),
  };
  const table = createTable(roots.table, { store, catalog });
  const load = loadLandscape;
  const page = { store, catalog };
  /** @type {Record<Exclude<keyof typeof roots, "gallery" | "table">, View>} */
  const views = {
    "batch-figure": { load, ...createBatchFigure(roots["batch-figure"], { store, catalog }) },
    "twin-figure": { load, ...createTwinFigure(roots["twin-figure"], { store, catalog }) },
    profile: { load: loadProfile, ...createProfileView(roots.profile, { store, catalog }) },
    landscape: { load, ...createLandscapeView(roots.landscape, { store, catalog, onProblem: showProblem }) },
    pair: later(async () => (await import("./pair/pair-view.js")).createPairView(roots.pair, page)),
    segments: later(async () => (await import("./measured/segments-view.js")).createSegmentsView(roots.segments, page)),
    lottery: later(async () => (await import("./measured/lottery-view.js")).createLotteryView(roots.lottery, page)),
    "batch-path": later(async () => (await import("./measured/batch-path-view.js")).createBatchPathView(roots["batch-path"], page)),
  };
  /** The view that is open. @type {View | null} */
  let current = null;
  /** Where somebody was in the gallery when they left it. */
  let scrolled = 0;
  let opened = 0;

  /** @param {keyof typeof roots} name */
  const reveal = (name) => {
    for (const [other, root] of Object.entries(roots)) root.hidden = other !== name;
  };
  const leave = () => {
    current?.hide();
    table.hide();
    current = null;
  };

  /** What the gallery shows, as text. */
  let narrowed = "";
  /** @param {State} state */
  const showGallery = ({ find, study, kind, optimizer, page, pick, beside }) => {
    const wanted = { find, study, kind, optimizer, page, pick, beside: pick ? beside : null };
    const text = JSON.stringify(wanted);
    if (text === narrowed) return undefined;
    narrowed = text;
    return gallery.show(catalog, wanted);
  };

  /** @param {boolean} first  the page has just come; nobody has moved the focus yet */
  const open = async (first) => {
    const number = ++opened;
    const state = store.get();
    const { view, entry } = routeOf(state, catalog);
    problem.hidden = true;
    // What was on its way is not waited for any more.
    for (const root of Object.values(roots)) root.removeAttribute("aria-busy");
    document.title = `${entry ? entry.title : byId("gallery-title").textContent} – Descent Atlas`;

    if (!entry) {
      leave();
      showGallery(state);
      reveal("gallery");
      if (view === "missing") showProblem(new Failure(missingText(catalog, String(state.show))));
      window.scrollTo({ top: view === "missing" ? 0 : scrolled });
      // Whoever opens a landscape next shall not wait for a script.
      whenIdle(prepareLevelLines);
      return;
    }
    if (view === "table") {
      leave();
      reveal("table");
      table.show(entry);
      arrive(roots.table, entry, first);
      return;
    }
    const name = /** @type {keyof typeof views} */ (view);
    const waiting = setTimeout(() => {
      if (number !== opened) return;
      byId("announcement").textContent = `${entry.title} is on its way.`;
      roots[name].setAttribute("aria-busy", "true");
    }, PATIENCE_MS);
    try {
      const loaded = await views[name].load(entry);
      if (number !== opened) return;
      const staying = current === views[name];
      if (!staying) leave();
      reveal(name);
      current = views[name];
      current.show(loaded);
      // Who chose another plane goes on choosing.
      const engaged = staying && roots[name].contains(document.activeElement);
      if (!engaged) arrive(roots[name], entry, first);
    } catch (error) {
      if (number !== opened) return;
      leave();
      reveal("gallery");
      showFailure(error, () => open(false));
      window.scrollTo({ top: 0 });
    } finally {
      clearTimeout(waiting);
      if (number === opened) roots[name].removeAttribute("aria-busy");
    }
  };

  /**
   * @param {HTMLElement} root
   * @param {Entry} entry
   * @param {boolean} first
   */
  const arrive = (root, entry, first) => {
    if (first) return;
    window.scrollTo({ top: 0 });
    byId("announcement").textContent = `${entry.title}. ${entry.shows}`;
    const heading = root.querySelector("h1");
    if (!heading) return;
    heading.tabIndex = -1;
    heading.focus({ preventScroll: true });
  };

  watch(store, ["show", "layout", "beside"], (state, previous) => {
    if (state.show === null && previous.show === null) return; // the gallery alone changes
    if (previous.show === null) scrolled = window.scrollY;
    open(false);
    if (state.show === null) returnTo(previous.show);
  });

  bindLinks(store, catalog);
  refresh = () => {
    gallery.refresh();
    table.refresh();
    current?.refresh?.();
  };
  showGallery(store.get());
  gallery.bindSearch((find, mode) => store.set({ find, page: null }, mode));
  gallery.bindFilters((facet, value) => store.set({ [facet]: value, page: null }, "push"));
  watch(store, ["find", "study", "kind", "optimizer", "page", "pick", "beside"], async (state, previous, mode) => {
    if (state.show !== null) return;
    await showGallery(state);
    // Whoever goes to another page begins at its top; whoever goes back is where they were.
    if (previous.show === null && state.page !== previous.page && mode === "push" && state.find === previous.find) gallery.enterPage();
  });
  open(true);
}

/**
 * Links within the landscapes change the state and load no page; what they lead to is asked for
 * when the pointer or the focus comes near them.
 * @param {import("../core/store.js").Store<State>} store
 * @param {Catalog} catalog
 */
function bindLinks(store, catalog) {
  const target = (/** @type {Event} */ event) => {
    const link = /** @type {Element} */ (event.target).closest?.("a");
    if (!link || link.origin !== location.origin || link.pathname !== location.pathname) return null;
    return link.hash || link.hasAttribute("download") || link.target ? null : link;
  };
  document.addEventListener("click", (event) => {
    const link = target(event);
    const elsewhere = event.ctrlKey || event.metaKey || event.shiftKey || event.altKey || event.button !== 0;
    if (!link || elsewhere || event.defaultPrevented) return;
    event.preventDefault();
    store.set(readState(link.search, catalog), "push");
  });
  const approach = (/** @type {Event} */ event) => {
    const link = target(event);
    if (!link) return;
    const { show, beside } = readState(link.search, catalog);
    for (const id of [show, beside]) prefetch(entryOf(catalog, id));
  };
  for (const kind of ["pointerover", "focusin", "touchstart"]) {
    document.addEventListener(kind, approach, { passive: true });
  }
}

/**
 * Back in the gallery, the keyboard goes on where it left.
 * @param {string | null} id
 */
function returnTo(id) {
  if (id === null) return;
  const links = /** @type {NodeListOf<HTMLAnchorElement>} */ (byId("cards").querySelectorAll("a"));
  const link = [...links].find(({ search }) => new URLSearchParams(search).get("show") === id);
  link?.focus({ preventScroll: true });
}

/**
 * @param {Catalog} catalog
 * @param {string} id
 */
function missingText({ unavailable, folders }, id) {
  const reason = unavailable.find((one) => one.id === id)?.reason;
  return reason ? `The landscape “${id}” cannot be shown: ${reason}` : `There is no landscape “${id}” in ${list(folders.map((name) => `“${name}”`))}.`;
}

/**
 * What went wrong, and the way to try again.
 * @param {unknown} error
 * @param {() => void} retry
 */
function showFailure(error, retry) {
  problem.hidden = false;
  problem.replaceChildren(
    element("p", {}, sentenceOf(error)),
    element("button", { type: "button", class: "text", onclick: retry }, "Try again"),
  );
}

/** @param {unknown} error  null: there is none */
function showProblem(error) {
  problem.hidden = error === null;
  problem.textContent = error === null ? "" : sentenceOf(error);
}

followFailures(showProblem);
start();
