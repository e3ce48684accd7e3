"""The lines between blocks as polylines that touch no other block.

A link leaves at the right edge and arrives at the left one. To a neighbour it swings over; what
lies between on the same line it arches over; to another line it runs down beside its column, along
the gap between the lines, and where it skips lines, down along the margin. Out of an open group and
into one it goes the same way. Before a deep stack it goes back to where that begins.
"""

from __future__ import annotations

import math
from collections import Counter
from itertools import pairwise

import numpy as np

from tensorama.engine.contract.slices import Slices, whole
from tensorama.scene.layout.arrange import ROW_GAP, Layout

POINTS = 32  # of each link's polyline
_ASIDE = 1.2  # how far beside a column a link turns
_BEYOND = 0.03  # of the width of all, how far it may turn beyond: more than that, a window lacks
_MARGIN = 1.5  # how far inside a frame it runs along the edge
_ARCH = 1.2  # how far over what it skips
_ROUND = 0.9  # radius of its corners
_LANES, _LANE = 5, 0.3  # links in one gap run beside each other
_SINKING = 0.2, 0.45  # of the way to another line, where a link goes to the back of that
_LOWER, _LOWEST = 0.15, 1.0  # of its depth, and at most, how much lower a link to a stack runs
_NEAR = 1e-2

Point = tuple[float, float]


def link_points(layout: Layout, anchors: np.ndarray, sizes: np.ndarray) -> np.ndarray:
    """The links of a layout → (K, POINTS, 3), between blocks (B,3) that stand here now."""
    return moved(routes(layout), layout, anchors, sizes)


def moved(ways: np.ndarray, layout: Layout, anchors: np.ndarray, sizes: np.ndarray) -> np.ndarray:
    """The routes of a layout while its blocks are still on their way to it."""
    source, target = layout.links.T
    start = _right(anchors, sizes)[source] - _right(layout.anchors, layout.sizes)[source]
    end = _left(anchors, sizes)[target] - _left(layout.anchors, layout.sizes)[target]
    part = np.linspace(0, 1, POINTS, dtype=np.float32)[None, :, None]
    return np.asarray(ways + start[:, None] * (1 - part) + end[:, None] * part, np.float32)


def routes(layout: Layout) -> np.ndarray:
    """The links of a layout as they run when all has come to rest, (K, POINTS, 3)."""
    return whole(route_slices(layout))


def route_slices(layout: Layout) -> Slices[np.ndarray]:
    """The same with pauses."""
    ways = np.zeros((len(layout.links), POINTS, 3), np.float32)
    if not len(layout.links):
        return ways
    source, target = layout.links.T
    starts = _right(layout.anchors, layout.sizes)[source, :2]
    ends = _left(layout.anchors, layout.sizes)[target, :2]
    router = _Router(layout)
    swings = np.zeros((len(ways), 4))  # of those that swing over: from x, y to x, y
    bent: dict[int, list[tuple[int, list[Point]]]] = {}  # the others, by their number of points
    for k in np.argsort(np.abs(ends - starts).sum(axis=1), kind="stable").tolist():
        corners = router.corners(
            int(layout.row[source[k]]),
            int(layout.row[target[k]]),
            (float(starts[k, 0]), float(starts[k, 1])),
            (float(ends[k, 0]), float(ends[k, 1])),
            float(layout.sizes[target[k], 2]),
        )
        yield
        if len(corners) == 4 and corners[1][0] < corners[2][0] and _level(corners):
            swings[k] = *corners[1], *corners[2]
        else:
            apart = [a for a, b in pairwise(corners) if math.dist(a, b) > _NEAR] + corners[-1:]
            line = _rounded(apart)
            bent.setdefault(len(line), []).append((k, line))
    for found in bent.values():
        numbers = [k for k, _ in found]
        ways[numbers, :, :2] = _sampled(np.array([line for _, line in found]))
    easy = np.flatnonzero(swings.any(axis=1))
    ways[easy, :, :2] = _swung(starts[easy], ends[easy], swings[easy])
    ways[:, :, 2] = _sunk(
        ways, layout.sizes[target, 2][:, None], layout.row[source] != layout.row[target]
    )
    return ways


def _sunk(ways: np.ndarray, deep: np.ndarray, away: np.ndarray) -> np.ndarray:
    """The z of links on their way to the back of stacks so deep (K,1).

    The last bit goes down, or of those that go away (K,) to another line, the way along the gap, so
    that it runs behind the stacks and not over them.
    """
    steps = np.hypot(*np.moveaxis(np.diff(ways[:, :, :2], axis=1), 2, 0))
    left = np.zeros(ways.shape[:2])
    left[:, :-1] = np.cumsum(steps[:, ::-1], axis=1)[:, ::-1]
    whole = np.maximum(left[:, :1], _NEAR)
    begin, end = _SINKING
    along = ((whole - left) / whole - begin) / (end - begin)
    part = np.where(away[:, None], along, 1 - left / np.minimum(whole, 1 + deep))
    part = np.clip(part, 0, 1)
    return np.asarray(-deep * part * part * (3 - 2 * part))


def _right(anchors: np.ndarray, sizes: np.ndarray) -> np.ndarray:
    return np.asarray(anchors + sizes * [0.5, 0, 0])


def _left(anchors: np.ndarray, sizes: np.ndarray) -> np.ndarray:
    return np.asarray(anchors - sizes * [0.5, 0, 0])


class _Router:
    """Finds the corners of one link after the other; the short ones should come first."""

    def __init__(self, layout: Layout) -> None:
        self.rows = layout.rows
        left, right = layout.points[:, 0].min(), layout.points[:, 0].max()
        beyond = _BEYOND * float(right - left)
        self._left, self._right = float(left) - beyond, float(right) + beyond
        self._used: Counter[object] = Counter()  # links in each gap, arch and margin
        self._columns: dict[tuple[int, float], tuple[float, float]] = {}

    def corners(self, a: int, b: int, start: Point, end: Point, deep: float = 0) -> list[Point]:
        """The way from a point at the right of a block in row a to one at the left in row b, which
        belongs to a stack so deep."""
        head, tail = [start], [end]
        if a == b:  # most links
            self._cross(a, b, head, tail, deep)
            return head + tail[::-1]
        ups, downs = self._around(a), self._around(b)
        levels = {self.rows[row].level: n for n, row in enumerate(downs)}
        out = next(n for n, row in enumerate(ups) if self.rows[row].level in levels)
        into = levels[self.rows[ups[out]].level]
        for row in ups[:out]:
            self._leave(row, head)
        for row in downs[:into]:
            self._enter(row, tail)
        self._cross(ups[out], downs[into], head, tail, deep)
        return head + tail[::-1]

    def _around(self, row: int) -> list[int]:
        """The row and those around it, from the inside to the outside."""
        found = [row]
        while self.rows[found[-1]].outer >= 0:
            found.append(self.rows[found[-1]].outer)
        return found

    def _leave(self, row: int, head: list[Point]) -> None:
        """Go on to the right edge of the frame around a row."""
        here, (x, y) = self.rows[row], head[-1]
        if any(left > x - _NEAR and bottom < y < top for left, bottom, _, top in here.boxes):
            x, y = self._column(row, x)[1] + _ASIDE, self._gap(row)
            head += [(x, head[-1][1]), (x, y)]
        head.append((here.right, y))

    def _enter(self, row: int, tail: list[Point]) -> None:
        """Come from the left edge of the frame around a row."""
        here, (x, y) = self.rows[row], tail[-1]
        if any(right < x + _NEAR and bottom < y < top for _, bottom, right, top in here.boxes):
            x, y = self._column(row, x)[0] - _ASIDE, self._gap(row, above=True)
            tail += [(x, tail[-1][1]), (x, y)]
        tail.append((here.left, y))

    def _cross(self, a: int, b: int, head: list[Point], tail: list[Point], deep: float) -> None:
        """Go from one row of a level to the same or a later one.

        What goes to the back of a stack is seen higher than it is: it runs lower in the gap.
        """
        (x, y), (to_x, to_y) = head[-1], tail[-1]
        begin, end = self._column(a, x)[1], self._column(b, to_x)[0]
        if a == b:
            between = [
                box for box in self.rows[a].boxes
                if box[0] > begin - _NEAR and box[2] < end + _NEAR
            ]  # fmt: skip
            if not between:
                head.append((begin, y))
                tail.append((end, to_y))
                return
            over = max(top for *_, top in between) + _ARCH
            over += _LANE * min(2 * _LANES, self._lane((a, round(over, 1))))
            head += [(begin + _ASIDE, y), (begin + _ASIDE, over)]
            tail += [(end - _ASIDE, to_y), (end - _ASIDE, over)]
            return
        low = self._gap(a) - min(_LOWER * deep, _LOWEST)
        out, into = min(begin + _ASIDE, self._right), max(end - _ASIDE, self._left)
        head += [(out, y), (out, low)]
        tail.append((into, to_y))
        if b > a + 1:
            here = self.rows[a]
            lane = _LANE * (self._lane(("margin", here.level)) % _LANES)
            x = here.left + _MARGIN if here.outer >= 0 else max(here.left - _ASIDE, self._left)
            x -= lane
            low_too = self._gap(b, above=True)
            head += [(x, low), (x, low_too)]
            low = low_too
        tail.append((into, low))

    def _column(self, row: int, x: float) -> tuple[float, float]:
        """From where to where what stands above one another reaches, at this x."""
        reach = self._columns.get((row, x))
        if reach is None:
            low, high = x - _NEAR, x + _NEAR
            boxes = [box for box in self.rows[row].boxes if box[0] < high and box[2] > low]
            reach = min([x, *(box[0] for box in boxes)]), max([x, *(box[2] for box in boxes)])
            self._columns[row, x] = reach
        return reach

    def _gap(self, row: int, above: bool = False) -> float:
        """Where to run along a row, under it or above it."""
        here = self.rows[row]
        key = ("gap", here.level, row - 1 if above else row)
        lane = _LANE * (self._lane(key) % _LANES - _LANES // 2)
        return lane + (here.top + ROW_GAP / 2 if above else here.bottom - ROW_GAP / 2)

    def _lane(self, key: object) -> int:
        """How many have gone this way before."""
        self._used[key] += 1
        return self._used[key] - 1


def _level(corners: list[Point]) -> bool:
    (_, a), (_, b), (_, c), (_, d) = corners
    return a == b and c == d


def _swung(starts: np.ndarray, ends: np.ndarray, swings: np.ndarray) -> np.ndarray:
    """Straight out of the column, in one swing to the next, straight in: (S,2)… → (S,POINTS,2)."""
    part = np.linspace(0, 1, POINTS)[None]
    x = starts[:, :1] * (1 - part) + ends[:, :1] * part
    wide = np.maximum(swings[:, 2:3] - swings[:, :1], 1e-6)
    turn = np.clip((x - swings[:, :1]) / wide, 0, 1)
    turn = turn * turn * (3 - 2 * turn)
    y = starts[:, 1:] * (1 - turn) + ends[:, 1:] * turn
    return np.stack([x, y], axis=2)


def _sampled(lines: np.ndarray) -> np.ndarray:
    """Polylines (L,N,2) as (L,POINTS,2): evenly, and with every corner if there is room for it."""
    count, corners = lines.shape[:2]
    steps = np.hypot(*np.moveaxis(np.diff(lines, axis=1), 2, 0))
    along = np.concatenate([np.zeros((count, 1)), np.cumsum(steps, axis=1)], axis=1)
    free = POINTS - corners + 2
    inner = along[:, 1:-1] if free >= 2 else along[:, :0]
    even = along[:, -1:] * np.linspace(0, 1, POINTS - inner.shape[1])
    at = np.sort(np.concatenate([even, inner], axis=1), axis=1)
    before = (along[:, None, 1:-1] <= at[:, :, None]).sum(axis=2)  # the piece that each lies on
    row = np.arange(count)[:, None]
    start, length = along[row, before], np.maximum(steps[row, before], 1e-9)
    part = np.clip((at - start) / length, 0, 1)[..., None]
    return np.asarray(lines[row, before] * (1 - part) + lines[row, before + 1] * part)


def _rounded(corners: list[Point]) -> list[Point]:
    """Three points in the place of each corner, as long as there is room for them."""
    if 3 * len(corners) > POINTS:
        return corners
    points = [corners[0]]
    for (ax, ay), (x, y), (bx, by) in zip(corners, corners[1:], corners[2:], strict=False):
        before, after = abs(x - ax) + abs(y - ay), abs(bx - x) + abs(by - y)
        radius = min(_ROUND, before / 2, after / 2)
        u = radius / before * (ax - x), radius / before * (ay - y)
        v = radius / after * (bx - x), radius / after * (by - y)
        points += [
            (x + u[0], y + u[1]),
            (x + 0.3 * (u[0] + v[0]), y + 0.3 * (u[1] + v[1])),
            (x + v[0], y + v[1]),
        ]
    return [*points, corners[-1]]
