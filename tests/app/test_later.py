"""The rooms that a page fetches later: everything of them comes, nothing of them comes before."""

from __future__ import annotations

import io
import lzma
import zipfile
from pathlib import Path

import pytest

import tensorama
from tensorama.app import later
from tensorama_build import wheels

PACKAGE = Path(tensorama.__file__).parent


def test_what_is_laid_out_is_what_was_packed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(later, "_PACKAGE", tmp_path)
    later.lay_out(wheels.later_rooms(PACKAGE))
    came = {p.relative_to(tmp_path).as_posix() for p in tmp_path.rglob("*") if p.is_file()}
    there = {
        p.relative_to(PACKAGE).as_posix()
        for room in ("explain", "app/inspect")
        for p in (PACKAGE / room).rglob("*.py")
    }
    assert came == there
    compile((tmp_path / "explain/__init__.py").read_text(), "explain", "exec")


def test_the_wheel_has_none_of_it() -> None:
    with zipfile.ZipFile(io.BytesIO(wheels.tensorama_wheel(PACKAGE, "0"))) as archive:
        names = lzma.decompress(archive.read("tensorama/rest.xz")).partition(b"\n")[0].decode()
    assert '"app/later.py"' in names
    assert '"explain/' not in names
    assert '"app/inspect/' not in names


def test_who_waits_is_called_once_when_it_is_there(monkeypatch: pytest.MonkeyPatch) -> None:
    here, work, called = [False], [], []
    monkeypatch.setattr(later, "is_here", lambda: here[0])

    async def bring() -> None:
        here[0] = True

    monkeypatch.setattr(later, "bring", bring)

    def then() -> None:
        called.append("then")

    assert not later.is_here_or(work.append, then)
    assert not later.is_here_or(work.append, then)
    (only,) = work
    with pytest.raises(StopIteration):
        only.send(None)
    assert called == ["then"]
    assert later.is_here_or(work.append, then)
