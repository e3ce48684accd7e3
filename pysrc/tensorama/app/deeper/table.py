"""The whole network as a table: its layers, what comes out of each and what each takes. No page.

In the order of the network the rows are a tree whose groups fold. Sorted by a column, or with
something typed, they are layers alone.
"""

from __future__ import annotations

import csv
import math
from collections.abc import Callable, Iterator, Sequence
from io import StringIO
from typing import Any

import numpy as np

from tensorama.app.amounts import count_words, size_words, time_words
from tensorama.app.branches import Branches, Row
from tensorama.app.search import Entry, layer_entry, search
from tensorama.engine.contract import Slices, whole
from tensorama.phrases import phrase
from tensorama.scene import Scene
from tensorama.scene.run.costs import BYTES, MULTIPLY_ADDS, PARAMETERS, SECONDS
from tensorama.scene.words import shape_in_words

# the measures in the order of their columns: name → column of the costs, what an amount is called
MEASURES: dict[str, tuple[int, Callable[[float], str]]] = {
    "parameters": (PARAMETERS, lambda count: f"{count:,.0f}"),
    "multiply-adds": (MULTIPLY_ADDS, count_words),
    "memory": (BYTES, size_words),
    "time": (SECONDS, time_words),
}
COLUMNS = {
    "name": phrase("Layer"),
    "op": phrase("Operator"),
    "shape": phrase("Output"),
    "parameters": phrase("Parameters"),
    "multiply-adds": phrase("Multiply-adds"),
    "memory": phrase("Memory"),
    "time": phrase("Time"),
}
_FEW = 40  # layers of a network that is shown unfolded at first
_PAUSE = 200  # rows that are written in one slice
_UNITS = {"memory": " (bytes)", "time": " (s)"}  # of numbers in a file


class Table:
    """The rows of a summary. `by`: the column that it is sorted by, "" for the network's order.

    costs (I,4): what each item takes, as `scene.run.costs` has it.
    """

    def __init__(self, scene: Scene, costs: np.ndarray, say: Callable[[str], str] = str) -> None:
        self.scene, self.costs, self._say = scene, costs, say
        self.branches = Branches(scene, say)
        self.by, self.downwards, self.typed = "", True, ""
        self._at = 0  # of rows that are no tree
        self._sorted: _Layers | None = None
        self._entries: list[Entry] = []
        groups = frozenset(group.number for group in scene.tree.groups)
        self.branches.open(groups if len(scene.blocks) <= _FEW else frozenset())

    # which rows ------------------------------------------------------------------------------

    @property
    def flat(self) -> bool:
        """Whether the rows are layers alone."""
        return bool(self.by or self.typed.strip())

    @property
    def rows(self) -> Sequence[Row]:
        """What is seen, from top to bottom."""
        if not self.flat:
            return self.branches.rows
        if self._sorted is None:
            self._sorted = _Layers(self._in_order(self._found()), self._name)
        return self._sorted

    @property
    def at(self) -> int:
        """The number of the row that one is at."""
        return min(self._at, max(0, len(self.rows) - 1)) if self.flat else self.branches.at

    @at.setter
    def at(self, row: int) -> None:
        if self.flat:
            self._at = row
        else:
            self.branches.at = row

    def sort(self, by: str) -> None:
        """Sort by a column: the largest or first on top, the other way round, not at all."""
        best_first = by in MEASURES or by == "shape"
        if by != self.by:
            self.by, self.downwards = by, best_first
        elif self.downwards == best_first:
            self.downwards = not best_first
        else:
            self.by = ""
        self._anew()

    def find(self, typed: str) -> None:
        """Show only the layers whose name, operator or shape fits."""
        self.typed = typed
        self._anew()

    def fold(self, item: int) -> None:
        """Open a group that is folded, or fold it."""
        self.branches.open(self.branches.opened ^ {item})

    def fold_all(self) -> None:
        """Fold all groups; if they are, open them."""
        every = frozenset(group.number for group in self.scene.tree.groups)
        self.branches.open(frozenset() if self.branches.opened else every)

    def _name(self, item: int) -> str:
        return self._say(self.scene.layer(item).name)

    def _anew(self) -> None:
        self._sorted, self._at = None, 0

    def _found(self) -> list[int]:
        count = len(self.scene.blocks)
        if not self.typed.strip():
            return list(range(count))
        whole(self.entries())
        return sorted(entry.item for entry in search(self._entries, self.typed).entries)

    def entries(self) -> Slices[None]:
        """Be ready for what is typed; who types meanwhile has made the rest by the next slice."""
        entries = self._entries
        while len(entries) < len(self.scene.blocks):
            entries.append(layer_entry(self.scene, len(entries), self._say))
            if len(entries) % _PAUSE == 0:
                yield

    def _in_order(self, items: list[int]) -> list[int]:
        key = self._key()
        return sorted(items, key=key, reverse=self.downwards) if key else items

    def _key(self) -> Callable[[int], float | str] | None:
        blocks, by = self.scene.blocks, self.by
        if by in MEASURES:
            amounts = self.costs[:, MEASURES[by][0]].tolist()
            return lambda item: float(amounts[item])
        if by == "shape":
            return lambda item: float(math.prod(blocks[item].picture.shape))
        if by:
            return lambda item: self._say(getattr(blocks[item].layer, by)).casefold()
        return None

    # what stands in them ---------------------------------------------------------------------

    @property
    def measure(self) -> str:
        """What the last column gives the shares of: what it is sorted by, else time."""
        return self.by if self.by in MEASURES else "time"

    def total(self, measure: str) -> float:
        """What all layers take together."""
        return float(self.costs[: len(self.scene.blocks), MEASURES[measure][0]].sum())

    def amount(self, item: int, measure: str) -> float:
        """What a layer or group takes."""
        return float(self.costs[item, MEASURES[measure][0]])

    def share(self, item: int, measure: str) -> float:
        """What part of all a layer or group takes, 0..1."""
        return self.amount(item, measure) / (self.total(measure) or 1.0)

    def words(self, item: int) -> list[str]:
        """Operator, output and amounts of a layer or group, and its share."""
        layer = self.scene.layer(item)
        shape = self.scene.blocks[self.scene.tree.face(item)].picture.shape
        amounts = [_amount(write, self.amount(item, n)) for n, (_, write) in MEASURES.items()]
        op = "" if layer.kind == "input" else self._say(layer.op)
        share = percent(self.share(item, self.measure))
        return [op, self._say(shape_in_words(shape)), *amounts, share]

    def totals(self) -> list[str]:
        """The amounts of all together."""
        return [write(self.total(name)) for name, (_, write) in MEASURES.items()]


def _amount(write: Callable[[float], str], amount: float) -> str:
    return write(amount) if amount else "–"


class _Layers(Sequence[Row]):
    """Layers in an order of their own; a row is made when it is looked at."""

    def __init__(self, items: Sequence[int], name: Callable[[int], str]) -> None:
        self._items, self._name = items, name

    def __len__(self) -> int:
        return len(self._items)

    def __getitem__(self, at: Any) -> Any:
        if isinstance(at, slice):
            return [self[number] for number in range(*at.indices(len(self)))]
        item = self._items[at]
        return Row(item, self._name(item), 1, at + 1, len(self))


def percent(share: float) -> str:
    """A part of all: 12.3 %, < 0.1 %."""
    if not share:
        return "–"
    return "< 0.1 %" if 0 < share < 0.001 else f"{share * 100:.1f} %"


# what can be taken along ---------------------------------------------------------------------


def as_markdown(table: Table, title: str, say: Callable[[str], str]) -> Iterator[str]:
    """The rows as they are seen, as a table of Markdown; in pieces."""
    heads = [say(text) for text in COLUMNS.values()]
    yield f"**{_plain(title)}**\n\n"
    yield f"| {' | '.join(heads)} |\n|---|---|---|--:|--:|--:|--:|\n"
    for rows in _pieces(table.rows):
        yield "".join(_line(table, row) for row in rows)
    total = " | ".join(f"**{amount}**" for amount in table.totals())
    yield f"| **{say(phrase('Total'))}** |  |  | {total} |\n"


def _line(table: Table, row: Row) -> str:
    indent = "\u2003" * (row.level - 1)
    words = [indent + row.name, *table.words(row.item)[:-1]]
    return f"| {' | '.join(map(_plain, words))} |\n"


def _plain(text: str) -> str:
    """A text that means nothing to Markdown."""
    return "".join(f"\\{sign}" if sign in "\\|*_`<[" else sign for sign in text).replace("\n", " ")


def as_csv(table: Table, say: Callable[[str], str]) -> Iterator[str]:
    """The rows as they are seen, with all digits: bytes, seconds, counts; in pieces."""
    heads = [say(text) + _UNITS.get(name, "") for name, text in COLUMNS.items()]
    yield _written([[say(phrase("Level")), *heads]])
    for rows in _pieces(table.rows):
        yield _written([_numbers(table, row) for row in rows])


def _numbers(table: Table, row: Row) -> list[object]:
    amounts: list[object] = [
        f"{amount:.6g}" if name == "time" else round(amount)
        for name in MEASURES
        for amount in (table.amount(row.item, name),)
    ]
    face = table.scene.blocks[table.scene.tree.face(row.item)].picture
    shape = " × ".join(map(str, face.shape)) or "1"
    return [row.level, row.name, table.words(row.item)[0], shape, *amounts]


def _written(lines: list[list[object]]) -> str:
    out = StringIO()
    csv.writer(out, lineterminator="\n").writerows(lines)
    return out.getvalue()


def _pieces(rows: Sequence[Row]) -> Iterator[Sequence[Row]]:
    for start in range(0, len(rows), _PAUSE):
        yield rows[start : start + _PAUSE]
