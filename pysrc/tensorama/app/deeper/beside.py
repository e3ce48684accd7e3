"""What stands beside the layers, as a picture keeps it: texts, and what lies under them."""

from __future__ import annotations

from typing import Any

from tensorama.app.desk import Desk
from tensorama.figure.cells import written
from tensorama.figure.sheet import Plate, Word
from tensorama.scene.pictures.colour import THEMES, rgb
from tensorama.view import ffi

BASE = 0.35  # of a text's size, from the middle of its line to its base
_UNDER = 0.78  # how much a label covers what runs behind it


def words(desk: Desk, theme: str) -> list[Word]:
    """The texts, as they stand on the page."""
    found, colours = [], THEMES[theme]
    labels = desk.frame.part("labels")
    for element in labels.querySelectorAll(".tr-label:not(.tr-gone) > span, .tr-word"):
        looks = ffi.window.getComputedStyle(element)
        text = str(element.textContent)
        seen = float(looks.opacity) and str(looks.visibility) != "hidden"
        if not text or not element.offsetWidth or not seen:
            continue
        bold = int(looks.fontWeight) >= 600
        alone = bool(element.classList.contains("tr-word"))
        a, b, c, d, e, f = _matrix(element if alone else element.parentElement)
        x, y = (
            (0, 0) if alone else (element.offsetLeft + element.offsetWidth / 2, element.offsetTop)
        )
        size = float(str(looks.fontSize).removesuffix("px"))
        y = y + element.offsetHeight / 2 + size * BASE
        colour = colours.ink if bold else colours.quiet
        found.append(Word(
            (a, b, c, d, a * x + c * y + e, b * x + d * y + f), text, size, colour, bold,
            "start" if alone else "middle",
        ))  # fmt: skip
    return found


def plates(desk: Desk, theme: str, transparent: bool) -> list[Plate]:
    """What lies under labels: a piece of ground over what runs there, and how hot the layer is."""
    found, colours = [], THEMES[theme]
    cold, hot = map(rgb, colours.heat)
    for label in desk.frame.part("labels").querySelectorAll(".tr-label:not(.tr-gone)"):
        matrix, wide = _matrix(label), float(label.offsetWidth)
        if not wide or str(ffi.window.getComputedStyle(label).visibility) == "hidden":
            continue
        if not transparent:
            whole = 0.0, 0.0, wide, float(label.offsetHeight)
            found.append(Plate(matrix, whole, colours.ground, _UNDER))
        bar = ffi.window.getComputedStyle(label, "::after")
        if str(bar.content) == "none":
            continue
        long, high = (float(str(size).removesuffix("px")) for size in (bar.width, bar.height))
        share = float(str(bar.getPropertyValue("--share")).removesuffix("%") or 0) / 100
        left, top = (wide - long) / 2, float(label.offsetHeight) - 2 - high
        hue = written(cold + (hot - cold) * share)
        found += [
            Plate(matrix, (left, top, long, high), colours.hairline),
            Plate(matrix, (left, top, long * share, high), hue),
        ]
    return found


def _matrix(element: Any) -> tuple[float, float, float, float, float, float]:
    """Where an element stands on the page."""
    matrix = ffi.js.DOMMatrix.new(ffi.window.getComputedStyle(element).transform)
    a, b, c, d, e, f = (float(getattr(matrix, name)) for name in "abcdef")
    return a, b, c, d, e, f
