"""The picture that a network looked at, for what it says of places in it to lie upon."""

from __future__ import annotations

import numpy as np

from tensorama.engine import Trace
from tensorama.outputs.readings import as_maps


def backdrop(trace: Trace) -> np.ndarray | None:
    """The first input that is a picture: uint8 (height, width, 4); None if none is."""
    for value in trace.feeds.values():
        maps = as_maps(value) if isinstance(value, np.ndarray) and value.ndim == 4 else None
        if maps is None:
            continue
        low, high = float(np.nanmin(maps)), float(np.nanmax(maps))
        scaled = np.nan_to_num((maps.astype(np.float64) - low) / ((high - low) or 1.0))
        image = np.full((*maps.shape[1:], 4), 255, np.uint8)
        image[..., :3] = np.round(255 * scaled.clip(0, 1)).transpose(1, 2, 0)
        return image
    return None
