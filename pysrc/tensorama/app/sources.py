"""Where a model comes from: an address, files that a person handed over, or bytes."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from hashlib import sha256
from pathlib import Path
from typing import Any, Protocol

import tensorama
from tensorama import onnxfile
from tensorama.app.fetching import Progress, fetch_bytes, file_bytes
from tensorama.app.running import gently
from tensorama.app.written import FETCHED, PASSING, leads_nowhere, name_of, scheme, told
from tensorama.engine.contract import Slices
from tensorama.errors import FetchError, TensoramaError, TooLargeError
from tensorama.model import Model, from_archive
from tensorama.onnxfile.archive import is_archive
from tensorama.onnxfile.several import at_hand, from_files, missing, plain, the_model
from tensorama.phrases import phrase
from tensorama.scene import MOST_NODES
from tensorama.view import ffi

_HASHED = 1 << 20  # bytes between two pauses
_UNNAMED = "model.onnx"
_TOLD = 1 << 16  # bytes of each part of a file that its fingerprint is made of
Tell = Callable[[str | None, float | None], None]  # what is being done, how far it is 0..1
Beside = Callable[[tuple[str, ...], Tell], Awaitable[Mapping[str, bytearray]]]


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

    @property
    def fingerprint(self) -> tuple[int, str]:
        """The size and the hash of its file, once the model was read; nothing for an address."""
        ...

    async def model(self, tell: Tell) -> Model:
        """Get and read the model. Raises TensoramaError with one sentence."""
        ...

    async def parts(self) -> Mapping[str, Any]:
        """Its files as the browser's blobs, the model first, by the names that the model uses.

        Of a model that was read. Raises TensoramaError where they cannot be had once more.
        """
        ...


class Address:
    """A model at an address, relative to the page; other files of its own lie beside it there.

    One that is the file itself (`data:`), or of this page alone (`blob:`), goes into no link.
    """

    def __init__(self, address: str, digest: str = "") -> None:
        """digest: the SHA-256 that the file must have, in hexadecimal; "": whatever it has."""
        self._place, self._passing = address, scheme(address) in PASSING
        self.address = "" if self._passing else address
        self.name = name_of(address)
        self.fingerprint = 0, ""
        self._digest = digest
        self._others: tuple[str, ...] = ()

    async def model(self, tell: Tell) -> Model:
        """Fetch and read it. Raises FetchError for another file than was promised, and for an
        address that a page can fetch nothing from."""
        nowhere = leads_nowhere(self._place)
        if nowhere:
            raise FetchError(nowhere)
        name = self.name or phrase("the model")
        data = await fetch_bytes(self._place, telling(tell, name))
        if self._passing:
            self.fingerprint = fingerprint_of(data)
        if self._digest:
            tell(phrase("Checking {name}", name=name), None)
            if await gently(_hashed(data)) != self._digest:
                raise FetchError(phrase(
                    "What came from {address} is not the file that was promised: "
                    "its bytes have another SHA-256.", address=told(self._place),
                ))  # fmt: skip
        return await _read(data, self.name, tell, self._beside)

    async def parts(self) -> Mapping[str, Any]:
        """Fetch them again; the browser has kept them."""
        places = {location: beside(self._place, location) for location in self._others}
        return {
            name: ffi.blob(bytes(await fetch_bytes(place)))
            for name, place in {self.name or _UNNAMED: self._place, **places}.items()
        }

    async def _beside(self, locations: tuple[str, ...], tell: Tell) -> Mapping[str, bytearray]:
        if self._passing:  # nothing lies beside it
            raise missing(locations)
        self._others, found = locations, {}
        for location in locations:
            address = beside(self._place, location)
            try:
                found[location] = await fetch_bytes(address, telling(tell, location))
            except FetchError as error:
                advice = phrase("put it at {address}", address=told(address))
                raise missing([location], advice) from error
        return found


def _hashed(data: bytearray) -> Slices[str]:
    """The SHA-256 of bytes, with pauses."""
    told = sha256()
    for start in range(0, len(data), _HASHED):
        told.update(memoryview(data)[start : start + _HASHED])
        yield
    return told.hexdigest()


async def fetch(url: str) -> Model:
    """Open the ONNX model at an address: `model = await tr.fetch("lenet.onnx")`. Page only."""
    return await Address(url).model(lambda text, part: None)


class Handed:
    """Files that a person handed over: a model, and what else belongs to it.

    `files`: their paths below what was handed over, and the browser's objects for them. Raises
    FileFormatError where there is no model among them.
    """

    address = ""

    def __init__(self, files: Mapping[str, Any]) -> None:
        self._files = files
        self._chosen = the_model(files)
        self._places: dict[str, str] = {}  # where that lies which the model names
        self.name = str(files[self._chosen].name)
        self.fingerprint = 0, ""

    async def model(self, tell: Tell) -> Model:
        """Get their bytes and read them."""
        data = await file_bytes(self._files[self._chosen], telling(tell, self.name))
        self.fingerprint = fingerprint_of(data)
        return await _read(data, self.name, tell, self._beside)

    async def parts(self) -> Mapping[str, Any]:
        """What was handed over."""
        others = {location: self._files[place] for location, place in self._places.items()}
        return {self.name: self._files[self._chosen], **others}

    async def _beside(self, locations: tuple[str, ...], tell: Tell) -> Mapping[str, bytearray]:
        places = {location: at_hand(location, self._chosen, self._files) for location in locations}
        absent = [location for location, place in places.items() if place is None]
        if absent:
            raise missing(absent)
        self._places = {location: str(place) for location, place in places.items()}
        return {
            location: await file_bytes(self._files[place], telling(tell, location))
            for location, place in self._places.items()
        }


class Given:
    """The bytes of a model; a bytearray is then the model's own."""

    address = ""

    def __init__(self, data: bytes | bytearray, name: str = "") -> None:
        self.name = name
        self.fingerprint = fingerprint_of(data)
        self._data: bytes | bytearray | None = data

    async def model(self, tell: Tell) -> Model:
        """Read it."""
        data, self._data = self._data, None  # not held beside the weights copied out of them
        if data is None:
            await self.parts()  # says so
        assert data is not None
        return await _read(data, self.name, tell)

    async def parts(self) -> Mapping[str, Any]:
        """They are gone."""
        raise TensoramaError(phrase(
            "This model came as bytes, which are not kept; open it from a file or an address."
        ))  # fmt: skip


class Read:
    """A model that was read already, from a source that it is still named after."""

    def __init__(self, model: Model, source: Source) -> None:
        self.name, self.address = source.name, source.address
        self.fingerprint = source.fingerprint
        self._model, self.first, self.parts = model, source, source.parts

    async def model(self, tell: Tell) -> Model:
        """The model."""
        return self._model


def source_of(source: str | bytes | bytearray | Any) -> Source:
    """The source that an address, the bytes of a model, or a ModelProto of onnx stand for."""
    if hasattr(source, "SerializeToString"):
        source = bytes(source.SerializeToString())
    return Address(source) if isinstance(source, str) else Given(source)


def fingerprint_of(data: bytes | bytearray) -> tuple[int, str]:
    """By which a link knows a file again: its size, and a hash of its ends and its middle.

    Not of all of it: that would take seconds, and it is enough to tell files apart.
    """
    half = len(data) // 2
    parts = data[:_TOLD], data[half : half + _TOLD], data[-_TOLD:]
    told = sha256(b"".join(parts) + str(len(data)).encode())
    return len(data), told.hexdigest()[:16]


def elsewhere(address: str) -> str:
    """The host of an address on another site than the page's own; empty for one on this, and for
    one that nothing is fetched from."""
    if scheme(address) not in FETCHED - PASSING:
        return ""
    try:
        url = ffi.js.URL.new(address, ffi.document.baseURI)
    except Exception:  # no address at all, which fetching it will say
        return ""
    here = str(url.origin) == str(ffi.window.location.origin)
    return "" if here else str(url.host)


def home() -> str:
    """The address of the folder that holds this program's own: where its wheel came from."""
    package = Path(tensorama.__file__).parent
    for note in package.parent.glob("tensorama-*.dist-info/PYODIDE_*"):  # by who installed it
        source = note.read_text()
        if "://" in source:
            return str(ffi.js.URL.new("../", source).href)
    return str(ffi.js.URL.new("./", ffi.document.baseURI).href)


def beside(address: str, location: str) -> str:
    """The address of a file in the folder of another, or below it."""
    parts = "/".join(map(ffi.js.encodeURIComponent, plain(location).split("/")))
    whole = ffi.js.URL.new(address, ffi.document.baseURI)
    return str(ffi.js.URL.new(f"./{parts}{whole.search}", whole.href).href)


async def _read(
    data: bytes | bytearray, name: str, tell: Tell, beside: Beside | None = None
) -> Model:
    """Read the bytes of a model, or of an archive with one in it, and the files that it needs."""
    if is_archive(data):
        tell(phrase("Unpacking {name}", name=name or phrase("the model")), None)
        return await gently(from_archive(data))
    tell(phrase("Reading {name}", name=name or phrase("the model")), None)
    parsed = await gently(onnxfile.parse_slices(data, keep=isinstance(data, bytearray)))
    del data  # bytes are not held beside the weights that are copied out of them
    if parsed.has_more_nodes(MOST_NODES):
        raise TooLargeError(phrase(
            "This network has more than the {most:,} nodes that a page arranges. "
            "In Python it still runs: tensorama.load(…).run(…).", most=MOST_NODES,
        ))  # fmt: skip
    if parsed.beside and beside is None:
        raise missing(parsed.beside)
    files = from_files(await beside(parsed.beside, tell)) if parsed.beside and beside else None
    return await gently(parsed.slices(files, Model))


def telling(tell: Tell, name: str) -> Progress:
    """A progress in bytes, told in words: "Fetching lenet.onnx: 0.1 of 0.2 MB"."""

    def progress(got: int, of: int) -> None:
        come, whole = f"{got / 1e6:.1f}", f"{of / 1e6:.1f}"
        tell(
            phrase("Fetching {name}: {come} of {whole} MB", name=name, come=come, whole=whole)
            if of
            else phrase("Fetching {name}: {come} MB", name=name, come=come),
            got / of if of else None,
        )

    return progress
