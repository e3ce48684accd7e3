"""Groups by wiring: where values fork and come together again, there is a block.

A fork d and a merge p enclose what every way from an input reaches only through d and every way on
leaves only through p: d dominates it, p post-dominates it. Two such regions never overlap unless
one lies in the other.
https://en.wikipedia.org/wiki/Dominator_(graph_theory)
"""

from __future__ import annotations

from collections.abc import Sequence

from tensorama.layers.unit import Level

_FARTHEST = 64  # merges behind a unit that are looked at for its region


class Tree:
    """The dominators of a graph whose nodes are numbered so that edges go upwards; 0 is the root.

    `parent[v]`: the last node that every way from the root to v passes.
    """

    def __init__(self, reads: Sequence[Sequence[int]]) -> None:
        """`reads[v]`: the nodes before v; empty only for the root."""
        self.parent = [0] * len(reads)
        self.depth = [0] * len(reads)
        self._jump = [0] * len(reads)  # an ancestor far away, to find common ones fast
        for node in range(1, len(reads)):
            above = reads[node][0]
            for other in reads[node][1:]:
                above = self._common(above, other)
            self.parent[node], self.depth[node] = above, self.depth[above] + 1
            jump = self._jump[above]
            even = (
                self.depth[above] - self.depth[jump]
                == self.depth[jump] - self.depth[self._jump[jump]]
            )
            self._jump[node] = self._jump[jump] if even else above

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


def regions(level: Level, outside: set[int]) -> tuple[dict[int, int], dict[int, int]]:
    """For each place in a level the merge that ends its innermost region, and each merge's fork.

    A merge's own entry is the merge around it. What is in no region has no entry; the fork is -1
    where values come from outside. The units at the places `outside` count as outside.
    """
    count = len(level.units)
    inner = [place for place in range(count) if place not in outside]
    node = {place: number + 1 for number, place in enumerate(inner)}
    within = [[node[other] for other in level.reads[place] if other in node] for place in inner]
    enters = [
        level.enters[place].union(
            *(level.units[other].leaves for other in level.reads[place] if other in outside)
        )
        for place in inner
    ]
    # What only comes in at the side, as a mask does, is no entry: the stream begins with others.
    begins = {
        leaf for leaves, names in zip(enters, within, strict=True) if not names for leaf in leaves
    }
    reads: list[list[int]] = [[]]
    for leaves, names in zip(enters, within, strict=True):
        reads.append([0, *names] if not names or not begins.isdisjoint(leaves) else names)
    backward: list[list[int]] = [[]]
    for place in reversed(inner):
        after = [len(inner) + 1 - node[other] for other in level.readers[place] if other in node]
        backward.append([0, *after] if place in level.sinks or not after else after)
    dominators, closers = Tree(reads), Tree(backward)
    merge = [len(names) > 1 for names in reads]

    def behind(number: int) -> int:
        return len(inner) + 1 - closers.parent[len(inner) + 1 - number]

    end = len(inner) + 1
    next_merge = [end] * (end + 1)  # the first merge that every way from here passes, or here
    for number in range(len(inner), 0, -1):
        next_merge[number] = number if merge[number] else next_merge[behind(number)]
    around: dict[int, int] = {}
    forks: dict[int, int] = {}

    def place_of(number: int) -> int:
        return inner[number - 1]

    for number in range(1, len(inner) + 1):
        at = next_merge[number] if not merge[number] else next_merge[behind(number)]
        for _ in range(_FARTHEST):
            if at == end:
                break
            fork = dominators.parent[at]
            if fork != number and dominators.above(fork, number):
                around[place_of(number)] = place_of(at)
                break
            at = next_merge[behind(at)]
        if merge[number]:
            fork = dominators.parent[number]
            forks[place_of(number)] = place_of(fork) if fork else -1
    return around, forks
