"""Groups by wiring: where values fork and come together again, there is a block.

A fork d and a merge p enclose what every way from an input reaches only through d and every way on
leaves only through p: d dominates it, p post-dominates it. Two such regions never overlap unless
one lies in the other.
https://en.wikipedia.org/wiki/Dominator_(graph_theory)
"""

from __future__ import annotations

from collections.abc import Sequence

from tensorama.engine.contract.slices import Slices
from tensorama.layers.unit import PAUSE, Level

_FARTHEST = 64  # merges behind a unit that are looked at for its region


class Tree:
    """The dominators of a graph whose nodes are numbered so that edges go upwards; 0 is the root.

    `parent[v]`: the last node that every way from the root to v passes.
    """

    def __init__(self) -> None:
        self.parent, self.depth = [0], [0]
        self._jump = [0]  # an ancestor far away, to find common ones fast

    def add(self, reads: Sequence[int]) -> None:
        """Add the next node. reads: the nodes before it, at least one."""
        above = reads[0]
        for other in reads[1:]:
            above = self._common(above, other)
        jump = self._jump[above]
        even = (
            self.depth[above] - self.depth[jump] == self.depth[jump] - self.depth[self._jump[jump]]
        )
        self._jump.append(self._jump[jump] if even else above)
        self.parent.append(above)
        self.depth.append(self.depth[above] + 1)

    def _up(self, node: int, depth: int) -> int:
        while self.depth[node] > depth:
            jump = self._jump[node]
            node = jump if self.depth[jump] >= depth else self.parent[node]
        return node

    def _common(self, a: int, b: int) -> int:
        a, b = self._up(a, self.depth[b]), self._up(b, self.depth[a])
        while a != b:
            if self._jump[a] != self._jump[b]:
                a, b = self._jump[a], self._jump[b]
            else:
                a, b = self.parent[a], self.parent[b]
        return a

    def above(self, a: int, b: int) -> bool:
        """Does a dominate b (a node dominates itself)?"""
        return self._up(b, self.depth[a]) == a


def regions(level: Level, outside: set[int]) -> Slices[tuple[dict[int, int], dict[int, int]]]:
    """For each place in a level the merge that ends its innermost region, and each merge's fork.

    A merge's own entry is the merge around it. What is in no region has no entry; the fork is -1
    where values come from outside. The units at the places `outside` count as outside.
    """
    count = len(level.units)
    inner = [place for place in range(count) if place not in outside]
    node = {place: number for number, place in enumerate(inner, 1)}
    end = len(inner) + 1
    enters, within = list[set[int]](), list[list[int]]()
    for place in inner:
        within.append([node[other] for other in level.reads[place] if other in node])
        enters.append(
            level.enters[place].union(
                *(level.units[other].leaves for other in level.reads[place] if other in outside)
            )
        )
        if not len(enters) % PAUSE:
            yield
    # What only comes in at the side, as a mask does, is no entry: the stream begins with others.
    begins = {
        leaf for leaves, names in zip(enters, within, strict=True) if not names for leaf in leaves
    }
    yield
    dominators, merge = Tree(), [False]
    for leaves, names in zip(enters, within, strict=True):
        reads = [0, *names] if not names or not begins.isdisjoint(leaves) else names
        dominators.add(reads)
        merge.append(len(reads) > 1)
        if not len(merge) % PAUSE:
            yield
    if not any(merge):
        return {}, {}
    closers = Tree()
    for place in reversed(inner):
        after = [end - node[other] for other in level.readers[place] if other in node]
        closers.add([0, *after] if place in level.sinks or not after else after)
        if not len(closers.parent) % PAUSE:
            yield
    around: dict[int, int] = {}  # by numbers
    next_merge = [end] * (end + 1)  # the first merge that every way from here passes, or here
    for number in range(len(inner), 0, -1):
        at = next_merge[end - closers.parent[end - number]]
        next_merge[number] = number if merge[number] else at
        for _ in range(_FARTHEST):
            fork = dominators.parent[at] if at < end else number
            if fork != number and dominators.above(fork, number):
                around[number] = at
                break
            if at not in around:  # further merges enclose this one as well, if they do enclose us
                break
            at = around[at]
        if not number % PAUSE:
            yield
    forks = {}
    for number in range(1, end):
        if merge[number]:
            fork = dominators.parent[number]
            forks[inner[number - 1]] = inner[fork - 1] if fork else -1
    return {inner[a - 1]: inner[b - 1] for a, b in around.items()}, forks
