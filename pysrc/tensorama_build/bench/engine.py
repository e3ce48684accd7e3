"""How long a network takes, every tensor recorded, against onnxruntime on one thread.

In Chromium: our engine in Pyodide against onnxruntime-web (WebAssembly with SIMD). Both run in one
page in turn, and medians are compared. "Recorded" means for both that everything that depends on
the input can be read afterwards: onnxruntime gets each such tensor as an output. What depends on
weights alone both have computed before. `final_ms` is onnxruntime with nothing but the network's
own outputs, for orientation.

The networks are the nine architectures that the onnx package carries, and LeNet.
"""

import json
import os
import shutil
import statistics
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from playwright.sync_api import Page

from ..build import build_site
from ..fetch import Fetcher
from ..lock import BENCH_LOCK_FILE, read_lock
from ..places import Places
from .browser import launched, served
from .report import Measured, Row, compare, milliseconds

ROUNDS = 9
WARM_MS = 400
PATIENCE_MS = 300_000
PAGE = """<!doctype html><meta charset="utf-8"><title>bench</title>
<script type="module" src="./bench.mjs"></script>
"""
SCRIPT = """
import { loadPyodide } from "./pyodide/pyodide.mjs";
import * as ort from "./onnxruntime/ort.wasm.min.mjs";

ort.env.wasm.wasmPaths = new URL("./onnxruntime/", location.href).href;
ort.env.wasm.numThreads = 1;
ort.env.logLevel = "error";

const python = await loadPyodide({ packages: ["numpy", ...WHEELS] });
python.runPython(`
import gc
import numpy as np
import tensorama as tr
from tensorama.engine import kernel

def prepare(data, name, shape):
    global model, feeds
    model = tr.load(data.to_bytes())
    count = int(np.prod(shape))
    feeds = {name: (np.arange(count).reshape(shape) / count).astype(np.float32)}

def run():
    global trace
    trace = None
    trace = model.run(feeds)

def forget():
    global model, feeds, trace
    model = feeds = trace = None
    gc.collect()

def variant():
    found = kernel.active()
    return found.variant if found else "none"
`);
const [prepare, run, forget, variant] =
    ["prepare", "run", "forget", "variant"].map((name) => python.globals.get(name));

async function bytes(name) {
    return new Uint8Array(await (await fetch(name)).arrayBuffer());
}

// A browser's clock has steps of a tenth of a millisecond: what is short is timed several at once.
async function timed(work, times = 1) {
    const started = performance.now();
    for (let i = 0; i < times; i++) await work();
    return (performance.now() - started) / times;
}

globalThis.variant = variant;
globalThis.measure = async ({ network, input, shape, rounds }) => {
    prepare(await bytes(`./networks/${network}.onnx`), input, shape);
    const options = { executionProviders: ["wasm"] };
    const count = shape.reduce((a, b) => a * b);
    const picture = Float32Array.from({ length: count }, (_, i) => i / count);
    const feeds = { [input]: new ort.Tensor("float32", picture, shape) };
    const sessions = {};
    for (const kind of ["every", "final"]) {
        const file = await bytes(`./networks/${network}.${kind}.onnx`);
        sessions[kind] = await ort.InferenceSession.create(file, options);
    }
    const works = {
        ours: () => run(),
        every: () => sessions.every.run(feeds),
        final: () => sessions.final.run(feeds),
    };
    const first = await timed(works.ours);
    for (const work of Object.values(works)) {
        // Browsers compile WebAssembly better once it has run a while.
        const started = performance.now();
        do await work(); while (performance.now() - started < WARM_MS);
        work.times = Math.ceil(10 / await timed(work, 3));
    }
    const times = { ours: [], every: [], final: [] };
    for (let round = 0; round < rounds; round++) {
        for (const [name, work] of Object.entries(works)) {
            times[name].push(await timed(work, work.times));
        }
    }
    forget();
    for (const session of Object.values(sessions)) await session.release();
    return { ...times, first };
};
globalThis.ready = true;
"""


def measure(places: Places) -> Measured:
    """Ours against onnxruntime-web, in Chromium."""
    rows = []
    with prepared(places) as folder, served(folder) as address, launched() as browser:
        for network in networks(places):
            # A page for each: a WebAssembly memory never shrinks, and the largest needs gigabytes.
            page = browser.new_page()
            open_bench(page, address)
            rows.append(measure_in_page(page, network))
            print(f"{rows[-1]['network']}: {rows[-1]['ratio']}", flush=True)
            page.close()
    return Measured(rows)


def open_bench(page: Page, address: str) -> None:
    """Load both engines."""
    page.goto(f"{address}bench.html")
    page.wait_for_function("globalThis.ready", timeout=PATIENCE_MS)


def measure_in_page(page: Page, network: "Network") -> Row:
    """One network: both in turn, medians."""
    task = {"network": network.name, "input": network.input, "shape": network.shape}
    times = page.evaluate("measure", {**task, "rounds": ROUNDS})
    median = {name: statistics.median(times[name]) for name in ("ours", "every", "final")}
    return compare(
        network.name,
        median["ours"],
        median["every"],
        final_ms=milliseconds(median["final"]),
        first_ms=round(times["first"], 1),
        kernel=page.evaluate("variant()"),
    )


@contextmanager
def prepared(places: Places) -> Iterator[Path]:
    """A folder to serve: Pyodide and our wheels from dist/, onnxruntime, the networks, the page."""
    dist = build_site(places)
    locked = read_lock(BENCH_LOCK_FILE)
    assets = {name: asset for name, asset in locked.items() if name.startswith("onnxruntime/")}
    fetcher = Fetcher(places.cache)
    fetcher.fetch_all(assets.values())
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        for part in ("pyodide", "wheels"):
            shutil.copytree(dist / part, folder / part)
        for asset in assets.values():
            target = folder / asset.name
            target.parent.mkdir(exist_ok=True)
            shutil.copyfile(fetcher.path(asset), target)
        wheels = [f"./wheels/{path.name}" for path in sorted((folder / "wheels").glob("*.whl"))]
        script = SCRIPT.replace("WHEELS", json.dumps(wheels)).replace("WARM_MS", str(WARM_MS))
        (folder / "bench.html").write_text(PAGE, "utf-8")
        (folder / "bench.mjs").write_text(script, "utf-8")
        (folder / "networks").mkdir()
        for network in networks(places):
            for kind, data in network.files().items():
                (folder / "networks" / f"{network.name}{kind}.onnx").write_bytes(data)
        yield folder


class Network:
    """A network with one picture as its input."""

    def __init__(self, path: Path) -> None:
        import onnx

        self.name = path.stem.removeprefix("light_")
        self.model = onnx.load(path)
        graph = self.model.graph
        weights = {tensor.name for tensor in graph.initializer}
        (value,) = [value for value in graph.input if value.name not in weights]
        self.input: str = value.name
        self.shape = [max(1, d.dim_value) for d in value.type.tensor_type.shape.dim]

    def files(self) -> dict[str, bytes]:
        """The model as it is, with every tensor as an output, and with its own outputs."""
        own = self.model.SerializeToString()
        return {"": own, ".final": own, ".every": self.with_every_tensor()}

    def with_every_tensor(self) -> bytes:
        """The model with all that depends on the input as outputs."""
        import onnx

        model = onnx.ModelProto.FromString(self.model.SerializeToString())
        named = {value.name for value in model.graph.output}
        alive = {self.input}
        for node in model.graph.node:
            if alive & set(node.input):
                alive.update(name for name in node.output if name)
        for name in alive - named - {self.input}:
            model.graph.output.append(onnx.ValueInfoProto(name=name))
        return bytes(model.SerializeToString())


def networks(places: Places) -> list[Network]:
    """What is measured, small ones first."""
    import onnx

    light = Path(onnx.__file__).parent / "backend" / "test" / "data" / "light"
    lenet = places.models / "lenet" / "lenet.onnx"
    paths = [lenet] if lenet.exists() else []
    return [Network(path) for path in [*paths, *sorted(light.glob("light_*.onnx"))]]


def measure_native(places: Places) -> Measured:
    """Ours on this Python against onnxruntime, one thread each; onnx's own reference once each."""
    for name in ("OPENBLAS_NUM_THREADS", "OMP_NUM_THREADS", "VECLIB_MAXIMUM_THREADS"):
        os.environ[name] = "1"  # numpy's BLAS reads these when it is loaded
    assert "numpy" not in sys.modules, "too late: BLAS has made its threads"
    rows = [measure_here(network) for network in networks(places)]
    return Measured(rows)


def measure_here(network: Network) -> Row:
    """One network on this machine: both in turn, medians."""
    import numpy as np
    import onnxruntime
    from onnx.reference import ReferenceEvaluator

    import tensorama as tr

    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = options.inter_op_num_threads = 1
    options.log_severity_level = 3
    session = onnxruntime.InferenceSession(
        network.with_every_tensor(), options, providers=["CPUExecutionProvider"]
    )
    count = int(np.prod(network.shape))
    picture = (np.arange(count).reshape(network.shape) / count).astype(np.float32)
    feeds = {network.input: picture}
    model = tr.load(network.model.SerializeToString())
    reference = ReferenceEvaluator(network.model)
    works: dict[str, Callable[[], Any]] = {
        "ours": lambda: model.run(feeds),
        "theirs": lambda: session.run(None, feeds),
    }
    times: dict[str, list[float]] = {name: [] for name in works}
    for number in range(1 + ROUNDS):
        for name, work in works.items():
            seconds = timed(work)
            if number:
                times[name].append(seconds * 1000)
    reference_ms = timed(lambda: reference.run(None, feeds)) * 1000
    ours, theirs = (statistics.median(times[name]) for name in works)
    print(f"{network.name}: {ours / theirs:.3f}", flush=True)
    return compare(network.name, ours, theirs, reference_ms=round(reference_ms, 1))


def timed(work: Callable[[], Any]) -> float:
    """Seconds that it takes."""
    started = time.perf_counter()
    work()
    return time.perf_counter() - started
