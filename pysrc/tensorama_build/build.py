"""Build dist/: fetch what others made, make our own part, put all of it together.

The parts and their order are in `parts`; each is made again only when what it depends on changed.
"""

import json
import time
import tomllib
from pathlib import Path

from . import (
    gallery,
    installable,
    kernel,
    licences,
    networks,
    onefile,
    page,
    vendor,
    wheels,
    wordings,
)
from .fetch import Fetcher
from .lock import LOCK_FILE, Asset, read_lock
from .output import Output, Part, build_parts, fingerprint, source_files
from .places import Places
from .sizes import report

MODEL_FILES = {".onnx", ".md", ".json", ".txt", ".png"}


def build_site(places: Places, dist: Path | None = None, fetcher: Fetcher | None = None) -> Path:
    """Bring dist/ up to date, say what was done and how large it is; return the folder."""
    started = time.perf_counter()
    dist = dist or places.dist
    fetcher = fetcher or Fetcher(places.cache)
    assets = read_lock()
    fetcher.fetch_all(assets.values())
    made = build_parts(parts(places, fetcher, assets), dist, places.stamps / f"{dist.name}.json")
    seconds = time.perf_counter() - started
    if made:
        print(f"Built {', '.join(made)} in {seconds:.1f} s.\n{report(dist)}", flush=True)
    else:
        print(f"{dist.name}/ is up to date ({seconds:.1f} s).", flush=True)
    return dist


def parts(places: Places, fetcher: Fetcher, assets: dict[str, Asset]) -> list[Part]:
    """Everything dist/ consists of, in the order in which it is made."""
    tooling = fingerprint(Path(__file__).parent, places.root / "pyproject.toml")
    locked = fingerprint(LOCK_FILE.read_bytes(), tooling)
    package = places.python / "tensorama"
    known = versions(places, assets)
    values = page_values(known) | {"sizes": loading_sizes(assets)}
    users = users_of_three(places)
    fetched = [*networks.names_part(fetcher), *networks.parts(places, fetcher)]

    def make_wheels(output: Output) -> None:
        protobuf = assets[f"wheels/{values['protobuf_wheel']}"]
        schema = assets["onnx/onnx_ml_pb2.py"]
        made = {
            "protobuf": wheels.protobuf_wheel(fetcher.path(protobuf), known["protobuf"]),
            "onnx": wheels.onnx_wheel(fetcher.path(schema), known["onnx"]),
        }
        for name, data in made.items():
            output.write(f"wheels/{values[name + '_wheel']}", data)

    def make_package(output: Output) -> None:
        wheel = wheels.tensorama_wheel(package, known["tensorama"], kernel.files())
        output.write(f"wheels/{values['tensorama_wheel']}", wheel)
        for file in wheels.LATER:
            output.write(f"wheels/{file}", wheels.later_rooms(package, file))

    made = [
        Part("pyodide", locked, lambda output: vendor.add_pyodide(output, fetcher, assets)),
        Part(
            "pyscript",
            locked,
            lambda output: vendor.copy_folder(output, fetcher, assets, "pyscript"),
        ),
        Part(
            "three.js",
            fingerprint(locked, *users),
            lambda output: vendor.add_three(output, fetcher, assets, users),
        ),
        Part("wheels of others", locked, make_wheels),
        Part(
            "tensorama", fingerprint(tooling, package, places.python / wheels.START), make_package
        ),
        Part(
            "models",
            fingerprint(tooling, places.models),
            lambda output: add_models(output, places.models),
        ),
        *gallery.pictures(places.models, package),
        *fetched,
        Part(
            "gallery",
            fingerprint(tooling, places.models, [part.key for part in fetched]),
            lambda output: gallery.add_gallery(output, places.models),
        ),
        Part(
            "wordings",
            fingerprint(tooling, package / "wordings"),
            lambda output: wordings.add_wordings(output, package / "wordings"),
        ),
        Part(
            "licences",
            fingerprint(locked, places.root / "LICENSE"),
            lambda output: licences.add_licences(output, places, fetcher, assets, known),
        ),
        Part(
            "page",
            fingerprint(tooling, package, places.site, places.models, values),
            lambda output: page.render_page(output, places.site, values),
        ),
    ]
    made.append(Part("one file", fingerprint(*(p.key for p in made)), onefile.add_one_file))
    return [*made, Part("app", fingerprint(*(p.key for p in made)), installable.add_worker)]


def users_of_three(places: Places) -> list[Path]:
    """The files that may name a class of three.js: the view, and the scripts of the page."""
    files = source_files(places.python / "tensorama" / "view") + source_files(places.site)
    return [path for path in files if path.suffix in {".py", ".js", ".mjs", ".html"}]


def versions(places: Places, assets: dict[str, Asset]) -> dict[str, str]:
    """The version of each thing that is shipped."""
    project = tomllib.loads((places.root / "pyproject.toml").read_text("utf-8"))["project"]
    found = {"tensorama": project["version"]}
    for name, asset in assets.items():
        if name.endswith(".whl"):
            package, version = name.rpartition("/")[2].split("-")[:2]
            found[package] = version
        elif asset.sources[-1].kind == "npm":
            found[name.partition("/")[0]] = asset.sources[-1].where.rpartition("@")[2]
        else:
            found["onnx"] = asset.sources[-1].where.rpartition("==")[2]
    return found


def page_values(known: dict[str, str]) -> dict[str, str]:
    """What `{{name}}` in a file of site/ may ask for."""
    values = {"version": known["tensorama"]}
    for package in ("tensorama", "protobuf", "onnx"):
        values[f"{package}_wheel"] = wheels.wheel_name(package, known[package])
    return values


def loading_sizes(assets: dict[str, Asset]) -> str:
    """The large files that a first visit waits for with their bytes, as JSON."""
    large = {
        name.rpartition("/")[2]: asset.size
        for name, asset in assets.items()
        if name.startswith("pyodide/") and asset.size > 1_000_000
    }
    return json.dumps(large)


def add_models(output: Output, models: Path) -> None:
    """Every demo model with its card, and a list of them for the page."""
    names = []
    for folder in sorted(path.parent for path in models.glob("*/*.onnx")):
        names.append(folder.name)
        for path in source_files(folder):
            if path.suffix in MODEL_FILES and path.parent == folder:
                output.write(f"models/{folder.name}/{path.name}", path.read_bytes())
    output.write("models/index.json", json.dumps(sorted(set(names))).encode())
