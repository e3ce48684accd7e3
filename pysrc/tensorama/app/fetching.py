"""Get a model from an address, telling how far it is, and saying plainly what went wrong."""

from __future__ import annotations

from collections.abc import Callable

from tensorama.errors import FetchError
from tensorama.model import Model, load
from tensorama.view import ffi

LARGEST = 1_500_000_000  # bytes; a tab has not much more


async def fetch_bytes(url: str, on_progress: Callable[[int, int], None] | None = None) -> bytes:
    """The bytes at this address. `on_progress(got, of)` follows; `of` is 0 where it is not said.

    Raises FetchError for an address that does not answer, refuses, or is too large.
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
    if total > LARGEST:
        raise FetchError(f"The file at {url} has {total / 1e9:.1f} GB, too much for a page.")
    chunks: list[bytes] = []
    reader = response.body.getReader()
    got = 0
    while True:
        try:
            part = await reader.read()
        except Exception as error:
            raise FetchError(f"The connection to {url} broke off after {got:,} bytes.") from error
        if part.done:
            return b"".join(chunks)
        chunks.append(part.value.to_bytes())
        got += len(chunks[-1])
        if on_progress:
            on_progress(got, total)


async def fetch(url: str) -> Model:
    """Open the ONNX model at an address: `model = await tr.fetch("lenet.onnx")`. Page only."""
    return load(await fetch_bytes(url))
