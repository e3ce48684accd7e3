"""The shelf: a layer's weights, or what it computes on the way, beside it in the picture."""

from __future__ import annotations

import asyncio

import numpy as np

from tensorama.app.actions import travelling
from tensorama.app.desk import Desk
from tensorama.app.running import keep_running
from tensorama.app.state import State
from tensorama.errors import TensoramaError
from tensorama.phrases import phrase
from tensorama.scene.pictures.picture import Picture
from tensorama.scene.pictures.reading import readings
from tensorama.scene.pictures.weights import Reduced
from tensorama.scene.shelf import inside_of, shelf_of, weights_of
from tensorama.view.shelf import ShelfView
from tensorama.view.stage import Stage

_END = 10.0  # units of a layer that are seen beside what it computes with


def pictures_for(desk: Desk, item: int | None, what: str) -> dict[str, Picture]:
    """What would stand on the shelf. Raises TensoramaError if a layer has nothing to show there."""
    stage, model, trace = desk.stage, desk.session.model, desk.session.trace
    if not isinstance(stage, Stage):
        raise TensoramaError(
            phrase("This is shown in the 3D picture, which this browser cannot draw.")
        )
    if item is None or model is None or trace is None:
        raise TensoramaError(phrase("Point at a layer first, or open one."))
    layer = stage.scene.layer(item)
    if stage.scene.tree.group(item):
        raise TensoramaError(
            phrase("“{name}” is a group; open it and choose one of its layers.", name=layer.name)
        )
    arrays = desk.session.arrays
    if what == "weights":
        pictures = weights_of(layer, model.graph, arrays)
        nothing = phrase("“{name}” computes without weights.", name=layer.name)
    else:
        read = readings(model.graph, trace, trace.inner)
        pictures = inside_of(layer, read, arrays, trace.inner)
        nothing = phrase(
            "“{name}” computes in one step: there is nothing inside but what is shown.",
            name=layer.name,
        )
    if not pictures:
        raise TensoramaError(nothing)
    return pictures


class Shelf:
    """Puts up one shelf at a time and takes it down; the network keeps its place."""

    def __init__(self, desk: Desk) -> None:
        self.desk = desk
        self._fillings = 0  # of which the last one goes on
        desk.session.opened.listen(self._begin)
        desk.session.ran.listen(lambda finished: self._ran())
        desk.store.listen(self._change, "shelf", "at")
        desk.resized.listen(self._see)

    def _begin(self) -> None:
        self._take_down()
        if self.desk.state.shelf:
            self._put_up()

    def _change(self, before: State, after: State) -> None:
        if after.shelf:
            self._put_up()
        elif before.shelf:
            self._take_down()

    def _put_up(self) -> None:
        desk, stage, state = self.desk, self.desk.stage, self.desk.state
        self._take_down()
        item = desk.at
        try:
            pictures = pictures_for(desk, item, state.shelf)
        except TensoramaError as error:
            desk.store.put(travelling.looked_away(state))
            desk.said.tell(error.sentence)
            return
        assert isinstance(stage, Stage)
        assert item is not None
        (x, y, _), (wide, high, _) = stage.layout.anchors[item], stage.layout.sizes[item]
        box = x - wide / 2, y - high / 2, x + wide / 2, y + high / 2
        shelf = shelf_of(pictures, box, stage.room.aspect)
        ends = np.array([[box[2], box[3], 0], [box[2], box[1], 0]])
        desk.shelf = ShelfView(stage, shelf, ends)
        desk.frame.box.classList.add("tr-within")
        self._see()
        keep_running(self._fill(desk.shelf))

    def _see(self) -> None:
        """Bring the shelf and the end of its layer into view, whatever the State's camera."""
        stage, view, item = self.desk.stage, self.desk.shelf, self.desk.at
        if view is None or item is None or not isinstance(stage, Stage):
            return
        (x, y, z), (wide, high, deep) = stage.layout.anchors[item], stage.layout.sizes[item]
        end = x + wide / 2 - min(wide, _END)
        edge = [[end, to, far] for to in (y - high / 2, y + high / 2) for far in (z, z - deep)]
        points = np.concatenate([view.shelf.corners, edge])
        stage.look(lambda camera: camera.fitted(points, stage.room))

    async def _fill(self, view: ShelfView) -> None:
        """Bring the numbers onto the shelf; large ones take their time. A later one ends this."""
        self._fillings += 1
        turn = self._fillings
        arrays = self.desk.session.arrays
        for number, block in enumerate(view.shelf.scene.blocks):
            picture, array = block.picture, arrays[block.picture.tensor]
            if isinstance(picture, Reduced):
                values = np.zeros((1, picture.rows, picture.cols), np.float32)
                for _ in picture.reduce(array, values):
                    await asyncio.sleep(0)
                    if turn != self._fillings:
                        return
            else:
                values = picture.values(array)
            if view is not self.desk.shelf or turn != self._fillings:
                return
            view.set_values(number, values)
            await asyncio.sleep(0)

    def _ran(self) -> None:
        """Another run was shown: what it computed on the way is other."""
        if self.desk.shelf and self.desk.state.shelf == "inside":
            keep_running(self._fill(self.desk.shelf))

    def _take_down(self) -> None:
        view, self.desk.shelf = self.desk.shelf, None
        if view is None:
            return
        self.desk.pointer.move(None)
        view.dispose()
        self.desk.frame.box.classList.remove("tr-within")

    def dispose(self) -> None:
        """Take it down."""
        self._fillings += 1
        self._take_down()
