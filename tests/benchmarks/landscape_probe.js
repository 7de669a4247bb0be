/**
 * What the benchmarks of the landscapes' page observe from inside it, beside `probe.js`. Evaluated
 * once the page is there. What is waited for is asked for before the click that it follows; times
 * are in milliseconds since that click.
 */
{
  const probe = window.probe;
  const stage = document.querySelector("#landscape .stage");
  const [heatmap, paths] = ["heatmap", "paths"].map((name) => stage.querySelector(`:scope > .${name}`));
  const lines = stage.querySelector(":scope > .lines");

  /** When the last click was; 0 while it is awaited. */
  let clicked = 0;
  addEventListener("click", ({ timeStamp }) => (clicked = timeStamp), { capture: true });

  /** Whether Plotly has drawn level lines since they were awaited: the same ones again count too. */
  let redrawn = false;
  new MutationObserver((changes) => {
    redrawn ||= changes.some(({ target }) => target.closest(".contourlayer"));
  }).observe(lines, { subtree: true, childList: true, attributes: true });

  const hasLines = () =>
    redrawn && !stage.classList.contains("moving") && lines.querySelector(".contourlayer path[d]");

  /** One row of pixels through the middle of the heatmap. */
  const heatmapRow = () => read(heatmap, Math.floor(heatmap.height / 2), 1);
  const overlay = () => read(paths, 0, paths.height);

  const isVisible = () => stage.offsetParent !== null;
  const hasHeatmap = () => heatmapRow().some((pixel) => pixel >>> 24 === 255);
  /** Whether the overlay has pixels of a run's colour. */
  const hasTrajectory = () => {
    const colors = [...document.querySelectorAll("#landscape .circle")].map((circle) =>
      pixelOf(circle.style.getPropertyValue("--color").trim()),
    );
    return overlay().some((pixel) => colors.includes(pixel));
  };

  Object.assign(probe, {
    /** Until heatmap and a trajectory are to be seen, and until the level lines are too. */
    expectOpening() {
      // What was drawn before is not to be taken for what is drawn now.
      for (const canvas of [heatmap, paths]) {
        canvas.getContext("2d").clearRect(0, 0, canvas.width, canvas.height);
      }
      return expect({
        painted: () => isVisible() && hasHeatmap() && hasTrajectory(),
        lines: () => isVisible() && hasLines(),
      });
    },

    /** Until the heatmap is another, and until level lines are drawn anew. */
    expectSurface() {
      const before = heatmapRow();
      return expect({ painted: () => differs(before, heatmapRow()), lines: hasLines });
    },

    /** Until the overlay is another. */
    expectOverlay() {
      const before = overlay();
      return expect({ painted: () => differs(before, overlay()) });
    },

    /** What is waited for, by its name. */
    seen: Promise.resolve({}),
  });

  /** @param {Record<string, () => unknown>} conditions */
  function expect(conditions) {
    clicked = 0;
    redrawn = false;
    const waits = Object.entries(conditions).map(async ([name, condition]) => {
      const time = await probe.after(() => clicked && condition());
      return [name, time - clicked];
    });
    probe.seen = Promise.all(waits).then(Object.fromEntries);
  }

  /** Some rows of a canvas, a number for each pixel. */
  function read(canvas, top, rows) {
    if (!canvas.width || !canvas.height) return new Uint32Array();
    const { data } = canvas.getContext("2d").getImageData(0, top, canvas.width, rows);
    return new Uint32Array(data.buffer);
  }

  function differs(before, now) {
    return before.length !== now.length || now.some((pixel, i) => pixel !== before[i]);
  }

  /** An opaque colour as a canvas has it in memory. */
  function pixelOf(color) {
    const [red, green, blue] = [1, 3, 5].map((at) => parseInt(color.slice(at, at + 2), 16));
    return new Uint32Array(new Uint8Array([red, green, blue, 255]).buffer)[0];
  }
}
