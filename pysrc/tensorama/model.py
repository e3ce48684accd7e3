"""The model that people hold in their hands: a read file that can run."""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from tensorama import engine, onnxfile
from tensorama.engine import Step, Trace, memory
from tensorama.errors import FileFormatError


class Model(onnxfile.Model):
    """An ONNX model, ready to run: `trace = model.run({"input": x})`."""

    def run(self, feeds: Mapping[str, Any]) -> Trace:
        """Compute everything; give every tensor by name. See `engine.run`."""
        return engine.run(self, feeds)

    def steps(self, feeds: Mapping[str, Any]) -> Iterator[Step]:
        """Compute node by node; each step comes as soon as it is done. See `engine.steps`."""
        return engine.steps(self, feeds)

    def __repr__(self) -> str:
        return f"<Model of {len(self.graph.nodes)} nodes, {self.parameters:,} parameters>"


def load(source: str | os.PathLike[str] | onnxfile.Bytes, *, keep: bool = False) -> Model:
    """Open an ONNX model from a path or from its bytes.

    Weights that lie in files beside the model are read too. Weights are copied out of bytes, which
    can go then; with `keep` they stay in them, and the bytes (which must be writable) are the
    model's. Raises FileFormatError, GraphError, UnsupportedError or TooLargeError (see `errors`),
    each with a sentence that says what is wrong.
    """
    if isinstance(source, (bytes, bytearray, memoryview)):
        return onnxfile.read(source, keep=keep, into=Model)
    path = Path(source)
    beside = _beside(path.parent)
    return onnxfile.read(_contents(path), keep=True, read_external=beside, into=Model)


def _contents(path: Path) -> bytearray:
    """The bytes of a file, if they fit into memory."""
    try:
        with path.open("rb") as file:
            size = os.fstat(file.fileno()).st_size
            memory.complain_unless_fitting(size, f"The file {path.name}")
            if not size:  # empty, or no plain file
                return bytearray(file.read())
            data = bytearray(size)
            came = file.readinto(data)
    except OSError as error:
        reason = error.strerror or str(error)
        raise FileFormatError(f"The file {path} cannot be read: {reason}.") from error
    return data[:came] if came < size else data


def _beside(folder: Path) -> onnxfile.ReadExternal:
    def read_external(location: str, offset: int, length: int | None) -> bytes:
        path = (folder / location).resolve()
        if not path.is_relative_to(folder.resolve()):
            raise FileFormatError(
                f"The weights' file \"{location}\" lies outside the model's folder."
            )
        try:
            with path.open("rb") as file:
                file.seek(offset)
                data = file.read() if length is None else file.read(length)
        except OSError as error:
            raise FileFormatError(
                f'The weights\' file "{location}" beside the model cannot be read.'
            ) from error
        if length is not None and len(data) < length:
            raise FileFormatError(
                f'The weights\' file "{location}" is cut off: '
                f"{offset + length} bytes were expected, {offset + len(data)} came."
            )
        return data

    return read_external
