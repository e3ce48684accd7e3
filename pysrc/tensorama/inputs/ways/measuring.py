"""How large a picture is, from the first bytes of its file: before it is unpacked into memory."""

from __future__ import annotations

import struct
from typing import NamedTuple


class Measured(NamedTuple):
    """What the head of a file says: its format, and width and height, 0 where it does not say."""

    format: str
    wide: int = 0
    high: int = 0


def measured(head: bytes) -> Measured | None:
    """Read the beginning of a picture's file; None for what begins like none that is known.

    PNG (https://www.w3.org/TR/png/), JPEG (ITU T.81, B.1), GIF89a, WebP, BMP; SVG by its text.
    """
    try:
        return _read(head)
    except (struct.error, IndexError):
        return None


def _read(head: bytes) -> Measured | None:
    if head[:8] == b"\x89PNG\r\n\x1a\n":
        return Measured("PNG", *struct.unpack(">II", head[16:24]))
    if head[:3] == b"\xff\xd8\xff":
        return _jpeg(head)
    if head[:6] in (b"GIF87a", b"GIF89a"):
        return Measured("GIF", *struct.unpack("<HH", head[6:10]))
    if head[:4] == b"RIFF" and head[8:12] == b"WEBP":
        return _webp(head)
    if head[:2] == b"BM":
        wide, high = struct.unpack("<ii", head[18:26])
        return Measured("BMP", wide, abs(high))
    if head[4:8] == b"ftyp" and head[8:12] in (b"avif", b"avis"):
        return Measured("AVIF")
    text = head[:1024].lstrip(b"\xef\xbb\xbf \t\r\n").lower()
    return Measured("SVG") if text.startswith(b"<") and b"<svg" in head[:4096].lower() else None


def _jpeg(head: bytes) -> Measured:
    """Walk from segment to segment until the one that has the size."""
    at = 2
    while at + 9 < len(head):
        marker, length = head[at + 1], int.from_bytes(head[at + 2 : at + 4], "big")
        if 0xC0 <= marker <= 0xCF and marker not in (0xC4, 0xC8, 0xCC):
            high, wide = struct.unpack(">HH", head[at + 5 : at + 9])
            return Measured("JPEG", wide, high)
        at += 2 + max(2, length)
    return Measured("JPEG")


def _webp(head: bytes) -> Measured:
    kind = head[12:16]
    if kind == b"VP8X":
        wide, high = (1 + int.from_bytes(head[at : at + 3], "little") for at in (24, 27))
        return Measured("WebP", wide, high)
    if kind == b"VP8L":
        bits = int.from_bytes(head[21:25], "little")
        return Measured("WebP", 1 + (bits & 0x3FFF), 1 + (bits >> 14 & 0x3FFF))
    wide, high = struct.unpack("<HH", head[26:30])
    return Measured("WebP", wide & 0x3FFF, high & 0x3FFF)
