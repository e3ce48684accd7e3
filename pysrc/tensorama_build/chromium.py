"""Find a Chromium to test in, or get one.

Tried in order: the program that TENSORAMA_CHROMIUM names; a Chromium, Chrome or Edge on PATH or in
the platform's usual places; Playwright's own download; Debian's package, where root may install it.
"""

import os
import shutil
import subprocess
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path

from .errors import BuildError

NAMES = (
    "chromium",
    "chromium-browser",
    "google-chrome",
    "google-chrome-stable",
    "chrome",
    "msedge",
)
MAC_PLACES = (
    "/Applications/Chromium.app/Contents/MacOS/Chromium",
    "/Applications/Google Chrome.app/Contents/MacOS/Google Chrome",
    "/Applications/Microsoft Edge.app/Contents/MacOS/Microsoft Edge",
)
WINDOWS_PLACES = (
    "Chromium/Application/chrome.exe",
    "Google/Chrome/Application/chrome.exe",
    "Microsoft/Edge/Application/msedge.exe",
)
# Quiet, without calls home, and with a software renderer where there is no GPU.
FLAGS = [
    "--no-sandbox",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--enable-unsafe-swiftshader",
]


def ensure() -> Path:
    """A Chromium that starts: one that is there, else one that could be got."""
    return find() or download() or install_package() or no_chromium()


def find(environ: Mapping[str, str] = os.environ, platform: str = sys.platform) -> Path | None:
    """The first Chromium on this machine that starts; None if there is none."""
    named = environ.get("TENSORAMA_CHROMIUM")
    if named:
        if starts(Path(named)):
            return Path(named)
        raise BuildError(f"TENSORAMA_CHROMIUM names {named}, which does not start as a Chromium.")
    return next((path for path in candidates(environ, platform) if starts(path)), None)


def candidates(environ: Mapping[str, str], platform: str) -> Iterator[Path]:
    """Where a Chromium may lie, likeliest first; only files that exist."""
    for name in NAMES:
        found = shutil.which(name, path=environ.get("PATH", ""))
        if found:
            yield Path(found)
    places: list[Path] = []
    if platform == "darwin":
        places = [Path(place) for place in MAC_PLACES]
    elif platform == "win32":
        roots = [environ.get(key) for key in ("PROGRAMFILES", "PROGRAMFILES(X86)", "LOCALAPPDATA")]
        places = [Path(root) / place for root in roots if root for place in WINDOWS_PLACES]
    yield from (place for place in places if place.is_file())


def starts(program: Path) -> bool:
    """Whether a program is a browser with all its libraries.

    Ubuntu's `chromium-browser` without its snap, or a download without its libraries, is not.
    """
    if sys.platform == "win32":  # there `--version` opens a window
        return program.is_file()
    try:
        done = subprocess.run(
            [str(program), "--version"], capture_output=True, timeout=30, check=False
        )
    except (OSError, subprocess.TimeoutExpired):
        return False
    return done.returncode == 0


def download() -> Path | None:
    """Playwright's own Chromium, downloaded now if it is not there yet."""
    path = playwright_path()
    if not starts(path):
        print("Getting a Chromium through Playwright …", flush=True)
        command = [sys.executable, "-m", "playwright", "install", "chromium"]
        environ = {**os.environ, "PLAYWRIGHT_DOWNLOAD_CONNECTION_TIMEOUT": "5000"}
        run_quietly(command, environ, seconds=600)
    return path if starts(path) else None


def playwright_path() -> Path:
    """Where Playwright keeps, or would keep, its Chromium."""
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        return Path(playwright.chromium.executable_path)


def install_package() -> Path | None:
    """Debian's Chromium package, where this user may install it."""
    if not shutil.which("apt-get") or not hasattr(os, "geteuid") or os.geteuid() != 0:
        return None
    print("Installing Debian's chromium package …", flush=True)
    environ = {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}
    run_quietly(["apt-get", "update", "-q"], environ, seconds=300)
    install = ["apt-get", "install", "-q", "-y", "--no-install-recommends", "chromium"]
    run_quietly(install, environ, seconds=600)
    return find()


def run_quietly(command: list[str], environ: dict[str, str], seconds: int) -> None:
    """Run a command whose success is judged by what is there afterwards."""
    try:
        subprocess.run(
            command,
            env=environ,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            timeout=seconds,
            check=False,
        )
    except (OSError, subprocess.TimeoutExpired):
        return


def no_chromium() -> Path:
    """Say what to do: every way was tried."""
    raise BuildError(
        "No Chromium was found and none could be installed: install Chromium or Chrome,"
        " or name one in TENSORAMA_CHROMIUM, and run `python build.py test` again."
    )
