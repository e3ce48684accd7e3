"""`globalThis.tensorama`, and the same on each box: what hosts and tests can ask and do."""

from __future__ import annotations

import math
from collections.abc import Awaitable, Callable
from importlib import import_module
from typing import Any

import numpy as np

from tensorama.app import later
from tensorama.app.actions import opening, selecting, travelling
from tensorama.app.box import Box
from tensorama.app.cells import chosen, number_at
from tensorama.app.describing import describe
from tensorama.app.fetching import copied
from tensorama.app.panels.shelf import pictures_for
from tensorama.app.running import keep_running
from tensorama.app.sentences import sentence
from tensorama.app.sources import source_of
from tensorama.errors import AbandonedError, FeedError, TensoramaError
from tensorama.onnxfile.tensors import DTYPES
from tensorama.phrases import counted, phrase
from tensorama.view import ffi


class Api:
    """The JavaScript functions for one box. Each gives a promise; a failure rejects with the
    sentence that a person is shown."""

    def __init__(self, box: Box) -> None:
        self.box, self.desk = box, box.desk
        self._handlers = ffi.Handlers()

    def install(self) -> None:
        """Make the functions known as `box.tensorama`, the first ones as `globalThis.tensorama`."""
        functions: dict[str, Callable[..., Awaitable[Any]]] = {
            "load": self.load, "run": self.run, "open": self.open, "close": self.close,
            "openAll": self.open_all, "closeAll": self.close_all, "select": self.select,
            "explain": self.explain,
            "weights": self.weights, "inside": self.inside, "go": self.go, "link": self.link,
            "state": self.state, "stats": self.stats,
        }  # fmt: skip
        say = self.desk.say
        kept = {name: self._handlers.keep(_promised(name, f, say)) for name, f in functions.items()}
        functions_js = ffi.options(**kept)
        self.desk.frame.box.tensorama = functions_js
        if not hasattr(ffi.window, "tensorama"):
            ffi.window.tensorama = functions_js

    async def load(self, source: Any = None) -> Any:
        """Open a model from a URL or from bytes (ArrayBuffer or typed array)."""
        try:
            await self.box.open(source_of(source if isinstance(source, str) else _bytes(source)))
        except AbandonedError:
            raise
        except TensoramaError as error:
            self.box.complain(error)
            raise
        return await self.state()

    async def run(self, feeds: Any = None) -> Any:
        """Run on feeds {name: {data, dims} or nested lists}, or on the input now shown."""
        given = None
        if ffi.found(feeds) is not None:
            if not ffi.is_object(feeds):
                raise FeedError(
                    phrase("run() takes feeds by the names of the inputs: {{input: array}}.")
                )
            given = {str(k): self._array(str(k), v) for k, v in ffi.js.Object.entries(feeds)}
        await self.box.run(given)
        return await self.state()

    def _array(self, name: str, value: Any) -> np.ndarray:
        model = self.desk.session.model
        inputs = model.graph.inputs if model else ()
        declared = next((v for v in inputs if v.name == name), None)
        dtype = DTYPES.get(declared.elem_type if declared else 1, np.dtype("float32"))
        data = getattr(value, "data", None)
        dims = getattr(value, "dims", None) or getattr(value, "shape", None)
        try:
            if data is not None and dims is not None:
                return np.asarray(data.to_py(), dtype).reshape(tuple(dims.to_py()))
            array = np.asarray(value.to_py(), dtype)
        except (ValueError, TypeError, AttributeError, OverflowError) as error:
            told = phrase('The feed "{name}" is not an array: {error}.', name=name, error=error)
            raise FeedError(told) from error
        fixed = declared.shape if declared else None
        if array.ndim == 1 and fixed and len(fixed) != 1:
            shape = [d if isinstance(d, int) else -1 if k == 0 else 1 for k, d in enumerate(fixed)]
            try:
                return array.reshape(shape)
            except ValueError as error:
                told = phrase(
                    'The feed "{name}" has {count} values, which do not fill {shape}.',
                    name=name, count=array.size, shape=tuple(shape),
                )  # fmt: skip
                raise FeedError(told) from error
        return array

    async def open(self, layer: str) -> Any:
        """Open a layer by its name."""
        desk = self.desk
        desk.jump(opening.opened_up(desk.state, desk.items, self._named(layer)))
        desk.store.tell()

    async def close(self, layer: str) -> Any:
        """Close a layer by its name."""
        desk = self.desk
        desk.jump(opening.closed(desk.state, desk.items, self._named(layer)))
        desk.store.tell()

    async def weights(self, layer: Any = None) -> Any:
        """Show the weights of a layer on a shelf beside it; without one, put the shelf away."""
        self._look_into(layer, "weights")

    async def inside(self, layer: Any = None) -> Any:
        """Show what a layer computes on the way; without one, put the shelf away."""
        self._look_into(layer, "inside")

    def _look_into(self, layer: Any, what: str) -> None:
        desk = self.desk
        if ffi.found(layer) is None:
            desk.do(travelling.looked_away(desk.state))
        else:
            item = self._named(layer)
            pictures_for(desk, item, what)  # says why there is nothing to show
            desk.do(travelling.looked_into(desk.state, desk.items, item, what))
        desk.store.tell()

    async def open_all(self, level: Any = None) -> Any:
        """Open everything, or only so far that this level is seen: 1 is what is seen closed."""
        desk = self.desk
        desk.jump(opening.opened_to(desk.state, desk.items, _level(level)))
        desk.store.tell()

    async def close_all(self, level: Any = None) -> Any:
        """Close everything, or only what lies below this level."""
        desk = self.desk
        desk.jump(opening.closed_to(desk.state, desk.items, _level(level) or 1))
        desk.store.tell()

    def _named(self, layer: Any) -> int:
        if not isinstance(layer, str):
            raise TensoramaError(phrase("A layer is given by its name, as text."))
        try:
            return self.desk.stage.scene.named(layer)
        except KeyError:
            raise TensoramaError(phrase('There is no layer "{name}".', name=layer)) from None

    async def select(self, tensor: str, index: Any) -> Any:
        """Select one number; gives {tensor, index, value}."""
        if not isinstance(tensor, str):
            raise TensoramaError(phrase("A tensor is given by its name, as text."))
        numbers = _index(index)
        number_at(self.desk, tensor, numbers)  # says why there is no such number
        self.desk.do(selecting.selected(self.desk.state, tensor, numbers))
        self.desk.store.tell()
        return ffi.to_json(chosen(self.desk))

    async def explain(self, tensor: str, index: Any) -> Any:
        """Where one number comes from: value, sentence, stages, formula, the strongest terms."""
        if not isinstance(tensor, str):
            raise TensoramaError(phrase("A tensor is given by its name, as text."))
        trace, numbers = self.desk.session.trace, _index(index)
        if trace is None:
            raise TensoramaError(phrase("No model is open yet."))
        await later.bring()
        explained = import_module("tensorama.explain").explain(trace, tensor, numbers)
        plainly = import_module("tensorama.app.inspect.plainly")
        return ffi.to_json(plainly.as_data(explained, self.desk.say))

    async def go(self, wanted: Any) -> Any:
        """Show a State, as `state().shown` gives it, or what a link shows."""
        if not isinstance(wanted, str) and not ffi.is_object(wanted):
            raise TensoramaError(phrase("go() takes what state().shown gives, or a link."))
        await self.box.go(wanted if isinstance(wanted, str) else wanted.to_py())
        return await self.state()

    async def link(self) -> Any:
        """The part of a link behind # that shows the same again."""
        return self.box.link()

    async def state(self) -> Any:
        """What a person sees."""
        self.desk.store.tell()
        return ffi.to_json(describe(self.box))

    async def stats(self) -> Any:
        """What it costs."""
        session = self.desk.session
        trace = session.trace
        arrays = [a for a in trace.values() if isinstance(a, np.ndarray)] if trace else []
        return ffi.to_json({
            **self.desk.stage.stats(),
            "tensors": len(trace) if trace else 0,
            "values": int(sum(array.size for array in arrays)),
            "buildMs": round(session.build_ms, 2),
            "runMs": round(trace.seconds * 1000, 3) if trace else 0,
            "readyMs": round(self.box.ready_ms, 1),
        })  # fmt: skip


def _level(level: Any) -> int | None:
    """A level that was asked for, None for all of them."""
    if ffi.found(level) is None:
        return None
    number = _whole(level)
    if number is None or number < 1:
        raise TensoramaError(
            phrase("A level is a whole number from 1, which is the closed network.")
        )
    return number


def _index(index: Any) -> tuple[int, ...]:
    """The places along the axes of a tensor, from a list or typed array of JavaScript."""
    given = index.to_py() if hasattr(index, "to_py") else None
    numbers = [_whole(i) for i in given] if isinstance(given, (list, memoryview)) else [None]
    if None in numbers:
        raise TensoramaError(phrase(
            "An index is a list of whole numbers, one for each axis, such as [0, 3, 10, 12]."
        ))  # fmt: skip
    return tuple(number for number in numbers if number is not None)


def _whole(value: Any) -> int | None:
    """A whole number of JavaScript, None for anything else."""
    if isinstance(value, bool) or not isinstance(value, (int, float)):
        return None
    return int(value) if math.isfinite(value) and value == int(value) else None


def _bytes(source: Any) -> bytearray:
    if not hasattr(source, "assign_to"):
        raise TensoramaError(phrase("load() takes an address or the bytes of a file."))
    return copied(source)


def _promised(
    name: str, function: Callable[..., Awaitable[Any]], say: Callable[[str], str]
) -> Callable[..., Any]:
    """Make a JavaScript function of a coroutine function; its promise rejects with an Error."""
    check = _arguments(name, function)

    def call(*arguments: Any) -> Any:
        def start(resolve: Any, reject: Any) -> None:
            async def work() -> None:
                try:
                    check(len(arguments))
                    resolve(await function(*arguments))
                except Exception as error:  # the boundary: everything becomes a sentence
                    reject(ffi.js.Error.new(say(sentence(error))))

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
            call = f"{name}({', '.join(names)})"
            raise TensoramaError(
                phrase("{call} takes no arguments; {came} came.", call=call, came=count)
                if not most
                else counted(
                    "{call} takes at most {count} argument; {came} came.",
                    "{call} takes at most {count} arguments; {came} came.",
                    most, call=call, came=count,
                )
                if optional
                else counted(
                    "{call} takes {count} argument; {came} came.",
                    "{call} takes {count} arguments; {came} came.",
                    most, call=call, came=count,
                )
            )  # fmt: skip

    return check
