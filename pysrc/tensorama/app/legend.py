"""The legend: which colour means what, for the tensor under the pointer."""

from __future__ import annotations

from typing import Any

import numpy as np

from tensorama.app.frame import Frame

_SAID = {  # what stands before and after the colours of values that are no amounts
    "truth": ("false", "true"),
    "label": ("", "one hue for each number"),
    "text": ("", "one hue for each text"),
}


def _said(scale: float) -> str:
    """Three digits of a magnitude: 0.0123, 9,130, 1.2e+08."""
    return f"{float(f'{scale:.3g}'):,g}"


class Legend:
    """The colour scale with its ends, and a mark where the value under the pointer lies."""

    def __init__(self, frame: Frame) -> None:
        self._low, self._high = frame.part("low"), frame.part("high")
        self._ramp, self._button = frame.part("ramp"), frame.button("scale")

    def show(self, sort: str = "number", scale: float | None = None, value: Any = None) -> None:
        """Explain the colours of values of a sort; `scale`: the magnitude at its ends, if known."""
        self._ramp.removeAttribute("style")
        self._ramp.dataset.sort = sort
        self._button.hidden = sort in _SAID
        end = "" if scale is None else f"{scale:,.0f}" if sort == "whole" else _said(scale)
        low, high = _SAID.get(sort, (f"−{end}", f"+{end}"))
        self._low.textContent, self._high.textContent = low, high
        if scale and sort not in _SAID and np.ndim(value) == 0 and value is not None:
            part = max(-1.0, min(1.0, float(np.real(value)) / scale))
            if np.isfinite(value):
                self._ramp.style.setProperty("--at", f"{50 + 50 * part:.1f}%")
