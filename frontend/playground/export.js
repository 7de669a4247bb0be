/** What can be taken home: a picture, the paths, a script, a link. */

import { postForText } from "../api.js";
import { element } from "../dom.js";
import { toQuery } from "../state.js";
import { appearanceOf } from "../appearance.js";
import { fileStem, isThinned, pathsAsCsv, pathsAsJson } from "./records.js";
import { pictureOf } from "./seen.js";
import { descentsRequest, objectiveOf, optimizerOf } from "./settings.js";
import { FIELDS } from "./state.js";

/** @typedef {import("../picture.js").Format} Format */

const ICON = "M9.2 3h1.6v7.2l2.6-2.6 1.2 1.2L10 13.4 5.4 8.8l1.2-1.2 2.6 2.6zM4 15.4h12V17H4z";

/**
 * @param {HTMLElement} root
 * @param {import("./seen.js").Sight} sight
 */
export function createExport(root, sight) {
  const { store, catalog, model } = sight;
  const opener = element(
    "button",
    {
      type: "button",
      class: "opener",
      "aria-expanded": "false",
      "aria-controls": "export-panel",
      onclick: () => open(panel.hidden === true),
    },
    icon(),
    element("span", {}, "Export"),
  );
  const report = element("p", { class: "report", role: "status" });
  const address = element("input", {
    type: "text",
    readonly: true,
    "aria-label": "Link to this view",
    hidden: true,
  });
  const scripts = element("div", { class: "offers" });
  const thinned = element(
    "p",
    { class: "about" },
    "Of paths over 2,000 points some points are left out; the step numbers tell which.",
  );
  const panel = element(
    "div",
    { class: "panel", id: "export-panel", role: "group", "aria-label": "Export", hidden: true },
    group("Picture", [
      offer("PNG", "Save the plot as a PNG picture", () => savePicture("png")),
      offer("SVG", "Save the plot as an SVG picture", () => savePicture("svg")),
    ]),
    group("Paths", [
      offer("CSV", "Save the paths as CSV", saveCsv),
      offer("JSON", "Save the request and its answer as JSON", saveJson),
    ]),
    thinned,
    group("PyTorch script", [scripts]),
    group("Link", [offer("Copy link", "Copy a link to this view", copyLink)]),
    address,
    report,
  );
  root.classList.add("export");
  root.replaceChildren(opener, panel);

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

  /** @param {boolean} yes */
  function open(yes) {
    panel.hidden = !yes;
    opener.setAttribute("aria-expanded", String(yes));
    if (!yes) return;
    report.textContent = "";
    address.hidden = true;
    thinned.hidden = !descents().some(isThinned);
    scripts.replaceChildren(
      ...shown().map((id) => {
        const name = optimizerOf(catalog, id).name;
        return offer(appearanceOf(id).label, `Save ${name} as a PyTorch script`, () => saveScript(id));
      }),
    );
  }

  function shown() {
    const { bar, off } = store.get();
    return bar.filter((id) => !off.includes(id));
  }

  /** Those that are shown, as the last answer has them. */
  function descents() {
    return shown().flatMap((id) => model.descents().get(id) ?? []);
  }

  function stem() {
    const state = store.get();
    return fileStem(state, objectiveOf(catalog, state.objective));
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
        report.textContent = /** @type {Error} */ (error).message;
      }
    };
    return element("button", { type: "button", title, onclick }, label);
  }

  /** @param {Format} format */
  async function savePicture(format) {
    const name = `${stem()}.${format}`;
    download(await pictureOf(sight, format), name);
    report.textContent = `Saved ${name}`;
  }

  function saveCsv() {
    saveText(pathsAsCsv(descents()), "text/csv", `${stem()}_paths.csv`);
  }

  function saveJson() {
    const request = model.request();
    if (!request) throw new Error("The descents are not there yet.");
    const ids = shown();
    const asked = { ...request, optimizers: request.optimizers.filter(({ id }) => ids.includes(id)) };
    const text = pathsAsJson(asked, descents(), model.minima());
    saveText(text, "application/json", `${stem()}_paths.json`);
  }

  /** @param {string} id */
  async function saveScript(id) {
    const state = store.get();
    const { optimizers, ...rest } = descentsRequest(state, catalog);
    const optimizer = optimizers.find((one) => one.id === id);
    const code = await postForText("/api/scripts", { ...rest, optimizer }, "text/x-python");
    saveText(code, "text/x-python", `${id}-on-${state.objective}.py`);
  }

  async function copyLink() {
    const link = location.origin + location.pathname + toQuery(FIELDS, store.get());
    try {
      await navigator.clipboard.writeText(link);
      report.textContent = "Link copied";
    } catch {
      // Without HTTPS, or without leave, a page may not write to the clipboard.
      address.hidden = false;
      address.value = link;
      address.select();
      report.textContent = "Copy it from here";
    }
  }

  /**
   * @param {string} text
   * @param {string} type
   * @param {string} name
   */
  function saveText(text, type, name) {
    const url = URL.createObjectURL(new Blob([text], { type }));
    download(url, name);
    URL.revokeObjectURL(url);
    report.textContent = `Saved ${name}`;
  }
}

/**
 * @param {string} url
 * @param {string} name
 */
function download(url, name) {
  element("a", { href: url, download: name }).click();
}

/**
 * @param {string} name
 * @param {HTMLElement[]} offers
 */
function group(name, offers) {
  return element(
    "div",
    { class: "kind", role: "group", "aria-label": name },
    element("span", { "aria-hidden": "true" }, name),
    ...offers,
  );
}

function icon() {
  const svg = document.createElementNS("http://www.w3.org/2000/svg", "svg");
  svg.setAttribute("viewBox", "0 0 20 20");
  svg.setAttribute("aria-hidden", "true");
  const shape = document.createElementNS(svg.namespaceURI, "path");
  shape.setAttribute("d", ICON);
  svg.append(shape);
  return svg;
}
