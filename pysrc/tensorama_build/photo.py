"""A photo as numbers, for the pictures on cards: PNG of eight bits without interlacing."""

import struct
import zlib

import numpy as np

_CHANNELS = {0: 1, 2: 3, 4: 2, 6: 4}  # by the colour type


def read_png(data: bytes) -> np.ndarray:
    """The pixels of a PNG file (rows, columns, channels), uint8.

    https://www.w3.org/TR/png/
    """
    packed, at, width, channels = b"", 8, 0, 0
    while at < len(data):
        size, kind = struct.unpack_from(">I4s", data, at)
        content = data[at + 8 : at + 8 + size]
        if kind == b"IHDR":
            width, _, depth, colour = struct.unpack_from(">IIBB", content)
            if depth != 8 or content[-1]:
                raise ValueError("this PNG has other than eight bits, or is interlaced")
            channels = _CHANNELS[colour]
        elif kind == b"IDAT":
            packed += content
        at += size + 12
    rows = np.frombuffer(zlib.decompress(packed), np.uint8).reshape(-1, 1 + width * channels)
    above = np.zeros((width, channels), np.int16)
    pixels = []
    for row in rows:
        above = _unfiltered(int(row[0]), row[1:].reshape(width, channels).astype(np.int16), above)
        pixels.append(above)
    return np.stack(pixels).astype(np.uint8)


def _unfiltered(kind: int, row: np.ndarray, above: np.ndarray) -> np.ndarray:
    """One row of pixels (columns, channels) from what was written of it and the row above it."""
    if kind == 0:
        return row
    if kind == 2:
        return (row + above) & 255
    found = np.zeros_like(row)
    left = corner = np.zeros(row.shape[1], np.int16)
    for column, (written, over) in enumerate(zip(row, above, strict=True)):
        if kind == 1:
            guess = left
        elif kind == 3:
            guess = (left + over) >> 1
        else:
            guess = _paeth(left, over, corner)
        left = (written + guess) & 255
        found[column], corner = left, over
    return found


def _paeth(left: np.ndarray, over: np.ndarray, corner: np.ndarray) -> np.ndarray:
    """Of the three neighbours the one that is nearest to left + over - corner."""
    whole = left + over - corner
    far = np.abs(whole - left), np.abs(whole - over), np.abs(whole - corner)
    nearest = np.where(far[1] <= far[2], over, corner)
    return np.where((far[0] <= far[1]) & (far[0] <= far[2]), left, nearest)


def square(pixels: np.ndarray, size: int) -> np.ndarray:
    """The largest square in the middle, brought to a size: (size, size, C), means of areas."""
    side = min(pixels.shape[:2])
    top, left = ((length - side) // 2 for length in pixels.shape[:2])
    cut = pixels[top : top + side, left : left + side].astype(np.float64)
    return _reduced(_reduced(cut, size).swapaxes(0, 1), size).swapaxes(0, 1)


def _reduced(rows: np.ndarray, size: int) -> np.ndarray:
    """So many rows, each the mean of the part that it covers."""
    edges = np.linspace(0, len(rows), size + 1)
    sums = np.concatenate([np.zeros_like(rows[:1]), np.cumsum(rows, axis=0)])
    whole = np.minimum(edges.astype(int), len(rows) - 1)
    upto = sums[whole] + (edges - whole)[:, None, None] * (sums[whole + 1] - sums[whole])
    return np.asarray(np.diff(upto, axis=0) * size / len(rows))
