"""Where a model comes from: an address, or bytes that somebody holds."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Protocol

from tensorama.app.fetching import Progress, fetch_bytes, file_bytes
from tensorama.model import Model, load

Tell = Callable[[str | None, float | None], None]  # what is being done, how far it is 0..1


class Source(Protocol):
    """Something that a model can be had from."""

    @property
    def name(self) -> str:
        """What a person calls it."""
        ...

    @property
    def address(self) -> str:
        """Where it can be had again; empty if nowhere."""
        ...

    async def model(self, tell: Tell) -> Model:
        """Get and read the model. Raises TensoramaError with one sentence."""
        ...


class Address:
    """A model at an address, relative to the page."""

    def __init__(self, address: str) -> None:
        self.address = address
        self.name = address.rsplit("/", 1)[-1].split("?")[0]

    async def model(self, tell: Tell) -> Model:
        """Fetch and read it."""
        data = await fetch_bytes(self.address, telling(tell, "Fetching", self.name))
        return await Given(data, self.name).model(tell)


class Given:
    """The bytes of a model; a bytearray is then the model's own."""

    address = ""

    def __init__(self, data: bytes | bytearray, name: str = "") -> None:
        self.name = name
        self._data: bytes | bytearray | None = data

    async def model(self, tell: Tell) -> Model:
        """Read it."""
        tell(f"Reading {self.name or 'the model'}", None)
        data, self._data = self._data, None  # not held beside the weights copied out of them
        assert data is not None, "a source is read once"
        return load(data, keep=isinstance(data, bytearray))


class Handed:
    """A file that a person handed over."""

    address = ""

    def __init__(self, file: Any) -> None:
        self.name = str(file.name)
        self._file = file

    async def model(self, tell: Tell) -> Model:
        """Get its bytes and read them."""
        data = await file_bytes(self._file, telling(tell, "Fetching", self.name))
        return await Given(data, self.name).model(tell)


def source_of(source: str | bytes | bytearray) -> Source:
    """The source that an address, or the bytes of a model, stand for."""
    return Address(source) if isinstance(source, str) else Given(source)


def telling(tell: Tell, what: str, name: str) -> Progress:
    """A progress in bytes, told in words: "Fetching lenet.onnx: 0.1 of 0.2 MB"."""

    def progress(got: int, of: int) -> None:
        amount = f"{got / 1e6:.1f} of {of / 1e6:.1f} MB" if of else f"{got / 1e6:.1f} MB"
        tell(f"{what} {name}: {amount}", got / of if of else None)

    return progress
