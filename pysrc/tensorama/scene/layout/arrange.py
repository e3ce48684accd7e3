"""Where everything stands: a pure function of the scene, of what is open and of the free room.

What is computed one after the other stands side by side along x; what has the same depth in the
graph stands above one another. A network much longer than the room is wrapped into lines, read like
lines of text. The inside of an open group is laid out in the same way and stands in a frame.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass, field

import numpy as np

from tensorama.engine.contract.slices import Slices, whole
from tensorama.scene.build import Scene
from tensorama.scene.layout.lines import break_lines
from tensorama.scene.levels import ROOT, Level

LABEL = 3.4  # height under each block for its name and shape, unless told otherwise
TITLE = 2.04  # height of a frame's title, likewise
ROW_GAP = 3.5
_NARROWEST = 6.6  # a block has at least this width to itself, so that its name has room
_GAP = 2.6  # between neighbours, more before a deep stack: seen from the left it reaches left
_DEEP = 0.62  # of its depth is what such a stack needs before it
_INSET = 3.0  # between a frame and what stands in it


@dataclass(frozen=True, slots=True)
class Spacing:
    """What is kept free, in units: the height under each block for its label, the height of the
    titles of frames, outermost and others. `inner`: width by height that a group's inside aims at.
    """

    label: float = LABEL
    title: float = TITLE
    inner_title: float = TITLE
    inner: float = 1.7


@dataclass(frozen=True, slots=True)
class Frame:
    """An open group: its number and its rectangle in the plane z = 0, title included.

    `title`: the height of that.
    """

    group: int
    left: float
    bottom: float
    right: float
    top: float
    title: float = TITLE


Box = tuple[float, float, float, float]  # left, bottom, right, top


@dataclass(frozen=True, slots=True)
class Row:
    """One line of a level: where it reaches, labels included, and what stands in it.

    `left` and `right`: where the level ends, which is its frame if it has one. `outer`: the row in
    which that frame stands, -1 for the whole network. `boxes`: its blocks and frames, with labels.
    """

    level: int
    left: float
    bottom: float
    right: float
    top: float
    outer: int
    boxes: tuple[Box, ...]


@dataclass(frozen=True, slots=True, eq=False)
class Layout:
    """Anchors (B,3): the middle of each block's front face. Sizes (B,3): width, height, depth.

    `shown` (B,): which blocks are seen; those inside a closed group lie where its face is. `row`
    (B,): which of the `rows` a block stands in; they are numbered as they are read. `links` (K,2):
    between the blocks that are seen. `frames`: of the open groups. `points` (P,3): the corners of
    everything, labels included, to fit a camera to. `spacing`: what was kept free between them.
    """

    anchors: np.ndarray
    sizes: np.ndarray
    opened: frozenset[int]
    shown: np.ndarray
    row: np.ndarray
    rows: tuple[Row, ...]
    links: np.ndarray
    frames: tuple[Frame, ...]
    points: np.ndarray
    spacing: Spacing

    @property
    def label(self) -> float:
        """The height kept free under each block."""
        return self.spacing.label


def arrange(
    scene: Scene,
    opened: Collection[int] = (),
    aspect: float = 1.9,
    spacing: Spacing = Spacing(),
) -> Layout:
    """Place everything.

    `opened` are the numbers of the open blocks and groups, `aspect` is the room's width by height.
    The middle lies in the origin.
    """
    return whole(Arranging(scene, opened, spacing).within(aspect))


class Arranging:
    """The same for one room after the other: the insides of open groups are laid out but once."""

    def __init__(self, scene: Scene, opened: Collection[int], spacing: Spacing) -> None:
        is_open = frozenset(opened)
        sizes = np.array(
            [b.open_size if n in is_open else b.closed_size for n, b in enumerate(scene.blocks)],
            np.float32,
        ).reshape(-1, 3)
        self._builder = _Builder(scene, is_open, sizes, spacing)

    def within(self, aspect: float) -> Slices[Layout]:
        """Place everything in a room of this width by height, with pauses."""
        builder = self._builder
        builder.begin()
        inside = yield from builder.level(ROOT, aspect)
        yield from builder.put(inside, 0.0, 0.0, None)
        return builder.layout()


@dataclass(slots=True)
class _Part:
    """An item with the room it takes: width, height above its middle, height of its body below it,
    and the label under that."""

    item: int
    width: float
    gap: float
    above: float
    below: float
    label: float
    inside: Inside | None = None


@dataclass(slots=True)
class Inside:
    """A level that is laid out: its size, and its parts with their places from its top left."""

    level: int
    width: float
    height: float
    places: list[tuple[_Part, float, float]]  # middle x and y
    lines: list[tuple[int, int, float, float]]  # first, end in `places`; top, bottom


@dataclass
class _Builder:
    """Lays out level by level, then puts everything into the plane."""

    scene: Scene
    opened: frozenset[int]
    sizes: np.ndarray
    spacing: Spacing
    frames: list[Frame] = field(default_factory=list)
    rows: list[Row] = field(default_factory=list)
    parts: dict[int, _Part] = field(default_factory=dict)  # of the outermost level

    def begin(self) -> None:
        """Nothing has a place yet."""
        count = len(self.scene.blocks)
        self.frames, self.rows = [], []
        self.places = [(0.0, 0.0, 0.0)] * count
        self.shown = [False] * count
        self.row = [0] * count

    def level(self, level: int, aspect: float) -> Slices[Inside]:
        """Lay out the inside of a group, or the whole network."""
        inside = self.scene.tree.levels[level]
        parts = self.parts if level == ROOT else {}
        for item in inside.items:
            if item not in parts:
                parts[item] = yield from self._part(item, level == ROOT)
        columns = [[parts[item] for item in column] for column in _columns(inside)]
        gaps = [max(part.gap for part in column) for column in columns]
        wide = [max(part.width for part in column) for column in columns]
        spans = [_span(column) for column in columns]
        widths = [gap + width for gap, width in zip(gaps, wide, strict=True)]
        heights = [above + below + ROW_GAP for above, below in spans]
        lines = break_lines(widths, heights, aspect)
        places: list[tuple[_Part, float, float]] = []
        rows: list[tuple[int, int, float, float]] = []
        top = width = 0.0
        for line in lines:
            first = len(places)
            axis = top + max(spans[c][0] for c in line)
            bottom = axis + max(spans[c][1] for c in line)
            x = -min(gaps[line[0]], _GAP)
            for c in line:
                middle = x + gaps[c] + wide[c] / 2
                places += [
                    (part, middle, y) for part, y in _stacked(columns[c], axis - spans[c][0])
                ]
                x += gaps[c] + wide[c]
            width = max(width, x)
            rows.append((first, len(places), top, bottom))
            top = bottom + ROW_GAP
        return Inside(level, width, top - ROW_GAP, places, rows)

    def _part(self, item: int, outermost: bool) -> Slices[_Part]:
        group = self.scene.tree.group(item)
        if group and item in self.opened:
            inside = yield from self.level(item, self.spacing.inner)
            yield
            half = inside.height / 2 + _INSET
            title = self.spacing.title if outermost else self.spacing.inner_title
            return _Part(item, inside.width + 2 * _INSET, _GAP, half + title, half, 0.0, inside)
        width, height, depth = self.sizes[group.face if group else item].tolist()
        gap = _GAP + _DEEP * depth
        return _Part(item, max(_NARROWEST, width), gap, height / 2, height / 2, self.spacing.label)

    def put(
        self, inside: Inside, left: float, top: float, frame: tuple[Frame, int] | None
    ) -> Slices[None]:
        """Place a level that is laid out with its top left corner here (y grows upwards).

        frame: the one around it, and the number of the row in which that stands.
        """
        ends = (frame[0].left, frame[0].right) if frame else (left, left + inside.width)
        begun = len(self.rows)
        for first, end, start, stop in inside.lines:
            own = inside.places[first:end]
            boxes = tuple(_box(part, left + x, top - y) for part, x, y in own)
            outer = frame[1] if frame else -1
            self.rows.append(
                Row(inside.level, ends[0], top - stop, ends[1], top - start, outer, boxes)
            )
        for number, (first, end, _, _) in enumerate(inside.lines, begun):
            for part, x, y in inside.places[first:end]:
                middle_x, middle_y = left + x, top - y
                if part.inside is None:
                    for block in self._blocks(part.item):
                        self.places[block] = middle_x, middle_y, 0.0
                        self.row[block] = number
                    self.shown[self.scene.tree.face(part.item)] = True
                    continue
                title = part.above - part.below
                opened = Frame(part.item, *_box(part, middle_x, middle_y), title)
                self.frames.append(opened)
                inner = opened.left + _INSET, middle_y + part.below - _INSET
                yield from self.put(part.inside, *inner, (opened, number))
                yield

    def _blocks(self, item: int) -> tuple[int, ...]:
        group = self.scene.tree.group(item)
        return group.members if group else (item,)

    def layout(self) -> Layout:
        """Move everything to where it belongs and add what follows from the places."""
        anchors = np.array(self.places, np.float32).reshape(-1, 3)
        shown = np.array(self.shown, bool)
        x, y = _to_the_middle(anchors[shown])
        anchors += np.array([x, y, 0], np.float32)
        frames = tuple(
            Frame(f.group, f.left + x, f.bottom + y, f.right + x, f.top + y, f.title)
            for f in self.frames
        )
        rows = tuple(
            Row(
                r.level, r.left + x, r.bottom + y, r.right + x, r.top + y, r.outer,
                tuple((a + x, b + y, c + x, d + y) for a, b, c, d in r.boxes),
            )
            for r in self.rows
        )  # fmt: skip
        return Layout(
            anchors,
            self.sizes,
            self.opened,
            shown,
            np.array(self.row, int),
            rows,
            _seen_links(self.scene, self.opened),
            frames,
            _corners(anchors[shown], self.sizes[shown], self.spacing.label, frames),
            self.spacing,
        )


def _to_the_middle(seen: np.ndarray) -> tuple[float, float]:
    """How far everything has to be moved so that its middle lies in the origin."""
    if not len(seen):
        return 0.0, 0.0
    middle = -(seen.min(axis=0) + seen.max(axis=0)) / 2
    return float(middle[0]), float(middle[1])


def pitches(layout: Layout) -> np.ndarray:
    """How far the blocks that are seen are from their neighbours' middles at least, in units."""
    width, _, depth = layout.sizes[layout.shown].T
    return np.asarray(np.maximum(_NARROWEST, width) + _GAP + _DEEP * depth)


def _box(part: _Part, x: float, y: float) -> Box:
    """The room that a part takes if its middle is here, with its label."""
    half = part.width / 2
    return x - half, y - part.below - part.label, x + half, y + part.above


def _columns(level: Level) -> list[list[int]]:
    """Items by their depth in the level: one more than the deepest item they read from."""
    readers: dict[int, list[int]] = {}
    missing = dict.fromkeys(level.items, 0)
    for source, target in level.edges:
        readers.setdefault(source, []).append(target)
        missing[target] += 1
    depth = dict.fromkeys(level.items, 0)
    ready = [item for item, count in missing.items() if count == 0]
    for item in ready:  # grows while it is gone through
        for reader in readers.get(item, ()):
            depth[reader] = max(depth[reader], depth[item] + 1)
            missing[reader] -= 1
            if missing[reader] == 0:
                ready.append(reader)
    columns: list[list[int]] = [[] for _ in range(max(depth.values(), default=-1) + 1)]
    for item in level.items:
        columns[depth[item]].append(item)
    return columns


def _span(column: Sequence[_Part]) -> tuple[float, float]:
    """The height of a column of parts above and below its middle; the last label hangs below."""
    between = sum(part.label + 1 for part in column[:-1])
    body = sum(part.above + part.below for part in column) + between
    if len(column) == 1:
        return column[0].above, column[0].below + column[0].label
    return body / 2, body / 2 + column[-1].label


def _stacked(column: Sequence[_Part], top: float) -> list[tuple[_Part, float]]:
    """The middles of the parts of a column, from its top downwards."""
    places = []
    for part in column:
        places.append((part, top + part.above))
        top += part.above + part.below + part.label + 1
    return places


def _seen_links(scene: Scene, opened: frozenset[int]) -> np.ndarray:
    """The links between what is seen: those inside a closed group are gone."""
    tree = scene.tree
    if not tree.groups:
        return scene.links
    seen = np.array(tree.seen(opened)[1], int)
    pairs = seen[scene.links]
    pairs = pairs[pairs[:, 0] != pairs[:, 1]]
    return np.array([*dict.fromkeys(map(tuple, pairs.tolist()))], int).reshape(-1, 2)


def _corners(
    anchors: np.ndarray, sizes: np.ndarray, label: float, frames: Sequence[Frame]
) -> np.ndarray:
    half = sizes[:, :2] / 2
    low = np.column_stack([anchors[:, :2] - half, -sizes[:, 2]])
    low[:, 1] -= label
    high = np.column_stack([anchors[:, :2] + half, np.zeros(len(sizes))])
    picks = np.array(np.meshgrid([0, 1], [0, 1], [0, 1])).reshape(3, -1).T
    ends = np.stack([low, high])  # (2,B,3)
    points = [ends[pick, :, range(3)].T for pick in picks]
    points += [
        np.array([[f.left, f.bottom, 0], [f.right, f.top, 0], [f.left, f.top, 0]]) for f in frames
    ]
    return np.concatenate(points).astype(np.float32)
