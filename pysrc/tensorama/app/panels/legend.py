"""The legend: which colour means what, for the tensor under the pointer."""

from __future__ import annotations

from typing import Any

import numpy as np

from tensorama.app.cells import index_of, scene_under
from tensorama.app.desk import Desk
from tensorama.app.pointer import Spot
from tensorama.phrases import phrase

_SAID = {  # what stands before and after the colours of values that are no amounts
    "truth": (phrase("false"), phrase("true")),
    "label": ("", phrase("one hue for each number")),
    "text": ("", phrase("one hue for each text")),
}


def _said(scale: float) -> str:
    """Three digits of a magnitude: 0.0123, 9,130, 1.2e+08."""
    return f"{float(f'{scale:.3g}'):,g}"


class Legend:
    """The colour scale with its ends, and a mark where the value under the pointer lies."""

    def __init__(self, desk: Desk) -> None:
        self.desk = desk
        frame = desk.frame
        self._of = frame.part("of")
        self._low, self._high = frame.part("low"), frame.part("high")
        self._ramp, self._button = frame.part("ramp"), frame.button("scale")
        desk.pointer.moved.listen(lambda before, after: self._read())
        desk.session.ran.listen(lambda finished: self._read())
        desk.session.lensed.listen(self._read)
        desk.spoken.listen(self._read)
        desk.store.listen(lambda before, after: self._read(), "scale", "shelf")

    def _read(self) -> None:
        desk, spot, lens = self.desk, self.desk.pointer.spot, self.desk.session.lens
        self._of.textContent = desk.say(lens.title) if lens else ""
        if spot is None or spot.hit is None or desk.session.trace is None:
            self._show(scale=self._scale(None))
            return
        picture = scene_under(desk, spot.on_shelf).blocks[spot.hit.block].picture
        index, _ = index_of(desk, spot.hit, spot.on_shelf)
        value = desk.session.seen(picture.tensor)[index]
        self._show(picture.reading.sort, self._scale(spot), value)

    def _scale(self, spot: Spot | None) -> float | None:
        stage, scale = self.desk.stage, self.desk.state.scale
        hit = spot.hit if spot else None
        if hit and spot and spot.on_shelf and self.desk.shelf:
            return float(self.desk.shelf.maps.scales[hit.block])
        own = hit and stage.scene.blocks[hit.block].picture.reading.sort != "number"
        if scale == "network" and not own:
            return stage.scale_of_network()
        if hit is None:
            return None
        if scale != "map" or hit.chart < 0:
            return stage.scale_of(hit.block)
        return stage.scale_of_map(hit.quad)

    def _show(self, sort: str = "number", scale: float | None = None, value: Any = None) -> None:
        """Explain the colours of values of a sort; `scale`: the magnitude at its ends, if known."""
        self._ramp.removeAttribute("style")
        self._ramp.dataset.sort = sort
        self._button.hidden = sort in _SAID
        end = "" if scale is None else f"{scale:,.0f}" if sort == "whole" else _said(scale)
        low, high = _SAID.get(sort, (f"−{end}", f"+{end}"))
        self._low.textContent, self._high.textContent = self.desk.say(low), self.desk.say(high)
        if scale and sort not in _SAID and np.ndim(value) == 0 and value is not None:
            part = max(-1.0, min(1.0, float(np.real(value)) / scale))
            if np.isfinite(value):
                self._ramp.style.setProperty("--at", f"{50 + 50 * part:.1f}%")

    def dispose(self) -> None:
        """Nothing is held."""
