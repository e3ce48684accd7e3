// A page in one file: what it would fetch lies packed in it. Comes before all other scripts; the
// archive stands at the end of the page (pack.js makes such pages).
(() => {
  const folder = new URL("./", location.href).href;  // where the files would lie
  const onDisk = location.protocol === "file:";
  const TYPES = {css: "text/css", html: "text/html", js: "text/javascript", json: "application/json",
    mjs: "text/javascript", wasm: "application/wasm"};
  const fetched = globalThis.fetch.bind(globalThis), opened = XMLHttpRequest.prototype.open;
  const files = new Map();  // path → Blob
  let done;
  const unpacked = new Promise((resolve) => { done = resolve; });

  const path = (address) => {
    const url = new URL(address, location.href);
    url.search = url.hash = "";
    return url.href.startsWith(folder) ? decodeURIComponent(url.href.slice(folder.length)) : null;
  };
  globalThis.fetch = async (what, options) => {
    const name = path(what.url ?? what);
    if (name === null) return fetched(what, options);
    await unpacked;
    options?.signal?.throwIfAborted();
    const file = files.get(name);
    if (!file) return onDisk ? new Response(null, {status: 404}) : fetched(what, options);
    return new Response(file, {headers: {"content-type": file.type, "content-length": file.size}});
  };
  XMLHttpRequest.prototype.open = function (method, address, ...rest) {
    const file = files.get(path(address));
    return opened.call(this, method, file ? URL.createObjectURL(file) : address, ...rest);
  };

  // A module is known by the address that it would have; in a blob nothing is relative to anything.
  const module = async (name) => {
    const own = folder + name;
    const text = (await files.get(name).text())
      .replace(/\b(from|import)(\s*\(?\s*)(["'])(\.\.?\/[^"']+)\3/g,
        (_, word, between, quote, to) => word + between + JSON.stringify(new URL(to, own).href))
      .replaceAll("import.meta.url", JSON.stringify(own));
    return [own, URL.createObjectURL(new Blob([text], {type: TYPES.js}))];
  };

  const content = (id) => {
    const element = document.getElementById(id);
    const text = element.textContent;
    element.remove();
    return text;
  };
  const say = (pattern, values) =>
    dispatchEvent(new CustomEvent("py:progress", {detail: tensoramaSpeech.say(pattern, values)}));

  const unpack = async () => {
    const {list, link, model} = JSON.parse(content("tensorama-packed"));
    const {dataset} = document.getElementById("stage");
    dataset.model = model;
    if (list.some(([name]) => name === "inputs.npz")) dataset.given = "./inputs.npz";
    if (link && location.hash.length < 2) history.replaceState(null, "", "#" + link);
    const packed = await (await fetched("data:;base64," + content("tensorama-archive"))).blob();
    const parts = [], total = list.reduce((sum, [, size]) => sum + size, 0);
    let come = 0, told = 0;
    const stream = packed.stream().pipeThrough(new DecompressionStream("gzip"));
    for (const reader = stream.getReader(); ;) {
      const {done: over, value} = await reader.read();
      if (over) break;
      parts.push(value);
      come += value.length;
      if (come - told < total / 10) continue;
      told = come;
      say("Unpacking: {part} %", {part: Math.round(100 * come / total)});
    }
    if (come !== total) throw new Error(`${come} of ${total} bytes`);
    const whole = new Blob(parts);
    let at = 0;
    for (const [name, size] of list)
      files.set(name, whole.slice(at, at += size, TYPES[name.split(".").at(-1)] ?? ""));
    const scripts = [...files.keys()].filter((name) => /\.m?js$/.test(name));
    const map = document.createElement("script");
    map.type = "importmap";
    map.textContent = JSON.stringify({imports: Object.fromEntries(await Promise.all(scripts.map(module)))});
    document.head.append(map);
    done();
    await import(folder + "pyscript/core.js");
  };
  globalThis.tensoramaUnpack = () => unpack().catch(({message}) => {
    const fail = tensoramaFail;
    fail("This file is damaged or cut off ({error}). Get it again, please.", {error: message});
  });
})();
