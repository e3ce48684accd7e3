"""Get the files of the lock file: out of the cache, else from the first source that has them.

The cache is content-addressed: a file's name in it is its sha256, so it serves every version and
every checkout. A download that was cut off stays as `.part` and is continued.
"""

import hashlib
import os
from collections.abc import Iterable
from pathlib import Path

from .errors import BuildError
from .lock import Asset, Source
from .sources import Cdn, Packages, Unavailable, installed


class Fetcher:
    """Gets assets into a cache folder and says where they lie."""

    def __init__(self, cache: Path) -> None:
        self._cache = cache
        self._cdn = Cdn()
        self._packages = Packages(cache / f"packages-{os.getpid()}")

    def path(self, asset: Asset) -> Path:
        """Where an asset lies in the cache, whether it is there or not."""
        return self._cache / "sha256" / asset.sha256[:2] / asset.sha256

    def fetch_all(self, assets: Iterable[Asset]) -> None:
        """Make sure that all these assets are in the cache."""
        missing = [asset for asset in assets if not self.has(asset)]
        if not missing:
            return
        total = sum(asset.size for asset in missing) / 1e6
        print(f"Fetching {len(missing)} files, {total:.1f} MB …", flush=True)
        try:
            for asset in missing:
                self.fetch(asset)
        finally:
            self._packages.close()

    def has(self, asset: Asset) -> bool:
        """Whether the cache has this file. Its bytes were checked when it came in."""
        path = self.path(asset)
        return path.is_file() and path.stat().st_size == asset.size

    def fetch(self, asset: Asset) -> Path:
        """Get one asset from its sources in order; check its bytes; return its path."""
        path = self.path(asset)
        if self.has(asset):
            return path
        path.parent.mkdir(parents=True, exist_ok=True)
        tried = []
        for source in asset.sources:
            # The address stands in the name: halves of two sources are never joined.
            part = path.with_name(f"{asset.sha256}.{source.kind}.part")
            try:
                self._get(source, part)
            except Unavailable as reason:
                tried.append(f"{source} ({reason})")
                continue
            check(asset, source, part)
            part.replace(path)
            return path
        raise BuildError(
            f"No source has {asset.name}: tried {'; '.join(tried)}."
            " Connect this machine to the internet and run the build again."
        )

    def _get(self, source: Source, target: Path) -> None:
        match source.kind:
            case "cdn":
                self._cdn.get(source, target)
            case "installed":
                installed(source, target)
            case _:
                self._packages.get(source, target)


def check(asset: Asset, source: Source, path: Path) -> None:
    """Refuse a file whose bytes are not those of the lock file."""
    found = sha256(path)
    if found != asset.sha256:
        path.unlink()
        raise BuildError(
            f"{asset.name} was refused: {source} gave bytes with sha256 {found[:12]}…,"
            f" the lock file says {asset.sha256[:12]}…."
        )


def sha256(path: Path) -> str:
    """The SHA-256 hash of a file, in hexadecimal."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
