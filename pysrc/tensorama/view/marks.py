"""What lies on a network: borders of groups and hot layers, lines to where a cell came from."""

from __future__ import annotations

from collections.abc import Collection
from typing import TYPE_CHECKING

import numpy as np

from tensorama.scene.camera.pick import Hit
from tensorama.scene.drawing.threads import Threads
from tensorama.scene.drawing.ties import outlined, outlines, ties
from tensorama.scene.layout.borders import borders
from tensorama.view.segments import Segments
from tensorama.view.sight import Sight
from tensorama.view.surface import Surface
from tensorama.view.threads import ThreadsView

if TYPE_CHECKING:  # fetched later than this
    from tensorama.explain import Region

_NOTHING = np.zeros((0, 2, 3))
TIED = 0.62  # how strong lines to windows are


class Marks:
    """Lines on a surface, where they run for what is seen of a scene.

    `shares`: the heat 0..1 of the `items` that are seen, None without heat. `threads`: the lines
    from the cells that made a number, None without any; `strands` draws them, once there are some.
    `cell`: the one that is marked.
    """

    def __init__(self, surface: Surface) -> None:
        self.surface = surface
        self.cell: Hit | None = None
        self.threads: Threads | None = None
        self.strands: ThreadsView | None = None
        self.ties = Segments(over=True, strength=TIED)
        self.borders = Segments(over=False, strength=1.0)
        for segments in (self.ties, self.borders):
            segments.uniforms.uMatrix.value = surface.matrix
            surface.hang(segments.lines)
        self.items = np.zeros(0, int)
        self.shares: np.ndarray | None = None
        self._tied: tuple[Hit, dict[int, Region], Collection[int]] | None = None

    def tie(
        self, sight: Sight, hit: Hit | None, windows: dict[int, Region], threaded: Collection[int]
    ) -> None:
        """Run lines from this cell to these windows, but for blocks `threaded` otherwise."""
        self._tied = (hit, windows, threaded) if hit and windows else None
        self._draw_ties(sight)

    def _draw_ties(self, sight: Sight) -> None:
        if self._tied is None:
            self.ties.show(_NOTHING)
            return
        hit, windows, threaded = self._tied
        opened = sight.now.opening > 0.5
        self.ties.show(ties(sight.scene, sight.now.quads_of, opened, hit, windows, threaded))

    def thread(self, sight: Sight, threads: Threads | None) -> bool:
        """Run these threads; tell whether they still have to be coloured."""
        self.threads = threads
        new = threads is not None and self.strands is None
        if new:
            self.strands = ThreadsView(self.surface)
        if self.strands:
            self.strands.show(threads, sight.room)
        return new

    def segments(self, sight: Sight) -> np.ndarray:
        """All that changes with the cell that is spoken of: its own border, and the lines from it,
        (S,2,3)."""
        found = [_NOTHING]
        if self.cell:
            found.append(outlined(sight.scene, sight.now.quads_of, self.cell))
        if self._tied:
            found.append(self.ties.drawn)
        if self.threads:
            found.append(self.threads.segments)
        return np.concatenate(found)

    def place(self, sight: Sight) -> None:
        """Put all of them where they are now."""
        now = sight.now
        rectangles, heat = borders(
            sight.layout, now.anchors, now.sizes, now.framed, self.items, self.shares
        )
        self.borders.show(outlines(rectangles), heat.repeat(4))
        if self._tied:
            self._draw_ties(sight)

    def clear(self) -> None:
        """Another scene comes: none of this is on it."""
        self._tied = self.shares = self.threads = self.cell = None
        self.ties.show(_NOTHING)
        if self.strands:
            self.strands.mesh.visible = False
        self.borders.show(_NOTHING)

    def dispose(self) -> None:
        """Give back everything that lies on the graphics card."""
        self.ties.dispose()
        self.borders.dispose()
        if self.strands:
            self.strands.dispose()
