/** What can be taken home: a picture, the paths, a script, a link. */

import { postForText } from "../../core/api.js";
import { isOwn } from "../../core/optimizer-style.js";
import { element } from "../../core/dom.js";
import { Failure } from "../../core/failure.js";
import { createExportPanel, group } from "../../widgets/export-menu.js";
import { toQuery } from "../../core/url-query.js";
import { fileName, fileStem, isThinned, pathsAsCsv, pathsAsJson, pictureName } from "../model/descent-records.js";
import { lossesOf, pictureOf, ratesLabels } from "../plot/export-picture.js";
import { fileDescents, shownOf } from "../model/members.js";
import { descentsRequest, optimizersRequest } from "../model/requests.js";
import { objectiveOf } from "../model/playground-catalog.js";
import { FIELDS } from "../model/playground-state.js";
import { labelOf, nameOf } from "../model/variants.js";

/** @typedef {import("../../plot/picture.js").Format} Format */
/** @typedef {{shown: () => ReturnType<ReturnType<typeof import("../rates/rate-panel.js").createRatePanel>["shown"]> | null}} RatesSource */

/**
 * @param {HTMLElement} root
 * @param {HTMLButtonElement} opener  of the menu
 * @param {import("../plot/export-picture.js").PictureSource & {rates: RatesSource}} source
 * @returns {{toggle: () => void, refresh: () => void}}  open the menu, or close it; more may be there to be offered
 */
export function createExport(root, opener, source) {
  const { store, catalog, model } = source;
  const scripts = element("div", { class: "export-offers" });
  const scripted = group("PyTorch script", [scripts]);
  /** Of an ensemble, where there is one. @type {HTMLElement} */
  let seeded;
  const thinned = element(
    "p",
    { class: "about" },
    "Of paths over 2,000 points some points are left out; the step numbers tell which.",
  );
  const rateOffers = element("div", { class: "export-offers" });
  const rated = group("Learning rate", [rateOffers]);
  /** @type {import("../../widgets/export-menu.js").Tools} */
  let tools;
  /** @type {ReturnType<typeof loadVideo> | null} */
  let video = null;

  const { toggle } = createExportPanel(root, opener, {
    address,
    fill: (given) => {
      tools = given;
      const { offer } = tools;
      seeded = group("Many seeds", [
        offer("Ends CSV", "Save how the descent of each seed ended as CSV", () => saveEnsemble("ends")),
        offer("Losses CSV", "Save the quantiles of the losses as CSV", () => saveEnsemble("losses")),
      ]);
      rateOffers.replaceChildren(
        offer("PNG", "Save the curves over the learning rate as a PNG picture", () => saveRates("png")),
        offer("SVG", "Save the curves over the learning rate as an SVG picture", () => saveRates("svg")),
        offer("CSV", "Save the curves over the learning rate as CSV", () => saveRates("csv")),
      );
      return [
        group("Picture", [
          offer("PNG", "Save the plot as a PNG picture", () => savePicture("png")),
          offer("SVG", "Save the plot as an SVG picture", () => savePicture("svg")),
        ]),
        group("Loss chart", [
          offer("PNG", "Save the chart of losses as a PNG picture", () => saveChart("png")),
          offer("SVG", "Save the chart of losses as an SVG picture", () => saveChart("svg")),
        ]),
        group("Playback", [offer("Video or GIF…", "Save every step as WebM, MP4 or GIF", openVideo)]),
        rated,
        group("Paths", [
          offer("CSV", "Save the paths as CSV", saveCsv),
          offer("JSON", "Save the request and its answer as JSON", saveJson),
        ]),
        thinned,
        seeded,
        scripted,
        group("Frame", [offer("Copy HTML", "Copy a line of HTML that shows this view in another page", copyFrame)]),
      ];
    },
    linkNote: () => {
      const { file } = store.get();
      return file ? `A link cannot hold ${file.name}: it opens the page without it.` : "";
    },
    onOpen: () => {
      offerParts();
      const known = shown().filter((id) => !isOwn(id));
      scripted.hidden = known.length === 0;
      scripts.replaceChildren(
        ...(known.length > 1 ? [tools.offer("All in one", "Save one PyTorch script of all", saveScriptOfAll)] : []),
        ...known.map((id) => {
          const title = `Save ${nameOf(store.get(), id, catalog)} as a PyTorch script`;
          return tools.offer(labelOf(store.get(), id, catalog), title, () => saveScript(id));
        }),
      );
    },
  });

  return { toggle, refresh: offerParts };

  /** Only what is there is offered. Some of it comes late, and the panel may be open then. */
  function offerParts() {
    rated.hidden = source.rates.shown() === null;
    thinned.hidden = ![...answered(), ...(opened()?.descents ?? [])].some(isThinned);
    seeded.hidden = source.ensemble() === null;
  }

  function address() {
    return location.pathname + toQuery(FIELDS, store.get());
  }

  async function copyFrame() {
    const { frameOf } = await import("../teaching/embedding.js");
    const state = store.get();
    await tools.copy(frameOf(state, location.href, objectiveOf(catalog, state.objective).name), "HTML copied");
  }

  function shown() {
    return shownOf(store.get(), catalog);
  }

  /** Those that are shown, as the last answer has them. */
  function answered() {
    const ids = shown();
    return model.answered().filter(({ optimizer }) => ids.includes(optimizer));
  }

  /** What these are called. */
  function variants() {
    return answered().map(({ optimizer: id }) => ({ id, name: labelOf(store.get(), id, catalog) }));
  }

  /** @returns {import("../model/descent-records.js").Opened | null} */
  function opened() {
    const state = store.get();
    const ids = shown();
    const own = fileDescents(state, catalog).filter(({ optimizer }) => ids.includes(optimizer));
    if (!state.file || !own.length) return null;
    return { name: state.file.name, function: state.file.own?.name ?? null, descents: own };
  }

  function stem() {
    const state = store.get();
    return fileStem(state, objectiveOf(catalog, state.objective));
  }

  /** @param {Format} format */
  async function savePicture(format) {
    tools.save(await pictureOf(source, format), `${stem()}_${pictureName(store.get())}.${format}`);
  }

  /** The request that the descents answer, without those that are not shown. */
  function request() {
    if (store.get().file?.own) return null;
    const whole = model.request();
    if (!whole) throw new Failure("The descents are not there yet.");
    const ids = shown();
    const kept = model.answered().map(({ optimizer }) => ids.includes(optimizer));
    return { ...whole, optimizers: whole.optimizers.filter((_optimizer, i) => kept[i]) };
  }

  async function openVideo() {
    video ??= loadVideo();
    try {
      await (await video).open();
    } catch (error) {
      video = null;
      throw error;
    }
  }

  /** Few visits make a video: what makes them is loaded when asked for. */
  async function loadVideo() {
    try {
      const [{ createVideoDialog }] = await Promise.all([import("../video/video-dialog.js"), addSheet("video.css")]);
      return createVideoDialog(source, stem, () => opener.focus());
    } catch {
      throw new Failure("The server cannot be reached.");
    }
  }

  /** @param {Format} format */
  async function saveChart(format) {
    tools.save(await lossesOf(source, format), `${stem()}_losses.${format}`);
  }

  /** @param {Format | "csv"} format */
  async function saveRates(format) {
    const shown = source.rates.shown();
    if (!shown) throw new Failure("The curves are not drawn yet. Try again in a moment.");
    const { ratesAsCsv, ratesPicture } = await import("../rates/rate-export.js");
    const name = `${stem()}_learning-rates.${format}`;
    if (format === "csv") {
      tools.saveText(ratesAsCsv(shown, location.origin + address()), "text/csv", name);
      return;
    }
    const state = store.get();
    const labels = await ratesLabels(source);
    tools.save(await ratesPicture(shown, labels, (id) => labelOf(state, id, catalog), format), name);
  }

  function saveCsv() {
    const link = location.origin + address();
    tools.saveText(pathsAsCsv(request(), answered(), link, opened(), variants()), "text/csv", `${stem()}_paths.csv`);
  }

  /** @param {"ends" | "losses"} what */
  async function saveEnsemble(what) {
    const ensemble = source.ensemble();
    if (!ensemble) throw new Failure("The descents of the seeds are not there yet.");
    const { endsAsCsv, lossesAsCsv } = await import("../ensemble/ensemble-records.js");
    const write = what === "ends" ? endsAsCsv : lossesAsCsv;
    const text = write(ensemble.request, ensemble.answer, location.origin + address());
    tools.saveText(text, "text/csv", `${stem()}_seeds_${what}.csv`);
  }

  function saveJson() {
    const text = pathsAsJson(request(), answered(), model.minima(), opened(), variants());
    tools.saveText(text, "application/json", `${stem()}_paths.json`);
  }

  async function saveScriptOfAll() {
    const state = store.get();
    const known = shown().filter((id) => !isOwn(id));
    const body = { ...descentsRequest(state, catalog), optimizers: optimizersRequest(state, catalog, known) };
    const code = await postForText("./api/v1/scripts/descents", body, "text/x-python");
    tools.saveText(code, "text/x-python", `descents-on-${fileName(state.objective)}.py`);
  }

  /** @param {string} id */
  async function saveScript(id) {
    const state = store.get();
    const { optimizers: _all, ...rest } = descentsRequest(state, catalog);
    const [optimizer] = optimizersRequest(state, catalog, [id]);
    const code = await postForText("./api/v1/scripts", { ...rest, optimizer }, "text/x-python");
    tools.saveText(code, "text/x-python", `${fileName(id)}-on-${fileName(state.objective)}.py`);
  }
}

/**
 * Add a style sheet that few visits need.
 * @param {string} name
 * @returns {Promise<void>} once it holds
 */
function addSheet(name) {
  return new Promise((resolve, reject) => {
    const sheet = element("link", { rel: "stylesheet", href: `./playground/styles/${name}` });
    sheet.addEventListener("load", () => resolve());
    sheet.addEventListener("error", () => {
      sheet.remove();
      reject(new Failure("The style cannot be loaded."));
    });
    document.head.append(sheet);
  });
}
