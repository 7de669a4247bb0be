/**
 * What the benchmarks of the page observe from inside it. Loaded before the page's own scripts;
 * times are in milliseconds.
 */
{
  let before = 0;
  /** What is waited for: a condition that is looked at after each frame, and what then follows. */
  const awaited = new Set();

  const probe = (window.probe = {
    /** The time between one frame and the next. */
    intervals: [],

    /** The time of the first frame after which a condition holds. */
    after,

    /** How many times descents came from the server. */
    answers: 0,

    /** When contour lines, paths and start were drawn, since the navigation began. */
    ready: after(() => {
      if (!document.querySelector("#stage .lines .contourlayer path")) return false;
      return probe.isDrawnAtStart();
    }),

    /** How long after the pointer went up last the first descent was drawn there. */
    answer: Promise.resolve(0),

    /** How long after the last key the first path of the function was drawn that it completed. */
    paths: Promise.resolve(0),

    /** From now on wait for the descents that the next key brings. */
    awaitPaths() {
      const { answers } = probe;
      let pressed = 0;
      addEventListener("keydown", ({ timeStamp }) => (pressed = timeStamp), { capture: true, once: true });
      const drawn = after(() => pressed && probe.answers > answers && probe.isDrawnAtStart());
      probe.paths = drawn.then((time) => time - pressed);
    },

    /** How long after the pointer went up last the cloud of an ensemble was drawn. */
    cloud: Promise.resolve(0),

    /** From now on wait for the cloud that the next click brings. */
    awaitCloud() {
      const before = document.querySelector("#ensemble .results");
      let released = 0;
      addEventListener("pointerup", ({ timeStamp }) => (released = timeStamp), { capture: true, once: true });
      let frames = 0;
      const isThere = () => document.querySelector("#ensemble .results") !== before;
      // The panel is there with the cloud, which is drawn in the next frame at the latest.
      probe.cloud = after(() => released && isThere() && ++frames > 1).then((time) => time - released);
    },

    isDrawnAtStart() {
      const start = document.querySelector("#stage .stage-start:not([hidden])");
      if (!start) return false;
      const { x, y, width, height } = start.getBoundingClientRect();
      return probe.isDrawnAround(x + width / 2, y + height / 2);
    },

    /** Whether anything is drawn on the canvas of the paths around a point of the window. */
    isDrawnAround(x, y) {
      const canvas = document.querySelector("#stage canvas.paths");
      const box = canvas.getBoundingClientRect();
      const ratio = canvas.width / box.width;
      const radius = 10 * ratio;
      const left = (x - box.left) * ratio - radius;
      const top = (y - box.top) * ratio - radius;
      const image = canvas.getContext("2d").getImageData(left, top, 2 * radius, 2 * radius);
      return image.data.some((value) => value > 0);
    },
  });

  new PerformanceObserver((list) => {
    probe.answers += list.getEntries().filter(({ name }) => name.endsWith("/api/v1/descents")).length;
  }).observe({ type: "resource" });

  addEventListener(
    "pointerup",
    ({ clientX, clientY, timeStamp }) => {
      if (!document.querySelector("#stage")) return;
      const drawn = after(() => probe.isDrawnAround(clientX, clientY));
      probe.answer = drawn.then((time) => time - timeStamp);
    },
    { capture: true },
  );

  function after(condition) {
    return new Promise((resolve) => awaited.add({ condition, resolve }));
  }

  // A message that is posted in a frame arrives once that frame has been drawn.
  const { port1, port2 } = new MessageChannel();
  port1.onmessage = () => {
    for (const wait of awaited) {
      if (!wait.condition()) continue;
      awaited.delete(wait);
      wait.resolve(performance.now());
    }
  };
  const tick = (now) => {
    if (before) probe.intervals.push(now - before);
    before = now;
    port2.postMessage(null);
    requestAnimationFrame(tick);
  };
  requestAnimationFrame(tick);
}
