// What boxes say where Python cannot start, or cannot go on: <script src="…/embed.js" data-box="#demo">
// It comes before all other scripts, so that it hears what happens to them.
(() => {
  const {dataset, src} = document.currentScript;
  const own = new URL("./", src || location.href).href;  // in a page of one file it has no address
  let told = false;

  // All is said in the language of whoever reads, once there is a catalogue of it; English needs none.
  const query = new URLSearchParams(location.search).get("language");
  const chosen = (...wanted) => wanted.map((tag) => (tag ?? "").toLowerCase().split("-")[0])
    .find((code) => ["en", "zh"].includes(code)) ?? "en";
  const given = [dataset.language, query];
  let catalogue = {};
  const learn = async (language) => {
    speech.language = language;
    if (language === "en") return;
    try { catalogue = await (await fetch(`${own}languages/${language}.json`)).json(); } catch {}
  };
  const say = (pattern, values = {}) =>
    (catalogue[pattern] ?? pattern).replace(/{(\w+)}/g, (_, name) => values[name]);
  const speech = globalThis.tensoramaSpeech = {language: chosen(...given, ...navigator.languages), say};

  // A link says its language where only the page unpacks it (see app/address.py).
  const linked = async () => {
    const packed = atob(location.hash.split(".")[1].replaceAll("-", "+").replaceAll("_", "/"));
    const bytes = Uint8Array.from(packed, (letter) => letter.charCodeAt(0));
    const stream = new Blob([bytes]).stream().pipeThrough(new DecompressionStream("deflate-raw"));
    return (await new Response(stream).json()).language;
  };
  const own_page = dataset.box === "#stage" && /^#\d+\./.test(location.hash);
  speech.ready = own_page && !given.some(Boolean)
    ? linked().catch(() => "").then((code) => learn(chosen(code, ...navigator.languages)))
    : learn(speech.language);

  // Calls tell(words, part) with how far Python is: bytes that have come, then the stages that it
  // goes through.
  globalThis.tensoramaLoading = (tell) => {
    const sizes = {{sizes}};
    const total = Object.values(sizes).reduce((a, b) => a + b, 0);
    const mega = (bytes) => (bytes / 1e6).toFixed(1);
    const come = new Set();
    let done = 0;
    const told = (words, part) => tell(words + " …", done = Math.max(done, part));
    const watcher = new PerformanceObserver((list) => {
      for (const entry of list.getEntries()) {
        const path = new URL(entry.name).pathname;
        for (const name of Object.keys(sizes)) if (path.endsWith(name)) come.add(name);
      }
      const bytes = [...come].reduce((sum, name) => sum + sizes[name], 0);
      const values = {come: mega(bytes), whole: mega(total)};
      told(bytes < total ? say("Loading Python and numpy: {come} of {whole} MB", values)
        : say("Starting Python"), 0.6 * bytes / total);
    });
    watcher.observe({type: "resource", buffered: true});
    addEventListener("py:progress", ({detail}) => told(say(String(detail)), done + 0.05 * (1 - done)));
    addEventListener("py:ready", () => { watcher.disconnect(); told(say("Starting the network"), 0.9); });
  };

  // A box that Python has filled gets a note in front of everything, with a way to go on.
  const tell = (box, text, reload) => {
    if (box.tell) return box.tell(text, reload);  // a tensorama-view
    const note = box.querySelector(".tr-note");
    if (!note) {
      box.setAttribute("role", "alert");
      box.textContent = text;
      return;
    }
    note.querySelector("p").textContent = text;
    note.hidden = false;
    for (const part of box.querySelectorAll(".tr-progress, .tr-call-off")) part.hidden = true;
    if (!reload) return;
    for (const part of box.children) part.inert = part !== note;
    const button = note.querySelector("button").cloneNode();
    button.removeAttribute("title");
    button.textContent = say("Reload");
    button.onclick = reload;
    note.querySelector("button").replaceWith(button);
    button.focus();
  };
  const boxes = () => [...document.querySelectorAll(dataset.box || "[data-tensorama]"),
    ...globalThis.tensoramaViews?.boxes ?? []];
  const fail = (pattern, values) => {
    if (told) return;
    told = true;
    const all = () => speech.ready.then(() =>
      boxes().forEach((box) => box.tensorama || tell(box, say(pattern, values))));
    document.readyState === "loading" ? addEventListener("DOMContentLoaded", all) : all();
  };

  // Python is gone for good: the page's address says what was open.
  const again = () => location.reload();
  let gone = false;
  globalThis.tensoramaFatal = (error) => {
    if (gone) return;
    gone = told = true;
    for (const box of boxes()) {
      const why = say("Python broke down in this page and cannot go on ({error}). Reload it to go on.",
        {error: error?.message ?? error});
      const lost = say("What was dropped has to be dropped again.");
      tell(box, box.dataset.address === "" ? `${why} ${lost}` : why, again);
    }
  };

  globalThis.tensoramaFail = fail;
  addEventListener("error", (event) => {
    if (event.target?.tagName === "SCRIPT" && event.target.src.startsWith(own))
      fail("A part of this page could not be loaded. Reload it, please.");
    else if (event.error) broke(event.error);
  }, true);
  addEventListener("unhandledrejection", ({reason}) => broke(reason));
  const broke = (error) => {
    if (/fatally failed/.test(error?.message)) tensoramaFatal(error);
    else if (error?.name !== "PythonError" && error?.stack?.includes(own))
      fail("Python could not be started here ({error}). Reload the page, please.", {error: error.message});
  };
  const LACKING = {"eval": "'unsafe-eval'", "wasm-eval": "'wasm-unsafe-eval'"};
  document.addEventListener("securitypolicyviolation", ({disposition, effectiveDirective, blockedURI}) => {
    if (disposition === "report" || !/^(script|connect|worker|default)/.test(effectiveDirective)) return;
    const lacks = LACKING[blockedURI];
    const values = {directive: effectiveDirective, what: lacks ?? blockedURI};
    if (lacks)
      fail("The security policy of this site (Content-Security-Policy) does not let Python run here: {directive} lacks {what}.", values);
    else if (blockedURI === "blob" || blockedURI.startsWith(own))
      fail("The security policy of this site (Content-Security-Policy) does not let Python run here: {directive} refuses {what}.", values);
  });
  if (src && location.protocol === "file:")
    fail("This page was opened from a file, and a browser lets no file load others. Put it on a web site, or make a lesson of one file.");
  else if (src && globalThis.origin === "null")
    fetch(own + "pyscript.json", {method: "HEAD"}).catch(() =>
      fail("The page around this one keeps it in a sandbox that may not load its files. It needs allow-scripts and allow-same-origin."));
  if (!globalThis.WebAssembly)
    fail("This browser has no WebAssembly, in which Python runs here. Try another one.");
  // Pyodide waits forever for a .wasm of another type. (A preload must not answer: hence "?type".)
  fetch(own + "pyodide/pyodide.asm.wasm?type", {method: "HEAD"}).then(({ok, headers}) => {
    if (ok && !/^application\/wasm/.test(headers.get("content-type")))
      fail("WebAssembly could not be started: this server must send .wasm files as application/wasm.");
  }, () => {});
})();
