"""`build.py zip`: the site in one archive."""

import zipfile
from pathlib import Path

import pytest

from tensorama_build.errors import BuildError
from tensorama_build.school import write_zip


def test_the_archive_holds_the_site_and_five_lines(tmp_path: Path) -> None:
    dist = tmp_path / "dist"
    (dist / "pyodide").mkdir(parents=True)
    (dist / "index.html").write_text("page")
    (dist / "pyodide/a.wasm").write_bytes(b"wasm")
    assert write_zip(dist, tmp_path / "a.zip") == write_zip(dist, tmp_path / "b.zip") == 0
    assert (tmp_path / "a.zip").read_bytes() == (tmp_path / "b.zip").read_bytes()
    with zipfile.ZipFile(tmp_path / "a.zip") as archive:
        assert archive.testzip() is None
        assert sorted(archive.namelist()) == [
            "tensorama/README.txt",
            "tensorama/index.html",
            "tensorama/pyodide/a.wasm",
        ]
        assert archive.read("tensorama/pyodide/a.wasm") == b"wasm"
        assert len(archive.read("tensorama/README.txt").decode().splitlines()) == 5


def test_a_folder_that_is_not_there_is_said(tmp_path: Path) -> None:
    with pytest.raises(BuildError, match=r"There is no folder .*gone to write a\.zip in"):
        write_zip(tmp_path, tmp_path / "gone" / "a.zip")
