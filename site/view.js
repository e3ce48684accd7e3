// A live network in an article: this script once, and <tensorama-view src="lenet.onnx"></tensorama-view>
// wherever one belongs. All of a page's boxes share one Python, which starts when the first of them
// comes near the window, or is clicked where it says start="click".
//
// Further attributes: state (a link of the page, or what stands in it behind #), theme ("dark" or
// "light"; else as the article is), language, hide, poster (the address of a picture).
(() => {
  if (customElements.get("tensorama-view")) return;  // the script is there twice
  const own = new URL("./", document.currentScript.src).href;
  const WISHES = ["src", "state", "theme", "language", "hide"];

  // looks come as a sheet of their own, which no policy of a host has anything against
  const sheet = new CSSStyleSheet();
  sheet.replaceSync(":host { display: block; height: 460px } .root { visibility: hidden }");
  fetch(own + "view.css").then((answer) => answer.text()).then((text) => sheet.replaceSync(text));

  // what says why nothing comes, in the language of whoever reads
  const speech = globalThis.tensoramaSpeech ? Promise.resolve() : new Promise((go) => {
    const script = Object.assign(document.createElement("script"), {src: own + "embed.js", onload: go});
    script.dataset.box = ":not(*)";  // it knows our boxes
    document.head.append(script);
  });
  const spoken = async (pattern) => (await speech, await tensoramaSpeech.ready, tensoramaSpeech.say(pattern));

  // Python, once for all boxes: what its side gives to `serve`
  let served, starting;
  const python = () => starting ??= new Promise((go) => {
    served = go;
    const script = Object.assign(document.createElement("script"), {type: "py", src: own + "view.py"});
    if (!document.querySelector("py-script[config],script[type=py][config],py-config"))
      script.setAttribute("config", JSON.stringify({
        interpreter: own + "pyodide/pyodide.mjs",
        packages: ["numpy", own + "wheels/{{tensorama_wheel}}"],
        packages_cache: "passthrough",
        plugins: ["!error"],  // boxes say in a sentence what went wrong
        js_modules: {main: {[own + "vendor/three/three.module.js"]: "three"}},
      }));
    document.body.append(script);
    if (!document.querySelector('script[src$="pyscript/core.js"]'))
      document.head.append(Object.assign(document.createElement("script"), {type: "module", src: own + "pyscript/core.js"}));
  });
  const views = globalThis.tensoramaViews = {boxes: new Set(), serve: (functions) => served(functions)};

  const near = new IntersectionObserver((entries) => {
    for (const {isIntersecting, target} of entries) if (isIntersecting) target.start();
  }, {rootMargin: "300px"});

  // what has the poster of a demo, once for all boxes that show it
  const posters = new Map();
  const poster = (src) => {
    const demo = src.startsWith(own + "models/") && /^([\w-]+)\/\1\.onnx$/.exec(src.slice(own.length + 7))?.[1];
    if (!{{postered}}.includes(demo)) return null;
    if (!posters.has(demo))
      posters.set(demo, fetch(`${own}models/${demo}/poster.html`).then((answer) => answer.ok ? answer.text() : ""));
    return posters.get(demo);
  };

  // whether an article is dark, by the text in it; whatever notation its colour has
  const pen = Object.assign(document.createElement("canvas"), {width: 1, height: 1}).getContext("2d", {willReadFrequently: true});
  const isDark = (element) => {
    pen.fillStyle = getComputedStyle(element).color;
    pen.fillRect(0, 0, 1, 1);
    const [r, g, b] = pen.getImageData(0, 0, 1, 1).data;
    return 0.2126 * r + 0.7152 * g + 0.0722 * b > 127;
  };

  customElements.define("tensorama-view", class extends HTMLElement {
    static observedAttributes = [...WISHES, "poster"];
    #parts = {};
    #shown = null;  // the promise of Python's answer

    connectedCallback() {
      if (!this.shadowRoot) this.#build();
      views.boxes.add(this);
      this.#paint();
      if (this.getAttribute("start") !== "click") near.observe(this);
    }

    disconnectedCallback() {
      near.unobserve(this);
      queueMicrotask(async () => {
        if (this.isConnected) return;  // it was only moved
        views.boxes.delete(this);
        const shown = this.#shown;
        this.#shown = null;
        if (!shown) return;
        await shown;
        (await python()).takeDown(this.#parts.box);
        this.#drop();
      });
    }

    attributeChangedCallback(name, before, value) {
      if (!this.shadowRoot || before === value) return;
      if (name === "src" || name === "poster") this.#dress();
      if (name === "theme") this.#paint();
      if (!this.#shown || name === "poster") return;
      if (name === "state") this.tensorama?.go(value ?? "").catch(() => {});
      else this.#show();
    }

    // The functions of the box (load, run, open, …), once it is live.
    get tensorama() { return this.#parts.box?.tensorama; }

    // Python starts for this box.
    start() {
      near.unobserve(this);
      if (this.#shown) return this.#shown;
      const {start, said} = this.#parts;
      start.hidden = true;
      speech.then(() => tensoramaLoading((words, done) => {
        if (said.classList.contains("wrong")) return;
        said.querySelector("span").textContent = words;
        said.style.setProperty("--done", done.toFixed(3));
      }));
      return this.#show();
    }

    // Says why nothing comes, or cannot go on; `reload` is a way out.
    tell(text, reload) {
      const {curtain, said, box, start} = this.#parts;
      said.classList.add("wrong");
      said.setAttribute("role", "alert");
      said.querySelector("span").textContent = text;
      start.hidden = box.inert = true;
      curtain.classList.remove("lifted");
      if (!reload) return;
      const button = Object.assign(document.createElement("button"), {type: "button", onclick: reload});
      button.textContent = tensoramaSpeech.say("Reload");
      said.append(button);
    }

    #build() {
      const shadow = this.attachShadow({mode: "open"});
      shadow.adoptedStyleSheets = [sheet];
      const make = (kind, name, ...inside) => {
        const part = this.#parts[name] = document.createElement(kind);
        part.className = name;
        part.append(...inside);
        return part;
      };
      const start = make("button", "start", make("span", "run"));
      const said = make("p", "said", make("i", "line"), document.createElement("span"));
      start.type = "button";
      said.setAttribute("role", "status");
      const probe = make("i", "probe");
      const curtain = make("div", "curtain", make("div", "picture"), make("p", "name"), start, said);
      this.#parts.picture.ariaHidden = "true";
      curtain.classList.add("tensorama");
      shadow.append(probe, make("div", "root", make("div", "box"), curtain));
      probe.addEventListener("transitionend", () => this.#paint());
      start.addEventListener("click", () => this.start());
      spoken("Run it here").then((words) => { this.#parts.run.textContent = words; });
      spoken("Loading …").then((words) => { said.querySelector("span").textContent ||= words; });
      this.#dress();
    }

    #drop() {
      const {box, curtain, start, said} = this.#parts;
      const empty = box.cloneNode();
      empty.className = "box";
      box.replaceWith(empty);
      this.#parts.box = empty;
      curtain.classList.remove("lifted");
      said.classList.remove("wrong");
      start.hidden = false;
    }

    async #dress() {
      const {picture, name} = this.#parts;
      const src = new URL(this.getAttribute("src") ?? "", document.baseURI).href;
      name.textContent = this.getAttribute("title") || decodeURI(src.split(/[?#]/)[0].split("/").at(-1)).replace(/\.onnx$/, "");
      picture.replaceChildren();
      if (this.hasAttribute("poster"))
        picture.append(Object.assign(new Image(), {src: this.getAttribute("poster"), alt: ""}));
      else picture.innerHTML = await poster(src) ?? "";
    }

    #paint() {
      const {probe, box, curtain} = this.#parts;
      box.dataset.ground = isDark(probe) ? "dark" : "light";
      curtain.dataset.theme = this.getAttribute("theme") || box.dataset.ground;
      box.dispatchEvent(new Event("tensorama:ground"));
    }

    #show() {
      const wishes = {};
      for (const name of WISHES) if (this.getAttribute(name)) wishes[name] = this.getAttribute(name);
      if (wishes.src) wishes.src = new URL(wishes.src, document.baseURI).href;
      return this.#shown = (async () => {
        if (!wishes.src) return this.tell(await spoken("This box names no model: give it a src."));
        const functions = await python();
        if (!this.isConnected) return false;
        const went = await functions.show(this.#parts.box, wishes);
        this.#parts.curtain.classList.add("lifted");
        return went;
      })();
    }
  });
})();
