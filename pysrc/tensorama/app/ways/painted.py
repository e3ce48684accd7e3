"""An output that is a picture, large, and what single numbers beside it say."""

from __future__ import annotations

from typing import Any

import numpy as np

from tensorama.app.desk import Desk
from tensorama.app.ways.made import Panel, element
from tensorama.engine import Trace
from tensorama.outputs.readings import Painted, heated, painted
from tensorama.phrases import phrase
from tensorama.view import ffi


class PaintedPicture(Panel):
    """Draws the picture that the network makes, and the shares that it gives of other things."""

    name = "painted"
    instead = False  # the classes stand below it

    def __init__(self, desk: Desk, box: Any) -> None:
        self.desk = desk
        self._canvas = element("canvas", className="tr-painted")
        self._canvas.setAttribute("role", "img")
        self._numbers = element("dl")
        box.append(self._canvas, self._numbers)

    @staticmethod
    def reads(trace: Trace | None) -> bool:
        """Whether an output is a picture."""
        return trace is not None and _read(trace) is not None

    def read(self, trace: Trace) -> Painted | None:
        """The picture that is drawn."""
        return _read(trace)

    def show(self) -> None:
        """Draw what the run made."""
        trace = self.desk.session.trace
        picture = self.read(trace) if trace else None
        if trace is None or picture is None:
            return
        high, wide = picture.pixels.shape[:2]
        image = np.full((high, wide, 4), 255, np.uint8)
        image[..., :3] = picture.pixels
        ffi.put_pixels(self._canvas, image)
        said = phrase(
            "The picture “{name}”, {wide} × {high}", name=picture.tensor, wide=wide, high=high
        )
        self._canvas.title = self.desk.say(said)
        self._canvas.setAttribute("aria-label", self.desk.say(said))
        rows: list[Any] = []
        for name, value in trace.outputs.items():
            single = isinstance(value, np.ndarray) and value.size == 1 and value.dtype.kind == "f"
            if single and np.isfinite(value).all():
                number = float(value.reshape(-1)[0])
                share = 0 <= number <= 1
                text = f"{number * 100:.1f} %" if share else f"{number:.4g}"
                rows += [element("dt", name), element("dd", text.replace("100.0", "100"))]
        self._numbers.replaceChildren(*rows)


def _read(trace: Trace) -> Painted | None:
    """The picture, or the input with what was found in it."""
    return painted(trace) or heated(trace)
