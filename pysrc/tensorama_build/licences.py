"""The licence texts of everything that dist/ ships, gathered in dist/licenses/."""

import zipfile
from pathlib import Path

from .fetch import Fetcher
from .lock import Asset
from .output import Output
from .places import Places

TEXTS = Path(__file__).with_name("licenses")

INDEX = """What this site ships, and under which licence.

tensorama   {tensorama}  MIT             tensorama.txt
Pyodide     {pyodide}  MPL-2.0         pyodide.txt   source: github.com/pyodide/pyodide
CPython     in Pyodide  PSF-2.0    python.txt
numpy       {numpy}  BSD-3-Clause    numpy.txt     with the licences of what it contains
PyScript    {pyscript}  Apache-2.0      pyscript.txt
three.js    {three}  MIT             three.txt
protobuf    {protobuf}  BSD-3-Clause    protobuf.txt  a part of it
onnx        {onnx}  Apache-2.0      onnx.txt      its schema only

Pyodide's WebAssembly file also holds libraries under MIT, BSD, zlib and public-domain terms
(musl, Emscripten, libffi, zlib, bzip2, xz, zstd, SQLite); Pyodide's repository lists them.
The demo models state their licences on their cards, models/*/card.md.
"""


def add_licences(
    output: Output,
    places: Places,
    fetcher: Fetcher,
    assets: dict[str, Asset],
    versions: dict[str, str],
) -> None:
    """Write one text per component and an index of them."""

    def text(name: str) -> bytes:
        return fetcher.path(assets[name]).read_bytes()

    output.write("licenses/index.txt", INDEX.format(**versions).encode())
    output.write("licenses/tensorama.txt", (places.root / "LICENSE").read_bytes())
    for path in sorted(TEXTS.glob("*.txt")):
        output.write(f"licenses/{path.name}", path.read_bytes())
    output.write("licenses/pyscript.txt", text("pyscript/LICENSE"))
    output.write("licenses/three.txt", text("three/LICENSE"))
    output.write("licenses/onnx.txt", text("onnx/LICENSE") + b"\n" + text("onnx/NOTICE"))
    for name, asset in assets.items():
        if name.endswith(".whl"):
            package = name.rpartition("/")[2].partition("-")[0]
            output.write(f"licenses/{package}.txt", texts_in_wheel(fetcher.path(asset)))


def texts_in_wheel(path: Path) -> bytes:
    """All licence texts in a wheel's own metadata, each under its path."""
    with zipfile.ZipFile(path) as source:
        names = [
            name
            for name in sorted(source.namelist())
            if ".dist-info/licenses/" in name or name.endswith(".dist-info/LICENSE")
        ]
        parts = [f"==== {name}\n\n".encode() + source.read(name) for name in names]
    return b"\n".join(parts)
