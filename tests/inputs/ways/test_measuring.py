"""The head of a file says how large its picture is, before anything is unpacked."""

from __future__ import annotations

import struct

import pytest

from tensorama.inputs.ways.measuring import measured

EXIF = b"\xff\xe1" + struct.pack(">H", 300) + bytes(298)
FRAME = b"\xff\xc2" + struct.pack(">HBHH", 17, 8, 600, 800) + bytes(12)


@pytest.mark.parametrize(
    ("head", "found"),
    [
        (b"\x89PNG\r\n\x1a\n" + bytes(8) + struct.pack(">II", 9000, 8000), ("PNG", 9000, 8000)),
        (b"\xff\xd8" + EXIF + FRAME, ("JPEG", 800, 600)),
        (b"\xff\xd8" + EXIF, ("JPEG", 0, 0)),
        (b"GIF89a" + struct.pack("<HH", 30, 20), ("GIF", 30, 20)),
        (b"BM" + bytes(16) + struct.pack("<ii", 64, -48), ("BMP", 64, 48)),
        (b"RIFF\0\0\0\0WEBPVP8X" + bytes(8) + b"\x3f\x01\0\xef\0\0", ("WebP", 320, 240)),
        (b"RIFF\0\0\0\0WEBPVP8L" + bytes(5) + struct.pack("<I", 63 | 47 << 14), ("WebP", 64, 48)),
        (b"RIFF\0\0\0\0WEBPVP8 " + bytes(10) + struct.pack("<HH", 320, 240), ("WebP", 320, 240)),
        (b'<?xml version="1.0"?>\n<svg xmlns="x">', ("SVG", 0, 0)),
        (b"<html><body>", None),
        (b"\x89PNG\r\n\x1a\n", None),
        (b"not a picture", None),
        (b"", None),
    ],
)  # fmt: skip
def test_size_and_format_are_read(head: bytes, found: tuple[str, int, int] | None) -> None:
    assert measured(head) == found
