"""`build.py test`: every check in its order, and a summary of all of them at the end."""

import os
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass

from . import chromium
from .build import build_site
from .errors import BuildError
from .places import Places

NO_TESTS_RAN = 5


@dataclass(frozen=True)
class Result:
    """What one check came to: its name, its exit code, the last line that it printed."""

    name: str
    code: int
    closing: str

    def __str__(self) -> str:
        return f"{'ok    ' if self.code == 0 else 'FAILED'}  {self.name:14}  {self.closing}"


def run_checks(places: Places, quick: bool, expression: str | None) -> int:
    """Run the checks, go on after a failure, and return 0 only if all went well.

    With an expression only tests run, and a suite may then have none that match.
    """
    results = list(checks(places, quick, expression))
    ran = [result for result in results if result.code != NO_TESTS_RAN]
    codes = {result.code for result in results}
    tested = any(result.name.endswith("tests") for result in ran)
    if expression and not tested and NO_TESTS_RAN in codes and codes <= {0, NO_TESTS_RAN}:
        print(f"\nNo test matches -k {expression!r}: take a part of a test's name or file.")
        return 1
    if expression and tested:
        results = ran
    print("\nSummary")
    print("\n".join(str(result) for result in results), flush=True)
    return 0 if all(result.code == 0 for result in results) else 1


def checks(places: Places, quick: bool, expression: str | None) -> Iterator[Result]:
    """The checks one after the other; each is done when its result is asked for."""
    python = [sys.executable, "-m"]
    if not expression:
        yield command(places, "format", [*python, "ruff", "format", "--check", "."])
        yield command(places, "lint", [*python, "ruff", "check", "."])
        yield command(places, "types", [*python, "mypy"])
    pytest = [*python, "pytest", f"--color={'yes' if sys.stdout.isatty() else 'no'}"]
    pytest += ["-k", expression] if expression else []
    pytest += ["-m", "not slow"] if quick else []
    yield command(places, "unit tests", [*pytest, "tests", "--ignore=tests/browser"])
    if quick:
        return
    try:
        headline("build")
        build_site(places)
        browser = chromium.ensure()
    except BuildError as error:
        print(error, flush=True)
        yield Result("build", 1, str(error))
        return
    yield Result("build", 0, f"browser: {browser}")
    os.environ["TENSORAMA_CHROMIUM"] = str(browser)
    yield command(places, "browser tests", [*pytest, "tests/browser"])


def command(places: Places, name: str, arguments: list[str]) -> Result:
    """Run one check, show what it prints as it comes, keep its closing line."""
    headline(name)
    environ = {**os.environ, "PYTHONPATH": str(places.python), "PYTHONDONTWRITEBYTECODE": "1"}
    process = subprocess.Popen(
        arguments,
        cwd=places.root,
        env=environ,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
    )
    assert process.stdout is not None
    tail = b""
    while chunk := os.read(process.stdout.fileno(), 1 << 16):
        sys.stdout.buffer.write(chunk)
        sys.stdout.buffer.flush()
        tail = (tail + chunk)[-4000:]
    lines = tail.decode("utf-8", "replace").strip().splitlines() or [""]
    return Result(name, process.wait(), lines[-1].strip("= "))


def headline(name: str) -> None:
    """Say which check begins."""
    print(f"\n── {name} " + "─" * (60 - len(name)), flush=True)
