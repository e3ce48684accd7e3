// What an article's boxes say where Python cannot start: <script src="…/embed.js" data-box="#demo">
(() => {
  const {dataset, src} = document.currentScript;
  const fail = (text) => {
    for (const box of document.querySelectorAll(dataset.box || "[data-tensorama]"))
      if (!box.classList.contains("tensorama")) {
        box.setAttribute("role", "alert");
        box.textContent = text;
      }
  };
  const soon = (text) =>
    document.readyState === "loading" ? addEventListener("DOMContentLoaded", () => fail(text)) : fail(text);
  addEventListener("error", ({target}) => {
    if (target?.tagName === "SCRIPT") soon("A part of this page could not be loaded. Reload it, please.");
  }, true);
  if (!globalThis.WebAssembly)
    soon("This browser has no WebAssembly, in which Python runs here. Try another one.");
  // Pyodide waits forever for a .wasm of another type. (A preload must not answer: hence "?type".)
  fetch(new URL("pyodide/pyodide.asm.wasm?type", src), {method: "HEAD"}).then(({ok, headers}) => {
    if (ok && !/^application\/wasm/.test(headers.get("content-type")))
      soon("WebAssembly could not be started: this server must send .wasm files as application/wasm.");
  }, () => {});
})();
