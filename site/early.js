// What must work before Python does: a pad to draw on, and an honest account of what is loading.
// What is said where Python cannot start is in embed.js, as articles need it too.
// Python's own pad takes the strokes over (`tensoramaEarlyPad.stop()`).
(() => {
  const box = document.getElementById("stage");
  const dark = matchMedia("(prefers-color-scheme: dark)");
  box.dataset.theme = dark.matches ? "dark" : "light";

  // the words of the page; Python's panel of languages does the same when one chooses another
  const {ready, say: spoken} = tensoramaSpeech;
  ready.then(() => {
    const {language} = tensoramaSpeech;
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

  // an app, which needs no network after this visit; not in a frame, nor in a page of one file
  const {src} = document.currentScript;
  if (src && self === top && navigator.serviceWorker)
    document.addEventListener("tensorama:ready", () => import(new URL("./app.js", src)), {once: true});

  // in a frame, ?embed=https://host: that page may ask for what box.tensorama has, by messages
  //   {tensorama: "open", id: 1, arguments: ["conv1"]} → {tensorama: "open", id: 1, result} or error
  // and is told of events: {tensorama: "ready", detail}
  const originOf = (text) => { try { return new URL(text).origin; } catch { return null; } };
  const named = new URLSearchParams(location.search).get("embed");
  if (named && self !== top && originOf(named) === named) {
    const tell = (message) => parent.postMessage(message, named);
    const live = new Promise((go) => document.addEventListener("tensorama:ready", go, {once: true}));
    for (const name of ["ready", "trace", "select", "error"])
      document.addEventListener("tensorama:" + name, ({detail}) => tell({tensorama: name, detail}));
    addEventListener("message", async ({source, origin, data}) => {
      if (source !== parent || origin !== named || typeof data?.tensorama !== "string") return;
      const {tensorama: verb, id, arguments: given = []} = data;
      try {
        await live;
        if (!Object.hasOwn(box.tensorama, verb)) throw Error(spoken("There is no function {name}.", {name: verb}));
        tell({tensorama: verb, id, result: await box.tensorama[verb](...given)});
      } catch ({message}) {
        tell({tensorama: verb, id, error: message});
      }
    });
  }

  // the progress
  const line = box.querySelector(".tr-progress");
  tensoramaLoading((words, done) => {
    line.querySelector("span").textContent = words;
    line.style.setProperty("--done", done.toFixed(3));
    line.setAttribute("aria-valuenow", Math.round(done * 100));
  });
})();
