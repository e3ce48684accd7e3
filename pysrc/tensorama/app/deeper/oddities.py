"""Where something first went wrong in a run: the first number that is none. No page."""

from __future__ import annotations

import numpy as np

from tensorama.app.state import CellName
from tensorama.engine import Trace
from tensorama.engine.contract import Slices


def first_nan(trace: Trace) -> Slices[CellName | None]:
    """The first cell that holds NaN, in the order in which everything was computed."""
    for name, value in trace.items():
        if isinstance(value, np.ndarray) and value.dtype.kind == "f":
            odd = np.isnan(value)
            if odd.any():
                place = np.unravel_index(int(odd.argmax()), value.shape)
                return name, tuple(map(int, place))
            yield
    return None
