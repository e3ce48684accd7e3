"""An output that says of each part of the input picture how much of something is there."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from tensorama.engine import Trace
from tensorama.onnxfile.notes import read_json
from tensorama.outputs.readings.picture import MOST, Painted, as_maps

_HOT = np.array([1.0, 0.62, 0.18])  # as the page's accent
_SHOWN = 0.45  # how bright the picture is where there is nothing


def heated(trace: Trace) -> Painted | None:
    """The input picture, in grey, glowing where the output is high; None where notes say of none.

    An output 0…1 is shown as it is, any other between its smallest and its largest number.
    """
    said = read_json(trace.model.metadata.get("output", ""))
    if not isinstance(said, Mapping) or said.get("kind") != "heatmap":
        return None
    name = said.get("tensor", trace.model.graph.outputs[0].name)
    value = trace.outputs.get(name) if isinstance(name, str) else None
    pictures = [x for x in trace.feeds.values() if isinstance(x, np.ndarray) and x.ndim == 4]
    if not isinstance(value, np.ndarray) or value.ndim != 4 or not pictures or not value.size:
        return None
    picture = as_maps(pictures[0])
    if picture is None:
        return None
    return _glowing(name, picture, value[0].reshape(-1, *value.shape[2:])[0])


def heat_of(trace: Trace, tensor: str) -> Painted | None:
    """Any output of two axes or more as heat: over the input picture where it has that shape."""
    value = trace.outputs.get(tensor)
    if not isinstance(value, np.ndarray) or value.ndim < 2 or value.dtype.kind not in "fiu":
        return None
    if not value.size or max(value.shape[-2:]) > MOST:
        return None
    heat = value.reshape(-1, *value.shape[-2:])[0]
    feeds = (x for x in trace.feeds.values() if isinstance(x, np.ndarray) and x.ndim == 4)
    picture = as_maps(next(feeds, np.zeros(0)))
    if value.ndim < 4 or picture is None:
        picture = np.zeros((1, *heat.shape))
    return _glowing(tensor, picture, heat)


def _glowing(name: str, picture: np.ndarray, heat: np.ndarray) -> Painted:
    grey, heat = _between(picture.mean(axis=0)), heat.astype(np.float64)
    low, high = float(np.nanmin(heat)), float(np.nanmax(heat))
    heat = heat if low >= 0 and high <= 1 else _between(heat)
    rows = np.arange(grey.shape[0]) * heat.shape[0] // grey.shape[0]
    columns = np.arange(grey.shape[1]) * heat.shape[1] // grey.shape[1]
    glow = np.clip(np.nan_to_num(heat[rows][:, columns]), 0, 1)[..., None]
    colour = grey[..., None] * _SHOWN * (1 - glow) + (0.35 + 0.65 * grey[..., None]) * _HOT * glow
    return Painted(name, np.round(255 * np.clip(colour, 0, 1)).astype(np.uint8))


def _between(values: np.ndarray) -> np.ndarray:
    """Numbers from the smallest, 0, to the largest, 1."""
    finite = np.nan_to_num(values.astype(np.float64))
    low, high = finite.min(), finite.max()
    return np.asarray((finite - low) / ((high - low) or 1.0))
