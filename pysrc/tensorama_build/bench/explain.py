"""How long it takes from a pointer to the operands of a number, and from a pin to its explanation.

Of random cells of LeNet, of ResNet-50 and of a GPT of six layers (42 MB, 64 tokens), in Chromium in
Pyodide: the median, and what 95 of 100 stay below. `operands` is what lights up under the pointer,
`explanation` what an inspector shows of a pinned number, `input` the way back to what of the input
it can have seen. `first_ms` is the first explanation of a run, with all that is imported and
compiled for it. `influence` is the gradient of the answer's largest number with respect to
everything that depends on the input, `influence_piece` its longest piece between two pauses.
Natively, where PyTorch is installed, `torch_ms` is its backward pass through the same layers.
Drawing is not in it.
"""

import io
import json
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from ..build import build_site
from ..places import Places
from .browser import launched, served
from .engine import Network
from .report import Measured, Row

HERE = Path(__file__).parent
PATIENCE_MS = 300_000
WORK = "explained.py"
PAGE = """<!doctype html><meta charset="utf-8"><title>bench</title>
<script type="module">
import { loadPyodide } from "./pyodide/pyodide.mjs";
const python = await loadPyodide({ packages: ["numpy", ...WHEELS] });
python.runPython(await (await fetch("./WORK")).text());
const measured = python.globals.get("measured");
const bytes = async (name) => python.toPy(new Uint8Array(await (await fetch(name)).arrayBuffer()));
globalThis.measure = async (network) => {
    const [model, feeds] = [await bytes(`./${network}.onnx`), await bytes(`./${network}.npz`)];
    return measured(model.tobytes(), feeds.tobytes()).toJs({ dict_converter: Object.fromEntries });
};
globalThis.ready = true;
</script>
"""


def measure(places: Places) -> Measured:
    """Each network in a page of its own."""
    rows = []
    with prepared(places) as folder, served(folder) as address, launched() as browser:
        for network in networks(places):
            page = browser.new_page()
            page.set_default_timeout(PATIENCE_MS)
            page.goto(address)
            page.wait_for_function("globalThis.ready", timeout=PATIENCE_MS)
            rows.append({"network": network, **page.evaluate("measure", network)})
            print(network, flush=True)
            page.close()
    return Measured(rows)


def measure_native(places: Places) -> Measured:
    """The same on this machine's Python."""
    from .explained import measured

    rows: list[Row] = []
    for name, (model, feeds) in networks(places).items():
        rows.append({"network": name, **measured(model, feeds), **_beside(name)})
    return Measured(rows)


def _beside(network: str) -> Row:
    """What PyTorch takes, if it is here."""
    from .torched import backward_ms

    torch_ms = backward_ms(network)
    return {} if torch_ms is None else {"torch_ms": torch_ms}


@contextmanager
def prepared(places: Places) -> Iterator[Path]:
    """A folder to serve: Pyodide and our wheels from dist/, the networks, the page."""
    dist = build_site(places)
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        for part in ("pyodide", "wheels"):
            shutil.copytree(dist / part, folder / part)
        wheels = [f"./wheels/{path.name}" for path in sorted((folder / "wheels").glob("*.whl"))]
        page = PAGE.replace("WHEELS", json.dumps(wheels)).replace("WORK", WORK)
        (folder / "index.html").write_text(page, "utf-8")
        shutil.copyfile(HERE / WORK, folder / WORK)
        for network, (model, feeds) in networks(places).items():
            (folder / f"{network}.onnx").write_bytes(model)
            (folder / f"{network}.npz").write_bytes(feeds)
        yield folder


def networks(places: Places) -> dict[str, tuple[bytes, bytes]]:
    """By name each network, and what it is fed as a .npz file."""
    import numpy as np
    import onnx

    light = Path(onnx.__file__).parent / "backend" / "test" / "data" / "light"
    found = {}
    for path in (places.models / "lenet" / "lenet.onnx", light / "light_resnet50.onnx"):
        network = Network(path)
        picture = np.random.default_rng(0).random(network.shape, np.float32)
        found[network.name] = network.model.SerializeToString(), packed({network.input: picture})
    tokens = np.random.default_rng(0).integers(0, 256, (1, 64))
    found["gpt"] = gpt(), packed({"ids": tokens})
    return found


def packed(arrays: dict[str, object]) -> bytes:
    """Arrays as the bytes of a .npz file."""
    import numpy as np

    buffer = io.BytesIO()
    np.savez(buffer, **arrays)  # type: ignore[arg-type]
    return buffer.getvalue()


def gpt(layers: int = 6, width: int = 384, heads: int = 6, tokens: int = 64) -> bytes:
    """A decoder as exporters write it, with random weights."""
    import numpy as np
    from onnx import numpy_helper, parser

    random, weights, nodes = np.random.default_rng(0), [], []

    def weight(name: str, *shape: int) -> str:
        array = random.standard_normal(shape, np.float32) / np.float32(np.sqrt(shape[0]))
        weights.append(numpy_helper.from_array(array, name))
        return name

    each = width // heads
    constants = {"split": [1, tokens, heads, each], "join": [1, tokens, width]}
    weights += [numpy_helper.from_array(np.array(v, np.int64), k) for k, v in constants.items()]
    future = np.triu(np.full((tokens, tokens), -1e9, np.float32), 1)
    weights.append(numpy_helper.from_array(future, "future"))
    weights.append(numpy_helper.from_array(np.float32(np.sqrt(each)), "root"))
    nodes.append(f"h0 = Gather ({weight('words', 256, width)}, ids)")
    for n in range(layers):
        g, b = weight(f"g{n}", width), weight(f"b{n}", width)
        nodes.append(f"n{n} = LayerNormalization (h{n}, {g}, {b})")
        for part, order in (("q", "0,2,1,3"), ("k", "0,2,3,1"), ("v", "0,2,1,3")):
            nodes.append(f"{part}{n} = MatMul (n{n}, {weight(f'w{part}{n}', width, width)})")
            nodes.append(f"{part}s{n} = Reshape ({part}{n}, split)")
            nodes.append(f"{part}t{n} = Transpose <perm = [{order}]> ({part}s{n})")
        nodes.append(f"s{n} = MatMul (qt{n}, kt{n})  d{n} = Div (s{n}, root)")
        nodes.append(f"m{n} = Add (d{n}, future)  p{n} = Softmax (m{n})")
        nodes.append(f"a{n} = MatMul (p{n}, vt{n})  at{n} = Transpose <perm = [0,2,1,3]> (a{n})")
        nodes.append(f"aj{n} = Reshape (at{n}, join)")
        nodes.append(f"o{n} = MatMul (aj{n}, {weight(f'wo{n}', width, width)})")
        nodes.append(f"r{n} = Add (h{n}, o{n})")
        nodes.append(f"f{n} = MatMul (r{n}, {weight(f'wf{n}', width, 4 * width)})")
        nodes.append(f"e{n} = Gelu (f{n})")
        nodes.append(f"y{n} = MatMul (e{n}, {weight(f'wy{n}', 4 * width, width)})")
        nodes.append(f"h{n + 1} = Add (r{n}, y{n})")
    nodes.append(f"logits = MatMul (h{layers}, {weight('head', width, 256)})")
    text = f"""<ir_version: 10, opset_import: ["" : 21]>
    gpt (int64[1,{tokens}] ids) => (float[1,{tokens},256] logits) {{ {" ".join(nodes)} }}"""
    model = parser.parse_model(text)
    model.graph.initializer.extend(weights)
    return bytes(model.SerializeToString())
