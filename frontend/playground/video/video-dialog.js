/**
 * The playback to take home: a video or a GIF of every step, or a still of one. What is shown while it
 * is made is what is written.
 */

import { element } from "../../core/dom.js";
import { Failure, sentenceOf } from "../../core/failure.js";
import { pngWithText } from "../../plot/picture-file.js";
import { createFramePainter } from "./frame-painter.js";
import { USUAL_RATE, bytesText, bitrateOf, estimateBytes, faultOf, gifDelays, planFrames, stillName, timeLeftText, videoName } from "./frame-plan.js";
import { turn, writeFrames } from "./frame-run.js";
import { createGifWriter, samplePalette } from "./gif-writer.js";
import { createVideoControls } from "./video-controls.js";
import { canEncode, createVideoWriter, obstacle } from "./video-writer.js";

/** @typedef {import("./frame-plan.js").VideoSettings} VideoSettings */
/** @typedef {import("./frame-painter.js").FramePainter} FramePainter */

/** A setting that stays the same for so long is drawn. */
const REST_MS = 250;
/** The palette is made from the frames at these shares of all. */
const SAMPLED = [0, 0.15, 0.4, 1];
/** From these shares on, two frames each tell how many bytes a frame of a GIF has. */
const ESTIMATED = [0.15, 0.5, 0.8];

/**
 * @param {import("../plot/export-picture.js").PictureSource} source
 * @param {() => string} stem  of the files' names
 * @param {() => void} onClose
 */
export function createVideoDialog(source, stem, onClose) {
  /** @type {VideoSettings} */
  let settings = { kind: "gif", width: 1280, height: 720, seconds: 8, rate: USUAL_RATE.gif, chart: true, legend: true, caption: true };
  /** @type {FramePainter | null} */
  let painter = null;
  /** The step of the preview; null: the end. @type {number | null} */
  let at = null;
  /** Ends what is being made or drawn. @type {AbortController | null} */
  let running = null;
  let drawing = new AbortController();
  let timer = 0;
  /** Whether it was open before, so that what was chosen then holds. */
  let known = false;

  const preview = element("div", { class: "video-preview" });
  const step = element("input", { type: "range", min: 0, max: 1, step: 1, "aria-label": "Step of the still" });
  const flat = element("p", { class: "about", hidden: true }, "The contour is drawn, not the surface in 3D.");
  const amount = element("p", { class: "about" });
  const reason = element("p", { class: "about", hidden: true });
  const problem = element("p", { class: "problem", role: "alert", hidden: true });
  const progress = element("progress", { max: 1, "aria-label": "Frames written", hidden: true });
  const left = element("p", { class: "about" });
  const report = element("p", { class: "video-report", role: "status" });
  // Until it is known what the browser encodes, there is nothing to save.
  const make = element("button", { type: "button", class: "video-make", disabled: true, onclick: () => void save() }, "Save");
  const still = element("button", { type: "button", disabled: true, onclick: () => void saveStill() }, "Save this step as PNG");
  const cancel = element("button", { type: "button", hidden: true, onclick: () => running?.abort() }, "Cancel");
  const controls = createVideoControls((change) => {
    const isUsual = settings.rate === USUAL_RATE[settings.kind];
    settings = { ...settings, ...change, ...(change.kind && isUsual ? { rate: USUAL_RATE[change.kind] } : {}) };
    controls.show(settings);
    prepare(REST_MS);
  });
  const dialog = element(
    "dialog",
    { class: "video-dialog", "aria-labelledby": "video-title" },
    element(
      "div",
      { class: "video-head" },
      element("h2", { id: "video-title" }, "Playback as video or GIF"),
      element("button", { type: "button", class: "text", onclick: () => dialog.close() }, "Close"),
    ),
    preview,
    element("div", { class: "video-still" }, step, still),
    ...controls.roots,
    reason,
    flat,
    amount,
    problem,
    element("div", { class: "video-actions" }, make, cancel, progress, left),
    report,
  );
  dialog.addEventListener("close", () => {
    running?.abort();
    running = null;
    showRunning(false);
    make.disabled = still.disabled = true;
    drawing.abort();
    clearTimeout(timer);
    // Its canvases are large.
    painter = null;
    preview.replaceChildren();
    onClose();
  });
  step.addEventListener("input", () => {
    at = Number(step.value);
    showStep();
  });
  document.body.append(dialog);

  return {
    /** @returns {Promise<void>} once it is known what the browser can encode */
    async open() {
      report.textContent = "";
      at = source.step();
      flat.hidden = source.store.get().surface !== "3d";
      dialog.showModal();
      await offerKinds();
      prepare(0);
    },
  };

  /** Offer what this browser encodes, and say why it does not encode the rest. */
  async function offerKinds() {
    let why = obstacle();
    /** @type {import("./frame-plan.js").Kind[]} */
    const kinds = ["gif"];
    if (why === null) {
      try {
        const able = await Promise.all(["webm", "mp4"].map((kind) => canEncode(settings, /** @type {"webm" | "mp4"} */ (kind))));
        if (able[1]) kinds.unshift("mp4");
        if (able[0]) kinds.unshift("webm");
        if (!able[0]) why = "This browser encodes no VP9, which WebM needs.";
        else if (!able[1]) why = "This browser encodes no H.264, which MP4 needs.";
      } catch (error) {
        why = sentenceOf(error);
      }
    }
    reason.textContent = why ?? "";
    reason.hidden = why === null;
    controls.offer(kinds);
    if (!known || !kinds.includes(settings.kind)) {
      const [kind = "gif"] = kinds;
      settings = { ...settings, kind, rate: USUAL_RATE[kind] };
    }
    known = true;
    controls.show(settings);
  }

  /**
   * Draw what the settings ask for, once they rest.
   * @param {number} delay
   */
  function prepare(delay) {
    drawing.abort();
    drawing = new AbortController();
    const { signal } = drawing;
    clearTimeout(timer);
    make.textContent = `Save ${{ webm: "WebM", mp4: "MP4", gif: "GIF" }[settings.kind]}`;
    make.disabled = still.disabled = true;
    amount.textContent = "…";
    timer = window.setTimeout(async () => {
      try {
        const fault = faultOf(settings);
        if (fault !== null) throw new Failure(fault);
        if (settings.kind !== "gif" && !(await canEncode(settings, settings.kind))) {
          throw new Failure("This browser’s encoder takes no frames of this size, or not so many a second.");
        }
        const next = await createFramePainter(source, settings);
        if (signal.aborted) return;
        painter = next;
        step.max = String(next.end);
        preview.replaceChildren(next.canvas);
        next.canvas.setAttribute("role", "img");
        next.canvas.setAttribute("aria-label", `Preview: ${next.tags.title}`);
        tell(null);
        make.disabled = still.disabled = false;
        await showAmount(next, signal);
        if (!signal.aborted) showStep();
      } catch (error) {
        if (signal.aborted) return;
        amount.textContent = "";
        tell(error);
      }
    }, delay);
  }

  /** @param {unknown} error  null: none */
  function tell(error) {
    problem.hidden = error === null;
    problem.textContent = error === null ? "" : sentenceOf(error);
  }

  function showStep() {
    if (!painter) return;
    const value = Math.min(at ?? painter.end, painter.end);
    step.value = String(Math.floor(value));
    step.style.setProperty("--filled", `${(100 * value) / Math.max(painter.end, 1)}%`);
    painter.draw(value);
  }

  /**
   * How much it will be: of a GIF, from some of its frames.
   * @param {FramePainter} next
   * @param {AbortSignal} signal
   */
  async function showAmount(next, signal) {
    const { kind, seconds, rate } = settings;
    const steps = planFrames(seconds, rate, next.end);
    const frames = `${steps.length} frames`;
    if (kind !== "gif") {
      amount.textContent = `${frames}, at most about ${bytesText((bitrateOf(settings) * seconds) / 8)}.`;
      return;
    }
    amount.textContent = `${frames}.`;
    showStep();
    await turn();
    if (signal.aborted) return;
    const last = steps.length - 1;
    const writer = await createGifWriter(next, await paletteOf(next, steps), gifDelays(steps.length, rate));
    const seen = [0, ...ESTIMATED.flatMap((share) => [Math.floor(share * (last - 1)), Math.floor(share * (last - 1)) + 1])];
    for (const frame of seen) {
      await turn();
      if (signal.aborted) return;
      next.draw(Number(steps[frame]));
      await writer.add(frame);
    }
    const sizes = writer.sizes();
    const second = sizes.filter((_, i) => i > 0 && i % 2 === 0);
    amount.textContent = `${frames}, about ${bytesText(estimateBytes(Number(sizes[0]), second, steps.length))}.`;
  }

  /**
   * @param {FramePainter} of
   * @param {Float64Array} steps
   */
  function paletteOf(of, steps) {
    return samplePalette(of, SAMPLED.map((share) => Number(steps[Math.round(share * (steps.length - 1))])));
  }

  /** @param {boolean} yes */
  function showRunning(yes) {
    for (const node of [make, still, step]) node.disabled = yes;
    controls.disable(yes);
    cancel.hidden = progress.hidden = !yes;
    left.textContent = "";
    progress.value = 0;
    if (yes) cancel.focus();
  }

  async function save() {
    if (!painter || running) return;
    const asked = settings;
    const { kind, seconds, rate } = asked;
    const from = painter;
    const name = videoName(stem(), kind);
    const steps = planFrames(seconds, rate, from.end);
    const own = new AbortController();
    running = own;
    drawing.abort();
    tell(null);
    report.textContent = "";
    showRunning(true);
    try {
      const writer =
        kind === "gif"
          ? await createGifWriter(from, await paletteOf(from, steps), gifDelays(steps.length, rate))
          : await createVideoWriter(from.canvas, asked, kind, from.tags);
      const begun = performance.now();
      const { signal } = own;
      const onProgress = (/** @type {number} */ done) => {
        if (running !== own) return;
        progress.value = done / steps.length;
        const time = timeLeftText(done, steps.length, (performance.now() - begun) / 1000);
        left.textContent = `${done} of ${steps.length} frames, ${time}`;
      };
      const blob = await writeFrames({ steps, draw: from.draw, writer, signal, onProgress });
      // Who has closed the dialog hears no more of it, even if it is open again.
      if (running !== own) return;
      download(blob, name);
      report.textContent = `Saved ${name}, ${bytesText(blob.size)}`;
    } catch (error) {
      if (running !== own) return;
      if (own.signal.aborted) report.textContent = "Cancelled. Nothing was saved.";
      else tell(error);
    } finally {
      if (running === own) {
        running = null;
        showRunning(false);
        make.focus();
        showStep();
      }
    }
  }

  async function saveStill() {
    if (!painter) return;
    const { canvas, tags } = painter;
    const name = stillName(stem(), Number(step.value));
    painter.draw(Number(step.value));
    const blob = await new Promise((resolve) => canvas.toBlob(resolve));
    if (!(blob instanceof Blob)) return tell(new Failure("This browser could not draw the picture."));
    const png = pngWithText(new Uint8Array(await blob.arrayBuffer()), [
      ["Title", tags.title],
      ["Description", tags.description],
      ["Comment", tags.comment],
    ]);
    download(new Blob([png], { type: "image/png" }), name);
    report.textContent = `Saved ${name}`;
  }
}

/**
 * @param {Blob} blob
 * @param {string} name
 */
function download(blob, name) {
  const url = URL.createObjectURL(blob);
  element("a", { href: url, download: name }).click();
  // Some browsers read a large file only after this turn.
  setTimeout(() => URL.revokeObjectURL(url), 60_000);
}
