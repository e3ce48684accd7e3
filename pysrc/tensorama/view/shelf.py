"""A shelf in the picture: maps of its own before the network, and lines to the layer it is of."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from tensorama.scene.camera.camera import ray
from tensorama.scene.camera.pick import Hit, pick, placed
from tensorama.scene.drawing.figures import Figure, cut
from tensorama.scene.drawing.ties import outlines
from tensorama.scene.pictures.weights import Reduced
from tensorama.scene.shelf import CAPTION, SLIMMEST, Shelf
from tensorama.scene.words import field_in_words, shape_in_words
from tensorama.view import ffi
from tensorama.view.maps import Maps
from tensorama.view.segments import Segments
from tensorama.view.shaders import LINES_FRAGMENT, LINES_VERTEX
from tensorama.view.stage import Stage

_COLOURS = ("uGround", "uHairline", "uInk", "uZero", "uMost", "uOdd")
_LINE = 14  # CSS pixels of a line of a caption
_BEHIND = 0.2  # units from the pictures back to the board behind them


class _Board:
    """A plain rectangle in the colour of the ground: what lies behind it is not seen through it."""

    def __init__(self, shelf: Shelf) -> None:
        three = ffi.three()
        corners = shelf.corners - [0, 0, _BEHIND]
        points = np.ascontiguousarray(corners[[0, 3, 2, 0, 2, 1]], np.float32)
        self.geometry = three.BufferGeometry.new()
        for name, values in (("position", points), ("aLight", np.zeros(6, np.float32))):
            attribute = three.BufferAttribute.new(ffi.float_array(values), values.size // 6)
            self.geometry.setAttribute(name, attribute)
        self.uniforms = ffi.options(
            uMatrix=ffi.options(value=three.Matrix4.new()),
            uQuiet=ffi.options(value=three.Vector3.new()),
            uLit=ffi.options(value=three.Vector3.new()),
        )
        self.material = three.RawShaderMaterial.new(
            ffi.options(
                vertexShader=LINES_VERTEX,
                fragmentShader=LINES_FRAGMENT,
                uniforms=self.uniforms,
                glslVersion=three.GLSL3,
                side=three.DoubleSide,
            )
        )
        self.mesh = three.Mesh.new(self.geometry, self.material)
        self.mesh.frustumCulled = False

    def dispose(self) -> None:
        """Give back everything that lies on the graphics card."""
        self.geometry.dispose()
        self.material.dispose()


class ShelfView:
    """Draws one shelf on a stage until `dispose()`."""

    def __init__(self, stage: Stage, shelf: Shelf, beside: np.ndarray) -> None:
        self.stage, self.shelf = stage, shelf
        self.maps = Maps(shelf.scene)
        self.filled = 0  # how often numbers came onto it
        self.lines = Segments(over=False, strength=1.0)
        self._board = _Board(shelf)
        self.board = shelf.corners - [0, 0, _BEHIND]
        count = len(shelf.scene.blocks)
        self._open = np.ones(count)
        self.places = placed(shelf.scene, shelf.anchors, self._open)
        state = self.maps.state
        state[0, :count, :3], state[0, :count, 3] = shelf.anchors, 1
        state[1, :count, 0] = state[2, :count, 0] = 1
        self.maps.upload_state()
        frame = outlines(np.array([shelf.rectangle]))
        frame[..., 2] = shelf.corners[0, 2]
        ties = np.stack([beside, shelf.corners[[0, 3]]], axis=1)
        self.lines.show(np.concatenate([frame, ties]).astype(np.float32))
        self._drawn = self._board.mesh, self.maps.mesh, self.lines.lines
        for thing in self._drawn:
            stage.hang(thing)
        stage.request_frame()

    def set_values(self, block: int, values: np.ndarray) -> None:
        """Put numbers on one of the pictures."""
        self.filled += 1
        self.maps.set_values(block, values)
        self.maps.upload_values()
        self.maps.upload_state()
        self.stage.request_frame()

    def follow(self) -> None:
        """Look from where the stage is looked at, in its colours."""
        own, stages = self.maps.uniforms, self.stage.maps
        if stages is None:
            return
        own.uMatrix.value.set(*self.stage.matrix().reshape(-1).tolist())
        for other in (self.lines, self._board):
            other.uniforms.uMatrix.value.copy(own.uMatrix.value)
        own.uPalette.value = stages.uniforms.uPalette.value
        for name in _COLOURS:
            getattr(own, name).value.copy(getattr(stages.uniforms, name).value)
        self.lines.uniforms.uInk.value.copy(own.uHairline.value)
        self._board.uniforms.uQuiet.value.copy(own.uGround.value)

    def pick(self, x: float, y: float) -> Hit | None:
        """What lies under this pixel of the canvas."""
        start, direction = ray(x, y, self.stage.matrix(), self.stage.room)
        return pick(self.shelf.scene, self.shelf.anchors, self._open, None, start, direction)

    def mark(self, hit: Hit | None) -> None:
        """Draw a mark around the cell under the pointer."""
        where = (hit.block, hit.chart, hit.col, hit.row) if hit else (-1, -1, -1, -1)
        self.maps.uniforms.uHover.value.set(*where)
        self.stage.request_frame()

    def captions(self, say: Callable[[str], str]) -> list[Figure]:
        """The name and the shape under each picture, as they are to be said, in CSS pixels."""
        stage, blocks, anchors = self.stage, self.shelf.scene.blocks, self.shelf.anchors
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
            lines = [self.shelf.titles[number], shape_in_words(picture.shape), picture.tensor]
            if isinstance(picture, Reduced) and picture.field != (1, 1):
                lines.insert(1, field_in_words(picture.field))
            if w > 0:
                found += [
                    Figure(x, y + _LINE * (k + 1), cut(say(text), wide[number] + 12), "ground")
                    for k, text in enumerate(lines[:room])
                ]
        return found

    def dispose(self) -> None:
        """Take it down and give back what lies on the graphics card."""
        for thing in self._drawn:
            self.stage.take_down(thing)
        for part in (self.maps, self.lines, self._board):
            part.dispose()
        self.stage.request_frame()
