"""A process that makes and visits mutations one after the other, within limits of time and memory.

It dies of what takes too long or more memory than it may have; the one who started it goes on with
another. How it died stands in a file: the stack at that moment, written by Python's faulthandler.
"""

import faulthandler
import json
import os
import random as chance
import re
import resource
import signal
import warnings
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from tensorama.engine import work

from .mutate import mutated
from .originals import Original
from .visit import OWN, root_of, visit

MEMORY = 3 << 30  # bytes of addresses that a worker may have beside what it begins with
WORK = 100_000  # units that a run may draw: where an account ends is the same at any size
_FRAME = re.compile(r'File "(?P<file>.*)", line (?P<line>\d+)(?: in (?P<name>.*))?')


@dataclass(frozen=True)
class Outcome:
    """What came of a mutation: a `root` where something went wrong, and a sentence or "ran"."""

    number: int
    told: str
    root: str = ""


def mutation(originals: Sequence[Original], seed: int, number: int) -> tuple[str, bytes]:
    """The mutation of that number: which original it changes, and its bytes."""
    random = chance.Random(f"{seed}/{number}")
    original = random.choice(originals)
    return original.name, mutated(original, random)


def start(
    originals: Sequence[Original],
    seed: int,
    numbers: range,
    seconds: float,
    stack: Path,
) -> tuple[int, int]:
    """Start a process for these mutations; its id, and where its outcomes can be read.

    seconds: of computing that one mutation may take.
    """
    readable, writable = os.pipe()
    child = os.fork()
    if child:
        os.close(writable)
        return child, readable
    try:
        os.close(readable)
        _work(originals, seed, numbers, seconds, stack, writable)
    finally:
        os._exit(0)


def _work(
    originals: Sequence[Original],
    seed: int,
    numbers: range,
    seconds: float,
    stack: Path,
    writable: int,
) -> None:
    most = _taken() + MEMORY
    resource.setrlimit(resource.RLIMIT_AS, (most, most))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    work.MOST = WORK
    warnings.simplefilter("ignore")
    with stack.open("w") as file:
        faulthandler.enable(file, all_threads=False)
        signal.signal(signal.SIGPROF, signal.SIG_DFL)
        faulthandler.register(signal.SIGPROF, file, all_threads=False, chain=True)
        for number in numbers:
            signal.setitimer(signal.ITIMER_PROF, seconds)
            outcome = _outcome(number, mutation(originals, seed, number)[1])
            signal.setitimer(signal.ITIMER_PROF, 0)
            os.write(writable, json.dumps(outcome.__dict__).encode() + b"\n")


def _taken() -> int:
    """The bytes of addresses that this process has already, from whoever made it."""
    pages = Path("/proc/self/statm")
    return int(pages.read_text().split()[0]) * resource.getpagesize() if pages.exists() else 0


def _outcome(number: int, data: bytes) -> Outcome:
    try:
        return Outcome(number, visit(data))
    except Exception as error:
        return Outcome(number, f"{error!s:.200}", root_of(error))


def death(status: int, stack: Path) -> str:
    """How a process ended that did not come to its end: the signal and the innermost own line."""
    if os.WIFSIGNALED(status):
        number = os.WTERMSIG(status)
        how = "endless" if number == signal.SIGPROF else signal.Signals(number).name
    else:
        how = f"exit {os.WEXITSTATUS(status)}"
    for line in stack.read_text(errors="replace").splitlines():  # the innermost first
        frame = _FRAME.search(line)
        if frame and Path(frame["file"]).is_relative_to(OWN):
            place = Path(frame["file"]).relative_to(OWN)
            return f"{how} in {place}:{frame['line']} {frame['name']}"
    return f"{how} in nowhere of ours"
