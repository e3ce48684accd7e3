"""`build.py test`: every check in its order, and a summary of all of them at the end.

The tests run in two lanes beside each other, since one of them leaves half of a small machine idle:
the first half of the browser tests; the unit tests, and then the other half. Which test runs after
which is the same in every run.
"""

import os
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from queue import SimpleQueue

from . import chromium
from .build import build_site
from .errors import BuildError
from .places import Places

NO_TESTS_RAN = 5
# The first file of the second half: the lanes then take about as long as each other.
SECOND_HALF = "test_opening.py"


@dataclass(frozen=True)
class Result:
    """What one check came to: its name, its exit code, the last line that it printed."""

    name: str
    code: int
    closing: str

    def __str__(self) -> str:
        return f"{'ok    ' if self.code == 0 else 'FAILED'}  {self.name:15}  {self.closing}"


def run_checks(places: Places, quick: bool, expression: str | None) -> int:
    """Run the checks, go on after a failure, and return 0 only if all went well.

    With an expression only tests run, and a suite may then have none that match.
    """
    results = list(checks(places, quick, expression))
    ran = [result for result in results if result.code != NO_TESTS_RAN]
    codes = {result.code for result in results}
    tested = any("tests" in result.name for result in ran)
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
        yield Check("format", [*python, "ruff", "format", "--check", "."]).run(places, show)
        yield Check("lint", [*python, "ruff", "check", "."]).run(places, show)
        yield Check("types", [*python, "mypy"]).run(places, show)
    pytest = [*python, "pytest", f"--color={'yes' if sys.stdout.isatty() else 'no'}"]
    pytest += ["-k", expression] if expression else []
    pytest += ["-m", "not slow"] if quick else []
    unit = Check("unit tests", [*pytest, "tests", "--ignore=tests/browser"])
    if quick:
        yield unit.run(places, show)
        return
    try:
        headline("build")
        build_site(places)
        browser = chromium.ensure()
    except BuildError as error:
        print(error, flush=True)
        yield Result("build", 1, str(error))
        yield unit.run(places, show)
        return
    yield Result("build", 0, f"browser: {browser}")
    os.environ["TENSORAMA_CHROMIUM"] = str(browser)
    first, second = (
        Check(f"browser tests {number}", [*pytest, *half])
        for number, half in enumerate(halves(places), 1)
    )
    lanes = Lane(places, [unit, second]), Lane(places, [first])
    for lane in lanes:
        lane.start()
    for lane in lanes:
        yield from lane.shown()


def halves(places: Places) -> tuple[list[str], list[str]]:
    """The files of the browser tests in two parts, each in the order of their names."""
    files = sorted((places.root / "tests" / "browser").glob("test_*.py"))
    names = [(file.name, file.relative_to(places.root).as_posix()) for file in files]
    return (
        [path for name, path in names if name < SECOND_HALF],
        [path for name, path in names if name >= SECOND_HALF],
    )


@dataclass(frozen=True)
class Check:
    """One command: what it is called, and its arguments."""

    name: str
    arguments: list[str]

    def run(self, places: Places, tell: Callable[[bytes], object]) -> Result:
        """Run it, tell what it prints as it comes, keep its closing line."""
        tell(titled(self.name))
        tail = b""
        with subprocess.Popen(
            self.arguments,
            cwd=places.root,
            env={**os.environ, "PYTHONPATH": str(places.python), "PYTHONDONTWRITEBYTECODE": "1"},
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
        ) as process:
            assert process.stdout is not None
            while chunk := os.read(process.stdout.fileno(), 1 << 16):
                tell(chunk)
                tail = (tail + chunk)[-4000:]
        lines = tail.decode("utf-8", "replace").strip().splitlines() or [""]
        return Result(self.name, process.returncode, lines[-1].strip("= "))


@dataclass
class Lane:
    """Checks one after the other, beside another lane; what they print waits until it is shown."""

    places: Places
    checks: list[Check]
    said: SimpleQueue[bytes | Result | None] = field(default_factory=SimpleQueue)

    def start(self) -> None:
        """Begin, and go on alone."""
        threading.Thread(target=self._go, daemon=True).start()

    def _go(self) -> None:
        try:
            for check in self.checks:
                self.said.put(check.run(self.places, self.said.put))
        finally:
            self.said.put(None)

    def shown(self) -> Iterator[Result]:
        """Print what was and is said until all is done."""
        while (said := self.said.get()) is not None:
            if isinstance(said, Result):
                yield said
            else:
                show(said)


def show(text: bytes) -> None:
    """Print what a check prints."""
    sys.stdout.buffer.write(text)
    sys.stdout.buffer.flush()


def titled(name: str) -> bytes:
    """The line that says which check begins."""
    return f"\n── {name} {'─' * (60 - len(name))}\n".encode()


def headline(name: str) -> None:
    """Say which check begins."""
    sys.stdout.flush()
    show(titled(name))
