"""Where things stand: the source tree, what is built in it, and the cache outside it."""

import os
import sys
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True)
class Places:
    """The folders of one checkout. All but `cache` lie inside `root`."""

    root: Path

    @property
    def site(self) -> Path:
        """Static sources of the page."""
        return self.root / "site"

    @property
    def python(self) -> Path:
        """Python sources: `tensorama` and `tensorama_build`."""
        return self.root / "pysrc"

    @property
    def models(self) -> Path:
        """Demo models, one folder each."""
        return self.root / "models"

    @property
    def dist(self) -> Path:
        """The product: a static site."""
        return self.root / "dist"

    @property
    def stamps(self) -> Path:
        """What was built from what, so that an unchanged part is not built again."""
        return self.root / ".build"

    @property
    def venv(self) -> Path:
        """The Python environment that build.py makes for itself."""
        return self.root / ".venv"

    @property
    def cache(self) -> Path:
        """Downloads, shared by all checkouts."""
        return cache_folder(os.environ, sys.platform, Path.home())


def cache_folder(environ: "os._Environ[str] | dict[str, str]", platform: str, home: Path) -> Path:
    """The folder where this platform expects a program's downloads.

    `TENSORAMA_CACHE` overrides it.
    """
    if environ.get("TENSORAMA_CACHE"):
        return Path(environ["TENSORAMA_CACHE"]).expanduser()
    if platform == "win32":
        return Path(environ.get("LOCALAPPDATA") or home / "AppData" / "Local") / "tensorama"
    if platform == "darwin":
        return home / "Library" / "Caches" / "tensorama"
    return Path(environ.get("XDG_CACHE_HOME") or home / ".cache") / "tensorama"
