"""Where every block stands: a pure function of the scene, of what is open and of the free room.

Blocks that are computed one after the other stand side by side along x; those of the same depth in
the graph stand above one another. A network much longer than the room is wrapped into rows, read
like lines of text.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass

import numpy as np

from tensorama.scene.build import Scene

LABEL = 3.4  # height under each block for its name and shape, unless told otherwise
_NARROWEST = 6.6  # a block has at least this width to itself, so that its name has room
_GAP = 2.6  # between neighbours, more before a deep stack: seen from the left it reaches left
_ROW_GAP = 3.5
_WORTH_JUMPING = 1.25  # lines are broken anew only for so much
_ASIDE = 2.2  # how far beside the blocks a link runs down to the next line
_WORTH_WRAPPING = 1.12  # a row more must make everything so much larger


@dataclass(frozen=True, slots=True, eq=False)
class Layout:
    """Anchors (B,3): the middle of each block's front face. Sizes (B,3): width, height, depth.

    `row` (B,): which line a block stands on. `lift` (K,): how high a link arches, 0 for a straight
    one. `points` (P,3): the corners of everything, labels included, to fit a camera to. `label` is
    the height kept free under each block.
    """

    anchors: np.ndarray
    sizes: np.ndarray
    row: np.ndarray
    lift: np.ndarray
    points: np.ndarray
    label: float


def arrange(
    scene: Scene,
    opened: Collection[int] = (),
    aspect: float = 1.9,
    label: float = LABEL,
    before: Layout | None = None,
) -> Layout:
    """Place all blocks.

    `opened` are the numbers of the open ones, `aspect` is the room's width by height, and `label`
    the height to keep free under each block, in units. Where `before` was broken into lines, so is
    this layout, unless other lines make everything much larger: opening a layer is no reason for
    the others to jump.
    """
    sizes = np.array(
        [b.open_size if n in opened else b.closed_size for n, b in enumerate(scene.blocks)],
        np.float32,
    ).reshape(-1, 3)
    if not len(sizes):
        nothing = np.zeros((0, 3), np.float32)
        return Layout(nothing, nothing, np.zeros(0, int), np.zeros(0), nothing, label)
    columns = _columns(scene)
    inner = [max(_NARROWEST, float(sizes[c, 0].max())) for c in columns]
    gaps = [_gap_before(sizes[c]) for c in columns]
    widths = [gap + wide for gap, wide in zip(gaps, inner, strict=True)]
    heights = [float(sizes[c, 1].sum()) + (label + 1) * (len(c) - 1) for c in columns]
    below = label + _ROW_GAP
    kept = _lines_of(before, columns) if before else None
    lines = _wrap(widths, [height + below for height in heights], aspect, kept)
    anchors = np.zeros_like(sizes)
    row = np.zeros(len(sizes), int)
    top = 0.0
    for number, line in enumerate(lines):
        height = max(heights[c] for c in line)
        x = 0.0
        for c in line:
            _place_column(
                columns[c], x + gaps[c] + inner[c] / 2, top - height / 2, label, sizes, anchors
            )
            row[columns[c]] = number
            x += widths[c]
        top -= height + below
    anchors -= (anchors.min(axis=0) + anchors.max(axis=0)) / 2
    lifts = _lifts(scene, columns, anchors, sizes, row)
    return Layout(anchors, sizes, row, lifts, _corners(anchors, sizes, label), label)


def _columns(scene: Scene) -> list[list[int]]:
    """Blocks by their depth in the graph: one more than the deepest block they read from."""
    depth = [0] * len(scene.blocks)
    for source, target in scene.links:  # links are in the order of execution
        depth[target] = max(depth[target], depth[source] + 1)
    columns: list[list[int]] = [[] for _ in range(max(depth, default=-1) + 1)]
    for number, column in enumerate(depth):
        columns[column].append(number)
    return columns


def _gap_before(sizes: np.ndarray) -> float:
    return _GAP + 0.62 * float(sizes[:, 2].max())


def _lines_of(layout: Layout, columns: list[list[int]]) -> list[list[int]] | None:
    """How a layout of the same scene was broken into lines."""
    if len(layout.row) != sum(map(len, columns)):
        return None
    lines: list[list[int]] = [[] for _ in range(int(layout.row.max()) + 1)]
    for number, column in enumerate(columns):
        lines[layout.row[column[0]]].append(number)
    return lines


def _wrap(
    widths: list[float], heights: list[float], aspect: float, kept: list[list[int]] | None
) -> list[list[int]]:
    """Break the columns into lines so that everything can be drawn as large as possible."""
    best: list[list[int]] = [list(range(len(widths)))]
    best_scale = _scale(best, widths, heights, aspect)
    for count in range(2, min(len(widths), 40) + 1):
        lines = _balanced(widths, count)
        scale = _scale(lines, widths, heights, aspect)
        needed = _WORTH_WRAPPING if len(best) == 1 else 1.04
        if scale > best_scale * needed:
            best, best_scale = lines, scale
    if kept and _scale(kept, widths, heights, aspect) * _WORTH_JUMPING > best_scale:
        return kept
    return best


def _balanced(widths: list[float], count: int) -> list[list[int]]:
    target = sum(widths) / count
    lines: list[list[int]] = [[]]
    filled = 0.0
    for column, width in enumerate(widths):
        if lines[-1] and filled + width / 2 > target and len(lines) < count:
            lines.append([])
            filled = 0.0
        lines[-1].append(column)
        filled += width
    return lines


def _scale(
    lines: list[list[int]], widths: list[float], heights: list[float], aspect: float
) -> float:
    """The largest scale at which these lines fit a room of height 1 and width `aspect`."""
    width = max((sum(widths[c] for c in line) for line in lines), default=1.0)
    height = sum(max(heights[c] for c in line) for line in lines)
    return min(aspect / max(width, 1e-6), 1 / max(height, 1e-6))


def _place_column(
    column: list[int], x: float, middle: float, label: float, sizes: np.ndarray, anchors: np.ndarray
) -> None:
    total = float(sizes[column, 1].sum()) + (label + 1) * (len(column) - 1)
    y = middle + total / 2
    for number in column:
        height = float(sizes[number, 1])
        anchors[number] = x, y - height / 2, 0
        y -= height + label + 1


def _lifts(
    scene: Scene,
    columns: list[list[int]],
    anchors: np.ndarray,
    sizes: np.ndarray,
    row: np.ndarray,
) -> np.ndarray:
    """Links that jump over blocks arch above the highest of them."""
    lifts = np.zeros(len(scene.links), np.float32)
    column_of = np.zeros(len(anchors), int)
    top = np.zeros(len(columns))  # of each column's highest block
    for c, column in enumerate(columns):
        column_of[column] = c
        top[c] = (anchors[column, 1] + sizes[column, 1] / 2).max()
    line = np.array([row[column[0]] for column in columns])
    for k, (source, target) in enumerate(scene.links):
        between = slice(column_of[source] + 1, column_of[target])
        passed = top[between][line[between] == row[source]]
        if len(passed):
            ends = max(anchors[source, 1], anchors[target, 1])
            lifts[k] = max(0.0, float(passed.max() + 1.5 - ends))
    return lifts


def _corners(anchors: np.ndarray, sizes: np.ndarray, label: float) -> np.ndarray:
    half = sizes[:, :2] / 2
    low = np.column_stack([anchors[:, :2] - half, -sizes[:, 2]])
    low[:, 1] -= label
    high = np.column_stack([anchors[:, :2] + half, np.zeros(len(sizes))])
    picks = np.array(np.meshgrid([0, 1], [0, 1], [0, 1])).reshape(3, -1).T
    ends = np.stack([low, high])  # (2,B,3)
    return np.concatenate([ends[pick, :, range(3)].T for pick in picks]).astype(np.float32)


def link_points(scene: Scene, layout: Layout, anchors: np.ndarray, sizes: np.ndarray) -> np.ndarray:
    """The lines between blocks as polylines → (K, POINTS, 3).

    anchors, sizes (B,3): where the blocks are at this moment. A link leaves at the right edge and
    arrives at the left one; one to another line of the layout runs down between the lines.
    """
    if not len(scene.links):
        return np.zeros((0, POINTS, 3), np.float32)
    source, target = scene.links.T
    start = anchors[source] + sizes[source] * [0.5, 0, 0]
    end = anchors[target] - sizes[target] * [0.5, 0, 0]
    t = np.linspace(0, 1, POINTS, dtype=np.float32)[None, :, None]
    ease = t * t * (3 - 2 * t)
    points = np.empty((len(source), POINTS, 3), np.float32)
    points[:] = start[:, None] * (1 - t) + end[:, None] * t
    points[..., 1] = (start[:, None, 1:2] * (1 - ease) + end[:, None, 1:2] * ease)[..., 0]
    points[..., 1] += np.minimum(1, 4 * t * (1 - t) * 1.6)[..., 0] * layout.lift[:, None]
    for k in np.flatnonzero(layout.row[source] != layout.row[target]):
        line = layout.row == layout.row[source[k]]
        low = float((anchors[line, 1] - sizes[line, 1] / 2).min()) - layout.label - _ROW_GAP / 2
        points[k] = _turn(start[k], end[k], low)
    return points


def _turn(start: np.ndarray, end: np.ndarray, low: float) -> np.ndarray:
    """From the end of one line to the start of the next: out, down to `low`, back, in."""
    corners = np.array([
        start,
        [start[0] + _ASIDE, start[1], 0],
        [start[0] + _ASIDE, low, 0],
        [end[0] - _ASIDE, low, 0],
        [end[0] - _ASIDE, end[1], 0],
        end,
    ])  # fmt: skip
    along = np.concatenate([[0], np.cumsum(np.linalg.norm(np.diff(corners, axis=0), axis=1))])
    even = np.linspace(0, along[-1], POINTS - len(corners) + 2)
    at = np.sort(np.concatenate([even, along[1:-1]]))  # the corners too, so that they stay sharp
    return np.stack([np.interp(at, along, corners[:, k]) for k in range(3)], axis=1)


POINTS = 24  # of each link's polyline
