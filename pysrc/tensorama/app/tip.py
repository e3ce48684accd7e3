"""What stands beside the pointer: the number under it, large, and what it is."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from tensorama.view import ffi


def written(value: Any) -> str:
    """A recorded value, exactly: the shortest decimals that give the same float again."""
    if isinstance(value, (np.floating, float)):
        return str(value)
    return str(value.item() if isinstance(value, np.generic) else value)


class Tip:
    """A small note that keeps out of the way of what it speaks about."""

    def __init__(self, element: Any, box: Any) -> None:
        self.element, self.box = element, box

    def show(self, x: float, y: float, value: str, lines: Sequence[str]) -> None:
        """Show a value and lines of explanation near this pixel of the box."""
        element = self.element
        element.replaceChildren()
        for kind, text in (("b", value), *(("span", line) for line in lines)):
            part = ffi.document.createElement(kind)
            part.textContent = text
            element.append(part)
        element.hidden = False
        wide, high = element.offsetWidth, element.offsetHeight
        left = x + 22 if x + 22 + wide < self.box.clientWidth - 8 else x - 22 - wide
        top = y - high - 18 if y - high - 18 > 8 else y + 24
        left = max(8, min(left, self.box.clientWidth - wide - 8))
        element.style.transform = f"translate({left:.0f}px,{top:.0f}px)"

    def hide(self) -> None:
        """Show nothing."""
        self.element.hidden = True
