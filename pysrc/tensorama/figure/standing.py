"""Where everything stands on a sheet of a given width: the scene's own layout, in points."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np

from tensorama.engine.contract.slices import Parts, Slices
from tensorama.figure.drawing import Point
from tensorama.figure.looks import EDGE, LINE, SMALL, UNIT
from tensorama.layers import Layer
from tensorama.scene.build import Scene
from tensorama.scene.layout.arrange import Arranging, Layout, Spacing
from tensorama.scene.layout.paths import route_slices

_ASPECTS = tuple(40 * 0.8**step for step in range(28))
_INNER = (6.0, 3.0, 1.7, 1.0, 0.6)  # width by height that the inside of a group aims at
_AGAIN = 4  # times that lines are broken anew as links run outside of them
_FEW = 120  # things that stand there; of more, fewer ways to break lines are tried

Tried = tuple[float, float, Arranging, float]  # width and height; how it is had again, and of what


@dataclass(frozen=True, slots=True)
class Seen:
    """A layer or a closed group, the block that shows it, and the names of the groups around it."""

    block: int
    layer: Layer
    around: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Spot(Seen):
    """The same with the middle of its place, and the row of things that it stands in."""

    x: float
    y: float
    row: int


@dataclass(frozen=True, slots=True)
class Framed:
    """An open group: its rectangle, and how many are around it."""

    layer: Layer
    around: tuple[str, ...]
    left: float
    top: float
    right: float
    bottom: float


@dataclass(frozen=True, slots=True)
class Standing:
    """All that is seen at a level. `links`: from block, to block, and the way between them."""

    width: float
    height: float
    spots: tuple[Spot, ...]
    frames: tuple[Framed, ...]
    links: tuple[tuple[int, int, tuple[Point, ...]], ...]


def seen_at(scene: Scene, opened: frozenset[int], say: Callable[[str], str] = str) -> list[Seen]:
    """What is seen, in the order of execution; `say` gives names of ours in another language."""
    items, faces = scene.tree.seen(opened)
    found = dict(sorted(zip(faces.tolist(), items.tolist(), strict=True)))
    return [
        Seen(block, _spoken(scene.layer(item), say), _around(scene, item, say))
        for block, item in found.items()
    ]


def _spoken(layer: Layer, say: Callable[[str], str]) -> Layer:
    return replace(layer, name=say(layer.name), op=say(layer.op))


def _around(scene: Scene, item: int, say: Callable[[str], str]) -> tuple[str, ...]:
    return tuple(say(scene.layer(group).name) for group in scene.tree.around(item))


def stand(
    scene: Scene,
    opened: frozenset[int],
    seen: Sequence[Seen],
    sizes: Mapping[int, Point],
    lines: int,
    width: float,
    gap: float,
    say: Callable[[str], str] = str,
) -> Parts[Standing]:
    """Place what is seen in rows that fit into a width, with pauses; it is wider where that cannot
    be.

    sizes: block → width and height of its place. lines: of text under each. gap: between
    neighbours, in points, beyond the least.
    """
    blocks = tuple(
        replace(block, closed_size=(sizes[n][0] / UNIT, sizes[n][1] / UNIT, gap / UNIT / 0.62))
        if n in sizes
        else block
        for n, block in enumerate(scene.blocks)
    )
    sized = replace(scene, blocks=blocks)
    label = (lines * LINE + (2.5 if lines else 0)) / UNIT
    room = width - 2 * EDGE
    tried = yield from _tried(sized, opened, label)
    for _ in range(_AGAIN):
        arranging, aspect = _narrow(tried, room / UNIT)
        layout = yield from arranging.within(aspect)
        ways = (yield from route_slices(layout))[:, :, :2]
        yield 1.0
        low, high = _extent(layout, ways)
        over = (high[0] - low[0]) * UNIT - (width - 2 * EDGE)
        if over <= 0:
            break
        room -= over
    return (yield from _on_sheet(scene, seen, layout, ways, low, high, width, say))


def _tried(scene: Scene, opened: frozenset[int], label: float) -> Parts[list[Tried]]:
    """All ways to break lines, with the width and the height that each one takes."""
    title = (SMALL + 4) / UNIT
    many = len(scene.tree.groups) + len(scene.blocks) > _FEW
    inners, aspects = _INNER if opened else _INNER[2:3], _ASPECTS[:: 3 if many else 1]
    found: list[Tried] = []
    for inner in inners:
        arranging = Arranging(scene, opened, Spacing(label, title, title, inner))
        for aspect in aspects:
            layout = yield from arranging.within(aspect)
            wide, high = np.ptp(layout.points[:, :2], axis=0).tolist()
            found.append((wide, high, arranging, aspect))
            yield len(found) / (len(inners) * len(aspects))
    return found


def _narrow(tried: Sequence[Tried], most: float) -> tuple[Arranging, float]:
    """The lowest layout that is no wider than this, or else the narrowest; the first of equals."""
    best = max(tried, key=lambda one: (one[0] <= most, -one[1] if one[0] <= most else -one[0]))
    return best[2:]


def _extent(layout: Layout, ways: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    points = np.concatenate([layout.points[:, :2], ways.reshape(-1, 2)])
    return points.min(axis=0), points.max(axis=0)


def _on_sheet(
    scene: Scene,
    seen: Sequence[Seen],
    layout: Layout,
    ways: np.ndarray,
    low: np.ndarray,
    high: np.ndarray,
    width: float,
    say: Callable[[str], str],
) -> Slices[Standing]:
    """The layout in points, in the middle of the sheet."""
    wide, tall = ((high - low) * UNIT).tolist()
    width = max(width, wide + 2 * EDGE)
    left = (width - wide) / 2

    def at(x: float, y: float) -> Point:
        return left + (float(x) - float(low[0])) * UNIT, EDGE + (float(high[1]) - float(y)) * UNIT

    spots = tuple(
        Spot(
            one.block, one.layer, one.around, *at(*layout.anchors[one.block][:2].tolist()),
            int(layout.row[one.block]),
        )
        for one in seen
    )  # fmt: skip
    frames = tuple(
        Framed(
            _spoken(scene.layer(f.group), say), _around(scene, f.group, say),
            *at(f.left, f.top), *at(f.right, f.bottom),
        )
        for f in layout.frames
    )  # fmt: skip
    yield
    links = []
    for (source, target), way in zip(layout.links.tolist(), ways, strict=True):
        links.append((source, target, tuple(at(x, y) for x, y in way.tolist())))
        yield
    return Standing(width, tall + 2 * EDGE, spots, frames, tuple(links))
