"""The rows of an outline: what is seen of a tree whose groups are open or closed, where one is in
it, and what a key means there. No page in it."""

from __future__ import annotations

from collections.abc import Callable, Set
from dataclasses import dataclass

from tensorama.scene import Scene
from tensorama.scene.levels import ROOT


@dataclass(frozen=True, slots=True)
class Row:
    """One item that is seen: how deep it lies (1: outermost), and which of how many siblings.

    `name`: that of its layer, less the scope that all layers beside it have in common.
    """

    item: int
    name: str
    level: int
    position: int
    siblings: int


class Branches:
    """The outline of one scene. Its open groups are those of the picture.

    The rows are counted when they are asked for: of a large network that no outline is shown of,
    they never are. `say`: a name as it is shown.
    """

    def __init__(self, scene: Scene, say: Callable[[str], str] = str) -> None:
        self.scene, self._say = scene, say
        self.opened: frozenset[int] = frozenset()
        self._rows: list[Row] = []
        self._at = 0
        self._row_of: dict[int, int] | None = None
        self._goal: int | None = None  # the item that one is at when the rows are counted again

    @property
    def rows(self) -> list[Row]:
        """What is seen, from top to bottom."""
        self._counted()
        return self._rows

    @property
    def at(self) -> int:
        """The number of the row one is at."""
        self._counted()
        return self._at

    @at.setter
    def at(self, row: int) -> None:
        self._counted()
        self._at = row

    @property
    def item(self) -> int | None:
        """The item one is at; None where there is nothing at all."""
        return self.rows[self.at].item if self.rows else None

    def expands(self, item: int) -> bool:
        """Whether there are rows inside an item: it is a group."""
        return self.scene.tree.group(item) is not None

    def row_of(self, item: int) -> int:
        """The row that an item is seen in: its own, or that of the closed group around it."""
        return self._counted()[self.seen_as(item)]

    def seen_as(self, item: int) -> int:
        """What an item is seen as: itself, or the closed group around it."""
        around = self.scene.tree.around(item)
        return next((group for group in around if group not in self.opened), item)

    def go_to(self, item: int) -> None:
        """One is at this item from now on, or at the closed group around it."""
        if self._row_of is None:
            self._goal = item
        else:
            self._at = self.row_of(item)

    def open(self, opened: Set[int]) -> None:
        """Exactly these are open now. One goes where something was opened or closed alone."""
        changed = self.opened ^ opened
        if len(changed) == 1:
            self._goal = next(iter(changed))
        elif self._row_of is not None:
            self._goal = self.item
        self.opened = frozenset(opened)
        self._row_of = None

    def count_anew(self) -> None:
        """Names are said in another way now; one stays where one is."""
        self._goal, self._row_of = self.item, None

    def _counted(self) -> dict[int, int]:
        """The rows by their items, counted again if they are not those of what is open now."""
        if self._row_of is None:
            self._count()
            self._row_of = {row.item: number for number, row in enumerate(self._rows)}
            if self._goal is not None:
                self._at = self._row_of[self.seen_as(self._goal)]
        return self._row_of

    def _count(self) -> None:
        self._rows.clear()
        levels = self.scene.tree.levels
        waiting = self._inside(ROOT, 1)[::-1]
        while waiting:
            row = waiting.pop()
            self._rows.append(row)
            if row.item in self.opened and row.item in levels:
                waiting += self._inside(row.item, row.level + 1)[::-1]

    def _inside(self, group: int, level: int) -> list[Row]:
        items = self.scene.tree.levels[group].items
        names = [self._say(self.scene.layer(item).name) for item in items]
        scope = common_scope([n for n, i in zip(names, items, strict=True) if not self.expands(i)])
        return [
            Row(item, name.removeprefix(scope), level, place, len(items))
            for place, (item, name) in enumerate(zip(items, names, strict=True), 1)
        ]

    def meaning(self, key: str, page: int = 10) -> int | set[int] | None:
        """What a key of the ARIA tree pattern asks for: a row to go to, or what shall be open.

        `page`: how many rows are seen at once. None: the key has no meaning here.
        """
        if not self.rows:
            return None
        last, row = len(self.rows) - 1, self.rows[self.at]
        moves = {
            "ArrowDown": self.at + 1, "ArrowUp": self.at - 1, "Home": 0, "End": last,
            "PageDown": self.at + page, "PageUp": self.at - page,
        }  # fmt: skip
        if key in moves:
            return max(0, min(last, moves[key]))
        expands, is_open = self.expands(row.item), row.item in self.opened
        if key == "ArrowRight" and expands:
            return self.at + 1 if is_open else {*self.opened, row.item}
        if key == "ArrowLeft":
            if expands and is_open:
                return {*self.opened} - {row.item}
            around = self.scene.tree.around(row.item)
            return self._counted()[around[-1]] if around else self.at
        if key == "*":
            around = self.scene.tree.around(row.item)
            beside = self.scene.tree.levels[around[-1] if around else ROOT].items
            return {*self.opened, *filter(self.expands, beside)}
        return self.at if key == "ArrowRight" else None


def common_scope(names: list[str]) -> str:
    """What names of several layers begin with, up to a slash or a dot: "layer1/block2/"."""
    if len(names) < 2:
        return ""
    first, last = min(names), max(names)  # what these two share, all share
    length = 0
    while length < min(len(first), len(last)) and first[length] == last[length]:
        length += 1
    shared = first[:length]
    return shared[: max(shared.rfind("/"), shared.rfind(".")) + 1]
