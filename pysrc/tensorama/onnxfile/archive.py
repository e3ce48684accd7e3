"""A model in a ZIP archive, as downloads often are; what it says of itself is not trusted."""

from __future__ import annotations

import io
import zipfile
import zlib
from collections.abc import Generator
from typing import IO, cast

from tensorama.errors import FileFormatError
from tensorama.onnxfile.foreign import ZIP
from tensorama.onnxfile.several import the_model
from tensorama.onnxfile.values import Bytes
from tensorama.phrases import phrase

_START = b"PK\x03\x04"
_SLICE = 1 << 20  # bytes that are unpacked at a time
_MOST_TIMES = 200  # weights never become so much smaller
_SMALL = 64 << 20  # bytes up to which anything may come out
_DIRECTORY = 4 << 20  # bytes of names at most
_END, _END_SIZE, _COMMENT = b"PK\x05\x06", 22, 1 << 16


def is_archive(start: Bytes) -> bool:
    """Whether a file that begins so is a ZIP archive."""
    return bytes(start[: len(_START)]) == _START


class Archive:
    """The files in an archive; each is unpacked only when it is asked for.

    `source` is the archive's bytes, which are not copied, or an open file. Raises FileFormatError
    for one that is damaged, locked, or made to unpack to far more than it is.
    """

    def __init__(self, source: Bytes | IO[bytes]) -> None:
        if isinstance(source, (bytes, bytearray, memoryview)):
            source = cast("IO[bytes]", _Bytes(memoryview(source)))
        try:
            if _directory_size(source) > _DIRECTORY:
                raise FileFormatError(phrase("This ZIP archive holds too many files."))
            self._zip = zipfile.ZipFile(source)
        except (zipfile.BadZipFile, ValueError, OSError, NotImplementedError) as error:
            raise FileFormatError(phrase("This ZIP archive is damaged or cut off.")) from error
        self.names = tuple(i.filename for i in self._zip.infolist() if not i.is_dir())

    @property
    def model(self) -> str:
        """Which of the files is the model."""
        models = [name for name in self.names if name.lower().endswith(".onnx")]
        if not models:
            raise FileFormatError(phrase("This is not an ONNX model but {kind}.", kind=ZIP))
        return the_model(models)

    def size(self, name: str) -> int:
        """How many bytes a file unpacks to."""
        info = self._zip.getinfo(name)
        if info.file_size > max(_SMALL, _MOST_TIMES * info.compress_size):
            raise FileFormatError(
                phrase(
                    '"{name}" in this ZIP archive would unpack to {size:,} bytes from {packed:,}, '
                    "which no weights do; unpack it yourself if you trust it.",
                    name=name,
                    size=info.file_size,
                    packed=info.compress_size,
                )
            )
        return info.file_size

    def unpack(self, name: str) -> Generator[None, None, bytearray]:
        """The bytes of a file; there is a pause after each megabyte."""
        data = bytearray(self.size(name))
        view, got = memoryview(data), 0
        try:
            with cast("io.BufferedIOBase", self._zip.open(name)) as packed:
                while got < len(data):
                    came = packed.readinto(view[got : got + _SLICE])
                    if not came:
                        break
                    got += came
                    yield
        except RuntimeError as error:
            raise FileFormatError(
                phrase('"{name}" in this ZIP archive is locked.', name=name)
            ) from error
        except (zipfile.BadZipFile, zlib.error, EOFError, OSError, ValueError) as error:
            raise FileFormatError(
                phrase('"{name}" in this ZIP archive is damaged.', name=name)
            ) from error
        if got < len(data):
            raise FileFormatError(phrase('"{name}" in this ZIP archive is damaged.', name=name))
        return data


class _Bytes(io.RawIOBase):
    """Bytes as a file, without a copy of them."""

    def __init__(self, data: memoryview) -> None:
        self._data, self._at = data, 0

    def readable(self) -> bool:
        return True

    def seekable(self) -> bool:
        return True

    def seek(self, offset: int, whence: int = io.SEEK_SET) -> int:
        base = (0, self._at, len(self._data))[whence]
        if base + offset < 0:
            raise ValueError("before the beginning")
        self._at = base + offset
        return self._at

    def tell(self) -> int:
        return self._at

    def readinto(self, into: bytearray | memoryview) -> int:  # type: ignore[override]
        part = self._data[self._at : self._at + len(into)]
        into[: len(part)] = part
        self._at += len(part)
        return len(part)


def _directory_size(file: IO[bytes]) -> int:
    """How many bytes the list of files takes, as the archive's end says; reading it takes time."""
    size = file.seek(0, io.SEEK_END)
    file.seek(max(0, size - _END_SIZE - _COMMENT))
    tail = file.read(_END_SIZE + _COMMENT)
    at = tail.rfind(_END)
    return int.from_bytes(tail[at + 12 : at + 16], "little") if at >= 0 else 0
