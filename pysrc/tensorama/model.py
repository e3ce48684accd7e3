"""The model that people hold in their hands: a read file that can run."""

from __future__ import annotations

import os
import stat
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import IO, Any, BinaryIO

from tensorama import engine, onnxfile
from tensorama.engine import Step, Trace, memory
from tensorama.engine.contract import Slices, whole
from tensorama.errors import FileFormatError
from tensorama.onnxfile.archive import Archive, is_archive
from tensorama.onnxfile.several import at_hand, cut_off, from_files, missing, outside, plain
from tensorama.phrases import phrase


class Model(onnxfile.Model):
    """An ONNX model, ready to run: `trace = model.run({"input": x})`."""

    def run(
        self,
        feeds: Mapping[str, Any],
        *,
        replace: Mapping[str, Any] | None = None,
        after: Trace | None = None,
    ) -> Trace:
        """Compute everything; give every tensor by name. See `engine.run`.

        replace: tensor or weight -> array to be put in its place. after: a trace of this model;
        only what depends on replaced tensors and changed feeds is computed again.
        """
        if replace is None and after is None:
            return engine.run(self, feeds)
        from tensorama.engine.replacing import run_replaced  # seldom needed

        return whole(run_replaced(self, feeds, replace or {}, after))

    def steps(self, feeds: Mapping[str, Any]) -> Iterator[Step]:
        """Compute node by node; each step comes as soon as it is done. See `engine.steps`."""
        return engine.steps(self, feeds)

    def __repr__(self) -> str:
        return f"<Model of {len(self.graph.nodes)} nodes, {self.parameters:,} parameters>"


def load(source: str | os.PathLike[str] | onnxfile.Bytes | Any, *, keep: bool = False) -> Model:
    """Open an ONNX model from a path or from its bytes, or from a ZIP archive with one in it.

    Weights that lie in files beside the model are read too. Weights are copied out of bytes, which
    can go then; with `keep` they stay in them, and the bytes (which must be writable) are the
    model's. Raises FileFormatError, GraphError, UnsupportedError or TooLargeError (see `errors`),
    each with a sentence that says what is wrong. A `ModelProto` of the onnx package is taken as the
    file that it would be.
    """
    if hasattr(source, "SerializeToString"):
        source = bytes(source.SerializeToString())
    if isinstance(source, (bytes, bytearray, memoryview)):
        if is_archive(source):
            return whole(from_archive(source))
        return onnxfile.read(source, keep=keep, into=Model)
    if not isinstance(source, str | os.PathLike):
        raise FileFormatError(
            phrase(
                "A model is opened from a path or from the bytes of its file; {name} came.",
                name=type(source).__name__,
            )
        )
    path = Path(source)
    try:
        with path.open("rb") as file:
            if is_archive(file.peek(4)):
                return whole(from_archive(file))
            data = _contents(file, path.name)
    except OSError as error:
        reason = error.strerror or str(error)
        raise FileFormatError(
            phrase("The file {path} cannot be read: {reason}.", path=path, reason=reason)
        ) from error
    except ValueError as error:
        raise FileFormatError(
            phrase("The file {path!r} cannot be read: {error}.", path=str(path), error=error)
        ) from error
    return onnxfile.read(data, keep=True, read_external=_beside(path.parent), into=Model)


def from_archive(source: onnxfile.Bytes | IO[bytes]) -> Slices[Model]:
    """Open the model in a ZIP archive, with the files beside it there; with pauses."""
    archive = Archive(source)
    name = archive.model
    data = yield from _unpacked(archive, name)
    parsed = yield from onnxfile.parse_slices(data, keep=True)
    places = {location: at_hand(location, name, archive.names) for location in parsed.beside}
    absent = [location for location, place in places.items() if place is None]
    if absent:
        raise missing(absent)
    files = {}
    for location, place in places.items():
        files[location] = yield from _unpacked(archive, str(place))
    return (yield from parsed.slices(from_files(files), Model))


def _unpacked(archive: Archive, name: str) -> Slices[bytearray]:
    memory.complain_unless_fitting(
        archive.size(name), phrase('"{name}" in the ZIP archive', name=name)
    )
    return (yield from archive.unpack(name))


def _contents(file: BinaryIO, name: str) -> bytearray:
    """The bytes of a file, if they fit into memory."""
    size, kind = os.fstat(file.fileno()).st_size, os.fstat(file.fileno()).st_mode
    if not (stat.S_ISREG(kind) or stat.S_ISFIFO(kind)):  # a device goes on for ever
        raise FileFormatError(phrase("{name} is no file that ends.", name=name))
    memory.complain_unless_fitting(size, phrase("The file {name}", name=name))
    if not size:  # empty, or no plain file
        return bytearray(file.read())
    data = bytearray(size)
    came = file.readinto(data)  # type: ignore[attr-defined]
    return data[:came] if came < size else data


def _beside(folder: Path) -> onnxfile.ReadExternal:
    def read_external(location: str, offset: int, length: int | None) -> bytes:
        path = (folder / plain(location)).resolve()
        if not path.is_relative_to(folder.resolve()):
            raise outside(location)
        if not path.is_file():  # nor something that only looks like one, and never ends
            raise missing([location])
        try:
            with path.open("rb") as file:
                size = os.fstat(file.fileno()).st_size
                stop = size if length is None else offset + length
                if stop > size:
                    raise cut_off(location, stop, size)
                file.seek(offset)
                return file.read(stop - offset)
        except OSError as error:
            raise FileFormatError(
                phrase(
                    'The weights\' file "{location}" beside the model cannot be read.',
                    location=location,
                )
            ) from error

    return read_external
