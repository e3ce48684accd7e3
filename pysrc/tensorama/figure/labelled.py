"""The words under a picture of a layer: its name, of a group what is inside, and the shape."""

from __future__ import annotations

from tensorama.figure.drawing import Text
from tensorama.figure.letters import width, wrapped
from tensorama.figure.looks import LINE, NAME, SMALL, UNIT, Looks
from tensorama.figure.standing import Seen, Spot
from tensorama.figure.words import brief, name_of, shape_of

MOST = 46.0  # points that a label is wide
_APART = 4.0 - 2.6 * UNIT  # labels may come nearer to each other than what they are of


def rows_of(seen: Seen, shape: tuple[int, ...]) -> list[tuple[str, bool]]:
    """The lines of a label, and which of them are the name."""
    rows = [
        (row, True) for row in wrapped(name_of(seen.layer, seen.around, MOST), NAME, MOST, 2, True)
    ]
    if seen.layer.children:
        rows += [(row, False) for row in wrapped(brief(seen.layer.op), SMALL, MOST, 2)]
    return [*rows, (shape_of(shape), False)]


def label_width(seen: Seen, shape: tuple[int, ...]) -> float:
    """How much room a label takes across."""
    rows = rows_of(seen, shape)
    return max(width(text, NAME if bold else SMALL, bold) for text, bold in rows) + _APART


def label(spot: Spot, shape: tuple[int, ...], bottom: float, looks: Looks) -> list[Text]:
    """The texts of a label under what ends at `bottom`."""
    texts = []
    y = bottom + 2.5 + NAME * 0.75
    for text, bold in rows_of(spot, shape):
        size, colour = (NAME, looks.ink) if bold else (SMALL, looks.quiet)
        texts.append(Text(spot.x, y, text, size, colour, bold))
        y += LINE
    return texts
