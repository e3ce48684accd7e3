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


@pytest.mark.parametrize("pack", later._PACKS, ids=lambda pack: pack.file)
def test_what_is_laid_out_is_what_was_packed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, pack: later.Pack
) -> None:
    monkeypatch.setattr(later, "_PACKAGE", tmp_path)
    later.lay_out(wheels.later_rooms(PACKAGE, pack.file))
    came = {p.relative_to(tmp_path).as_posix() for p in tmp_path.rglob("*") if p.is_file()}
    rooms = [Path(*room.split(".")[1:]) for room in pack.rooms]
    there = {
        p.relative_to(PACKAGE).as_posix()
        for room in rooms
        for p in (PACKAGE / room).rglob("*")
        if p.is_file() and p.suffix in (".py", ".css")
    }
    assert came == there
    compile((tmp_path / rooms[0] / "__init__.py").read_text(), "first", "exec")


def test_every_pack_is_built() -> None:
    built = {
        file: tuple(room.strip("/").replace("/", ".") for room in rooms)
        for file, rooms in wheels.LATER.items()
    }
    assert built == {pack.file: pack.rooms for pack in later._PACKS}


def test_the_wheel_has_none_of_it() -> None:
    with zipfile.ZipFile(io.BytesIO(wheels.tensorama_wheel(PACKAGE, "0"))) as archive:
        names = lzma.decompress(archive.read("tensorama/rest.xz")).partition(b"\n")[0].decode()
    assert '"app/later.py"' in names
    for room in ("explain", "app/inspect", "inputs/ways", "outputs/readings", "app/ways"):
        assert f'"{room}/' not in names


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


def test_who_is_gone_is_not_called(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    called: list[str] = []

    def stays() -> None:
        called.append("stays")

    def goes() -> None:
        called.append("goes")

    monkeypatch.setattr(later, "_PACKAGE", tmp_path)
    monkeypatch.setattr(later, "is_here", lambda: False)
    for then in (goes, stays):
        later.expect(then)
    later.forget(goes)
    later.forget(goes)
    later.lay_out(wheels.later_rooms(PACKAGE))
    assert called == ["stays"]
