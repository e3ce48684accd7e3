// What boxes say where Python cannot start, or cannot go on: <script src="…/embed.js" data-box="#demo">
// It comes before all other scripts, so that it hears what happens to them.
(() => {
  const {dataset, src} = document.currentScript;
  const own = new URL("./", src || location.href).href;  // in a page of one file it has no address
  let told = false;

  // All is said in the language of whoever reads, once there is a catalogue of it; English needs none.
  const query = new URLSearchParams(location.search).get("language");
  const wanted = [dataset.language, query, ...navigator.languages];
  const language = wanted.map((tag) => (tag ?? "").toLowerCase().split("-")[0])
    .find((code) => ["en", "zh"].includes(code)) ?? "en";
  let catalogue = {};
  const ready = language === "en" ? Promise.resolve() : fetch(`${own}languages/${language}.json`)
    .then((answer) => answer.json()).then((all) => { catalogue = all; }, () => {});
  const say = (pattern, values = {}) =>
    (catalogue[pattern] ?? pattern).replace(/{(\w+)}/g, (_, name) => values[name]);
  globalThis.tensoramaSpeech = {language, ready, say};

  // A box that Python has filled gets a note in front of everything, with a way to go on.
  const tell = (box, text, reload) => {
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
  const boxes = () => [...document.querySelectorAll(dataset.box || "[data-tensorama]")];
  const fail = (pattern, values) => {
    if (told) return;
    told = true;
    const all = () => ready.then(() =>
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
  if (!globalThis.WebAssembly)
    fail("This browser has no WebAssembly, in which Python runs here. Try another one.");
  // Pyodide waits forever for a .wasm of another type. (A preload must not answer: hence "?type".)
  fetch(own + "pyodide/pyodide.asm.wasm?type", {method: "HEAD"}).then(({ok, headers}) => {
    if (ok && !/^application\/wasm/.test(headers.get("content-type")))
      fail("WebAssembly could not be started: this server must send .wasm files as application/wasm.");
  }, () => {});
})();
