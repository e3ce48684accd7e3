"""Where everything stands at this moment, on its way to where the layout wants it."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from tensorama.scene.build import Scene
from tensorama.scene.camera.motion import Spring
from tensorama.scene.camera.pick import placed
from tensorama.scene.layout.arrange import Layout

_CORNERS = np.array([[x, y, z] for x in (-0.5, 0.5) for y in (-0.5, 0.5) for z in (0, -1)])


@dataclass(frozen=True, slots=True, eq=False)
class Spots:
    """Where labels hang: `items` (L,), `points` (L,3) in the scene.

    `line` (L,): labels on one line of the layout must not meet. The last ones are the titles of the
    open groups: `titles` many, on frames that are `wide` (titles,) units.
    """

    items: np.ndarray
    points: np.ndarray
    line: np.ndarray
    titles: int
    wide: np.ndarray


class Places:
    """The blocks and frames of one scene, in movement from one layout to the next.

    `changed`: something stands elsewhere since the last time they were advanced.
    """

    def __init__(self, scene: Scene, layout: Layout) -> None:
        self.scene, self.layout = scene, layout
        self.opened: set[int] = set()
        self.changed = True
        self._anchors, self._sizes = Spring(layout.anchors), Spring(layout.sizes)
        self._opening = Spring(np.zeros(len(scene.blocks)))
        self._shown = Spring(layout.shown.astype(float))
        self._framed = Spring(np.zeros((0, 4)))  # left, bottom, right, top of the open groups
        self._awake = True
        self._quads: np.ndarray | None = None
        self._named = self._to_name()

    @property
    def anchors(self) -> np.ndarray:
        """(B,3): the middle of each front face."""
        return self._anchors.now

    @property
    def sizes(self) -> np.ndarray:
        """(B,3): width, height, depth."""
        return self._sizes.now

    @property
    def opening(self) -> np.ndarray:
        """How far each block is open, (B,), 0..1."""
        return self._opening.now

    @property
    def shown(self) -> np.ndarray:
        """How large each block is of its full size, (B,): 0 inside a closed group."""
        return self._shown.now

    @property
    def framed(self) -> np.ndarray:
        """The frames of the open groups, (F,4): left, bottom, right, top."""
        return self._framed.now

    def go(self, layout: Layout, opened: set[int]) -> None:
        """From now on all move to where this layout has them."""
        before, self.layout, self.opened = self.layout, layout, opened
        self._start_frames(before)
        self._anchors.goal[:] = layout.anchors
        self._sizes.goal[:] = layout.sizes
        self._shown.goal[:] = layout.shown
        self._opening.goal[:] = 0
        self._opening.goal[[n for n in opened if n < len(self.scene.blocks)]] = 1
        self._awake = True
        self._named = self._to_name()

    def _start_frames(self, before: Layout) -> None:
        """Let each frame grow out of the face of its group; those that were there go on."""
        now = {
            frame.group: rectangle
            for frame, rectangle in zip(before.frames, self._framed.now, strict=False)
        }
        starts, goals = [], []
        for frame in self.layout.frames:
            face = self.scene.tree.face(frame.group)
            (x, y, _), (wide, high, _) = self._anchors.now[face], self._sizes.now[face]
            grown = (x - wide / 2, y - high / 2, x + wide / 2, y + high / 2)
            starts.append(now.get(frame.group, grown))
            goals.append((frame.left, frame.bottom, frame.right, frame.top))
        self._framed.jump(np.array(starts).reshape(-1, 4))
        self._framed.goal = np.array(goals, float).reshape(-1, 4)

    def _to_name(self) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        """The items that have a label, the blocks under which they hang, and their lines."""
        tree, layout = self.scene.tree, self.layout
        blocks = np.flatnonzero(layout.shown)
        items = [tree.visible(block, self.opened) for block in blocks.tolist()]
        items += [frame.group for frame in layout.frames]
        lines = [
            *layout.row[blocks],
            *range(len(layout.rows), len(layout.rows) + len(layout.frames)),
        ]
        return np.array(items, int), blocks, np.array(lines, int)

    def arrive(self) -> None:
        """Be there at once."""
        for spring in (self._anchors, self._sizes, self._opening, self._shown, self._framed):
            spring.jump(spring.goal)
        self._awake = True

    def wake(self) -> None:
        """Say once more where everything stands, though nothing moved."""
        self._awake = True

    def advance(self, seconds: float) -> bool:
        """Move on for this time; tell whether anything still moves."""
        self.changed = self._awake
        if self._awake:
            springs = (self._anchors, self._sizes, self._opening, self._shown, self._framed)
            moving = [spring.advance(seconds) for spring in springs]
            self._awake, self._quads = any(moving), None
        return self._awake

    def quads(self) -> np.ndarray:
        """Where each quad is at this moment, (Q,5): x, y, z, width, height; not to be changed."""
        if self._quads is None:
            self._quads = placed(self.scene, self.anchors, self.opening, self.shown)
        return self._quads

    def quads_of(self, block: int) -> np.ndarray:
        """Where the quads of one block are at this moment, likewise."""
        first = self.scene.blocks[block].first
        quads = slice(first, first + self.scene.blocks[block].count)
        if self._quads is not None:
            return self._quads[quads]
        return placed(self.scene, self.anchors, self.opening, self.shown, quads)

    def corners(self) -> np.ndarray:
        """The corners of each block, (B,8,3)."""
        return self.anchors[:, None] + self.sizes[:, None] * _CORNERS

    def spots(self) -> Spots:
        """Where the labels of all that is seen hang at this moment."""
        items, blocks, lines = self._named
        under = self.anchors[blocks] - self.sizes[blocks] * [0, 0.5, 0]
        left, _, right, top = self.framed.T
        titles = np.column_stack([left, top, np.zeros_like(left)])
        return Spots(items, np.concatenate([under, titles]), lines, len(left), right - left)

    def rectangle(self, item: int) -> tuple[float, float, float, float]:
        """Where an item will stand, with what belongs to it: left, bottom, right, top."""
        for frame in self.layout.frames:
            if frame.group == item:
                return frame.left, frame.bottom, frame.right, frame.top
        tree = self.scene.tree
        face = tree.face(tree.visible(tree.face(item), self.opened))
        (x, y, _), (wide, high, _) = self.layout.anchors[face], self.layout.sizes[face]
        return x - wide / 2 - 2, y - high / 2 - 4, x + wide / 2 + 2, y + high / 2 + 4
