/** What can be taken home: a picture, the paths, a script, a link. */

import { postForText } from "../../core/api.js";
import { isOwn } from "../../core/optimizer-style.js";
import { element } from "../../core/dom.js";
import { Failure } from "../../core/failure.js";
import { createExportMenu, group } from "../../widgets/export-menu.js";
import { toQuery } from "../../core/url-query.js";
import { fileName, fileStem, isThinned, pathsAsCsv, pathsAsJson, pictureName } from "../model/descent-records.js";
import { lossesOf, pictureOf, ratesLabels } from "../plot/export-picture.js";
import { fileDescents, shownOf } from "../model/members.js";
import { descentsRequest, optimizersRequest } from "../model/requests.js";
import { objectiveOf } from "../model/playground-catalog.js";
import { FIELDS } from "../model/playground-state.js";
import { labelOf, nameOf } from "../model/variants.js";

/** @typedef {import("../../plot/picture.js").Format} Format */

/**
 * @param {HTMLElement} root
 * @param {import("../plot/export-picture.js").PictureSource
 *   & {rates: Pick<ReturnType<typeof import("./rates-opener.js").createRates>, "shown">}} source
 */
export function createExport(root, source) {
  const { store, catalog, model } = source;
  const scripts = element("div", { class: "export-offers" });
  const scripted = group("PyTorch script", [scripts]);
  const thinned = element(
    "p",
    { class: "about" },
    "Of paths over 2,000 points some points are left out; the step numbers tell which.",
  );
  const rateOffers = element("div", { class: "export-offers" });
  const rated = group("Learning rate", [rateOffers]);
  /** @type {import("../../widgets/export-menu.js").Tools} */
  let tools;

  createExportMenu(root, {
    address,
    fill: (given) => {
      tools = given;
      const { offer } = tools;
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
        rated,
        group("Paths", [
          offer("CSV", "Save the paths as CSV", saveCsv),
          offer("JSON", "Save the request and its answer as JSON", saveJson),
        ]),
        thinned,
        scripted,
      ];
    },
    linkNote: () => {
      const { file } = store.get();
      return file ? `A link cannot hold ${file.name}: it opens the page without it.` : "";
    },
    onOpen: () => {
      rated.hidden = source.rates.shown() === null;
      thinned.hidden = ![...answered(), ...(opened()?.descents ?? [])].some(isThinned);
      const known = shown().filter((id) => !isOwn(id));
      scripted.hidden = known.length === 0;
      scripts.replaceChildren(
        ...known.map((id) => {
          const title = `Save ${nameOf(store.get(), id, catalog)} as a PyTorch script`;
          return tools.offer(labelOf(store.get(), id, catalog), title, () => saveScript(id));
        }),
      );
    },
  });

  function address() {
    return location.pathname + toQuery(FIELDS, store.get());
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

  function saveJson() {
    const text = pathsAsJson(request(), answered(), model.minima(), opened(), variants());
    tools.saveText(text, "application/json", `${stem()}_paths.json`);
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
