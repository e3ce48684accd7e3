"""The kernel with canaries: of every array only what is declared, and traps around that.

Each call is done several times: with other bytes in the guards, which must stay as they are and
must not matter; and with each part of memory in turn at the very end, where one byte more is a
fault.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from engine.kernel_host import Host, bytes_at
from tensorama.engine.kernel.door import Pointer, door, located

GUARD = 64  # bytes on either side
FILLS = (0xFF, 0x5B)  # as floats: NaN, and 6e16


@dataclass
class Part:
    """Some of this process's memory, and whether the kernel may write into it."""

    low: int
    high: int
    written: bool
    scratch: bool  # nobody wants what was there, nor what comes
    at: int = 0  # where it lies in the kernel's memory

    @property
    def place(self) -> slice:
        """The same in the kernel's memory."""
        return slice(self.at, self.at + self.high - self.low)


class Guarded(Host):
    """A kernel that is called with guards around all that it gets."""

    def call(self, name: str, *arguments: Any) -> None:
        """Call several times; complain about each byte that is touched outside, or matters."""
        self.calls.append(name)
        parts, addresses = _parts(name, arguments)
        before = [bytes_at(part.low, part.high - part.low).copy() for part in parts]
        results: list[list[np.ndarray]] = []
        for number in range(max(2, len(parts))):
            guards = self._lay_out(parts, number % len(parts), FILLS[number % 2])
            memory = self._view(0, self.memory.data_len(self.store))
            for part, content in zip(parts, before, strict=True):
                if not part.scratch:
                    memory[part.place] = content
            self.functions[name](self.store, *[
                address if part is None else address - part.low + part.at
                for part, address in addresses
            ])  # fmt: skip
            fill = FILLS[number % 2]
            assert all((memory[guard] == fill).all() for guard in guards), f"{name} writes outside"
            for part, content in zip(parts, before, strict=True):
                kept = part.written or (memory[part.place] == content).all()
                assert kept, f"{name} writes what is only to be read"
            wanted = [part for part in parts if part.written and not part.scratch]
            results.append([memory[part.place].copy() for part in wanted])
            for one, other in zip(results[0], results[-1], strict=True):
                assert (one == other).all(), f"{name} reads outside"
        for part, content in zip(wanted, results[0], strict=True):
            bytes_at(part.low, part.high - part.low)[:] = content

    def _lay_out(self, parts: Sequence[Part], last: int, fill: int) -> list[slice]:
        """Give all parts places up to the end of memory, one of them behind all. Gives the guards.

        No place but the last is a multiple of 16.
        """
        ordered = [*parts[:last], *parts[last + 1 :], parts[last]]
        sizes = [(part.high - part.low + 15) // 16 * 16 + 2 * GUARD for part in ordered]
        self._grow(sum(sizes) + 2 * GUARD)
        end = self.memory.data_len(self.store)
        begin = at = end - sum(sizes)
        guards, memory = [], self._view(0, end)
        for part, size in zip(ordered, sizes, strict=True):
            part.at = at + GUARD + 4
            at += size
        ordered[-1].at = end - (ordered[-1].high - ordered[-1].low)
        for part in ordered:
            guards.append(slice(begin, part.at))
            begin = part.place.stop
        guards.append(slice(0, GUARD))
        for guard in guards:
            memory[guard] = fill
        return guards


def _parts(name: str, arguments: Sequence[Any]) -> tuple[list[Part], list[tuple[Part | None, Any]]]:
    """What the call may touch, where it overlaps as one part; each argument with its part."""
    found: list[Part] = []

    def noted(array: Any, pointer: Pointer, low: int, high: int, bound: int = -1) -> Any:
        address = located(array, pointer, low, high, bound)
        if not address:
            return 0
        scratch = pointer.name.endswith(" scratch")
        found.append(Part(address + low, address + high, pointer.written, scratch))
        return found[-1], address

    passed = door(name)(noted, *arguments)
    parts: list[Part] = []
    for part in sorted(found, key=lambda part: part.low):
        if parts and part.low < parts[-1].high:
            assert parts[-1].scratch == part.scratch, f"{name} overlaps the scratch memory"
            parts[-1].high = max(parts[-1].high, part.high)
            parts[-1].written |= part.written
        else:
            parts.append(Part(part.low, part.high, part.written, part.scratch))
    placed: list[tuple[Part | None, Any]] = []
    for item in passed:
        if isinstance(item, tuple):
            part, address = item
            whole = next(p for p in parts if p.low <= part.low and part.high <= p.high)
            placed.append((whole, address))
        else:
            placed.append((None, item))
    return parts, placed
