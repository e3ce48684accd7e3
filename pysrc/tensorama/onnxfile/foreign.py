"""Recognise what is not ONNX, and say what it is instead."""

from __future__ import annotations

from tensorama.errors import FileFormatError

ZIP = "a ZIP archive, as PyTorch, Keras and numpy use for their own files"
# (offset, first bytes, what such a file is)
_SIGNATURES = (
    (0, b"\x89PNG", "a PNG picture"),
    (0, b"\xff\xd8\xff", "a JPEG picture"),
    (0, b"GIF8", "a GIF picture"),
    (8, b"WEBP", "a WebP picture"),
    (0, b"%PDF", "a PDF document"),
    (0, b"PK\x03\x04", ZIP),
    (0, b"\x1f\x8b", "a gzip archive; unpack it first"),
    (0, b"\x89HDF", "an HDF5 file, as older Keras used; export it to ONNX"),
    (4, b"TFL3", "a TensorFlow Lite model; convert it to ONNX"),
    (0, b"GGUF", "a GGUF model; convert it to ONNX"),
    (0, b"\x80\x02", "a Python pickle, as older PyTorch used; export it to ONNX"),
    (0, b"\x80\x04", "a Python pickle; export the model to ONNX"),
    (0, b"\x93NUMPY", "a numpy array"),
    (0, b"version https://git-lfs", "a Git LFS pointer, not the model itself; fetch the real file"),
    (0, b"ORTM", "onnxruntime's own format; keep the .onnx file it was made from"),
    (4, b"ORTM", "onnxruntime's own format; keep the .onnx file it was made from"),
)
_LONGEST = 63  # bits of a number before its last part
_TEXTS = (
    (b"<", "a web page or XML"),
    (b"{", "a JSON text, as TensorFlow.js uses for its models"),
)


Bytes = bytes | memoryview


def complain_if_foreign(data: bytes) -> None:
    """Raise FileFormatError with a file's real kind if its first bytes, up to 64, give it away."""
    if not data:
        raise FileFormatError("This file is empty: an ONNX model was expected.")
    for offset, start, kind in _SIGNATURES:
        if data[offset : offset + len(start)] == start:
            raise FileFormatError(f"This is not an ONNX model but {kind}.")
    text = data.lstrip(b"\xef\xbb\xbf \t\r\n").lower()
    for start, kind in _TEXTS:
        if text.startswith(start):
            raise FileFormatError(f"This is not an ONNX model but {kind}.")
    if text.isascii() and text.translate(None, b"\t\r\n").decode().isprintable():
        raise FileFormatError("This is not an ONNX model but a text.")


def missing_bytes(data: Bytes) -> int:
    """Tell how many bytes a cut-off file lacks at least, 0 if it is not cut off but wrong.

    Walks the outermost protobuf fields (tag, length, payload); one whose declared length runs past
    the end tells what is missing.
    """
    position = 0
    while position < len(data):
        tag, position = varint(data, position)
        if tag < 0:
            return 1 if position == -1 else 0
        field, wire = tag >> 3, tag & 7
        if not 1 <= field <= 30:
            return 0
        if wire == 0:
            _, position = varint(data, position)
        elif wire == 2:
            length, position = varint(data, position)
            if length < 0:
                return 1 if position == -1 else 0
            if position + length > len(data):
                return position + length - len(data)
            position += length
        else:
            return 0
        if position < 0:
            return 1 if position == -1 else 0
    return 0


# the field that leads deeper: from the model to its graph, to a node, an attribute, a graph …
_INWARDS = {"model": (7, "graph"), "graph": (1, "node"), "node": (5, "attribute")}
_INWARDS |= {"attribute": (6, "graph")}


def nesting(data: Bytes) -> int:
    """Tell how many graphs lie inside each other in a file that protobuf refuses to read."""
    deepest = 0
    parts = [(0, len(data), "model", 0)]
    while parts:
        position, end, kind, depth = parts.pop()
        deepest = max(deepest, depth)
        inwards, inner = _INWARDS[kind]
        while 0 <= position < end:
            tag, position = varint(data, position)
            if tag >> 3 <= 0 or tag & 7 not in (0, 2, 5):
                break
            if tag & 7 == 5:
                position += 4
                continue
            value, position = varint(data, position)
            if tag & 7 == 2 and 0 <= value <= end - position:
                if tag >> 3 == inwards:
                    parts.append((position, position + value, inner, depth + (inner == "graph")))
                position += value
    return deepest


def varint(data: Bytes, position: int) -> tuple[int, int]:
    """Read a protobuf varint; (-1, -1) when the data end inside it, (-1, -2) if it is too long."""
    value = shift = 0
    while position < len(data):
        if shift > _LONGEST:
            return -1, -2
        byte = data[position]
        value |= (byte & 0x7F) << shift
        position += 1
        if not byte & 0x80:
            return value, position
        shift += 7
    return -1, -1
