"""Sizes and colours of figures: a colour for each kind of layer, told apart in grey as well."""

from __future__ import annotations

from dataclasses import dataclass

COLUMN = 84 * 72 / 25.4  # a journal's column
NAME, SMALL, LINE = 6.4, 6.0, 7.2  # sizes of text, and from line to line: legible in print
EDGE = 3.0  # kept free around everything
UNIT = 2.5  # points in a unit of the layout, which keeps its distances in these

_KINDS = {
    "input": "#ffffff", "convolution": "#f3c887", "pooling": "#d88a74", "dense": "#a7b4e0",
    "merge": "#d4d4d4", "normalization": "#b9dcc6", "activation": "#e2e8a4",
    "recurrent": "#c6a5da", "attention": "#86c6ca", "embedding": "#ecc0d6", "resize": "#c3b299",
    "trees": "#9cc287", "operation": "#e8e4da", "stage": "#8cb2d6", "block": "#bcd3e8",
    "residual": "#bcd3e8", "inception": "#bcd3e8", "mlp": "#a7b4e0", "group": "#dbe4ec",
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Looks:
    """`ground`: "" where the paper is it; `frame`, `tint`: edge and inside of open groups."""

    ground: str
    ink: str
    quiet: str
    line: str
    frame: str
    tint: str
    dark: bool

    def fill(self, kind: str) -> str:
        """The colour of a kind of layer."""
        colour = _KINDS.get(kind, _KINDS["operation"])
        return mixed(colour, "#0e1116", 0.28) if self.dark else colour

    def edge(self, kind: str) -> str:
        """The colour of its outlines."""
        return mixed(self.fill(kind), "#0e1116" if self.dark else "#20242b", 0.62)


LIGHT = Looks("", "#16191f", "#5a5f68", "#5a5f68", "#b9bdc4", "#f6f7f9", False)
DARK = Looks("#0e1116", "#e6eaf1", "#a3acb9", "#98a1ae", "#3c4552", "#151a21", True)


def mixed(colour: str, other: str, part: float) -> str:
    """A colour with so much of another one in it."""
    pairs = [(int(colour[at : at + 2], 16), int(other[at : at + 2], 16)) for at in (1, 3, 5)]
    return "#" + "".join(f"{round(a + (b - a) * part):02x}" for a, b in pairs)
