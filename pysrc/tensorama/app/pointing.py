"""Which number a person points at: the cell under the pointer, or one that was selected."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from tensorama.app.legend import Legend
from tensorama.app.tip import Tip
from tensorama.errors import TensoramaError
from tensorama.explain import Region, sources
from tensorama.scene import Scene
from tensorama.scene.camera.pick import Hit
from tensorama.scene.pictures.summary import loudest
from tensorama.scene.pictures.weights import Reduced
from tensorama.scene.words import plain, remark, written

if TYPE_CHECKING:
    from tensorama.app.viewer import Viewer


class Pointing:
    """Reads cells of the recorded tensors and shows them beside the pointer."""

    def __init__(self, viewer: Viewer) -> None:
        self.viewer = viewer
        self.tip = Tip(viewer.frame.part("tip"), viewer.frame.box)
        self.legend = Legend(viewer.frame)
        self.selection: dict[str, Any] | None = None
        self._hit: Hit | None = None
        self._on_shelf = False
        self._at: tuple[float, float] | None = None
        self._laid_out: Any = None  # the layout that shows these tensors, each on this block
        self._drawn: dict[str, int] = {}

    @property
    def _scene(self) -> Scene:
        """What the cell under the pointer is of: the network, or a shelf before it."""
        shelf = self.viewer.insight.view if self._on_shelf else None
        return shelf.shelf.scene if shelf else self.viewer.stage.scene

    def at(self, x: float | None, y: float | None) -> None:
        """The pointer is here now, or gone."""
        stage = self.viewer.stage
        self._at = None if x is None or y is None else (x, y)
        shelf = self.viewer.insight.view
        on_shelf = shelf.pick(*self._at) if shelf and self._at else None
        hit = on_shelf or (stage.pick(*self._at) if self._at and not shelf else None)
        other = (hit, on_shelf is not None) != (self._hit, self._on_shelf)
        self._hit, self._on_shelf = hit, on_shelf is not None
        self.refresh()  # asks the page where things are: before anything else on it is changed
        if other:
            network = None if self._on_shelf else hit
            if shelf:
                shelf.mark(on_shelf)
            self.viewer.outline.light(self.hovered())
            stage.mark(network)
            stage.tie(network, self._windows(network) if network else {})
            self.viewer.frame.part("scene").classList.toggle("tr-over", hit is not None)

    def refresh(self) -> None:
        """Read the cell under the pointer again: the numbers or the scale may have changed."""
        hit, trace = self._hit, self.viewer.trace
        if hit is None or self._at is None or trace is None:
            self.tip.hide()
            self.legend.show(scale=self._scale(None))
            return
        picture = self._scene.blocks[hit.block].picture
        index, is_summary = self.index_of(hit)
        value = self.viewer.insight.arrays[picture.tensor][index]
        shown = self.viewer.insight.shown if self._on_shelf else None
        layer = self.viewer.stage.scene.layer(shown[0] if shown else hit.block)
        name = f"{picture.tensor}[{', '.join(map(str, index))}]"
        lines = [name, f"{layer.name} · {layer.op}"]
        if is_summary:
            lines[0] += f" · strongest of {picture.maps} {picture.reading.called or 'map'}s"
        if isinstance(picture, Reduced) and picture.field != (1, 1):
            lines[0] += " · strongest of {} × {} here".format(*picture.field)
        lines += filter(None, (picture.name(max(hit.chart, 0)) * (not is_summary), remark(value)))
        self.tip.show(*self._at, written(value), lines, self._occupied())
        self.legend.show(picture.reading.sort, self._scale(hit), value)

    def _occupied(self) -> np.ndarray:
        """What a note should not hide: the blocks and the buttons, as boxes on the canvas."""
        outer = self.viewer.frame.box.getBoundingClientRect()
        tools = self.viewer.frame.part("tools").getBoundingClientRect()
        x, y = outer.left, outer.top
        buttons = (tools.left - x, tools.top - y, tools.right - x, tools.bottom - y)
        stage = self.viewer.stage
        return np.vstack([stage.boxes()[stage.layout.shown], buttons])

    def index_of(self, hit: Hit) -> tuple[tuple[int, ...], bool]:
        """The index in the tensor of the cell that was hit, and whether it is in a summary."""
        picture = self._scene.blocks[hit.block].picture
        array = np.asarray(self.viewer.insight.arrays[picture.tensor])
        if isinstance(picture, Reduced):
            return picture.strongest(array, hit.row, hit.col), False
        chart = hit.chart
        if chart < 0:  # the face of a closed layer shows the strongest map at each cell
            chart = int(loudest(picture.through(array, hit.row, hit.col))[0, 0])
        index = picture.index(chart, hit.row, hit.col)
        assert index is not None
        return index, hit.chart < 0

    def _windows(self, hit: Hit) -> dict[int, Region]:
        """What other blocks show of the tensors that this cell was computed from."""
        model, trace = self.viewer.model, self.viewer.trace
        if model is None or trace is None:
            return {}
        stage = self.viewer.stage
        blocks, layout = stage.scene.blocks, stage.layout
        if self._laid_out is not layout:
            shown = np.flatnonzero(layout.shown).tolist()
            self._laid_out = layout
            self._drawn = {blocks[n].picture.tensor: n for n in shown}
        index, _ = self.index_of(hit)
        tensor = blocks[hit.block].picture.tensor
        found = sources(model.graph, trace, tensor, index, self._drawn.keys())
        return {self._drawn[name]: region for name, region in found.items()}

    def _scale(self, hit: Hit | None) -> float | None:
        viewer = self.viewer
        if hit and self._on_shelf and viewer.insight.view:
            return float(viewer.insight.view.maps.scales[hit.block])
        own = hit and viewer.stage.scene.blocks[hit.block].picture.reading.sort != "number"
        if viewer.appearance.scale_mode == 2 and not own:
            return viewer.stage.scale_of_network()
        if hit is None:
            return None
        if viewer.appearance.scale_mode or hit.chart < 0:
            return viewer.stage.scale_of(hit.block)
        return viewer.stage.scale_of_map(hit.quad)

    def hovered(self) -> int | None:
        """The layer or group under the pointer."""
        stage = self.viewer.stage
        if self._hit is not None and self._on_shelf and self.viewer.insight.shown:
            return self.viewer.insight.shown[0]
        if self._hit is not None:
            return stage.scene.tree.visible(self._hit.block, stage.opened)
        return None

    def item(self) -> int | None:
        """The layer or group under the pointer, or that of the selection."""
        if self._hit is not None:
            return self.hovered()
        if self.selection is not None:
            for number, block in enumerate(self.viewer.stage.scene.blocks):
                if block.picture.tensor == self.selection["tensor"]:
                    return number
        return None

    def select_under(self, x: float, y: float) -> None:
        """Select the cell under a pixel, if there is one."""
        self.at(x, y)
        if self._hit is not None:
            index, _ = self.index_of(self._hit)
            self.select(self._scene.blocks[self._hit.block].picture.tensor, index)

    def select(self, tensor: str, index: tuple[int, ...]) -> dict[str, Any]:
        """Select one number by tensor and index; where it is drawn it is marked.

        Weights and what operators recorded inside can be selected as well. Raises TensoramaError
        if there is no such tensor or the tensor has no such index.
        """
        arrays = self.viewer.insight.arrays
        if tensor not in arrays:
            raise TensoramaError(f'The run has no tensor "{tensor}".')
        array = np.asarray(arrays[tensor])
        fits = len(index) == array.ndim and all(
            0 <= i < size for i, size in zip(index, array.shape, strict=True)
        )
        if not fits:
            shape = ",".join(map(str, array.shape))
            came = ",".join(map(str, index))
            raise TensoramaError(f'"{tensor}" has shape ({shape}); there is no index ({came}).')
        self.selection = {
            "tensor": tensor, "index": list(index), "value": plain(array[index]),
        }  # fmt: skip
        self.viewer.stage.mark(self._drawn_at(tensor, index))
        self.viewer.announce_selection(self.selection)
        return self.selection

    def _drawn_at(self, tensor: str, index: tuple[int, ...]) -> Hit | None:
        for number, block in enumerate(self.viewer.stage.scene.blocks):
            if block.picture.tensor == tensor:
                chart, row, col = block.picture.place(index)
                if block.picture.index(chart, row, col) == index:
                    return Hit(block.first + block.opens + chart, number, chart, row, col)
        return None

    def forget(self) -> None:
        """Another model is shown: nothing is pointed at or selected."""
        self.selection = self._hit = self._at = None
        self._on_shelf = False
        self._laid_out = None
        self.tip.hide()
