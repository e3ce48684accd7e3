"""Models that come in several files: dropped, picked, zipped, in a folder, or at an address."""

from __future__ import annotations

import base64
import io
import re
import zipfile
from pathlib import Path

import numpy as np
import pytest
from onnx import load_from_string, save
from playwright.sync_api import Page

from browser.files import LENET, small
from browser.visitor import Visitor

# The browser itself writes a line about each answer that is an error.
ITS_OWN_LINE = r"Failed to load resource: the server responded with a status of 404"
ONE_FILE = "export the model as one file: torch.onnx.export(…, external_data=False)."
MISSING = (
    'This model keeps its weights in another file, "edges.onnx.data": give both together, '
    f"or {ONE_FILE}"
)
OPEN = "s => !s.busy && s.model.name === 'edges.onnx'"


@pytest.fixture(scope="module")
def pair(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with a model and the file of its weights, as PyTorch's exporter leaves them."""
    folder = tmp_path_factory.mktemp("exported")
    save(
        load_from_string(small()), folder / "edges.onnx", save_as_external_data=True,
        location="edges.onnx.data", size_threshold=0,
    )  # fmt: skip
    return folder


def read(pair: Path) -> tuple[bytes, bytes]:
    return (pair / "edges.onnx").read_bytes(), (pair / "edges.onnx.data").read_bytes()


def opened_as_one(live: Visitor) -> None:
    """The model is open, and computes what it computes in one file."""
    state = live.until(OPEN)
    assert state["message"] is None
    shares = state["output"]["shares"]
    live.drop("one.onnx", small())
    whole = live.until("s => !s.busy && s.model.name === 'one.onnx'")
    np.testing.assert_array_equal(shares, whole["output"]["shares"])


def test_both_files_dropped_together_open(live: Visitor, pair: Path) -> None:
    """Drops a model and the file of its weights: it opens as if it were one file."""
    model, weights = read(pair)
    live.drop("edges.onnx", model, **{"edges.onnx.data": weights, "readme.txt": b"# edges"})
    opened_as_one(live)


def test_a_missing_file_is_asked_for_and_may_come_later(live: Visitor, pair: Path) -> None:
    """Drops the model alone: told which file to add and how to do without; adds it: it opens.
    The other way round works as well."""
    model, weights = read(pair)
    before = live.still()["layers"]
    live.drop("edges.onnx", model)
    live.sees(f"edges.onnx: {MISSING}")
    assert live.idle()["layers"] == before
    live.drop("edges.onnx.data", weights)
    opened_as_one(live)
    live.drop("edges.onnx.data", weights)
    live.sees(
        '"edges.onnx.data" holds weights only: give the .onnx file that they belong to as well.'
    )
    live.drop("edges.onnx", model)
    live.until(OPEN)
    live.drop("edges.onnx", model)
    live.sees(f"edges.onnx: {MISSING}")
    live.drop("other.onnx", model, **{"edges.onnx.data": weights})
    live.until("s => !s.busy && s.model.name === 'other.onnx'")  # whole by itself, so just that


def test_a_folder_from_disk_opens(live: Visitor, pair: Path, tmp_path: Path) -> None:
    """Drags in a folder in which the two lie deeper, then the two files themselves."""
    inner = tmp_path / "net" / "deep"
    inner.mkdir(parents=True)
    for path in pair.iterdir():
        (inner / path.name).write_bytes(path.read_bytes())
    (tmp_path / "net" / "readme.md").write_text("# net")
    live.drop_from_disk(tmp_path / "net")
    opened_as_one(live)
    live.drop_from_disk(*pair.iterdir())
    live.until(OPEN)


def test_an_archive_opens(live: Visitor, pair: Path) -> None:
    """Drops a ZIP archive of both: it opens; one with the model alone says what is missing."""
    for names in (("edges.onnx", "edges.onnx.data"), ("edges.onnx",)):
        buffer = io.BytesIO()
        with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
            for name in names:
                archive.write(pair / name, f"exported/{name}")
        live.drop("edges.zip", buffer.getvalue())
        if len(names) == 2:
            live.until("s => !s.busy && s.model.name === 'edges.zip'")
    live.sees(f"edges.zip: {MISSING}")


def test_two_files_can_be_picked(live: Visitor, pair: Path) -> None:
    """Clicks "Open model" and picks both files."""
    with live.page.expect_file_chooser() as chooser:
        live.button("file").click()
    assert chooser.value.is_multiple()
    chooser.value.set_files([*pair.iterdir()])
    opened_as_one(live)


def test_several_models_at_once_are_not_guessed_at(live: Visitor) -> None:
    """Drops two models: asked for one of them, and the demo stays."""
    live.drop("a.onnx", small(), **{"b.onnx": LENET})
    live.sees(
        '2 models came together, "a.onnx" and "b.onnx": give one of them, with the files of its '
        "weights."
    )
    assert live.state()["model"]["name"] == "LeNet-5"


@pytest.mark.expects_console(ITS_OWN_LINE, r'URL scheme "blob" is not supported')
def test_the_file_beside_an_address_is_fetched(page: Page, site, pair: Path) -> None:
    """Opens ?model=… of a model in two files: the second is fetched from beside the first; where
    it is not there, the sentence says where it should be."""
    model, weights = read(pair)
    page.route(re.compile(r"/my/edges\.onnx\?v=2$"), lambda route: route.fulfill(body=model))
    page.route("**/my/edges.onnx.data?v=2", lambda route: route.fulfill(body=weights))
    page.route("**/lone/edges.onnx", lambda route: route.fulfill(body=model))
    visitor = Visitor(page).visit(site.url + "?model=./my/edges.onnx%3Fv=2")
    opened_as_one(visitor)
    said = visitor.complaint("load('lone/edges.onnx')")
    assert said == (
        'This model keeps its weights in another file, "edges.onnx.data": '
        f"put it at {site.url}lone/edges.onnx.data, or {ONE_FILE}"
    )
    visitor.sees(said)

    inside = "data:application/octet-stream;base64," + base64.b64encode(model).decode()
    own = f'[...atob("{inside.partition(",")[2]}")].map((c) => c.charCodeAt(0))'
    blob = f"URL.createObjectURL(new Blob([new Uint8Array({own})]))"
    for address in (f"'{inside}'", blob):  # beside which nothing lies
        assert visitor.complaint(f"load({address})").startswith(
            'This model keeps its weights in another file, "edges.onnx.data": give both together'
        )
    whole = "data:;base64," + base64.b64encode(small()).decode()
    assert visitor.ask(f"load('{whole}')")["model"]["name"] == ""
    assert len(visitor.ask("link()")) < 2000  # the file stands in no link
    assert visitor.complaint("load('file:///etc/hosts.onnx')").startswith(
        "A page may not read a file of this computer by its address, file:///etc/hosts.onnx"
    )
    assert visitor.complaint("load('blob:http://127.0.0.1/gone')").startswith("Nothing is at blob:")
