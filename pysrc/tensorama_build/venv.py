"""The `.venv` in the tree: made from the versions pinned in pyproject.toml, renewed with them.

Standard library only: this runs before anything is installed.
"""

import hashlib
import json
import os
import shutil
import subprocess
import sys
import tomllib
from pathlib import Path

from .errors import BuildError
from .places import Places


def interpreter(venv: Path) -> Path:
    """The Python program inside a virtual environment."""
    return venv / ("Scripts/python.exe" if os.name == "nt" else "bin/python")


def is_inside(places: Places) -> bool:
    """Whether the Python that runs now is the one in `.venv`."""
    return Path(sys.prefix).resolve() == places.venv.resolve()


def pins(places: Places) -> list[str]:
    """The exact versions that building and testing need, from pyproject.toml."""
    project = tomllib.loads((places.root / "pyproject.toml").read_text("utf-8"))["project"]
    return list(project["optional-dependencies"]["dev"])


def fingerprint(wanted: list[str]) -> str:
    """A short text that changes when the pins or the version of Python change."""
    return hashlib.sha256(json.dumps([sys.version_info[:2], sorted(wanted)]).encode()).hexdigest()


def ensure(places: Places) -> Path:
    """Make `.venv` if it is missing, broken or out of date; return its Python.

    The stamp is written last, so an environment whose making was cut off counts as broken.
    """
    python, stamp, wanted = interpreter(places.venv), places.venv / "tensorama.stamp", pins(places)
    if is_inside(places):
        # `fingerprint` of this very Python would be the same; only the pins can have changed.
        return python
    current = fingerprint(wanted)
    if python.is_file() and stamp.is_file() and stamp.read_text("utf-8") == current:
        return python
    print(f"Making .venv with {len(wanted)} pinned packages (once; a minute or two) …", flush=True)
    make(places.venv, wanted)
    stamp.write_text(current, "utf-8")
    return python


def make(venv: Path, wanted: list[str]) -> None:
    """Create the environment from nothing and install the pinned packages in one pip call."""
    if venv.exists():
        shutil.rmtree(venv)
    created = subprocess.run(
        [sys.executable, "-m", "venv", str(venv)], capture_output=True, text=True, check=False
    )
    if created.returncode != 0:
        raise BuildError(
            "Python could not make the virtual environment .venv"
            f" ({last_line(created.stdout + created.stderr)}); on Debian and Ubuntu"
            " `apt-get install python3-venv` adds what is missing."
        )
    pip = [str(interpreter(venv)), "-m", "pip", "install", "--quiet"]
    pip += ["--disable-pip-version-check", "--no-input", *wanted]
    installed = subprocess.run(pip, stderr=subprocess.PIPE, text=True, check=False)
    if installed.returncode != 0:
        raise BuildError(
            f"pip could not install the packages that building needs: {last_line(installed.stderr)}"
        )


def enter(places: Places, python: Path, arguments: list[str]) -> int:
    """Run the same command again with the Python of `.venv`; return its exit code."""
    command = [str(python), str(places.root / "build.py"), *arguments]
    if os.name != "nt":  # there execv would return to the shell while the command still runs
        sys.stdout.flush()
        os.execv(command[0], command)
    return subprocess.call(command)


def last_line(text: str) -> str:
    """The last line that says something: tools put the reason there."""
    lines = [line.strip() for line in text.splitlines() if line.strip()]
    errors = [line for line in lines if line.lower().startswith("error")]
    return (errors or lines or ["it gave no reason"])[-1]
