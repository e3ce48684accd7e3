"""Where everything stands: a pure function of the scene, of what is open and of the free room.

What is computed one after the other stands side by side along x; what has the same depth in the
graph stands above one another. A network much longer than the room is wrapped into lines, read like
lines of text. The inside of an open group is laid out in the same way and stands in a frame.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np

from tensorama.scene.build import Scene
from tensorama.scene.levels import ROOT, Level
from tensorama.scene.lines import Lines, break_lines

LABEL = 3.4  # height under each block for its name and shape, unless told otherwise
TITLE = 0.6  # height of a frame's title, as a part of a label's
ROW_GAP = 3.5
_NARROWEST = 6.6  # a block has at least this width to itself, so that its name has room
_GAP = 2.6  # between neighbours, more before a deep stack: seen from the left it reaches left
_INSET = 3.0  # between a frame and what stands in it
_INNER_ASPECT = 1.7  # width by height that the inside of a group aims at


@dataclass(frozen=True, slots=True)
class Frame:
    """An open group: its number and its rectangle in the plane z = 0, title included."""

    group: int
    left: float
    bottom: float
    right: float
    top: float


@dataclass(frozen=True, slots=True, eq=False)
class Layout:
    """Anchors (B,3): the middle of each block's front face. Sizes (B,3): width, height, depth.

    `shown` (B,): which blocks are seen; those inside a closed group lie where its face is. `row`
    (B,): which line a block stands on; lines are numbered as they are read. `low`: the lower edge
    of each line, labels included. `links` (K,2): between the blocks that are seen. `lift` (K,): how
    high a link arches, 0 for a straight one. `frames`: of the open groups. `points` (P,3): the
    corners of everything, labels included, to fit a camera to. `label`: the height kept free under
    each block. `lines`: how each level was broken into lines.
    """

    anchors: np.ndarray
    sizes: np.ndarray
    shown: np.ndarray
    row: np.ndarray
    low: np.ndarray
    links: np.ndarray
    lift: np.ndarray
    frames: tuple[Frame, ...]
    points: np.ndarray
    label: float
    lines: Mapping[int, Lines]


def arrange(
    scene: Scene,
    opened: Collection[int] = (),
    aspect: float = 1.9,
    label: float = LABEL,
    before: Layout | None = None,
) -> Layout:
    """Place everything.

    `opened` are the numbers of the open blocks and groups, `aspect` is the room's width by height,
    and `label` the height to keep free under each block, in units. Where `before` was broken into
    lines, so is this layout, unless other lines make everything much larger: opening a layer is no
    reason for the others to jump.
    """
    is_open = frozenset(opened)
    sizes = np.array(
        [b.open_size if n in is_open else b.closed_size for n, b in enumerate(scene.blocks)],
        np.float32,
    ).reshape(-1, 3)
    builder = _Builder(scene, is_open, sizes, label, dict(before.lines) if before else {})
    inside = builder.level(ROOT, aspect)
    builder.put(inside, 0.0, 0.0)
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
    inside: _Inside | None = None


@dataclass(slots=True)
class _Inside:
    """A level that is laid out: its size, and its parts with their places from its top left."""

    level: int
    width: float
    height: float
    places: list[tuple[_Part, float, float]]
    lines: list[tuple[list[_Part], float, float]]  # parts, top and bottom from the top


@dataclass
class _Builder:
    """Lays out level by level, then puts everything into the plane."""

    scene: Scene
    opened: frozenset[int]
    sizes: np.ndarray
    label: float
    kept: dict[int, Lines]
    frames: list[Frame] = field(default_factory=list)
    low: list[float] = field(default_factory=list)

    def __post_init__(self) -> None:
        count = len(self.scene.blocks)
        self.anchors = np.zeros((count, 3), np.float32)
        self.shown = np.zeros(count, bool)
        self.row = np.zeros(count, int)

    def level(self, level: int, aspect: float) -> _Inside:
        """Lay out the inside of a group, or the whole network."""
        inside = self.scene.tree.levels[level]
        parts = {item: self._part(item) for item in inside.items}
        columns = [[parts[item] for item in column] for column in _columns(inside)]
        gaps = [max(part.gap for part in column) for column in columns]
        wide = [max(part.width for part in column) for column in columns]
        spans = [_span(column) for column in columns]
        widths = [gap + width for gap, width in zip(gaps, wide, strict=True)]
        heights = [above + below + ROW_GAP for above, below in spans]
        lines = break_lines(widths, heights, aspect, self.kept.get(level))
        self.kept[level] = lines
        places: list[tuple[_Part, float, float]] = []
        rows: list[tuple[list[_Part], float, float]] = []
        top = width = 0.0
        for line in lines:
            above = max(spans[c][0] for c in line)
            bottom = top + above + max(spans[c][1] for c in line)
            x = -min(gaps[line[0]], _GAP)
            for c in line:
                x += gaps[c]
                places += _stacked(columns[c], x + wide[c] / 2, top + above - spans[c][0])
                x += wide[c]
            width = max(width, x)
            rows.append(([part for c in line for part in columns[c]], top, bottom))
            top = bottom + ROW_GAP
        return _Inside(level, width, top - ROW_GAP, places, rows)

    def _part(self, item: int) -> _Part:
        group = self.scene.tree.group(item)
        if group and item in self.opened:
            inside = self.level(item, _INNER_ASPECT)
            half = inside.height / 2 + _INSET
            title = self.label * TITLE
            return _Part(item, inside.width + 2 * _INSET, _GAP, half + title, half, 0.0, inside)
        width, height, depth = (float(n) for n in self.sizes[self.scene.tree.face(item)])
        gap = _GAP + 0.62 * depth
        return _Part(item, max(_NARROWEST, width), gap, height / 2, height / 2, self.label)

    def put(self, inside: _Inside, left: float, top: float) -> None:
        """Place a level that is laid out with its top left corner here (y grows upwards)."""
        for parts, _, bottom in inside.lines:
            number = len(self.low)
            self.low.append(top - bottom)
            for part in parts:
                if part.inside is None:
                    self.row[self._blocks(part.item)] = number
        for part, x, y in inside.places:
            middle_x, middle_y = left + x, top - y
            if part.inside is None:
                self.anchors[self._blocks(part.item)] = middle_x, middle_y, 0
                self.shown[self.scene.tree.face(part.item)] = True
                continue
            half = part.width / 2
            self.frames.append(
                Frame(
                    part.item,
                    middle_x - half,
                    middle_y - part.below,
                    middle_x + half,
                    middle_y + part.above,
                )
            )
            self.put(part.inside, middle_x - half + _INSET, middle_y + part.below - _INSET)

    def _blocks(self, item: int) -> list[int]:
        group = self.scene.tree.group(item)
        return list(group.members) if group else [item]

    def layout(self) -> Layout:
        """Put the middle into the origin and add what follows from the places."""
        low = np.array(self.low)
        frames = tuple(self.frames)
        if self.shown.any():
            seen = self.anchors[self.shown]
            middle = (seen.min(axis=0) + seen.max(axis=0)) / 2
            self.anchors -= middle
            low -= middle[1]
            x, y = float(middle[0]), float(middle[1])
            frames = tuple(
                Frame(f.group, f.left - x, f.bottom - y, f.right - x, f.top - y) for f in frames
            )
        links = _seen_links(self.scene, self.opened)
        return Layout(
            self.anchors,
            self.sizes,
            self.shown,
            self.row,
            low,
            links,
            _lifts(links, self.anchors, self.sizes, self.row, self.shown),
            frames,
            _corners(self.anchors[self.shown], self.sizes[self.shown], self.label, frames),
            self.label,
            self.kept,
        )


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


def _stacked(column: Sequence[_Part], x: float, top: float) -> list[tuple[_Part, float, float]]:
    """The middles of the parts of a column, from its top downwards."""
    places = []
    for part in column:
        places.append((part, x, top + part.above))
        top += part.above + part.below + part.label + 1
    return places


def _seen_links(scene: Scene, opened: frozenset[int]) -> np.ndarray:
    """The links between what is seen: those inside a closed group are gone."""
    tree = scene.tree
    if not tree.groups:
        return scene.links
    seen = [tree.face(tree.visible(block, opened)) for block in range(len(scene.blocks))]
    pairs = dict.fromkeys((seen[a], seen[b]) for a, b in scene.links.tolist() if seen[a] != seen[b])
    return np.array(list(pairs), dtype=int).reshape(-1, 2)


def _lifts(
    links: np.ndarray, anchors: np.ndarray, sizes: np.ndarray, row: np.ndarray, shown: np.ndarray
) -> np.ndarray:
    """Links that jump over blocks of their line arch above the highest of them."""
    lifts = np.zeros(len(links), np.float32)
    lines: dict[int, tuple[np.ndarray, np.ndarray]] = {}
    for number in np.unique(row[shown]):
        members = np.flatnonzero(shown & (row == number))
        order = members[np.argsort(anchors[members, 0], kind="stable")]
        lines[int(number)] = anchors[order, 0], anchors[order, 1] + sizes[order, 1] / 2
    for k, (source, target) in enumerate(links.tolist()):
        if row[source] != row[target]:
            continue
        x, top = lines[int(row[source])]
        first = np.searchsorted(x, anchors[source, 0] + 1e-3)
        last = np.searchsorted(x, anchors[target, 0] - 1e-3)
        if last > first:
            ends = max(anchors[source, 1], anchors[target, 1])
            lifts[k] = max(0.0, float(top[first:last].max() + 1.5 - ends))
    return lifts


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
