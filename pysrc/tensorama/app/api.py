"""`globalThis.tensorama`, and the same on each box: what hosts and tests can ask and do."""

from __future__ import annotations

import math
from collections.abc import Awaitable, Callable
from typing import Any

import numpy as np

from tensorama.app.fetching import copied
from tensorama.app.notes import sentence
from tensorama.app.running import keep_running
from tensorama.app.sources import source_of
from tensorama.app.viewer import Viewer
from tensorama.errors import AbandonedError, FeedError, TensoramaError
from tensorama.onnxfile.tensors import DTYPES
from tensorama.view import ffi


class Api:
    """The JavaScript functions for one viewer. Each gives a promise; a failure rejects with the
    sentence that a person is shown."""

    def __init__(self, viewer: Viewer) -> None:
        self.viewer = viewer
        self._handlers = ffi.Handlers()

    def install(self) -> None:
        """Make the functions known as `box.tensorama`, the first ones as `globalThis.tensorama`."""
        functions: dict[str, Callable[..., Awaitable[Any]]] = {
            "load": self.load, "run": self.run, "open": self.open, "close": self.close,
            "openAll": self.open_all, "closeAll": self.close_all, "select": self.select,
            "weights": self.weights, "inside": self.inside,
            "state": self.state, "stats": self.stats,
        }  # fmt: skip
        kept = {name: self._handlers.keep(_promised(name, f)) for name, f in functions.items()}
        functions_js = ffi.options(**kept)
        self.viewer.frame.box.tensorama = functions_js
        if not hasattr(ffi.window, "tensorama"):
            ffi.window.tensorama = functions_js

    async def load(self, source: Any = None) -> Any:
        """Open a model from a URL or from bytes (ArrayBuffer or typed array)."""
        try:
            await self.viewer.open(source_of(source if isinstance(source, str) else _bytes(source)))
        except AbandonedError:
            raise
        except TensoramaError as error:
            self.viewer.complain(error)
            raise
        return await self.state()

    async def run(self, feeds: Any = None) -> Any:
        """Run on feeds {name: {data, dims} or nested lists}, or on the input now shown."""
        given = None
        if ffi.found(feeds) is not None:
            if not ffi.is_object(feeds):
                raise FeedError("run() takes feeds by the names of the inputs: {input: array}.")
            given = {str(k): self._array(str(k), v) for k, v in ffi.js.Object.entries(feeds)}
        await self.viewer.run(given)
        return await self.state()

    def _array(self, name: str, value: Any) -> np.ndarray:
        inputs = self.viewer.model.graph.inputs if self.viewer.model else ()
        declared = next((v for v in inputs if v.name == name), None)
        dtype = DTYPES.get(declared.elem_type if declared else 1, np.dtype("float32"))
        data = getattr(value, "data", None)
        dims = getattr(value, "dims", None) or getattr(value, "shape", None)
        try:
            if data is not None and dims is not None:
                return np.asarray(data.to_py(), dtype).reshape(tuple(dims.to_py()))
            array = np.asarray(value.to_py(), dtype)
        except (ValueError, TypeError, AttributeError, OverflowError) as error:
            raise FeedError(f'The feed "{name}" is not an array: {error}.') from error
        fixed = declared.shape if declared else None
        if array.ndim == 1 and fixed and len(fixed) != 1:
            shape = [d if isinstance(d, int) else -1 if k == 0 else 1 for k, d in enumerate(fixed)]
            try:
                return array.reshape(shape)
            except ValueError as error:
                raise FeedError(
                    f'The feed "{name}" has {array.size} values, which do not fill {tuple(shape)}.'
                ) from error
        return array

    async def open(self, layer: str) -> Any:
        """Open a layer by its name."""
        item = self._named(layer)
        around = self.viewer.stage.scene.tree.around(item)
        self.viewer.steering.set_open(self.viewer.stage.opened | {item, *around})

    async def close(self, layer: str) -> Any:
        """Close a layer by its name."""
        self.viewer.steering.set_open(self.viewer.stage.opened - {self._named(layer)})

    async def weights(self, layer: Any = None) -> Any:
        """Show the weights of a layer on a shelf beside it; without one, put the shelf away."""
        self._look_into(layer, "weights")

    async def inside(self, layer: Any = None) -> Any:
        """Show what a layer computes on the way; without one, put the shelf away."""
        self._look_into(layer, "inside")

    def _look_into(self, layer: Any, what: str) -> None:
        if ffi.found(layer) is None:
            self.viewer.insight.close()
        else:
            self.viewer.insight.show(self._named(layer), what)

    async def open_all(self, level: Any = None) -> Any:
        """Open everything, or only so far that this level is seen: 1 is what is seen closed."""
        self.viewer.steering.open_to(_level(level))

    async def close_all(self, level: Any = None) -> Any:
        """Close everything, or only what lies below this level."""
        self.viewer.steering.close_to(_level(level) or 1)

    def _named(self, layer: Any) -> int:
        if not isinstance(layer, str):
            raise TensoramaError("A layer is given by its name, as text.")
        try:
            return self.viewer.stage.scene.named(layer)
        except KeyError:
            raise TensoramaError(f'There is no layer "{layer}".') from None

    async def select(self, tensor: str, index: Any) -> Any:
        """Select one number; gives {tensor, index, value}."""
        if not isinstance(tensor, str):
            raise TensoramaError("A tensor is given by its name, as text.")
        return ffi.to_json(self.viewer.pointing.select(tensor, _index(index)))

    async def state(self) -> Any:
        """What a person sees."""
        return ffi.to_json(describe(self.viewer))

    async def stats(self) -> Any:
        """What it costs."""
        viewer = self.viewer
        trace = viewer.trace
        arrays = [a for a in trace.values() if isinstance(a, np.ndarray)] if trace else []
        return ffi.to_json({
            **viewer.stage.stats(),
            "tensors": len(trace) if trace else 0,
            "values": int(sum(array.size for array in arrays)),
            "buildMs": round(viewer.build_ms, 2),
            "runMs": round(trace.seconds * 1000, 3) if trace else 0,
            "readyMs": round(viewer.ready_ms, 1),
        })  # fmt: skip


def describe(viewer: Viewer) -> dict[str, Any]:
    """What a person sees, as plain data."""
    stage, model, answer = viewer.stage, viewer.model, viewer.answer
    lit = stage.player.lit()
    tree = stage.scene.tree
    places, frames = _places(viewer)
    boxes = stage.boxes().round(1).tolist()  # left, top, right, bottom on the canvas, in pixels
    return {
        "model": {
            "name": viewer.name,
            "parameters": model.parameters,
            "nodes": len(model.graph.nodes),
            "inputs": [value.name for value in model.graph.inputs],
        } if model else None,
        "layers": [
            {
                "name": block.layer.name, "op": block.layer.op, "kind": block.layer.kind,
                "shape": list(block.picture.shape), "tensor": block.picture.tensor,
                "maps": block.picture.maps, "open": number in stage.opened,
                "shown": bool(stage.layout.shown[number]), "lit": bool(lit[number] > 0.5),
                "inside": [*tree.around(number)], "place": places.get(number),
                "box": boxes[number] if boxes and number in places else None,  # none without WebGL
            }
            for number, block in enumerate(stage.scene.blocks)
        ],
        "groups": [
            {
                "name": group.layer.name, "op": group.layer.op, "kind": group.layer.kind,
                "layers": len(group.members), "open": group.number in stage.opened,
                "number": group.number,
                "inside": [*tree.around(group.number)], "place": frames.get(group.number),
            }
            for group in tree.groups
        ],
        "links": stage.layout.links.tolist(),
        "selection": viewer.pointing.selection,
        "at": [stage.scene.layer(item).name for item in viewer.steering.path],
        "overview": viewer.minimap.shown,
        "shelf": viewer.insight.describe(),
        "written": [figure.text for figure in viewer.nearby.figures.written],
        "output": {
            "tensor": answer.tensor, "label": answer.best.label, "share": answer.best.share,
            "shares": [c.share for c in answer.candidates],
        } if answer else None,
        "busy": viewer.busy,
        "moving": stage.moving,
        "theme": stage.theme,
        "run": describe_run(viewer),
        "heat": viewer.heat.name,
        "question": viewer.asking.open or None,
        "message": None if viewer.frame.part("note").hidden
        else viewer.frame.part("note").querySelector("p").textContent,
    }  # fmt: skip


def _places(viewer: Viewer) -> tuple[dict[int, list[float]], dict[int, list[float]]]:
    """Where the seen blocks and the open groups stand: left, bottom, right, top, in units."""
    layout = viewer.stage.layout
    middle, half = layout.anchors[:, :2], layout.sizes[:, :2] / 2
    corners = np.column_stack([middle - half, middle + half]).round(3).tolist()
    frames = {f.group: [f.left, f.bottom, f.right, f.top] for f in layout.frames}
    return {int(n): corners[n] for n in np.flatnonzero(layout.shown)}, frames


def describe_run(viewer: Viewer) -> dict[str, Any]:
    """Where in the run one is: its position and length in shown seconds, and the current step.

    `timed`: what is told of its measured time will not be measured again.
    """
    player = viewer.stage.player
    step = player.step
    return {
        "playing": player.playing,
        "position": round(min(player.position, player.length), 4),
        "length": round(player.length, 4),
        "speed": player.speed,
        "loop": player.loop,
        "whole": player.whole,
        "timed": bool(viewer.shown and viewer.shown.outcome.timed),
        "steps": len(player.items),
        "step": None if step is None
        else {"number": step, "name": viewer.stage.scene.layer(int(player.items[step])).name},
    }  # fmt: skip


def _level(level: Any) -> int | None:
    """A level that was asked for, None for all of them."""
    if ffi.found(level) is None:
        return None
    number = _whole(level)
    if number is None or number < 1:
        raise TensoramaError("A level is a whole number from 1, which is the closed network.")
    return number


def _index(index: Any) -> tuple[int, ...]:
    """The places along the axes of a tensor, from a list or typed array of JavaScript."""
    given = index.to_py() if hasattr(index, "to_py") else None
    numbers = [_whole(i) for i in given] if isinstance(given, (list, memoryview)) else [None]
    if None in numbers:
        raise TensoramaError(
            "An index is a list of whole numbers, one for each axis, such as [0, 3, 10, 12]."
        )
    return tuple(number for number in numbers if number is not None)


def _whole(value: Any) -> int | None:
    """A whole number of JavaScript, None for anything else."""
    if isinstance(value, bool) or not isinstance(value, (int, float)):
        return None
    return int(value) if math.isfinite(value) and value == int(value) else None


def _bytes(source: Any) -> bytearray:
    if not hasattr(source, "assign_to"):
        raise TensoramaError("load() takes an address or the bytes of a file.")
    return copied(source)


def _promised(name: str, function: Callable[..., Awaitable[Any]]) -> Callable[..., Any]:
    """Make a JavaScript function of a coroutine function; its promise rejects with an Error."""
    check = _arguments(name, function)

    def call(*arguments: Any) -> Any:
        def start(resolve: Any, reject: Any) -> None:
            async def work() -> None:
                try:
                    check(len(arguments))
                    resolve(await function(*arguments))
                except Exception as error:  # the boundary: everything becomes a sentence
                    reject(ffi.js.Error.new(sentence(error)))

            keep_running(work())

        return ffi.promise_of(start)

    return call


def _arguments(name: str, function: Any) -> Callable[[int], None]:
    """A check of how many arguments come, in the words of whoever calls from JavaScript."""
    code, optional = function.__code__, len(function.__defaults__ or ())
    names = code.co_varnames[1 : code.co_argcount]  # without self
    least, most = len(names) - optional, len(names)

    def check(count: int) -> None:
        if not least <= count <= most:
            takes = f"{'at most ' if optional else ''}{most or 'no'} argument{'s'[: most != 1]}"
            raise TensoramaError(f"{name}({', '.join(names)}) takes {takes}; {count} came.")

    return check
