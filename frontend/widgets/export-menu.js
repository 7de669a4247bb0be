/** The menu of what can be taken home: a button, and a panel of offers under it. */

import { element } from "../core/dom.js";
import { sentenceOf } from "../core/failure.js";
import { createExportOpener } from "./export-opener.js";

/**
 * What an offer's action can do.
 * @typedef {object} Tools
 * @property {(label: string, title: string, action: () => void | Promise<void>) => HTMLButtonElement} offer
 * @property {(url: string, name: string) => void} save  a data URL as a file
 * @property {(text: string, type: string, name: string) => void} saveText
 * @property {(text: string, done: string) => Promise<void>} copy  and say that it is done
 */

/**
 * @typedef {object} Source
 * @property {() => string} address  of what is to be seen
 * @property {(tools: Tools) => HTMLElement[]} fill  the groups of offers; asked for once
 * @property {() => void} onOpen
 * @property {() => string} [linkNote]  what a link leaves out, or nothing
 */

/**
 * @param {HTMLElement} root
 * @param {Source} source
 */
export function createExportMenu(root, source) {
  const opener = createExportOpener(root);
  const { toggle } = createExportPanel(root, opener, source);
  opener.addEventListener("click", toggle);
}

/**
 * The menu of a button that is there already.
 * @param {HTMLElement} root
 * @param {HTMLButtonElement} opener
 * @param {Source} source
 */
export function createExportPanel(root, opener, { address, fill, onOpen, linkNote = () => "" }) {
  const report = element("p", { class: "export-report", role: "status" });
  const copied = element("input", {
    type: "text",
    readonly: true,
    "aria-label": "Link to this view",
    hidden: true,
  });
  const omitted = element("p", { class: "about", hidden: true });
  const copyLink = () => copy(location.origin + address(), "Link copied");
  const panel = element(
    "div",
    { class: "export-panel", id: `${root.id}-panel`, role: "group", "aria-label": "Export", hidden: true },
    ...fill({ offer, save, saveText, copy }),
    group("Link", [offer("Copy link", "Copy a link to this view", copyLink)]),
    omitted,
    copied,
    report,
  );
  root.append(panel);

  root.addEventListener("keydown", (event) => {
    if (event.key !== "Escape" || panel.hidden) return;
    open(false);
    opener.focus();
  });
  root.addEventListener("focusout", (event) => {
    const to = /** @type {Node | null} */ (event.relatedTarget);
    if (to && !root.contains(to)) open(false);
  });
  document.addEventListener("pointerdown", (event) => {
    if (!root.contains(/** @type {Node} */ (event.target))) open(false);
  });

  return { toggle: () => open(panel.hidden === true) };

  /** @param {boolean} yes */
  function open(yes) {
    panel.hidden = !yes;
    opener.setAttribute("aria-expanded", String(yes));
    if (!yes) return;
    report.textContent = "";
    copied.hidden = true;
    omitted.textContent = linkNote();
    omitted.hidden = omitted.textContent === "";
    onOpen();
  }

  /**
   * @param {string} label
   * @param {string} title
   * @param {() => void | Promise<void>} action
   */
  function offer(label, title, action) {
    const onclick = async () => {
      report.textContent = "";
      try {
        await action();
      } catch (error) {
        report.textContent = sentenceOf(error);
      }
    };
    return element("button", { type: "button", title, onclick }, label);
  }

  /**
   * @param {string} url
   * @param {string} name
   */
  function save(url, name) {
    element("a", { href: url, download: name }).click();
    report.textContent = `Saved ${name}`;
  }

  /**
   * @param {string} text
   * @param {string} type
   * @param {string} name
   */
  function saveText(text, type, name) {
    const url = URL.createObjectURL(new Blob([text], { type }));
    save(url, name);
    URL.revokeObjectURL(url);
  }

  /**
   * @param {string} text
   * @param {string} done
   */
  async function copy(text, done) {
    try {
      await navigator.clipboard.writeText(text);
      report.textContent = done;
    } catch {
      // Without HTTPS, or without leave, a page may not write to the clipboard.
      copied.hidden = false;
      copied.value = text;
      copied.select();
      report.textContent = "Copy it from here";
    }
  }
}

/**
 * Offers of one kind.
 * @param {string} name
 * @param {HTMLElement[]} offers
 */
export function group(name, offers) {
  return element(
    "div",
    { class: "export-kind", role: "group", "aria-label": name },
    element("span", { "aria-hidden": "true" }, name),
    ...offers,
  );
}
