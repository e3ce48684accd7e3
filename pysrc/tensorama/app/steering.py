"""Where one is in a network: what is open, what was brought close, and the way back."""

from __future__ import annotations

from typing import TYPE_CHECKING

from tensorama.app.history import History, Place
from tensorama.scene.zoom import depths

if TYPE_CHECKING:
    from tensorama.app.viewer import Viewer


class Steering:
    """Opens and closes layers and groups, travels to them, and back to where one was.

    One is `at` a layer or group, the last one opened, chosen or travelled to, or where that is
    folded away, at what holds it; at None, one is at the network as a whole.
    """

    def __init__(self, viewer: Viewer) -> None:
        self.viewer = viewer
        self.history = History()
        self._at: int | None = None

    @property
    def at(self) -> int | None:
        """The layer or group that one is at."""
        return self._at

    @at.setter
    def at(self, item: int | None) -> None:
        self._at = item
        self.viewer.crumbs.follow()

    @property
    def path(self) -> tuple[int, ...]:
        """The groups around what one is at, the outermost first, and that itself."""
        at = self._at
        return () if at is None else (*self.viewer.stage.scene.tree.around(at), at)

    def forget(self) -> None:
        """Another network is shown."""
        self.at = None
        self.history.forget()
        self._show_ways()

    # opening and closing ---------------------------------------------------------------------

    @property
    def opened(self) -> set[int]:
        """The layers and groups that are open."""
        return self.viewer.stage.opened

    def set_open(self, items: set[int]) -> None:
        """Open exactly these layers and groups."""
        here = self._here()
        self._open(items)
        if self.opened != here.opened:
            self.history.leave(here)
            self._show_ways()

    def _open(self, items: set[int]) -> None:
        viewer = self.viewer
        viewer.insight.forget()
        viewer.stage.set_open(items)
        viewer.labels.set_open(self.opened)
        viewer.outline.follow(self.opened)
        viewer.pointing.at(None, None)
        if self.at is not None:
            around = viewer.stage.scene.tree.around(self.at)
            self.at = next((group for group in around if group not in self.opened), self.at)

    def toggle(self, item: int) -> None:
        """Open what is closed, close what is open: a layer, or a group of layers."""
        self.at = item
        self.set_open(self.opened ^ {item})

    def open_to(self, level: int | None = None) -> None:
        """Open so far that everything down to this level is seen; without one, everything.

        Level 1 is what a closed network shows; the last one shows the layers' maps.
        """
        depth = depths(self.viewer.stage.scene.tree)
        self.set_open(self.opened | {i for i, d in depth.items() if level is None or d < level})

    def close_to(self, level: int = 1) -> None:
        """Close so far that nothing below this level is seen: with level 1, everything."""
        depth = depths(self.viewer.stage.scene.tree)
        self.set_open({item for item in self.opened if depth[item] < level})

    def show_level(self, level: int) -> None:
        """Show this level and nothing below it."""
        depth = depths(self.viewer.stage.scene.tree)
        self.set_open({item for item, d in depth.items() if d < level})

    def open_level(self) -> None:
        """Open one level more: the groups that are seen, or the layers if no group is closed."""
        tree = self.viewer.stage.scene.tree
        seen = {*tree.seen(self.opened)[0].tolist()}
        closed = {item for item in seen if tree.group(item)}
        self.set_open(self.opened | (closed or seen))

    def close_level(self) -> None:
        """Close one level: the open layers, or the innermost open groups if no layer is open."""
        tree = self.viewer.stage.scene.tree
        layers = {item for item in self.opened if not tree.group(item)}
        outer = {group for item in self.opened for group in tree.around(item)}
        self.set_open(self.opened - (layers or self.opened - outer))

    def click(self, x: float, y: float) -> None:
        """A click on the picture: what opens is opened or closed, of others a cell is chosen."""
        viewer = self.viewer
        if viewer.insight.view:
            viewer.pointing.select_under(x, y)
            return
        hit = viewer.stage.pick(x, y)
        if hit is None:
            return
        scene = viewer.stage.scene
        item = scene.tree.visible(hit.block, self.opened)
        if scene.tree.group(item) or scene.blocks[item].opens:
            self.toggle(item)
        else:
            self.at = item
            viewer.pointing.select_under(x, y)

    # travelling ------------------------------------------------------------------------------

    def reveal(self, item: int) -> None:
        """Open what a layer or a group is folded away in."""
        self._open(self.opened | {*self.viewer.stage.scene.tree.around(item)})

    def go_to(self, item: int) -> None:
        """Bring a layer or a group close, wherever it is folded away."""
        stage = self.viewer.stage
        self.history.leave(self._here())
        self.reveal(item)
        self.at = item
        stage.fly_to(item)
        self.viewer.outline.select(item)
        self._show_ways()

    def leave(self) -> None:
        """One jumps from here: back leads here again."""
        self.history.leave(self._here())
        self._show_ways()

    def go_out(self) -> None:
        """Look at the network as a whole."""
        self.history.leave(self._here())
        self.viewer.insight.forget()
        self.at = None
        self.viewer.stage.fit()
        self._show_ways()

    def back(self) -> None:
        """Go back to where one was before the last jump."""
        self._return_to(self.history.back(self._here()))

    def forward(self) -> None:
        """Go again to where one came back from."""
        self._return_to(self.history.forward(self._here()))

    def _here(self) -> Place:
        stage = self.viewer.stage
        return Place(stage.heading, frozenset(stage.opened), stage.following)

    def _return_to(self, place: Place | None) -> None:
        if place is not None:
            self._open(set(place.opened))
            self.viewer.stage.look(lambda camera: place.camera)
            if place.following:
                self.viewer.stage.fit()
            self._show_ways()

    def _show_ways(self) -> None:
        """The buttons for back and forward can be pressed where there is a way."""
        for action, there in zip(("back", "forward"), self.history.ways, strict=True):
            self.viewer.frame.button(action).disabled = not there
