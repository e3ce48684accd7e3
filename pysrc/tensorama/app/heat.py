"""Heat: where a network spends its time, memory, parameters or multiply-adds."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from tensorama.app.amounts import count_words, size_words, time_words
from tensorama.app.frame import Frame
from tensorama.app.timeline import Timeline
from tensorama.engine import Trace
from tensorama.scene.run.costs import costs_of
from tensorama.view import ffi
from tensorama.view.labels import Labels
from tensorama.view.stage import Stage
from tensorama.view.unseen import Unseen

_MEASURES: tuple[tuple[str, Callable[[float], str]], ...] = (  # the columns of the costs
    ("measured", time_words),
    ("recorded", size_words),
    ("parameters", lambda count: f"{count:,.0f}"),
    ("multiply-adds", count_words),
)


class Heat:
    """A switch that colours borders, labels and line by what each layer takes; off at first."""

    def __init__(
        self, frame: Frame, stage: Stage | Unseen, labels: Labels, timeline: Timeline
    ) -> None:
        self.stage, self.labels, self.timeline = stage, labels, timeline
        self._button = frame.button("heat")
        self._mode: int | None = None
        self._trace: Trace | None = None
        self._drawn: Any = None
        self._costs: np.ndarray | None = None  # of that run
        self._handlers = ffi.Handlers()
        self._handlers.do(self._button, "click", self.next)

    @property
    def name(self) -> str:
        """What colours the layers: "off", "measured", "recorded", …"""
        return "off" if self._mode is None else _MEASURES[self._mode][0]

    def next(self) -> None:
        """The next measure, after the last none."""
        mode = 0 if self._mode is None else self._mode + 1
        self._mode = mode if mode < len(_MEASURES) else None
        self._show()

    def take(self, trace: Trace) -> None:
        """Show the costs of this run."""
        self._trace, self._costs = trace, None
        if self._mode is not None:
            self._show()

    def follow(self) -> None:
        """Compare what is seen now, if something opened or closed."""
        if self._mode is not None and self.stage.player.items is not self._drawn:
            self._show()

    def _show(self) -> None:
        self._drawn = items = self.stage.player.items
        self._button.classList.toggle("tr-hot", self._mode is not None)
        if self._mode is None or self._trace is None or not len(items):
            self._button.querySelector("span").textContent = "no heat"
            self._paint(None)
            return
        name, words = _MEASURES[self._mode]
        if self._costs is None:
            self._costs = costs_of(self.stage.scene, self._trace)
        costs = self._costs[:, self._mode]
        total = float(costs[: len(self.stage.scene.blocks)].sum())
        shares = np.minimum(1.0, costs / (costs[items].max() or 1.0))
        self._button.querySelector("span").textContent = f"{words(total)} {name}"
        self._paint(shares, lambda n: f"{words(costs[n])} {name}, {costs[n] / (total or 1.0):.0%}")

    def _paint(self, shares: np.ndarray | None, text: Callable[[int], str] = str) -> None:
        """Colour by these shares of the layers and groups, or by none."""
        self.stage.heat(shares)
        self.labels.paint(shares, text)
        self.timeline.paint(shares)

    def dispose(self) -> None:
        """Let go of the page's events."""
        self._handlers.remove()
