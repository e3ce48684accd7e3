"""What stands out: the layer that is pointed at, what it reads and what reads it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tensorama.scene.levels import reachable

if TYPE_CHECKING:
    from tensorama.app.viewer import Viewer


_FAR = 0.93  # how far all recedes from one that is looked into


class Focus:
    """Lets everything recede but what belongs to one layer or group."""

    def __init__(self, viewer: Viewer) -> None:
        self.viewer = viewer
        self.pointed: int | None = None  # the layer or group whose name is under the pointer
        self._followed: tuple[int, bool] | None = None
        self._held: set[int] | None = None

    def hold(self, blocks: set[int] | None) -> None:
        """Let all but these blocks recede far until None is held."""
        self._held = blocks
        self.viewer.stage.focus(blocks, _FAR)

    def hover(self, item: int | None) -> None:
        """Let everything but this layer or group, what it reads and what reads it recede."""
        self.pointed = item
        stage = self.viewer.stage
        self.viewer.outline.light(item)
        if item is None or self._held is not None:
            stage.focus(self._held, _FAR)
            return
        members = self._members(item)
        links = stage.scene.links.tolist()
        sources = {a for a, b in links if b in members}
        readers = {b for a, b in links if a in members}
        self._keep(members | sources | readers)

    def follow(self, forward: bool) -> None:
        """Let everything recede but all that the pointed layer is computed from or, forward, all
        that is computed from it; again, or without a layer, all comes back."""
        stage = self.viewer.stage
        item = self.pointed if self.pointed is not None else self.viewer.pointing.item()
        if item is None or self._followed == (item, forward):
            self._followed = None
            stage.focus(self._held, _FAR)
            return
        self._followed = (item, forward)
        self._keep(reachable(stage.scene.links, self._members(item), forward))

    def _members(self, item: int) -> set[int]:
        group = self.viewer.stage.scene.tree.group(item)
        return set(group.members) if group else {item}

    def _keep(self, blocks: set[int]) -> None:
        stage = self.viewer.stage
        tree = stage.scene.tree
        faces = {tree.face(tree.visible(block, stage.opened)) for block in blocks}
        stage.focus(blocks | faces)
