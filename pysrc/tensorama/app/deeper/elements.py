"""Elements of the page, made without a word of markup."""

from __future__ import annotations

from typing import Any

from tensorama.app.frame import NARROW, Frame
from tensorama.view import ffi

_ASIDE = 24  # CSS pixels


def element(kind: str, looks: str = "", text: str = "", **attributes: str) -> Any:
    """A new element; `aria_label=…` becomes the attribute aria-label."""
    made = ffi.document.createElement(kind)
    if looks:
        made.className = looks
    if text:
        made.textContent = text
    if kind == "button":
        made.type = "button"
    for name, value in attributes.items():
        made.setAttribute(name.replace("_", "-"), value)
    return made


def keep_beside(panel: Any, frame: Frame) -> None:
    """Let a panel begin where the input and the answer beside it end; on a phone it lies below."""
    side = frame.part("side")
    narrow = float(frame.box.clientWidth) <= NARROW or not side.clientWidth
    edge = float(side.offsetLeft) + float(side.offsetWidth)
    panel.style.left = "" if narrow else f"{edge + _ASIDE:.0f}px"
