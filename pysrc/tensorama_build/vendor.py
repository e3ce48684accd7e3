"""What others wrote and the page runs: Pyodide with numpy, PyScript, three.js."""

import json
import re
from pathlib import Path, PurePosixPath

import rjsmin

from . import shake
from .fetch import Fetcher
from .lock import Asset
from .output import Output

SOURCE_MAP = re.compile(rb"\n?//# sourceMappingURL=\S+\s*$")


def copy_folder(output: Output, fetcher: Fetcher, assets: dict[str, Asset], folder: str) -> None:
    """Copy the locked files of one folder as they are, less their links to source maps."""
    for name, asset in assets.items():
        if PurePosixPath(name).parent.name == folder and "LICENSE" not in name:
            data = fetcher.path(asset).read_bytes()
            if name.endswith((".js", ".mjs")):
                data = SOURCE_MAP.sub(b"\n", data)
            output.write(name, data)


def add_pyodide(output: Output, fetcher: Fetcher, assets: dict[str, Asset]) -> None:
    """Pyodide's core and the numpy wheel beside it, where Pyodide looks for its own packages.

    Of Pyodide's list of three hundred packages only numpy stays: the others are not there.
    """
    copy_folder(output, fetcher, assets, "pyodide")
    lock = json.loads(output.read("pyodide/pyodide-lock.json"))
    lock["packages"] = {"numpy": lock["packages"]["numpy"]}
    output.write("pyodide/pyodide-lock.json", json.dumps(lock).encode())


def add_three(
    output: Output, fetcher: Fetcher, assets: dict[str, Asset], users: list[Path]
) -> None:
    """three.js without comments, needless space and the classes that no file of `users` names."""
    core, module = (
        fetcher.path(assets[f"three/{name}"]).read_text("utf-8")
        for name in ("three.core.js", "three.module.js")
    )
    used = {word for path in users for word in shake.words(path.read_text("utf-8"))}
    core, module = shake.shake(core, module, used)
    for name, source in (("three.core.js", core), ("three.module.js", module)):
        version = assets[f"three/{name}"].sources[-1].where.rpartition("@")[2]
        notice = f"// three.js {version}, MIT licence, see licenses/three.txt\n"
        output.write(f"vendor/three/{name}", (notice + rjsmin.jsmin(source) + "\n").encode())
