"""dist/ is put together part by part: the same input gives the same bytes, and nothing twice."""

import json
import zipfile
from pathlib import Path

import pytest

from tensorama_build import gallery, networks, onefile, page
from tensorama_build.build import build_site, page_values, versions
from tensorama_build.lock import Asset, read_lock
from tensorama_build.page import fill_in
from tensorama_build.places import Places, cache_folder
from tensorama_build.sizes import is_first

ROOT = Path(__file__).resolve().parents[2]


# As three.js is written: one flat core, and a module that imports it and passes it on.
THREE = {
    "three/three.core.js": "class Mesh {}\nexport { Mesh };\n",
    "three/three.module.js": (
        "import { Mesh } from './three.core.js';\nexport { Mesh } from './three.core.js';\n"
    ),
}


class FakeFetcher:
    """Stands in for the network: small files under the names of the lock file."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def fetch_all(self, assets) -> None:
        names = {asset.sha256: name for name, asset in read_lock().items()}
        for asset in assets:
            path = self.path(asset)
            if path.exists():
                continue
            path.parent.mkdir(parents=True, exist_ok=True)
            name = names[asset.sha256]
            if name.endswith(".whl"):
                with zipfile.ZipFile(path, "w") as archive:
                    archive.writestr("google/protobuf/__init__.py", '__version__ = "0"\n')
                    archive.writestr("google/protobuf/message.py", "x = 1\n")
                    archive.writestr("thing-1.0.dist-info/LICENSE", "free")
            elif name in THREE:
                path.write_text(THREE[name])
            elif name.endswith("lock.json"):
                path.write_text(json.dumps({"info": {}, "packages": {"numpy": {}, "scipy": {}}}))
            else:
                path.write_text(f"// {name}\nlet a = 1;\n//# sourceMappingURL=a.js.map\n")

    def path(self, asset: Asset) -> Path:
        return self._folder / asset.sha256


@pytest.fixture
def places(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Places:
    """A small checkout of its own, without the pictures that the package draws."""
    monkeypatch.setattr(page, "shell_values", lambda *_: {})
    monkeypatch.setattr(onefile, "in_one", lambda output: "all of it")
    monkeypatch.setattr(
        gallery,
        "draw",
        lambda output, path: output.write(f"gallery/{path.parent.name}.svg", b"<svg/>"),
    )
    monkeypatch.setattr(networks, "parts", lambda *_: [])
    monkeypatch.setattr(networks, "names_part", lambda *_: [])
    monkeypatch.setattr(gallery, "licence", lambda model: "MIT")
    root = tmp_path / "checkout"
    for name, text in {
        "site/index.html": "<p>{{version}} {{tensorama_wheel}} {{unknown}}</p>",
        "pysrc/tensorama/__init__.py": '"""Tiny."""\n',
        "pysrc/tensorama_start.py": '"""Runs first."""\n',
        "pysrc/tensorama/wordings/attributes.toml": "",
        "pysrc/tensorama/wordings/groups.toml": "",
        "models/lenet/lenet.onnx": "model",
        "models/lenet/card.md": "card",
        "models/lenet/train.py": "",
        "LICENSE": "free",
    }.items():
        path = root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    (root / "pyproject.toml").write_text((ROOT / "pyproject.toml").read_text("utf-8"), "utf-8")
    return Places(root)


@pytest.fixture
def fetcher(tmp_path: Path) -> FakeFetcher:
    return FakeFetcher(tmp_path / "cache")


def contents(folder: Path) -> dict[str, bytes]:
    return {
        path.relative_to(folder).as_posix(): path.read_bytes()
        for path in sorted(folder.rglob("*"))
        if path.is_file()
    }


def test_two_builds_of_the_same_input_are_equal_byte_for_byte(places, fetcher, tmp_path):
    first = contents(build_site(places, tmp_path / "one", fetcher))
    second = contents(build_site(places, tmp_path / "two", fetcher))
    assert first == second
    assert len(first) > 30


def test_the_folders_of_dist(places, fetcher):
    names = set(contents(build_site(places, fetcher=fetcher)))
    assert {name.partition("/")[0] for name in names} == {
        "index.html",
        "gallery",
        "gallery.json",
        "licenses",
        "models",
        "onefile",
        "pyodide",
        "pyscript",
        "vendor",
        "wheels",
        "wordings",
        "worker.js",
    }
    assert {name for name in names if name.startswith("models/")} == {
        "models/index.json",
        "models/lenet/card.md",
        "models/lenet/lenet.onnx",
    }
    assert "wheels/tensorama-0.1.0-py3-none-any.whl" in names


def test_every_shipped_component_has_its_licence(places, fetcher):
    names = contents(build_site(places, fetcher=fetcher))
    for component in ("numpy", "onnx", "protobuf", "pyodide", "pyscript", "python", "three"):
        assert names[f"licenses/{component}.txt"], component


def test_names_that_only_the_build_knows_are_filled_in(places, fetcher):
    dist = build_site(places, fetcher=fetcher)
    assert (dist / "index.html").read_text() == (
        "<p>0.1.0 tensorama-0.1.0-py3-none-any.whl {{unknown}}</p>"
    )
    assert fill_in("f'{{a}} {{{b}}}'", {"b": "1"}) == "f'{{a}} {1}'"


def test_what_is_unchanged_is_not_made_again(places, fetcher, capsys):
    build_site(places, fetcher=fetcher)
    capsys.readouterr()
    build_site(places, fetcher=fetcher)
    assert "up to date" in capsys.readouterr().out
    (places.models / "lenet" / "card.md").write_text("new")
    build_site(places, fetcher=fetcher)
    assert capsys.readouterr().out.startswith("Built models, gallery, page, one file, app in")


def test_a_file_of_dist_that_was_touched_or_is_no_longer_made_is_put_right(places, fetcher):
    dist = build_site(places, fetcher=fetcher)
    before = contents(dist)
    (dist / "index.html").write_text("spoilt")
    (dist / "vendor/three/three.core.js").unlink()
    (dist / "old").mkdir()
    (dist / "old" / "left.txt").write_text("left over")
    assert contents(build_site(places, fetcher=fetcher)) == before


def test_only_numpy_stays_in_the_package_list_of_pyodide(places, fetcher):
    dist = build_site(places, fetcher=fetcher)
    assert json.loads((dist / "pyodide/pyodide-lock.json").read_text())["packages"] == {"numpy": {}}


def test_no_script_points_to_a_source_map_that_is_not_there(places, fetcher):
    dist = build_site(places, fetcher=fetcher)
    for path in (dist / "pyscript").rglob("*.js"):
        assert b"sourceMappingURL" not in path.read_bytes(), path.name


def test_the_version_of_everything_that_is_shipped_is_known():
    known = versions(Places(ROOT), read_lock())
    assert set(known) == {"tensorama", "pyodide", "numpy", "pyscript", "three", "protobuf", "onnx"}
    assert page_values(known)["onnx_wheel"] == f"onnx-{known['onnx']}-py3-none-any.whl"


@pytest.mark.parametrize(
    ("name", "counts"),
    [
        ("index.html", True),
        ("vendor/three/three.core.js", True),
        ("models/lenet/lenet.onnx", True),
        ("models/lenet/card.md", False),
        ("models/other/other.onnx", False),
        ("models/lenet-training/step-0.onnx", False),
        ("pyodide/pyodide.mjs", False),
        ("licenses/three.txt", False),
        ("worker.js", True),
        ("view.js", False),
        ("models/lenet/poster.html", False),
        ("wheels/tensorama-0.1.0-py3-none-any.whl", True),
        ("wheels/onnx-1.23.2-py3-none-any.whl", False),
        ("wheels/protobuf-6.33.6-py3-none-any.whl", False),
    ],
)
def test_what_a_first_visit_loads_beyond_the_platform(name, counts):
    assert is_first(Path(name)) is counts


def test_the_cache_lies_where_the_platform_expects_it():
    home = Path("/home/ada")
    assert cache_folder({}, "linux", home) == home / ".cache/tensorama"
    assert cache_folder({"XDG_CACHE_HOME": "/c"}, "linux", home) == Path("/c/tensorama")
    assert cache_folder({}, "darwin", home) == home / "Library/Caches/tensorama"
    assert cache_folder({"LOCALAPPDATA": "/l"}, "win32", home) == Path("/l/tensorama")
    assert cache_folder({"TENSORAMA_CACHE": "/t"}, "linux", home) == Path("/t")
