"""Times, sizes and counts as a person reads them."""

from __future__ import annotations


def time_words(seconds: float) -> str:
    """A measured time: 0.31 ms, 12.3 ms, 1.2 s."""
    milliseconds = seconds * 1000
    if milliseconds >= 1000:
        return f"{seconds:.1f} s"
    if 0 < milliseconds < 0.005:
        return "< 0.01 ms"
    return f"{milliseconds:.{0 if milliseconds >= 100 else 1 if milliseconds >= 10 else 2}f} ms"


def size_words(count: float) -> str:
    """A number of bytes: 40 B, 84.3 kB, 1.2 MB."""
    for unit, of in (("GB", 1e9), ("MB", 1e6), ("kB", 1e3)):
        if count >= of:
            return f"{count / of:.1f} {unit}"
    return f"{count:.0f} B"


def count_words(count: float) -> str:
    """A large number of operations: 840, 0.42 M, 4.1 G; below ten thousand in full."""
    for unit, of in (("T", 1e12), ("G", 1e9), ("M", 1e6)):
        if count >= of / 100:
            return f"{count / of:.{2 if count < 10 * of else 1}f} {unit}"
    return f"{count:,.0f}"
