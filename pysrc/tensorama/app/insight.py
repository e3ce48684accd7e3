"""Looking into a layer: its weights, or what it computes on the way, on a shelf beside it."""

from __future__ import annotations

import asyncio
from collections import ChainMap
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import numpy as np

from tensorama.errors import TensoramaError
from tensorama.scene.camera.pick import Hit
from tensorama.scene.drawing.figures import Figure, cut
from tensorama.scene.pictures.picture import Picture
from tensorama.scene.pictures.reading import readings
from tensorama.scene.pictures.weights import Reduced
from tensorama.scene.shelf import CAPTION, SLIMMEST, inside_of, shelf_of, weights_of
from tensorama.scene.words import shape_in_words
from tensorama.view.shelf import ShelfView
from tensorama.view.stage import Stage

if TYPE_CHECKING:
    from tensorama.app.viewer import Viewer

_WEIGHTS, _INSIDE = "weights", "inside"
_LINE = 14  # CSS pixels of a line of a caption


class Insight:
    """Puts up one shelf at a time and takes it down; the network keeps its place."""

    def __init__(self, viewer: Viewer) -> None:
        self.viewer = viewer
        self.view: ShelfView | None = None
        self.shown: tuple[int, str] | None = None  # which layer, and what of it
        self.filled = 0  # how often numbers came onto a shelf
        self._fillings = 0  # of which the last one goes on
        self._camera: Any = None

    @property
    def arrays(self) -> Mapping[str, Any]:
        """All that was recorded, also inside of operators, and the weights, by name."""
        viewer = self.viewer
        if viewer.trace is None or viewer.model is None:
            return {}
        trace: Any = viewer.trace
        weights: Any = viewer.model.graph.weights
        return ChainMap(trace, trace.inner, weights)

    def toggle(self, what: str, item: int | None = None) -> None:
        """Show the weights or the inside of a layer, or put them away again; without one, of the
        layer that is pointed at or that one is at."""
        item = self._item() if item is None else item
        if self.shown and (item is None or self.shown == (item, what)):
            self.close()
            return
        try:
            self._show(item, what)
        except TensoramaError as error:
            self.viewer.notes.say(str(error))

    def show(self, item: int, what: str) -> None:
        """Show the weights or the inside of a layer. Raises TensoramaError if it has none."""
        if self.shown != (item, what):
            self._show(item, what)

    def _item(self) -> int | None:
        """What is pointed at, else where one is, else what holds the selected cell."""
        viewer = self.viewer
        found = viewer.focus.pointed, viewer.pointing.hovered(), viewer.steering.at
        return next((item for item in found if item is not None), viewer.pointing.item())

    def _show(self, item: int | None, what: str) -> None:
        stage = self.viewer.stage
        if not isinstance(stage, Stage):
            raise TensoramaError("This is shown in the 3D picture, which this browser cannot draw.")
        if item is None:
            raise TensoramaError("Point at a layer or open one: it is of that one then.")
        pictures = self._pictures(item, what)
        if self.view is None:
            self._camera = stage.heading if not stage.following else None
        self._take_down()
        if stage.scene.tree.visible(item, stage.opened) != item:
            self.viewer.steering.reveal(item)
        (x, y, _), (wide, high, deep) = stage.layout.anchors[item], stage.layout.sizes[item]
        box = x - wide / 2, y - high / 2, x + wide / 2, y + high / 2
        shelf = shelf_of(pictures, box, max(24.0, 1.5 * high))
        ends = np.array([[box[2], box[3], 0], [box[2], box[1], 0]])
        self.view = ShelfView(stage, shelf, ends)
        self.shown = item, what
        self.viewer.steering.at = item
        self.viewer.focus.hold({item})
        self.viewer.frame.box.classList.add("tr-within")
        edge = [[box[0], y, z] for y in (box[1], box[3]) for z in (0, -deep)]
        points = np.concatenate([shelf.corners, edge])
        stage.look(lambda camera: camera.fitted(points, stage.room))
        self.viewer.in_background(self._fill(self.view))

    def _pictures(self, item: int, what: str) -> dict[str, Picture]:
        stage, model, trace = self.viewer.stage, self.viewer.model, self.viewer.trace
        layer = stage.scene.layer(item)
        if stage.scene.tree.group(item) or model is None or trace is None:
            raise TensoramaError(
                f"“{layer.name}” is a group; open it and choose one of its layers."
            )
        if what == _WEIGHTS:
            pictures = weights_of(layer, model.graph, self.arrays)
            nothing = "computes without weights"
        else:
            read = readings(model.graph, trace, trace.inner)
            pictures = inside_of(layer, read, self.arrays, trace.inner)
            nothing = "computes in one step: there is nothing inside but what is shown"
        if not pictures:
            raise TensoramaError(f"“{layer.name}” {nothing}.")
        return pictures

    async def _fill(self, view: ShelfView) -> None:
        """Bring the numbers onto the shelf; large ones take their time. A later one ends this."""
        self._fillings += 1
        turn = self._fillings
        for number, block in enumerate(view.shelf.scene.blocks):
            picture, array = block.picture, self.arrays[block.picture.tensor]
            if isinstance(picture, Reduced):
                values = np.zeros((1, picture.rows, picture.cols), np.float32)
                for _ in picture.reduce(array, values):
                    await asyncio.sleep(0)
                    if turn != self._fillings:
                        return
            else:
                values = picture.values(array)
            if view is not self.view or turn != self._fillings:
                return
            view.set_values(number, values)
            self.filled += 1
            self.viewer.pointing.refresh()
            await asyncio.sleep(0)

    def describe(self) -> dict[str, Any] | None:
        """What stands on the shelf, as plain data."""
        if self.view is None or self.shown is None:
            return None
        item, what = self.shown
        blocks = self.view.shelf.scene.blocks
        return {
            "layer": self.viewer.stage.scene.layer(item).name,
            "what": what,
            "tensors": [block.picture.tensor for block in blocks],
            "titles": [*self.view.shelf.titles],
        }

    def refresh(self) -> None:
        """Another run was shown: what it computed on the way is other."""
        if self.view and self.shown and self.shown[1] == _INSIDE:
            self.viewer.in_background(self._fill(self.view))

    def close(self) -> None:
        """Put the shelf away and go back to where one looked from."""
        if self.view is None:
            return
        self._take_down()
        camera, stage = self._camera, self.viewer.stage
        if camera is None:
            stage.fit()
        else:
            stage.look(lambda _: camera)

    def _take_down(self) -> None:
        if self.view is None:
            return
        self.viewer.pointing.at(None, None)
        self.view.dispose()
        self.view = self.shown = None
        self.viewer.focus.hold(None)
        self.viewer.frame.box.classList.remove("tr-within")
        self.viewer.crumbs.follow()

    forget = _take_down

    # what is read on it ----------------------------------------------------------------------

    def pick(self, x: float, y: float) -> Hit | None:
        """The cell of the shelf under a pixel."""
        return self.view.pick(x, y) if self.view else None

    def captions(self) -> list[Figure]:
        """The name and the shape under each picture, in CSS pixels."""
        stage = self.viewer.stage
        if self.view is None or not isinstance(stage, Stage):
            return []
        blocks, anchors = self.view.shelf.scene.blocks, self.view.shelf.anchors
        sizes = np.array([block.open_size[:2] for block in blocks])
        corners = anchors - np.column_stack([sizes / 2, np.zeros(len(sizes))])
        spots = stage.on_screen(corners)
        ends = corners + np.column_stack(
            [np.maximum(sizes[:, 0], SLIMMEST), *np.zeros((2, len(sizes)))]
        )
        wide = stage.on_screen(ends)[:, 0] - spots[:, 0]
        room = max(1, int(CAPTION / stage.camera.unit(stage.room) / _LINE))
        found = []
        for number, (x, y, w) in enumerate(spots.tolist()):
            picture = blocks[number].picture
            lines = [self.view.shelf.titles[number], shape_in_words(picture.shape), picture.tensor]
            if isinstance(picture, Reduced) and picture.field != (1, 1):
                lines.insert(1, "strongest of {} × {}".format(*picture.field))
            if w > 0:
                found += [
                    Figure(x, y + _LINE * (k + 1), cut(text, wide[number] + 12), "ground")
                    for k, text in enumerate(lines[:room])
                ]
        return found
