"""`build.py pack`: lessons of one HTML file, with the models that they show in them."""

import json
import re
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from . import gallery
from .errors import BuildError
from .onefile import pack
from .places import Places


def write_lesson(
    places: Places, dist: Path, models: Sequence[str], out: Path, state: str | None
) -> int:
    """Write one page with these models in it, which opens the first, or what a link shows."""
    from tensorama.app import address
    from tensorama.app.state import Origin
    from tensorama.errors import TensoramaError

    if not out.parent.is_dir():
        raise BuildError(f"There is no folder {out.parent} to write {out.name} in")
    files: dict[str, bytes] = {}
    addresses = []
    for model in models:
        found = model_files(places, model)
        folder = Path(next(iter(found))).stem
        if f"models/{folder}/{next(iter(found))}" in files:
            raise BuildError(f"Two of these models are called {folder}; rename one")
        files |= {f"models/{folder}/{name}": data for name, data in found.items()}
        addresses.append(f"./models/{folder}/{next(iter(found))}")
    files["models/index.json"] = json.dumps([name.split("/")[2] for name in addresses]).encode()
    files[gallery.FILE] = gallery.packed(dist, places.models, files)
    link = ""
    if state:
        try:
            shown = address.from_link(state)
        except TensoramaError as error:
            raise BuildError(error.sentence) from error
        link = address.to_link(replace(shown, model=Origin(address=addresses[0])))
    page = pack(dist, files, addresses[0], link)
    beside = out.with_name(f".{out.name}.new")
    beside.write_bytes(page)
    beside.replace(out)
    print(f"Wrote {out}: {len(page) / 1e6:.1f} MB. A double click opens it, without a network.")
    return 0


def model_path(places: Places, model: str) -> Path:
    """The file of a model: the name of a demo, or the path of a file."""
    demo = places.models / model / f"{model}.onnx"
    is_demo = re.fullmatch(r"[\w-]+", model) and demo.is_file()
    path = demo if is_demo else Path(model)
    if not path.is_file():
        named = (file for file in places.models.glob("*/*.onnx") if file.stem == file.parent.name)
        demos = ", ".join(sorted(file.stem for file in named))
        raise BuildError(f"There is no model {model}: give the path of an .onnx file, or {demos}")
    return path


def model_files(places: Places, model: str) -> dict[str, bytes]:
    """A model's files by the names under which it looks for them, the model itself first, photos
    for its inputs last.

    model: the name of a demo, or the path of a file.
    """
    path = model_path(places, model)
    from tensorama import load
    from tensorama.errors import TensoramaError
    from tensorama.inputs.ways import Picture, ways_of
    from tensorama.onnxfile import parse
    from tensorama.onnxfile.archive import is_archive

    try:
        inputs = ways_of(load(path))  # what cannot be opened is told now
        data = path.read_bytes()
        others = [] if is_archive(data[:4]) else [*parse(data).beside]
    except TensoramaError as error:
        raise BuildError(f"{path.name}: {error.sentence}") from error
    photos = [file for way in inputs if isinstance(way, Picture) for file, _ in way.samples]
    others += [name for name in photos if name in {p.name for p in path.parent.glob("*.*")}]
    return {path.name: data} | {name: (path.parent / name).read_bytes() for name in others}
