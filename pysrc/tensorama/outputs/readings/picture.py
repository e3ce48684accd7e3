"""An output that is a picture: drawn, reconstructed or made larger by the network."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from tensorama.engine import Trace
from tensorama.onnxfile.notes import read_json

MOST = 2048  # pixels of an edge


@dataclass(frozen=True, slots=True, eq=False)
class Painted:
    """A picture out of a tensor: uint8 (height, width, 3)."""

    tensor: str
    pixels: np.ndarray


def painted(trace: Trace) -> Painted | None:
    """The picture that the file's notes say is an output; None if they say none."""
    said = read_json(trace.model.metadata.get("output", ""))
    if not isinstance(said, Mapping) or said.get("kind") != "picture":
        return None
    name = said.get("tensor", trace.model.graph.outputs[0].name)
    return picture_of(trace, name, said.get("range")) if isinstance(name, str) else None


def picture_of(trace: Trace, name: str, bounds: object = None) -> Painted | None:
    """Any output of one or three maps as a picture; `bounds`: the values of black and white."""
    value = trace.outputs.get(name)
    if not isinstance(value, np.ndarray) or value.dtype.kind not in "fiu":
        return None
    maps = as_maps(value)
    if maps is None:
        return None
    low, high = _range(bounds, maps)
    span = (high - low) or 1.0
    scaled = np.clip(np.nan_to_num((maps.astype(np.float64) - low) / span), 0, 1)
    pixels = np.round(255 * scaled).astype(np.uint8).transpose(1, 2, 0)
    return Painted(name, np.broadcast_to(pixels, (*pixels.shape[:2], 3)))


def as_maps(value: np.ndarray) -> np.ndarray | None:
    """The first picture of a batch as (channels, height, width), of 1 or 3 channels; else None."""
    first = value[0] if value.ndim == 4 and len(value) else value
    if first.ndim == 2:
        first = first[None]
    if first.ndim != 3 or not first.size:
        return None
    if first.shape[0] not in (1, 3) and first.shape[-1] in (1, 3):
        first = first.transpose(2, 0, 1)
    fits = first.shape[0] in (1, 3) and max(first.shape) <= MOST
    return first if fits else None


def _range(said: object, maps: np.ndarray) -> tuple[float, float]:
    """The values of black and white: as the notes say, or the smallest and the largest."""
    if isinstance(said, list) and len(said) == 2:
        try:
            return float(said[0]), float(said[1])
        except (TypeError, ValueError):
            pass
    finite = maps[np.isfinite(maps)]
    return (float(finite.min()), float(finite.max())) if finite.size else (0.0, 1.0)


def mosaic(trace: Trace, count: int) -> np.ndarray | None:
    """The count × count pictures of one run side by side, in grey; None if they are no such."""
    first = painted(trace)
    value = trace.outputs.get(first.tensor) if first else None
    if not isinstance(value, np.ndarray) or value.ndim != 4 or len(value) != count * count:
        return None
    if value.shape[1] != 1:
        return None
    high, wide = value.shape[2:]
    tiles = value.reshape(count, count, high, wide).transpose(0, 2, 1, 3)
    whole = tiles.reshape(count * high, count * wide).astype(np.float64)
    low, top = float(whole.min()), float(whole.max())
    return np.round(255 * (whole - low) / ((top - low) or 1)).astype(np.uint8)
