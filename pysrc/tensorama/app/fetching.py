"""Get a model from an address or a file, telling how far it is, and saying plainly what went wrong.

Its bytes are written down once in Python's memory, where the weights stay.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from tensorama.app.written import told, unread
from tensorama.engine import memory
from tensorama.errors import FetchError, TooLargeError
from tensorama.phrases import phrase
from tensorama.view import ffi

_DIGITS = 16  # of a length in bytes
_ONE_PIECE = 2**31 - 1  # bytes: the most that Python can number in a page

Progress = Callable[[int, int], None]  # bytes that came, bytes in all or 0 where it is not said


async def fetch_bytes(url: str, on_progress: Progress | None = None) -> bytearray:
    """The bytes at this address; where the work is called off, nothing more is fetched.

    Raises FetchError for an address that does not answer or refuses, TooLargeError for a file
    that does not fit into memory.
    """
    control = ffi.js.AbortController.new()
    try:
        response = await _answered(url, control.signal)
        total = _length(response.headers)
        what = phrase("The file at {address}", address=told(url))
        return await _gathered(response.body, total, what, told(url), on_progress)
    finally:
        control.abort()  # nothing, if all came


async def _answered(url: str, signal: Any) -> Any:
    try:
        response = await ffi.js.fetch(url, ffi.options(signal=signal))
    except Exception as error:
        raise FetchError(unread(url)) from error
    if not response.ok:
        raise FetchError(phrase(
            "{address} answered {status}: there is no model at this address.",
            address=told(url), status=response.status,
        ))  # fmt: skip
    return response


def _length(headers: Any) -> int:
    """How many bytes will come; 0 where that is not said, or said of packed ones."""
    said = str(ffi.found(headers.get("content-length")) or "").strip()
    packed = ffi.found(headers.get("content-encoding"))
    return int(said) if said.isdecimal() and len(said) < _DIGITS and not packed else 0


async def file_bytes(file: Any, on_progress: Progress | None = None) -> bytearray:
    """The bytes of a file that a person gave to the page. Raises as `fetch_bytes`."""
    what = phrase("The file")
    return await _gathered(file.stream(), int(file.size), what, str(file.name), on_progress)


def copied(buffer: Any) -> bytearray:
    """The bytes of an ArrayBuffer or a typed array."""
    size = int(buffer.byteLength)
    _complain_unless_fitting(size, phrase("The file"))
    data = bytearray(size)
    if size:
        buffer.assign_to(memoryview(data))
    return data


def _complain_unless_fitting(size: int, what: str) -> None:
    """Raise TooLargeError if so many bytes cannot be had in one piece."""
    if size > _ONE_PIECE:
        raise TooLargeError(phrase(
            "{what} has {size}; a page can hold {most} of a file at most. Take a smaller model, or "
            "run it in Python outside of a page.",
            what=what, size=memory.in_words(size), most=memory.in_words(_ONE_PIECE),
        ))  # fmt: skip
    memory.complain_unless_fitting(size, what)


async def _gathered(
    stream: Any, total: int, what: str, source: str, on_progress: Progress | None
) -> bytearray:
    """Everything that comes from a stream, written to its place as it comes."""
    _complain_unless_fitting(total, what)
    data = bytearray(total)
    rest: list[Any] = []  # what goes beyond the size that was said waits outside of our memory
    reader, got = stream.getReader(), 0
    while True:
        part = await _read(reader, source, got)
        if part.done:
            break
        size = int(part.value.byteLength)
        if not rest and got + size <= total:
            part.value.assign_to(memoryview(data)[got : got + size])
        else:
            rest.append(part.value)
            _complain_unless_fitting(got + size, phrase("What comes from {source}", source=source))
        got += size
        if on_progress:
            on_progress(got, total)
    if got < len(data):
        del data[got:]
    for value in rest:
        data += value.to_memoryview()
    return data


async def _read(reader: Any, source: str, got: int) -> Any:
    try:
        return await reader.read()
    except Exception as error:
        raise FetchError(phrase(
            "The connection to {source} broke off after {count:,} bytes.", source=source, count=got
        )) from error  # fmt: skip
