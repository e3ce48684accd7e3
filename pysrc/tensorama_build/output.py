"""The folder that a build fills, part by part, without doing again what is already there.

Each part says what it depends on. Its outputs are kept if that has not changed and if they still
lie there as they were written; what no part wrote is removed in the end.
"""

import hashlib
import json
import os
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True)
class Part:
    """One part of dist/: what it is made from, and how it is made."""

    name: str
    key: str
    make: Callable[["Output"], None]


class Output:
    """Writes files below one folder and remembers which; knows which ones earlier parts wrote."""

    def __init__(self, folder: Path, before: Iterable[str] = ()) -> None:
        self.folder = folder
        self.before = sorted(before)
        self.written: list[str] = []

    def write(self, name: str, data: bytes) -> None:
        """Put a file in place at once: a server that reads meanwhile sees the old or the new one.

        A file that already has these bytes is left alone, so that browsers keep their copy.
        """
        path = self.folder / name
        self.written.append(name)
        if path.is_file() and path.stat().st_size == len(data) and path.read_bytes() == data:
            return
        path.parent.mkdir(parents=True, exist_ok=True)
        # Beside the folder, not in it, where another build might take it for a leftover.
        unfinished = self.folder.with_name(f".{self.folder.name}.{os.getpid()}")
        unfinished.write_bytes(data)
        unfinished.replace(path)

    def read(self, name: str) -> bytes:
        """A file that this part or an earlier one wrote."""
        return (self.folder / name).read_bytes()


def build_parts(parts: Iterable[Part], folder: Path, stamps: Path) -> list[str]:
    """Make the parts that are not up to date; return their names.

    `stamps` is the file that remembers, from one build to the next, what each part was made from.
    """
    known = read_stamps(stamps)
    current: dict[str, dict] = {}
    made = []
    for part in parts:
        stamp = known.get(part.name, {})
        if stamp.get("key") != part.key or not stands(folder, stamp["files"]):
            output = Output(folder, (name for s in current.values() for name in s["files"]))
            part.make(output)
            stamp = {"key": part.key, "files": marks(folder, output.written)}
            made.append(part.name)
        current[part.name] = stamp
    if remove_others(folder, {name for stamp in current.values() for name in stamp["files"]}):
        made.append("removed files")
    if made:
        stamps.parent.mkdir(parents=True, exist_ok=True)
        stamps.write_text(json.dumps(current), "utf-8")
    return made


def read_stamps(path: Path) -> dict[str, dict]:
    """The stamps of the last build; none if there are none to read."""
    try:
        return dict(json.loads(path.read_text("utf-8")))
    except (OSError, ValueError):
        return {}


def marks(folder: Path, names: Iterable[str]) -> dict[str, list[int]]:
    """Size and time of each file, by which a later build knows that it was not touched."""
    return {name: mark(folder / name) for name in names}


def mark(path: Path) -> list[int]:
    """Size and time of one file."""
    stat = path.stat()
    return [stat.st_size, stat.st_mtime_ns]


def stands(folder: Path, files: dict[str, list[int]]) -> bool:
    """Whether all these files lie there as they were written."""
    try:
        return all(mark(folder / name) == found for name, found in files.items())
    except OSError:
        return False


def remove_others(folder: Path, wanted: set[str]) -> int:
    """Remove files that no part wrote and folders that are empty; return how many files."""
    removed = 0
    for path in sorted(folder.rglob("*"), reverse=True):
        if path.is_dir():
            if not any(path.iterdir()):
                path.rmdir()
        elif path.relative_to(folder).as_posix() not in wanted:
            path.unlink()
            removed += 1
    return removed


def fingerprint(*things: object) -> str:
    """A short text that changes when any of the things does; a folder stands for all its files."""
    return hashlib.sha256(repr([describe(thing) for thing in things]).encode()).hexdigest()


def describe(thing: object) -> object:
    """What tells one state of a thing from another: for files, size and time instead of bytes."""
    if isinstance(thing, Path):
        return [(path.as_posix(), mark(path)) for path in source_files(thing)]
    return thing


def source_files(folder: Path) -> list[Path]:
    """All files of a source folder, sorted, without what Python and editors leave there."""
    if folder.is_file():
        return [folder]
    return sorted(
        path
        for path in folder.rglob("*")
        if path.is_file()
        and "__pycache__" not in path.parts
        and not path.name.startswith(".")
        and not path.name.endswith("~")
    )
