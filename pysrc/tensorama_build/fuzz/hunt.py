"""Send mutations through workers, count what comes of them, and gather what went wrong by its root.

python build.py fuzz --seconds 600                     a new seed each time
python build.py fuzz --seed 7 --mutations 20000        the same again
python build.py fuzz --seed 7 --only 1234 --keep DIR   one of them, written to a file
"""

import json
import os
import random as chance
import select
import signal
import tempfile
import time
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from ..errors import BuildError
from ..places import Places
from .originals import Original, originals
from .worker import Outcome, death, mutation, start

PATIENCE = 20.0  # seconds of computing that one mutation may take
_ASLEEP = 10 * PATIENCE  # seconds in which a worker that waits for something must have answered
_PART = 500  # mutations for one process
_TOLD = 15.0  # seconds between two lines of progress


@dataclass
class Found:
    """What went wrong in the same way: the first mutation of it, its words, and how many."""

    first: int
    told: str
    count: int = 0


@dataclass
class Catch:
    """What a hunt came to."""

    mutations: int = 0
    ran: int = 0
    roots: dict[str, Found] = field(default_factory=dict)
    sentences: Counter[str] = field(default_factory=Counter)

    def add(self, outcome: Outcome) -> bool:
        """Count one outcome; whether it is of a root that was not known yet."""
        self.mutations += 1
        self.ran += outcome.told == "ran"
        if not outcome.root:
            return False
        new = outcome.root not in self.roots
        found = self.roots.setdefault(outcome.root, Found(outcome.number, outcome.told))
        found.count += 1
        return new

    @property
    def hangs(self) -> int:
        """How many mutations took for ever."""
        return sum(f.count for root, f in self.roots.items() if root.startswith("endless"))

    @property
    def others(self) -> int:
        """How many raised what is no sentence, or ended the process."""
        return sum(found.count for found in self.roots.values()) - self.hangs

    def __str__(self) -> str:
        lines = [
            f"{found.count:5}  {root}\n       first {found.first}: {found.told[:150]}"
            for root, found in sorted(self.roots.items(), key=lambda item: -item[1].count)
        ]
        refused = self.mutations - self.ran - self.hangs - self.others
        lines.append(
            f"{self.mutations:,} mutations: {self.ran:,} ran, {refused:,} were refused in a "
            f"sentence, {self.hangs} took for ever, {self.others} went wrong otherwise."
        )
        return "\n".join(lines)


def run_fuzz(
    places: Places,
    seconds: float | None = None,
    seed: int | None = None,
    mutations: int | None = None,
    only: int | None = None,
    keep: Path | None = None,
) -> int:
    """Hunt for so long or so many; print what was found; 0 if that is nothing."""
    if not hasattr(os, "fork"):
        raise BuildError("fuzz needs a system with fork, as Linux and macOS have it.")
    seed = chance.randrange(1 << 32) if seed is None else seed
    models = originals(places)
    numbers = range(mutations or 1 << 40) if only is None else range(only, only + 1)
    if mutations is None and only is None:
        seconds = 60.0 if seconds is None else seconds
    print(f"seed {seed}: {len(models):,} models to change", flush=True)
    caught, began, told = Catch(), time.monotonic(), time.monotonic()
    for outcome in hunt(models, seed, numbers):
        if caught.add(outcome):
            print(f"mutation {outcome.number}: {outcome.root}: {outcome.told[:150]}", flush=True)
            if keep:
                write(keep, models, seed, outcome.number)
        now = time.monotonic()
        if now - told > _TOLD:
            told = now
            rate = caught.mutations / (now - began)
            print(f"{caught.mutations:,} mutations, {rate:.0f} a second", flush=True)
        if seconds is not None and now - began > seconds:
            break
    if only is not None and keep:
        write(keep, models, seed, only)
    print(caught)
    return 1 if caught.roots else 0


def write(folder: Path, models: Sequence[Original], seed: int, number: int) -> None:
    """Write a mutation to a file of the folder."""
    name, data = mutation(models, seed, number)
    folder.mkdir(parents=True, exist_ok=True)
    safe = "".join(c if c.isalnum() else "_" for c in name)[:60]
    (folder / f"{seed}_{number}_{safe}.onnx").write_bytes(data)


def hunt(
    models: Sequence[Original], seed: int, numbers: range, patience: float = PATIENCE
) -> Iterator[Outcome]:
    """The outcome of every mutation, in order; a worker that dies is one of them."""
    with tempfile.TemporaryDirectory() as folder:
        stack = Path(folder) / "stack"
        while numbers:
            part = numbers[:_PART]
            stack.write_text("")
            child, readable = start(models, seed, part, patience, stack)
            done = 0
            try:
                for outcome in _read(readable):
                    done += 1
                    yield outcome
                asleep = False
            except TimeoutError:
                asleep = True
            finally:
                os.close(readable)
                if done < len(part):
                    _end(child)
                status = os.waitpid(child, 0)[1]
            if done < len(part):
                root = "endless, asleep" if asleep else death(status, stack)
                yield Outcome(part[done], stack.read_text(errors="replace")[-400:], root)
                done += 1
            numbers = numbers[done:]


def _end(child: int) -> None:
    """End a worker that may still live; one that died already stays as it died."""
    if os.waitid(os.P_PID, child, os.WEXITED | os.WNOHANG | os.WNOWAIT) is None:
        os.kill(child, signal.SIGKILL)


def _read(readable: int) -> Iterator[Outcome]:
    """Outcomes as a worker writes them, until it ends."""
    rest = b""
    while True:
        if not select.select([readable], [], [], _ASLEEP)[0]:
            raise TimeoutError
        part = os.read(readable, 1 << 16)
        if not part:
            return
        *lines, rest = (rest + part).split(b"\n")
        for line in lines:
            yield Outcome(**json.loads(line))
