"""Flat boxes: in each its name, what it does, and the shape of what it makes."""

from __future__ import annotations

from tensorama.figure.drawing import Path, Point, Text, rounded
from tensorama.figure.letters import width, wrapped
from tensorama.figure.looks import LINE, NAME, SMALL, Looks
from tensorama.figure.standing import Seen, Spot
from tensorama.figure.words import Weights, does, name_of, shape_of
from tensorama.scene.build import Scene

_PAD, _NARROW, _WIDE, _LINES = 4.0, 30.0, 64.0, 3
_BEHIND = 1.6  # how far the second box of a group looks out

Row = tuple[str, bool, bool]  # text, whether it is the name, whether it is quiet


class Boxes:
    """Sizes and paints a box for each layer."""

    lines = 0
    gap = 1.5

    def __init__(self, scene: Scene, weights: Weights, looks: Looks) -> None:
        self.scene, self.weights, self.looks = scene, weights, looks

    def _rows(self, seen: Seen) -> list[Row]:
        words = does(seen.layer, self.weights)
        name = name_of(seen.layer, seen.around, _WIDE)
        shape = shape_of(self.scene.blocks[seen.block].picture.shape)
        return [
            *((row, True, False) for row in wrapped(name, NAME, _WIDE, 1, True)),
            *((row, False, False) for row in wrapped(words, SMALL, _WIDE, _LINES) if row),
            (shape, False, True),
        ]

    def size(self, seen: Seen) -> Point:
        """Width and height of a box."""
        rows = self._rows(seen)
        wide = max(width(text, NAME if name else SMALL, name) for text, name, _ in rows)
        more = 2 * _BEHIND if seen.layer.children else 0.0
        return max(_NARROW, wide + 2 * _PAD) + more, len(rows) * LINE + 2 * _PAD - 1.5 + more

    def reach(self, seen: Seen) -> float:
        """How far what is drawn reaches to either side of the middle of its place."""
        return self.size(seen)[0] / 2 - (_BEHIND if seen.layer.children else 0.0)

    def paint(self, spot: Spot) -> list[Path | Text]:
        """One box with its texts."""
        wide, high = self.size(spot)
        more = _BEHIND if spot.layer.children else 0.0
        wide, high = wide - 2 * more, high - 2 * more
        left, top = spot.x - wide / 2, spot.y - high / 2
        looks, kind = self.looks, spot.layer.kind
        marks: list[Path | Text] = []
        if spot.layer.children:  # a second one behind it: there is more inside
            marks.append(
                rounded(
                    left + more, top - more, wide, high, 2.2, looks.fill(kind), looks.edge(kind)
                )
            )
        marks.append(rounded(left, top, wide, high, 2.2, looks.fill(kind), looks.edge(kind)))
        ink, quiet = ("#0b0d11", "#23272e") if looks.dark else (looks.ink, "#3b3f47")
        y = top + _PAD + NAME * 0.72
        for text, name, small in self._rows(spot):
            size, colour = NAME if name else SMALL, quiet if small else ink
            marks.append(Text(spot.x, y, text, size, colour, name))
            y += LINE
        return marks
