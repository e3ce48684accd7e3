"""Words beside the cells of an output: the classes that they stand for."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from tensorama.view import ffi
from tensorama.view.stage import Stage

_LINE = 12  # CSS pixels that a word beside a cell needs


class Words:
    """A word to the right of each cell of one column."""

    def __init__(self, box: Any) -> None:
        self.box = box
        self._words: list[Any] = []
        self._texts: list[str] = []
        self._block = self._best = -1

    def write(self, block: int, words: Sequence[str], best: int = -1) -> None:
        """Write these words beside the cells of a block; the best one stands out."""
        self._best = best
        if block == self._block and self._texts == list(words):
            for number, word in enumerate(self._words):
                word.classList.toggle("tr-best", number == best)
            return
        for word in self._words:
            word.remove()
        self._words, self._block, self._texts = [], block, list(words)
        for number, text in enumerate(words):
            word = ffi.document.createElement("span")
            word.className = "tr-word tr-best" if number == best else "tr-word"
            word.textContent = text
            self.box.append(word)
            self._words.append(word)

    def follow(self, stage: Stage) -> None:
        """Put every word beside its cell."""
        if not self._words:
            return
        anchor, size = stage.now.anchors[self._block], stage.now.sizes[self._block]
        count = len(self._words)
        rows = anchor[1] + size[1] * (0.5 - (np.arange(count) + 0.5) / count)
        at = np.column_stack(
            [np.full(count, anchor[0] + size[0] / 2), rows, np.full(count, anchor[2])]
        )
        points = stage.on_screen(at)
        legible = abs(points[-1, 1] - points[0, 1]) / max(1, count - 1) >= _LINE
        for number, (word, (x, y, w)) in enumerate(zip(self._words, points.tolist(), strict=True)):
            shown = w > 0 and (legible or number == self._best)
            word.style.opacity = "1" if shown else "0"
            word.style.transform = f"translate({x + 6:.1f}px,{y:.1f}px) translateY(-50%)"
