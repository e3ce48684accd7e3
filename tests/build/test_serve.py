"""The server sends what a browser insists on."""

import threading
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from tensorama_build.errors import BuildError
from tensorama_build.serve import SiteServer


@contextmanager
def serving(folder: Path, mount: str = "/") -> Iterator[str]:
    with SiteServer(folder, mount=mount) as server:
        threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True).start()
        yield server.address
        server.shutdown()


@pytest.mark.parametrize(
    ("name", "mime"),
    [
        ("a.wasm", "application/wasm"),
        ("a.mjs", "text/javascript"),
        ("a.js", "text/javascript"),
        ("a.whl", "application/octet-stream"),
        ("a.onnx", "application/octet-stream"),
        ("a.json", "application/json"),
        ("a.css", "text/css"),
        ("a.svg", "image/svg+xml"),
        ("index.html", "text/html; charset=utf-8"),
    ],
)
def test_types_and_caching(tmp_path, name, mime):
    (tmp_path / name).write_bytes(b"x")
    with serving(tmp_path) as address, urllib.request.urlopen(address + name) as reply:
        assert reply.headers["Content-Type"] == mime
        assert reply.headers["Cache-Control"] == "no-cache"


def test_a_site_can_live_below_a_path_and_nothing_is_beside_it(tmp_path):
    (tmp_path / "index.html").write_text("here")
    with serving(tmp_path, mount="/repo-name/") as address:
        assert address.endswith("/repo-name/")
        with urllib.request.urlopen(address) as reply:
            assert reply.read() == b"here"
        with pytest.raises(urllib.error.HTTPError) as error:
            urllib.request.urlopen(address.replace("repo-name/", "index.html"))
        assert error.value.code == 404
        error.value.close()


def test_a_page_can_stand_beside_the_site_for_a_test(tmp_path):
    with SiteServer(tmp_path) as server:
        server.pages["/own.html"] = b"own"
        threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True).start()
        with urllib.request.urlopen(f"{server.address}own.html?model=x") as reply:
            assert reply.read() == b"own"
        server.shutdown()


def test_a_port_in_use_is_one_sentence(tmp_path):
    with SiteServer(tmp_path) as server:
        port = server.server_port
        with pytest.raises(BuildError) as error:
            SiteServer(tmp_path, port)
    assert str(error.value) == (
        f"Port {port} is in use by another program; choose another with --port,"
        " or leave it out to get a free one."
    )
