// Measures the frames of whatever draws with WebGL on a page: runs before the page's own scripts.
//
// A frame is what a callback of requestAnimationFrame does. `script`: milliseconds until the
// callback returns; `whole`: until the graphics card has drawn as well, which reading a pixel waits
// for. Frames in which nothing was drawn are not counted.

(() => {
    const contexts = [];
    const getContext = HTMLCanvasElement.prototype.getContext;
    HTMLCanvasElement.prototype.getContext = function (kind, ...more) {
        const context = getContext.call(this, kind, ...more);
        if (context && kind.startsWith("webgl") && !contexts.includes(context)) {
            contexts.push(context);
            for (const name of ["drawArrays", "drawElements", "drawArraysInstanced",
                "drawElementsInstanced"]) {
                const draw = context[name];
                if (draw) context[name] = function (...call) {
                    drawn = context;
                    return draw.apply(context, call);
                };
            }
        }
        return context;
    };

    let drawn = null;
    const pixel = new Uint8Array(4);
    const finish = (context) =>
        context.readPixels(0, 0, 1, 1, context.RGBA, context.UNSIGNED_BYTE, pixel);
    const request = window.requestAnimationFrame.bind(window);
    const bench = globalThis.bench = { frames: [] };

    window.requestAnimationFrame = (callback) => request((time) => {
        drawn = null;
        const started = performance.now();
        callback(time);
        const script = performance.now() - started;
        if (drawn) {
            finish(drawn);
            const ended = performance.now();
            bench.frames.push({ script, whole: ended - started, ended });
        }
    });

    // Everything that was asked of the graphics card so far is done.
    bench.finished = () => contexts.forEach(finish);

    // When the first frame that began after this call was ready.
    bench.picture = async () => (await bench.next(1, 1e6))[0].ended;

    // The next `count` frames, or as many as are drawn in so many milliseconds, but at least one.
    bench.next = async (count, milliseconds) => {
        bench.frames.length = 0;
        const end = performance.now() + milliseconds;
        const enough = () => bench.frames.length >= count
            || (bench.frames.length && performance.now() > end);
        while (!enough()) await new Promise((go) => setTimeout(go, 5));
        return bench.frames.slice(0, count);
    };
})();
