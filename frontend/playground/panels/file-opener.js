/** Opening a file of descents: from the menu, or dropped anywhere on the page. */

import { element } from "../../core/dom.js";
import { Failure } from "../../core/failure.js";

/** @typedef {import("../model/descents-file.js").DescentsFile} DescentsFile */

const MEBIBYTE = 2 ** 20;

/**
 * @param {import("../model/settings.js").Catalog} catalog
 * @param {(file: DescentsFile) => void} onFile
 * @param {(error: unknown) => void} onProblem
 * @returns {{choose: () => void}} `choose` lets the person pick a file
 */
export function createFileOpener(catalog, onFile, onProblem) {
  const field = element("input", {
    type: "file",
    accept: ".json,application/json",
    "aria-label": "File of descents",
    hidden: true,
  });
  const veil = element(
    "div",
    { class: "drop-veil", hidden: true, "aria-hidden": "true" },
    element("p", {}, "Drop a file of descents to open it"),
  );
  document.body.append(field, veil);

  /** @param {readonly File[]} files */
  const open = async (files) => {
    const [file] = files;
    if (!file) return;
    try {
      if (files.length > 1) throw new Failure("Open one file at a time.");
      const { MAX_FILE_BYTES, readDescentsFile } = await loadReader();
      onFile(readDescentsFile(await textOf(file, MAX_FILE_BYTES), file.name, catalog));
    } catch (error) {
      onProblem(error);
    }
  };

  field.addEventListener("change", () => {
    const files = [...(field.files ?? [])];
    // The same file can be chosen again after it has changed.
    field.value = "";
    void open(files);
  });
  window.addEventListener("dragover", (event) => {
    if (!carriesFiles(event)) return;
    event.preventDefault();
    veil.hidden = false;
  });
  window.addEventListener("dragleave", (event) => {
    if (event.relatedTarget === null) veil.hidden = true;
  });
  window.addEventListener("drop", (event) => {
    if (!carriesFiles(event)) return;
    event.preventDefault();
    veil.hidden = true;
    void open([...(event.dataTransfer?.files ?? [])]);
  });

  return { choose: () => field.click() };
}

/** @param {DragEvent} event */
function carriesFiles({ dataTransfer }) {
  return dataTransfer?.types.includes("Files") ?? false;
}

/** The module that reads files, which few visits need. */
async function loadReader() {
  try {
    return await import("../model/descents-file.js");
  } catch {
    throw new Failure("The server cannot be reached.");
  }
}

/**
 * @param {File} file
 * @param {number} most  bytes
 */
async function textOf(file, most) {
  if (file.size > most) {
    const size = (file.size / MEBIBYTE).toFixed(1);
    throw new Failure(`${file.name} cannot be opened: it has ${size} MiB, more than ${most / MEBIBYTE}.`);
  }
  try {
    return await file.text();
  } catch {
    throw new Failure(`${file.name} cannot be read.`);
  }
}
