"""The lock file names every fetched file, its bytes and where to ask for it."""

import re

import pytest

from tensorama_build import relock
from tensorama_build.errors import BuildError
from tensorama_build.lock import LOCK_FILE, TEST_LOCK_FILE, dump_lock, read_lock

NUMPY_SHA256 = "0cad9c1b91f0082e4f959bc0e0bf5835a2efbba6ab3b1e9d1fe6e7e564cca98e"


def test_every_row_has_a_hash_a_size_and_sources():
    for name, asset in read_lock().items():
        assert re.fullmatch(r"[0-9a-f]{64}", asset.sha256), name
        assert asset.size > 0, name
        assert asset.sources, name


def test_the_lock_file_has_exactly_the_wanted_files_and_sources():
    assert {n: a.sources for n, a in read_lock().items()} == dict(sorted(relock.wanted().items()))


def test_what_only_tests_use_is_locked_and_never_shipped():
    assets = read_lock(TEST_LOCK_FILE)
    assert {n: a.sources for n, a in assets.items()} == relock.wanted_by_tests()
    assert dump_lock(assets) == TEST_LOCK_FILE.read_text("utf-8")
    assert not assets.keys() & read_lock().keys()


def test_every_version_is_exact():
    for name, asset in read_lock().items():
        for source in asset.sources:
            pattern = {"cdn": r"[@/]v?\d+\.\d+\.\d+/", "npm": r".@\d+\.\d+\.\d+$"}
            assert re.search(pattern.get(source.kind, r"==\d+\.\d+\.\d+$"), source.where), name


def test_the_cdn_is_asked_before_a_package_client():
    for name, asset in read_lock().items():
        kinds = [source.kind for source in asset.sources]
        if "cdn" in kinds:
            assert kinds[0] == "cdn", name
            assert len(kinds) == 2, name


def test_numpy_is_the_wheel_that_pyodide_names():
    assert read_lock()[f"pyodide/{relock.NUMPY_WHEEL}"].sha256 == NUMPY_SHA256


def test_the_file_is_written_as_it_is_read():
    assert dump_lock(read_lock()) == LOCK_FILE.read_text("utf-8")


def test_a_broken_lock_file_is_one_sentence(tmp_path):
    broken = tmp_path / "assets.lock.json"
    broken.write_text(
        '{"a": {"sha256": "x", "size": 1, "sources": [{"kind": "ftp", "where": "y"}]}}'
    )
    with pytest.raises(BuildError) as error:
        read_lock(broken)
    assert str(error.value) == (
        "The lock file assets.lock.json cannot be read: a has a source of unknown kind 'ftp'"
    )
