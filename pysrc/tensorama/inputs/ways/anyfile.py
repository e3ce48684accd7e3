"""Any file at all, for a network that looks at bytes: those at its beginning and at its end."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, ClassVar, Self

import numpy as np

from tensorama.inputs.ways.way import Gift, Way
from tensorama.onnxfile import Model, ValueInfo

_MOST = 1 << 20  # bytes that a network looks at
SAMPLES: Mapping[str, bytes] = {  # written for this page, the first is shown without a gift
    "primes.py": b'''"""Prime numbers by the sieve of Eratosthenes."""

import sys


def primes(below: int) -> list[int]:
    is_prime = [True] * below
    is_prime[:2] = [False, False]
    for n in range(2, int(below**0.5) + 1):
        if is_prime[n]:
            is_prime[n * n :: n] = [False] * len(range(n * n, below, n))
    return [n for n, prime in enumerate(is_prime) if prime]


if __name__ == "__main__":
    print(*primes(int(sys.argv[1])), sep="\\n")
''',
    "page.html": b"""<!DOCTYPE html>
<html lang="en">
<head>
  <meta charset="utf-8">
  <meta name="viewport" content="width=device-width, initial-scale=1">
  <title>The eight planets</title>
  <link rel="stylesheet" href="style.css">
</head>
<body>
  <nav><ul><li><a href="index.html">Home</a></li><li><a href="moons.html">Moons</a></li></ul></nav>
  <main>
    <h1>The eight planets</h1>
    <p class="lead">They go round the sun, <em>the inner ones</em> faster than the outer ones.</p>
    <table>
      <thead><tr><th>Name</th><th>Moons</th></tr></thead>
      <tbody>
        <tr><td>Mercury</td><td>0</td></tr>
        <tr><td>Venus</td><td>0</td></tr>
        <tr><td>Earth</td><td>1</td></tr>
        <tr><td>Mars</td><td>2</td></tr>
      </tbody>
    </table>
    <img src="orbits.png" alt="Their orbits" width="640" height="400">
  </main>
  <footer><small>Nothing here was measured.</small></footer>
  <script src="sort.js"></script>
</body>
</html>
""",
    "planets.csv": b"""planet,radius_km,distance_au,moons
Mercury,2439.7,0.387,0
Venus,6051.8,0.723,0
Earth,6371.0,1.000,1
Mars,3389.5,1.524,2
Jupiter,69911,5.203,97
Saturn,58232,9.537,274
Uranus,25362,19.191,28
Neptune,24622,30.069,16
""",
}


@dataclass(frozen=True, slots=True)
class Ends:
    """A file's first and last bytes, as many as were read, and how many it has."""

    head: bytes
    tail: bytes
    size: int


@dataclass(frozen=True, slots=True)
class AnyFile(Way):
    """A file → its first and its last bytes as numbers (1, first + last), `padding` where it has
    none. Spaces and line breaks before the first and behind the last do not count.

    A gift: "file", the file's name.
    https://github.com/google/magika (`_extract_features_from_seekable`)
    """

    kind: ClassVar[str] = "file"
    first: int = 0
    last: int = 0
    padding: int = 0
    block: int = 0  # bytes of either end that are read
    least: int = 0  # bytes below which the network is not asked by its makers

    @classmethod
    def of(cls, model: Model, value: ValueInfo, said: Mapping[str, Any]) -> Self | None:
        """What the file's notes call a file."""
        names = ("first", "last", "padding", "block", "least")
        first, last, padding, block, least = (said.get(name, 0) for name in names)
        numbers = all(type(n) is int and 0 <= n <= _MOST for n in (first, last, block, least))
        if said.get("kind") != "file" or not numbers or type(padding) is not int:
            return None
        shape = value.shape
        if not shape or shape[-1] != first + last or value.elem_type not in (1, 6, 7):
            return None
        block = max(block, first, last)
        return cls(value.name, shape, first, last, padding, block, least)

    def source(self, gift: Gift) -> str:
        """The name of the file."""
        return str(self.said(gift, 1, next(iter(SAMPLES))))

    def ends(self, gift: Gift, pictures: Mapping[str, Any]) -> Ends:
        """The bytes that are read of it; those of a sample where it is not here."""
        found = pictures.get(self.source(gift))
        if isinstance(found, Ends):
            return found
        data = SAMPLES.get(self.source(gift)) or next(iter(SAMPLES.values()))
        return Ends(data[: self.block], data[-self.block :], len(data))

    def seen(self, ends: Ends) -> tuple[bytes, bytes]:
        """The first and the last bytes that the network looks at."""
        tail = ends.tail.rstrip()
        return ends.head.lstrip()[: self.first], tail[max(0, len(tail) - self.last) :]

    def offers(
        self, own: Gift, pictures: Mapping[str, Any], language: str
    ) -> Iterator[tuple[str, Gift]]:
        """Files of ours, and those that a person gave."""
        for name in SAMPLES:
            yield name, (self.kind, name)
        for key, value in pictures.items():
            if isinstance(value, Ends):
                yield key.partition(" ")[2], (self.kind, key)

    def make(self, gift: Gift, default: np.ndarray, pictures: Mapping[str, Any]) -> np.ndarray:
        """The numbers, the same for each of a batch."""
        head, tail = self.seen(self.ends(gift, pictures))
        made = np.full(self.first + self.last, self.padding)
        made[: len(head)] = [*head]
        made[len(made) - len(tail) :] = [*tail]
        return np.broadcast_to(made, default.shape).astype(default.dtype)
