"""What a network says that each pixel is of: colours over the picture, and what they mean."""

from __future__ import annotations

import colorsys
from typing import Any

import numpy as np

from tensorama.app.desk import Desk
from tensorama.app.ways.backdrop import backdrop
from tensorama.app.ways.made import Panel, element
from tensorama.engine import Trace
from tensorama.outputs.readings import segments
from tensorama.phrases import phrase
from tensorama.view import ffi

_GROUND = 0.5  # of the picture's light that is left below the colours
_GOLDEN = 0.381966  # of a turn: neighbours get hues that are far apart


class SegmentsOverPicture(Panel):
    """Colours every pixel by its likeliest kind; the first kind, the ground, stays as it is."""

    name = "segmented"
    instead = True

    def __init__(self, desk: Desk, box: Any) -> None:
        self.desk = desk
        self._canvas = element("canvas", className="tr-painted")
        self._canvas.setAttribute("role", "img")
        self._kinds = element("div", className="tr-kinds")
        self._note = element("p", className="tr-way-note")
        box.append(self._canvas, self._kinds, self._note)

    @staticmethod
    def reads(trace: Trace | None) -> bool:
        """Whether an output tells the kind of each pixel."""
        return trace is not None and segments(trace) is not None

    def show(self) -> None:
        """Colour the picture of the run that is shown."""
        trace, say = self.desk.session.trace, self.desk.say
        seen = segments(trace) if trace else None
        if trace is None or seen is None:
            return
        high, wide = seen.kinds.shape
        image = backdrop(trace)
        if image is None or image.shape[:2] != (high, wide):
            image = np.full((high, wide, 4), (0, 0, 0, 255), np.uint8)
        colours = np.array([colour(kind) for kind in range(len(seen.labels))], np.float64)
        mixed = _GROUND * image[..., :3] + (1 - _GROUND) * colours[seen.kinds]
        image[..., :3] = np.where((seen.kinds > 0)[..., None], mixed, image[..., :3])
        ffi.put_pixels(self._canvas, image)
        rows = []
        for kind, share in seen.shares.items():
            row = element("span")
            row.append(element("i"), element("b", seen.labels[kind]))
            row.append(element("span", f"{share * 100:.1f} %"))
            colour_of = (
                "transparent" if kind == 0 else "rgb({:.0f} {:.0f} {:.0f})".format(*colours[kind])
            )
            row.children[0].style.background = colour_of
            rows.append(row)
        self._kinds.replaceChildren(*rows)
        told = say(phrase(
            "The likeliest of {count} kinds for each of {pixels} pixels.",
            count=len(seen.labels), pixels=f"{wide} × {high}",
        ))  # fmt: skip
        self._note.textContent = told
        self._canvas.setAttribute("aria-label", told)


def colour(kind: int) -> tuple[float, float, float]:
    """The colour of a kind, as red, green and blue 0..255."""
    hue = (0.55 + _GOLDEN * kind) % 1.0
    red, green, blue = colorsys.hls_to_rgb(hue, 0.6, 0.75)
    return 255 * red, 255 * green, 255 * blue
