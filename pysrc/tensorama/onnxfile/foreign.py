"""Recognise what is not ONNX, and say what it is instead."""

from __future__ import annotations

from tensorama.errors import FileFormatError
from tensorama.onnxfile.values import Bytes
from tensorama.onnxfile.varints import BrokenError, length, number, tag
from tensorama.phrases import phrase

ZIP = phrase("a ZIP archive, as PyTorch, Keras and numpy use for their own files")
# (offset, first bytes, what such a file is)
_SIGNATURES = (
    (0, b"\x89PNG", phrase("a PNG picture")),
    (0, b"\xff\xd8\xff", phrase("a JPEG picture")),
    (0, b"GIF8", phrase("a GIF picture")),
    (8, b"WEBP", phrase("a WebP picture")),
    (0, b"%PDF", phrase("a PDF document")),
    (0, b"PK\x03\x04", ZIP),
    (0, b"\x1f\x8b", phrase("a gzip archive; unpack it first")),
    (0, b"\x89HDF", phrase("an HDF5 file, as older Keras used; export it to ONNX")),
    (4, b"TFL3", phrase("a TensorFlow Lite model; convert it to ONNX")),
    (0, b"GGUF", phrase("a GGUF model; convert it to ONNX")),
    (0, b"\x80\x02", phrase("a Python pickle, as older PyTorch used; export it to ONNX")),
    (0, b"\x80\x04", phrase("a Python pickle; export the model to ONNX")),
    (0, b"\x93NUMPY", phrase("a numpy array")),
    (
        0,
        b"version https://git-lfs",
        phrase("a Git LFS pointer, not the model itself; fetch the real file"),
    ),
    (0, b"ORTM", phrase("onnxruntime's own format; keep the .onnx file it was made from")),
    (4, b"ORTM", phrase("onnxruntime's own format; keep the .onnx file it was made from")),
)
_TAGS = 31 << 3  # before the fields of a model stand less
_TEXTS = (
    (b"<", phrase("a web page or XML")),
    (b"{", phrase("a JSON text, as TensorFlow.js uses for its models")),
)


def complain_if_foreign(data: bytes | bytearray) -> None:
    """Raise FileFormatError with a file's real kind if its first bytes, up to 64, give it away."""
    if not data:
        raise FileFormatError(phrase("This file is empty: an ONNX model was expected."))
    for offset, start, kind in _SIGNATURES:
        if data[offset : offset + len(start)] == start:
            raise FileFormatError(phrase("This is not an ONNX model but {kind}.", kind=kind))
    text = data.lstrip(b"\xef\xbb\xbf \t\r\n").lower()
    for start, kind in _TEXTS:
        if text.startswith(start):
            raise FileFormatError(phrase("This is not an ONNX model but {kind}.", kind=kind))
    if text.isascii() and text.translate(None, b"\t\r\n").decode().isprintable():
        raise FileFormatError(phrase("This is not an ONNX model but a text."))


def missing_bytes(data: Bytes) -> int:
    """Tell how many bytes a cut-off file lacks at least, 0 if it is not cut off but wrong.

    Walks the outermost protobuf fields (tag, length, payload); one whose declared length runs past
    the end tells what is missing.
    """
    at = 0
    try:
        while at < len(data):
            before, at = tag(data, at)
            if not 8 <= before < _TAGS:
                return 0
            if before & 7 == 0:
                at = number(data, at)[1]
            elif before & 7 == 2:
                size, at = length(data, at)
                at += size
            else:
                return 0
    except IndexError:
        return 1
    except BrokenError:
        return 0
    return max(0, at - len(data))
