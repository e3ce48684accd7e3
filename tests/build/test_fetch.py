"""Files come from the cache or the first source that has them, and are never taken on trust."""

import hashlib
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest

from tensorama_build import sources
from tensorama_build.errors import BuildError
from tensorama_build.fetch import Fetcher
from tensorama_build.lock import Asset, Source

DATA = bytes(range(256)) * 40


class RangeHandler(BaseHTTPRequestHandler):
    """Serves DATA at /file, from an offset if asked; notes which."""

    def do_HEAD(self):
        self.send_response(200)
        self.end_headers()

    def do_GET(self):
        if self.path != "/file":
            self.send_error(404)
            return
        wanted = self.headers.get("Range", "")
        self.server.ranges.append(wanted)
        start = int(wanted.removeprefix("bytes=").rstrip("-") or 0)
        self.send_response(206 if wanted else 200)
        self.send_header("Content-Length", str(len(DATA) - start))
        self.end_headers()
        self.wfile.write(DATA[start:])

    def log_message(self, *args):
        pass


@contextmanager
def cdn() -> Iterator[tuple[str, list[str]]]:
    with ThreadingHTTPServer(("127.0.0.1", 0), RangeHandler) as server:
        server.ranges = []
        threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True).start()
        yield f"http://127.0.0.1:{server.server_port}", server.ranges
        server.shutdown()


def asset(*found: Source, data: bytes = DATA) -> Asset:
    return Asset("vendor/thing.js", hashlib.sha256(data).hexdigest(), len(data), found)


def test_a_file_is_fetched_once_and_then_comes_from_the_cache(tmp_path):
    with cdn() as (address, ranges):
        wanted = asset(Source("cdn", f"{address}/file"))
        assert Fetcher(tmp_path).fetch(wanted).read_bytes() == DATA
        assert Fetcher(tmp_path).fetch(wanted).read_bytes() == DATA
    assert ranges == [""]


def test_a_download_that_was_cut_off_goes_on_where_it_stopped(tmp_path):
    with cdn() as (address, ranges):
        wanted = asset(Source("cdn", f"{address}/file"))
        fetcher = Fetcher(tmp_path)
        path = fetcher.path(wanted)
        path.parent.mkdir(parents=True)
        path.with_name(f"{wanted.sha256}.cdn.part").write_bytes(DATA[:1000])
        assert fetcher.fetch(wanted).read_bytes() == DATA
    assert ranges == ["bytes=1000-"]


def test_wrong_bytes_are_refused_with_the_name_of_the_file(tmp_path):
    with cdn() as (address, _):
        wanted = asset(Source("cdn", f"{address}/file"), data=b"other")
        fetcher = Fetcher(tmp_path)
        with pytest.raises(BuildError) as error:
            fetcher.fetch(wanted)
    found, expected = hashlib.sha256(DATA).hexdigest()[:12], wanted.sha256[:12]
    assert str(error.value) == (
        f"vendor/thing.js was refused: {address}/file gave bytes with sha256 {found}…,"
        f" the lock file says {expected}…."
    )
    assert not [path for path in tmp_path.rglob("*") if path.is_file()]


def test_without_a_source_the_message_names_the_file_and_what_was_tried(tmp_path, monkeypatch):
    monkeypatch.setattr(sources.shutil, "which", lambda name: None)
    with cdn() as (address, _):
        missing = f"{address}/missing"
        wanted = asset(Source("cdn", missing), Source("npm", "thing@1.0.0", "package/thing.js"))
        with pytest.raises(BuildError) as error:
            Fetcher(tmp_path).fetch(wanted)
    assert str(error.value) == (
        f"No source has vendor/thing.js: tried {missing} (answered 404);"
        " npm pack thing@1.0.0 (npm is not installed)."
        " Connect this machine to the internet and run the build again."
    )


def test_a_host_that_does_not_answer_costs_two_seconds_once(monkeypatch):
    calls = []
    monkeypatch.setattr(sources, "responds", lambda address: calls.append(address) or time.sleep(9))
    monkeypatch.setattr(sources, "PROBE_SECONDS", 0.1)
    web = sources.Cdn()
    started = time.perf_counter()
    for name in ("a", "b", "c"):
        with pytest.raises(sources.Unavailable, match="did not answer"):
            web.get(Source("cdn", f"https://silent.invalid/{name}"), None)
    assert time.perf_counter() - started < 2
    assert calls == ["https://silent.invalid/a"]


def test_one_package_is_got_once_for_all_its_files(tmp_path, monkeypatch):
    clients = []

    def fails(command, **options):
        clients.append(command)
        return sources.subprocess.CompletedProcess(command, 1)

    monkeypatch.setattr(sources.shutil, "which", lambda name: f"/usr/bin/{name}")
    monkeypatch.setattr(sources.subprocess, "run", fails)
    packages = sources.Packages(tmp_path / "packages")
    for member in ("package/a.js", "package/b.js"):
        with pytest.raises(sources.Unavailable, match="the client ended with code 1"):
            packages.get(Source("npm", "thing@1.0.0", member), tmp_path / "file")
    assert len(clients) == 1


def test_a_wheel_without_the_wanted_member_is_no_source(tmp_path):
    package = tmp_path / "thing-1.0.0-py3-none-any.whl"
    with sources.zipfile.ZipFile(package, "w") as archive:
        archive.writestr("there.txt", "x")
    sources.unpack(package, "there.txt", tmp_path / "file")
    assert (tmp_path / "file").read_bytes() == b"x"
    with pytest.raises(sources.Unavailable, match=r"has no missing\.txt"):
        sources.unpack(package, "missing.txt", tmp_path / "file")
