"""The tree of groups over the blocks: what can be folded into what, level by level.

Blocks are numbered 0 … B-1 and groups B, B+1, …; both are items. A level is the inside of one group
(ROOT: the whole network): its items, and which of them read from which.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from tensorama.engine.contract.slices import Slices
from tensorama.layers import Layer

ROOT = -1
_PAUSE = 1000  # blocks or links that are looked at in one slice


@dataclass(frozen=True, slots=True, eq=False)
class Group:
    """A stage or a block of layers. Closed, it is shown by the picture of one of its blocks.

    `number` is its item, `face` the block that shows it, `members` all blocks inside, at any depth.
    """

    number: int
    layer: Layer
    face: int
    members: tuple[int, ...]


@dataclass(frozen=True, slots=True, eq=False)
class Level:
    """The inside of a group: items in the order of execution, and (from, to) pairs of items."""

    items: tuple[int, ...]
    edges: tuple[tuple[int, int], ...]


@dataclass(frozen=True, slots=True, eq=False)
class Tree:
    """All groups, and for each block the items from the outermost group down to itself."""

    groups: tuple[Group, ...]
    paths: tuple[tuple[int, ...], ...]
    levels: Mapping[int, Level]

    def visible(self, block: int, opened: Collection[int]) -> int:
        """The item that a block is seen as: itself, or the outermost closed group around it."""
        path = self.paths[block]
        return next((item for item in path[:-1] if item not in opened), block)

    def seen(self, opened: Collection[int]) -> tuple[np.ndarray, np.ndarray]:
        """What each block is seen as, (B,): the items, and the blocks whose pictures show these."""
        items = np.arange(len(self.paths))
        faces = items.copy()
        waiting = [ROOT]
        while waiting:
            for item in self.levels[waiting.pop()].items:
                group = self.group(item)
                if group and item in opened:
                    waiting.append(item)
                elif group:
                    members = np.array(group.members)
                    items[members], faces[members] = item, group.face
        return items, faces

    def around(self, item: int) -> tuple[int, ...]:
        """The groups around an item, the outermost first."""
        if item < len(self.paths):
            return self.paths[item][:-1]
        path = self.paths[self.groups[item - len(self.paths)].members[0]]
        return path[: path.index(item)]

    def group(self, item: int) -> Group | None:
        """The group of this number, None for a block."""
        return self.groups[item - len(self.paths)] if item >= len(self.paths) else None

    def face(self, item: int) -> int:
        """The block that shows an item."""
        group = self.group(item)
        return group.face if group else item


def reachable(links: np.ndarray, start: Collection[int], forward: bool) -> set[int]:
    """All blocks that these are computed from or, forward, that are computed from them."""
    ways: dict[int, list[int]] = {}
    for source, target in links.tolist():
        a, b = (source, target) if forward else (target, source)
        ways.setdefault(a, []).append(b)
    found, waiting = set(start), list(start)
    while waiting:
        for block in ways.get(waiting.pop(), ()):
            if block not in found:
                found.add(block)
                waiting.append(block)
    return found


def tree_slices(root: Layer | None, numbers: Mapping[str, int], links: np.ndarray) -> Slices[Tree]:
    """Number the groups of a tree of layers and sort out its levels.

    numbers: name of a leaf layer -> its block; leaves without a block are left out, and groups that
    thereby hold less than two items are dissolved.
    """
    count = len(numbers)
    paths: dict[int, tuple[int, ...]] = {block: (block,) for block in numbers.values()}
    groups: list[Group] = []
    if root is not None:
        for child in root.children:
            yield from _number(child, (), numbers, paths, groups, count)
    all_paths = tuple(paths[block] for block in range(count))
    return Tree(tuple(groups), all_paths, (yield from _levels(all_paths, links)))


def _number(
    layer: Layer,
    outer: tuple[int, ...],
    numbers: Mapping[str, int],
    paths: dict[int, tuple[int, ...]],
    groups: list[Group],
    count: int,
) -> Slices[None]:
    if not layer.children:
        if layer.name in numbers:
            block = numbers[layer.name]
            paths[block] = (*outer, block)
        return
    parts = [child for child in layer.children if any(True for _ in _blocks(child, numbers))]
    if len(parts) < 2:
        for child in parts:
            yield from _number(child, outer, numbers, paths, groups, count)
        return
    inside = []
    for block in _blocks(layer, numbers):
        inside.append(block)
        if not len(inside) % _PAUSE:
            yield
    members = tuple(sorted(inside))
    number = count + len(groups)
    face = next((b for b in _blocks_showing(layer, numbers)), members[-1])
    groups.append(Group(number, layer, face, members))
    for child in parts:
        yield from _number(child, (*outer, number), numbers, paths, groups, count)
    yield


def _blocks(layer: Layer, numbers: Mapping[str, int]) -> Iterable[int]:
    """The blocks of the leaves of a layer."""
    waiting = [layer]
    while waiting:
        part = waiting.pop()
        waiting += part.children
        if not part.children and part.name in numbers:
            yield numbers[part.name]


def _blocks_showing(layer: Layer, numbers: Mapping[str, int]) -> Iterable[int]:
    """The blocks inside whose picture is that of the group."""
    waiting = [layer]
    while waiting:
        part = waiting.pop()
        waiting += part.children
        if not part.children and part.tensor == layer.tensor and part.name in numbers:
            yield numbers[part.name]


def _levels(paths: Sequence[tuple[int, ...]], links: np.ndarray) -> Slices[dict[int, Level]]:
    items: dict[int, dict[int, None]] = {ROOT: {}}
    for number, path in enumerate(paths):
        if not number % _PAUSE:
            yield
        for level, item in zip((ROOT, *path), path, strict=False):
            items.setdefault(level, {})[item] = None
    edges: dict[int, dict[tuple[int, int], None]] = {level: {} for level in items}
    for number, (source, target) in enumerate(links.tolist()):
        if not number % _PAUSE:
            yield
        level = ROOT
        for a, b in zip(paths[source], paths[target], strict=False):
            if a != b:
                edges[level][a, b] = None
                break
            level = a
    return {level: Level(tuple(items[level]), tuple(edges[level])) for level in items}
