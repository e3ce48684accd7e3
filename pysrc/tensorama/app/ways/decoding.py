"""From a file of a picture to its pixels: the browser unpacks it, within bounds."""

from __future__ import annotations

from typing import Any

import numpy as np

from tensorama.errors import TensoramaError
from tensorama.inputs.ways.measuring import measured
from tensorama.phrases import phrase
from tensorama.view import ffi

EDGE = 640  # pixels that are kept of an edge
_MOST = 50_000_000  # pixels that a browser unpacks without running out of memory
_HEAD = 1 << 18  # bytes in which a file says how large its picture is
_HEAVIEST = 64 << 20  # bytes of a file


async def decoded(blob: Any, name: str) -> np.ndarray:
    """The picture in a file, upright, uint8 (h,w,3), of edges up to EDGE.

    Of a moving one the first frame. Raises TensoramaError with one sentence for what is no picture
    or too large a one.
    """
    size = int(blob.size)
    if not size:
        raise TensoramaError(phrase("{name} is empty: it has no bytes.", name=name))
    if size > _HEAVIEST:
        raise TensoramaError(phrase(
            "{name} has {megabytes} MB; pictures of up to {most} MB are read.",
            name=name, megabytes=size >> 20, most=_HEAVIEST >> 20,
        ))  # fmt: skip
    head = await blob.slice(0, _HEAD).arrayBuffer()
    found = measured(head.to_bytes())
    if found and found.format == "SVG":
        raise TensoramaError(phrase(
            "{name} is an SVG, a program that draws; save it as PNG or JPEG and give that.",
            name=name,
        ))  # fmt: skip
    if found and found.wide * found.high > _MOST:
        raise TensoramaError(phrase(
            "{name} has {came} megapixels; up to {most} are read. Make it smaller.",
            name=name, came=round(found.wide * found.high / 1e6), most=_MOST // 1_000_000,
        ))  # fmt: skip
    try:
        bitmap = await ffi.window.createImageBitmap(
            blob, ffi.options(imageOrientation="from-image")
        )
    except Exception as error:
        raise TensoramaError(phrase(
            "{name} is no picture that this browser can read, or a damaged one.", name=name
        )) from error  # fmt: skip
    try:
        return pixels_of(bitmap, int(bitmap.width), int(bitmap.height), EDGE)
    finally:
        bitmap.close()


def pixels_of(image: Any, wide: int, high: int, edge: int) -> np.ndarray:
    """The pixels of what a canvas can draw, made smaller to this edge; what is clear is white."""
    part = min(1.0, edge / max(wide, high))
    wide, high = max(1, round(wide * part)), max(1, round(high * part))
    canvas = ffi.document.createElement("canvas")
    canvas.width, canvas.height = wide, high
    pen = canvas.getContext("2d", ffi.options(willReadFrequently=True))
    pen.imageSmoothingQuality = "high"
    pen.fillStyle = "#fff"
    pen.fillRect(0, 0, wide, high)
    pen.drawImage(image, 0, 0, wide, high)
    data = pen.getImageData(0, 0, wide, high).data
    array = np.empty(wide * high * 4, np.uint8)
    data.assign_to(memoryview(array))  # type: ignore[arg-type]
    return np.ascontiguousarray(array.reshape(high, wide, 4)[..., :3])
