"""Names, operators and shapes beside the blocks, as real text: crisp, readable aloud, focusable."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any

import numpy as np

from tensorama.scene import Scene
from tensorama.scene.crowding import label_forms
from tensorama.scene.layout import TITLE
from tensorama.scene.words import shape_in_words
from tensorama.view import ffi
from tensorama.view.stage import Stage

# from the fullest to the shortest way to write a label, with the class that hides the rest
_FORMS = ("", "tr-brief", "tr-name")
_LOWEST_TITLE = 15  # CSS pixels that a frame's title needs
_LINE = 12  # CSS pixels that a word beside a cell needs


@dataclass(slots=True)
class _Label:
    element: Any
    widths: tuple[float, ...]
    shown: str | None = None
    place: tuple[int, int, bool] | None = None


class Labels:
    """A button under each block (it opens and closes the layer), and words beside output cells."""

    def __init__(
        self, box: Any, on_click: Callable[[int], None], on_hover: Callable[[int | None], None]
    ) -> None:
        self.box = box
        self._on_click, self._on_hover = on_click, on_hover
        self._handlers = ffi.Handlers()
        self._labels: list[_Label] = []
        self._words: list[Any] = []
        self._marked: Any = None
        self._word_block = -1

    def show(self, scene: Scene) -> None:
        """Write the labels of a scene; the ones before go."""
        self.clear()
        for item in range(len(scene.blocks) + len(scene.tree.groups)):
            layer, face = scene.layer(item), scene.blocks[scene.tree.face(item)]
            shape, op = (
                shape_in_words(face.picture.shape),
                layer.op if layer.kind != "input" else "",
            )
            button = ffi.document.createElement("button")
            button.type = "button"
            for kind, text in (("name", layer.name), ("op", op), ("shape", shape)):
                part = ffi.document.createElement("span")
                part.className = f"tr-label-{kind}"
                part.textContent = text
                button.append(part)
            button.setAttribute("aria-label", f"{layer.name}, {layer.op}, {shape}")
            button.title = f"{layer.name} · {layer.op} · {shape}"
            if layer.children or face.opens:
                button.setAttribute("aria-expanded", "false")
            self._bind(button, item)
            self.box.append(button)
            self._labels.append(_Label(button, ()))
        for label in self._labels:
            label.widths = tuple(_width(label.element, form) for form in _FORMS)
            label.element.className = "tr-label tr-gone"  # until it has a place

    def _bind(self, button: Any, number: int) -> None:
        self._handlers.do(button, "click", partial(self._on_click, number))
        for event in ("pointerenter", "focus"):
            self._handlers.do(button, event, partial(self._on_hover, number))
        for event in ("pointerleave", "blur"):
            self._handlers.do(button, event, partial(self._on_hover, None))

    def set_open(self, opened: set[int]) -> None:
        """Tell by each label whether its layer is open."""
        for number, label in enumerate(self._labels):
            if label.element.hasAttribute("aria-expanded"):
                label.element.setAttribute("aria-expanded", str(number in opened).lower())

    def mark(self, item: int | None) -> None:
        """Let the label of the layer or group that is computed now stand out."""
        if self._marked is not None:
            self._marked.removeAttribute("data-now")
        known = item is not None and item < len(self._labels)
        self._marked = self._labels[item].element if item is not None and known else None
        if self._marked is not None:
            self._marked.setAttribute("data-now", "")

    def paint(self, shares: np.ndarray | None, texts: Sequence[str] = ()) -> None:
        """Draw a bar of a share 0..1 under each label and say in its title what it is; or none."""
        self.box.classList.toggle("tr-heat", shares is not None)
        for number, label in enumerate(self._labels):
            title = label.element.title.split("\n")[0]
            if shares is not None:
                label.element.style.setProperty("--share", f"{shares[number]:.1%}")
                title += "\n" + texts[number]
            label.element.title = title

    def write_beside(self, block: int, words: Sequence[str], best: int = -1) -> None:
        """Write a word to the right of each cell of a column (the classes of an output)."""
        if block == self._word_block and [word.textContent for word in self._words] == list(words):
            for number, word in enumerate(self._words):
                word.classList.toggle("tr-best", number == best)
            return
        for word in self._words:
            word.remove()
        self._words, self._word_block = [], block
        for number, text in enumerate(words):
            word = ffi.document.createElement("span")
            word.className = "tr-word tr-best" if number == best else "tr-word"
            word.textContent = text
            self.box.append(word)
            self._words.append(word)

    def follow(self, stage: Stage) -> None:
        """Put every label where its block is now; where it is crowded say less, or nothing."""
        if not self._labels:
            return
        spots, line, title = stage.label_spots()
        points = stage.on_screen(spots)
        points[line < 0, 2] = -1  # as if behind the eye
        widths = np.array([label.widths for label in self._labels])
        height = stage.label_pixels()
        forms = label_forms(points, widths, line, stage.room.width, height)
        for item, wide in stage.frame_pixels().items():
            fits = widths[item, -1] + 8 <= wide and TITLE * height >= _LOWEST_TITLE
            forms[item] = len(_FORMS) - 1 if fits and points[item, 2] > 0 else -1
        for number, label in enumerate(self._labels):
            form = None if forms[number] < 0 else _FORMS[forms[number]]
            if form != label.shown:
                label.element.className = "tr-label tr-gone" if form is None else f"tr-label {form}"
                label.shown = form
            if form is None:
                continue
            x, y, _ = points[number]
            place = (round(x * 2), round(y * 2), bool(title[number]))
            if place != label.place:
                hang = "translate(4px,2px)" if title[number] else "translate(-50%,7px)"
                label.element.style.transform = f"translate({x:.1f}px,{y:.1f}px) {hang}"
                label.place = place
        self._follow_words(stage)

    def _follow_words(self, stage: Stage) -> None:
        if not self._words:
            return
        anchor, size = stage.anchors[self._word_block], stage.sizes[self._word_block]
        count = len(self._words)
        rows = anchor[1] + size[1] * (0.5 - (np.arange(count) + 0.5) / count)
        at = np.column_stack(
            [np.full(count, anchor[0] + size[0] / 2), rows, np.full(count, anchor[2])]
        )
        points = stage.on_screen(at)
        legible = abs(points[-1, 1] - points[0, 1]) / max(1, count - 1) >= _LINE
        for word, (x, y, w) in zip(self._words, points, strict=True):
            shown = w > 0 and (legible or word.classList.contains("tr-best"))
            word.style.opacity = "1" if shown else "0"
            word.style.transform = f"translate({x + 6:.1f}px,{y:.1f}px) translateY(-50%)"

    def clear(self) -> None:
        """Take all labels away."""
        self._handlers.remove()
        for label in self._labels:
            label.element.remove()
        self._labels.clear()
        self._marked = None
        self.write_beside(-1, ())


def _width(element: Any, form: str) -> float:
    element.className = f"tr-label {form}"
    return float(element.offsetWidth)
