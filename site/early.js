// What must work before Python does: a pad to draw on, and an honest account of what is loading.
// What is said where Python cannot start is in embed.js, as articles need it too.
// Python's own pad takes the strokes over (`tensoramaEarlyPad.stop()`).
(() => {
  const box = document.getElementById("stage");
  const dark = matchMedia("(prefers-color-scheme: dark)");
  box.dataset.theme = dark.matches ? "dark" : "light";

  // the words of the page; Python's panel of languages does the same when one chooses another
  const {language, ready, say: spoken} = tensoramaSpeech;
  ready.then(() => {
    if (language === "en" || box.lang) return;
    box.lang = document.documentElement.lang = {zh: "zh-Hans"}[language];
    for (const part of box.querySelectorAll("[data-say]")) part.textContent = spoken(part.dataset.say);
    for (const name of ["title", "aria-label", "placeholder"])
      for (const part of box.querySelectorAll(`[data-say-${name}]`)) {
        const key = name === "title" && part.dataset.key;
        const words = spoken(part.getAttribute(`data-say-${name}`));
        part.setAttribute(name, key ? `${words} (${key})` : words);
      }
  });

  // the pad
  const canvas = box.querySelector(".tr-pad"), pen = canvas.getContext("2d"), strokes = [];
  const gone = new AbortController();
  let pointer = null;
  const at = (e) => {
    const r = canvas.getBoundingClientRect();
    return [(e.clientX - r.left) / r.width, (e.clientY - r.top) / r.height];
  };
  const draw = () => {
    const size = canvas.width;
    pen.clearRect(0, 0, size, size);
    pen.lineWidth = 0.085 * size;
    pen.lineCap = pen.lineJoin = "round";
    pen.strokeStyle = getComputedStyle(canvas).getPropertyValue("--pen").trim();
    for (const stroke of strokes) {
      pen.beginPath();
      for (const [x, y] of [stroke[0], ...stroke]) pen.lineTo(x * size, y * size);
      pen.stroke();
    }
    box.querySelector(".tr-pad-hint").hidden = strokes.length > 0;
  };
  const on = (name, handler) => canvas.addEventListener(name, handler, {signal: gone.signal});
  on("pointerdown", (e) => {
    pointer = e.pointerId;
    canvas.setPointerCapture(pointer);
    strokes.push([at(e)]);
    draw();
  });
  on("pointermove", (e) => {
    if (e.pointerId === pointer) { strokes.at(-1).push(at(e)); draw(); }
  });
  on("pointerup", () => { pointer = null; });
  globalThis.tensoramaEarlyPad = {canvas, stop: () => { gone.abort(); return strokes; }};

  // the progress: bytes that have come, then the stages that Python goes through
  const line = box.querySelector(".tr-progress");
  const sizes = {{sizes}};
  const total = Object.values(sizes).reduce((a, b) => a + b, 0);
  const come = new Set();
  let done = 0;
  const say = (pattern, part, values) => {
    done = Math.max(done, part);
    line.querySelector("span").textContent = spoken(pattern, values) + " …";
    line.style.setProperty("--done", done.toFixed(3));
    line.setAttribute("aria-valuenow", Math.round(done * 100));
  };
  const mega = (bytes) => (bytes / 1e6).toFixed(1);
  const watcher = new PerformanceObserver((list) => {
    for (const entry of list.getEntries()) {
      const path = new URL(entry.name).pathname;
      for (const name of Object.keys(sizes)) if (path.endsWith(name)) come.add(name);
    }
    const bytes = [...come].reduce((sum, name) => sum + sizes[name], 0);
    const part = 0.6 * bytes / total;
    if (bytes < total)
      say("Loading Python and numpy: {come} of {whole} MB", part, {come: mega(bytes), whole: mega(total)});
    else say("Starting Python", part);
  });
  watcher.observe({type: "resource", buffered: true});
  addEventListener("py:progress", ({detail}) => say(String(detail), done + 0.05 * (1 - done)));
  addEventListener("py:ready", () => { watcher.disconnect(); say("Starting the network", 0.9); });
})();
