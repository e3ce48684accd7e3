// Opens files in our page and in onnxruntime-web, in turn: runs beside the page's own scripts.

(() => {
    const long = []; // the browser tells of each task that took 50 ms or more
    new PerformanceObserver((list) => long.push(...list.getEntries())).observe({ type: "longtask" });

    // The longest task that began within these times; 0 if none took 50 ms.
    const longest = async (from, to) => {
        await new Promise((go) => setTimeout(go, 60)); // it is told a moment later
        const within = long.filter((task) => task.startTime >= from - 1 && task.startTime <= to);
        return Math.max(0, ...within.map((task) => task.duration));
    };

    // The first frame after a run is shown has been handed to the graphics card.
    const pictured = () => new Promise((done) => {
        const shown = () => requestAnimationFrame(() => done(performance.now()));
        document.addEventListener("tensorama:trace", shown, { once: true });
    });

    const settled = async () => {
        for (let still = 0; still < 2;) {
            await new Promise((go) => setTimeout(go, 20));
            const state = await tensorama.state();
            still = state.busy || state.moving || !state.run.timed ? 0 : still + 1;
        }
    };

    let ort = null;
    const engine = async () => {
        if (!ort) {
            const folder = new URL("./onnxruntime/", location.href).href;
            ort = await import(`${folder}ort.wasm.min.mjs`);
            Object.assign(ort.env.wasm, { wasmPaths: folder, numThreads: 1 });
            ort.env.logLevel = "error";
        }
        return ort;
    };

    const ours = async (bytes) => {
        const started = performance.now(), picture = pictured();
        const loaded = tensorama.load(bytes);
        const ended = await Promise.race([picture, loaded.then(() => picture)]);
        await loaded;
        await settled();
        return { ms: ended - started, longest: await longest(started, ended) };
    };

    const theirs = async (bytes, feeds) => {
        const { InferenceSession } = await engine();
        const started = performance.now();
        const session = await InferenceSession.create(bytes, { executionProviders: ["wasm"] });
        await session.run(feeds);
        const ms = performance.now() - started;
        await session.release();
        return { ms };
    };

    globalThis.measure = async ({ network, input, shape, type, rounds }) => {
        const bytes = new Uint8Array(await (await fetch(`./networks/${network}.onnx`)).arrayBuffer());
        const count = shape.reduce((a, b) => a * b);
        const array = type === "int32" ? Int32Array : Float32Array;
        const numbers = array.from({ length: count }, (_, i) => type === "int32" ? i % 256 : i / count);
        const feeds = { [input]: new (await engine()).Tensor(type, numbers, shape) };
        const times = { ours: [], theirs: [] };
        for (let round = 0; round < rounds; round++) {
            times.ours.push(await ours(bytes));
            times.theirs.push(await theirs(bytes, feeds));
        }
        return times;
    };
})();
