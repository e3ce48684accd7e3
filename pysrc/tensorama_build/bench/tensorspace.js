// The networks of the scene's bench, written by hand for TensorSpace as its users write them: one
// layer per map-changing step, with activations inside. Structure only: no numbers are loaded.

(() => {
    const L = TSP.layers;
    const conv = (filters, kernelSize, strides = 1, padding = "same") =>
        new L.Conv2d({ filters, kernelSize, strides, padding });
    const pool = (size, strides, padding = "valid") => new L.Pooling2d({
        poolSize: [size, size], strides: [strides, strides], padding,
    });
    // Without a loaded model nobody else tells a merging layer what it is.
    const sum = (summands) => {
        const layer = L.Add(summands);
        layer.createActualLayer();
        layer.updateLayerMetric();
        return layer;
    };
    const classes = (count) => new L.Output1d({
        units: count, outputs: Array.from({ length: count }, (_, n) => String(n)),
    });

    const networks = {
        lenet: () => [
            new L.GreyscaleInput({ shape: [28, 28] }),
            conv(6, 5), pool(2, 2), conv(16, 5, 1, "valid"), pool(2, 2),
            new L.Dense({ units: 120 }), new L.Dense({ units: 84 }), classes(10),
        ],
        vgg19: () => [
            new L.RGBInput({ shape: [224, 224, 3] }),
            ...[[2, 64], [2, 128], [4, 256], [4, 512], [4, 512]].flatMap(([times, filters]) => [
                ...Array.from({ length: times }, () => conv(filters, 3)), pool(2, 2),
            ]),
            new L.Dense({ units: 4096 }), new L.Dense({ units: 4096 }), classes(1000),
        ],
        resnet50: () => {
            const layers = [
                new L.RGBInput({ shape: [224, 224, 3] }), conv(64, 7, 2), pool(3, 2, "same"),
            ];
            let before = null;
            for (const [stage, blocks] of [3, 4, 6, 3].entries()) {
                const filters = 64 << stage;
                for (let block = 0; block < blocks; block++) {
                    const last = conv(4 * filters, 1);
                    layers.push(conv(filters, 1, stage && !block ? 2 : 1), conv(filters, 3), last);
                    if (!block) layers.push(before = conv(4 * filters, 1));
                    layers.push(before = sum([before, last]));
                }
            }
            before.depth = 2048; // a pooling asks for it, and a merging layer does not tell
            return [...layers, new L.GlobalPooling2d(), classes(1000)];
        },
    };

    const models = [];
    const now = () => performance.now();
    const pause = () => new Promise((go) => setTimeout(go, 1));
    const opening = () => models.at(-1).layers
        .map((layer) => layer.actualLayer ?? layer).filter((layer) => layer.openLayer);

    // Builds a network and draws it once; `open`: every layer open from the start.
    bench.build = (network, open) => {
        const started = now();
        const box = document.createElement("div");
        box.style.cssText = "position: absolute; inset: 0";
        document.body.replaceChildren(box);
        const model = new TSP.models.Sequential(box, {
            layerInitStatus: open ? "open" : "close", animeTime: 1,
        });
        for (const layer of networks[network]()) model.add(layer);
        model.init();
        bench.finished();
        models.push(model);
        const milliseconds = now() - started;
        seeAll(model.modelRenderer);
        return milliseconds;
    };

    // Moves the camera back until the whole network is in view.
    function seeAll({ scene, camera }) {
        const box = new THREE.Box3().setFromObject(scene);
        const size = box.getSize(new THREE.Vector3());
        const half = Math.tan(camera.fov * Math.PI / 360);
        const away = Math.max(size.y, size.x / camera.aspect) / 2 / half + size.z;
        camera.position.z = 1.05 * away;
        camera.far = 3 * away;
        camera.updateProjectionMatrix();
    }

    // What all that was ever built still holds: nothing can be told to let go of it.
    bench.held = () => {
        const infos = models.map((model) => model.modelRenderer.renderer.info);
        return {
            drawCalls: infos.at(-1).render.calls,
            triangles: infos.at(-1).render.triangles,
            geometries: infos.reduce((sum, info) => sum + info.memory.geometries, 0),
            textures: infos.reduce((sum, info) => sum + info.memory.textures, 0),
        };
    };

    // Opens every layer and closes every layer again.
    bench.openAndClose = async () => {
        for (const layer of opening()) if (!layer.isOpen) layer.openLayer();
        while (opening().some((layer) => !layer.closeButtonHandler)) await pause();
        for (const layer of opening()) if (layer.isOpen) layer.closeLayer();
        while (opening().some((layer) => layer.isOpen)) await pause();
    };
})();
