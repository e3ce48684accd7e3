"""How much memory there is, and what is said when it does not suffice.

A page's Python lives in one WebAssembly memory of at most 4 GB that never shrinks; what was given
back inside it can be used again. Elsewhere the system decides, and nothing is limited here.
"""

from __future__ import annotations

import ctypes
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache

from tensorama.engine.kernel import IN_PAGE
from tensorama.errors import TooLargeError
from tensorama.phrases import phrase

_RESERVE = 32 << 20  # bytes that the page keeps for itself
_limit: int | None = None


class _Heap(ctypes.Structure):
    """The C library's `struct mallinfo`, of which `fordblks` are the bytes that were given back."""

    _fields_ = [("before", ctypes.c_size_t * 8), ("fordblks", ctypes.c_size_t),
                ("after", ctypes.c_size_t)]  # fmt: skip


def available() -> int | None:
    """How many bytes can still be had; None where there is no limit to know of."""
    if _limit is not None:
        return _limit
    if not IN_PAGE:
        return None
    return max(0, _never_used() + _library().mallinfo().fordblks - _RESERVE)


def is_limited() -> bool:
    """Whether there is a limit to know of."""
    return _limit is not None or IN_PAGE


@cache
def _library() -> ctypes.CDLL:
    library = ctypes.CDLL(None)
    library.mallinfo.restype = _Heap
    library.sbrk.restype = library.emscripten_get_heap_max.restype = ctypes.c_size_t
    return library


def _never_used() -> int:
    """The bytes by which the page's memory can still grow."""
    return int(_library().emscripten_get_heap_max() - _library().sbrk(0))


@contextmanager
def limited(to: int) -> Iterator[None]:
    """Take it that only so many bytes can be had while the block runs."""
    global _limit
    before, _limit = _limit, to
    try:
        yield
    finally:
        _limit = before


def complain_unless_fitting(
    needed: int, what: str, least: str = "", advice: str = phrase("Take a smaller model.")
) -> None:
    """Raise TooLargeError if so many bytes cannot be had for what is named."""
    if needed > sys.maxsize:
        raise TooLargeError(
            phrase(
                "{what} needs {least}{needed} of memory; one piece can have {most} here. {advice}",
                what=what,
                least=least,
                needed=in_words(needed),
                most=in_words(sys.maxsize),
                advice=advice,
            )
        )
    if _limit is None and IN_PAGE and needed <= _never_used() - _RESERVE:
        return  # to count what was given back takes milliseconds, and is not needed here
    free = available()
    if free is not None and needed > free:
        raise TooLargeError(
            phrase(
                "{what} needs {least}{needed} of memory; {free} are free. {advice}",
                what=what,
                least=least,
                needed=in_words(needed),
                free=in_words(free),
                advice=advice,
            )
        )


def in_words(count: int) -> str:
    """An amount of bytes as a person reads it: 512 bytes, 31.4 MB, 2.10 GB."""
    if count < 1000:
        return f"{count} byte{'' if count == 1 else 's'}"
    for unit, size, digits in (("kB", 1e3, 0), ("MB", 1e6, 1), ("GB", 1e9, 2)):
        if round(count / size, digits) < 1000 or unit == "GB":
            return f"{count / size:.{digits}f} {unit}"
    raise AssertionError
