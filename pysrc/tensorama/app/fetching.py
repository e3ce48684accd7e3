"""Get a model from an address or a file, telling how far it is, and saying plainly what went wrong.

Its bytes are written down once in Python's memory, where the weights stay.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from tensorama.engine import memory
from tensorama.errors import FetchError
from tensorama.model import Model, load
from tensorama.view import ffi

Progress = Callable[[int, int], None]  # bytes that came, bytes in all or 0 where it is not said


async def fetch_bytes(url: str, on_progress: Progress | None = None) -> bytearray:
    """The bytes at this address.

    Raises FetchError for an address that does not answer or refuses, TooLargeError for a file
    that does not fit into memory.
    """
    try:
        response = await ffi.js.fetch(url)
    except Exception as error:
        raise FetchError(
            f"Nothing could be read from {url}: there is no such server, "
            "or it does not let other pages read its files (CORS)."
        ) from error
    if not response.ok:
        raise FetchError(f"{url} answered {response.status}: there is no model at this address.")
    total = int(ffi.found(response.headers.get("content-length")) or 0)
    if ffi.found(response.headers.get("content-encoding")):
        total = 0  # the length is that of the packed bytes
    memory.complain_unless_fitting(total, f"The file at {url}")
    return await _gathered(response.body, total, url, on_progress)


async def file_bytes(file: Any, on_progress: Progress | None = None) -> bytearray:
    """The bytes of a file that a person gave to the page. Raises as `fetch_bytes`."""
    memory.complain_unless_fitting(int(file.size), "The file")
    return await _gathered(file.stream(), int(file.size), str(file.name), on_progress)


def copied(buffer: Any) -> bytearray:
    """The bytes of an ArrayBuffer or a typed array."""
    size = int(buffer.byteLength)
    memory.complain_unless_fitting(size, "The file")
    data = bytearray(size)
    if size:
        buffer.assign_to(memoryview(data))
    return data


async def _gathered(
    stream: Any, total: int, source: str, on_progress: Progress | None
) -> bytearray:
    """Everything that comes from a stream, written to its place as it comes."""
    data = bytearray(total)
    rest: list[Any] = []  # what goes beyond the size that was said waits outside of our memory
    reader, got = stream.getReader(), 0
    while True:
        try:
            part = await reader.read()
        except Exception as error:
            raise FetchError(
                f"The connection to {source} broke off after {got:,} bytes."
            ) from error
        if part.done:
            break
        size = int(part.value.byteLength)
        if not rest and got + size <= total:
            part.value.assign_to(memoryview(data)[got : got + size])
        else:
            rest.append(part.value)
        got += size
        if on_progress:
            on_progress(got, total)
    if got < len(data):
        del data[got:]
    memory.complain_unless_fitting(got - len(data), f"What came from {source}")
    for value in rest:
        data += value.to_memoryview()
    return data


async def fetch(url: str) -> Model:
    """Open the ONNX model at an address: `model = await tr.fetch("lenet.onnx")`. Page only."""
    return load(await fetch_bytes(url), keep=True)
