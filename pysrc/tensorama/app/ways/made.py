"""What panels are, and small pieces of them: elements with words, buttons, sliders, dragging."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine, Iterable
from typing import Any

from tensorama.app.actions import selecting
from tensorama.app.desk import Desk
from tensorama.app.running import keep_running
from tensorama.errors import TensoramaError
from tensorama.inputs.ways.arrays import ENDINGS
from tensorama.view import ffi


class Panel:
    """Stands in a box of its own in the side column, for one input or for the outputs."""

    desk: Desk
    name = ""
    instead = False  # it stands in place of the bars that tell classes
    drops = ""  # what is said while something is dragged over the page

    def show(self) -> None:
        """Be in line with the State and with the run that is shown."""
        raise NotImplementedError

    def takes(self, name: str, file: Any) -> bool:
        """Take a file that was dropped on the page, if it is for this input."""
        return False

    def shared_out(self, file: Any) -> bool:
        """Whether a file that was picked here is one of numbers, which go to all inputs alike."""
        name, takes = str(file.name), self.desk.takes
        return name.lower().endswith(ENDINGS) and takes is not None and takes(name, file)

    def failed(self) -> None:
        """Something went wrong, which is said elsewhere."""

    def dispose(self) -> None:
        """Let go of the page's events."""


class Dragging:
    """Lets something be dragged over: `place(event)` at every move from a press on.

    All moves until the release are one step that can be taken back.
    """

    def __init__(
        self, desk: Desk, over: Any, handlers: ffi.Handlers, place: Callable[[Any], object]
    ) -> None:
        self._desk, self._over, self._place = desk, over, place
        self._held = False
        handlers.on(over, "pointerdown", self._down)
        handlers.on(over, "pointermove", self._move)
        for event in ("pointerup", "pointercancel"):
            handlers.do(over, event, self._up)

    def _down(self, event: Any) -> None:
        if event.button == 0:
            self._held = True
            self._over.setPointerCapture(event.pointerId)
            self._place(event)

    def _move(self, event: Any) -> None:
        if self._held:
            self._place(event)

    def _up(self) -> None:
        if self._held:
            self._held = False
            self._desk.store.rest()


class Live:
    """What an input hears or sees goes on until somebody stops it: by its button, by Escape, by
    giving something else, or because it failed. `changed` is called when it begins and ends.

    `work` opens a `device`, which is closed in the end.
    """

    def __init__(
        self, desk: Desk, work: Callable[[], Coroutine[Any, Any, None]],
        changed: Callable[[], object], handlers: ffi.Handlers,
    ) -> None:  # fmt: skip
        self.device: Any = None
        self._desk, self._work, self._changed = desk, work, changed
        self._task: asyncio.Future[None] | None = None
        handlers.on(ffi.document, "keydown", self._escaped, capture=True)

    def __bool__(self) -> bool:
        return self._task is not None

    def switch(self) -> None:
        """Begin, or end."""
        if self:
            self.stop()
        else:
            self._task = keep_running(self._go_on())
            self._changed()

    async def _go_on(self) -> None:
        own = self._task
        try:
            await self._work()
        except TensoramaError as error:
            self._desk.session.failed.tell(error)
        finally:
            if self._task is own:  # or it was stopped, and perhaps begun again
                self._end()

    def stop(self) -> None:
        """End it."""
        if self._task is not None:
            self._task.cancel()
            self._end()

    def _end(self) -> None:
        self._task, device, self.device = None, self.device, None
        if device:
            device.close()
        self._changed()

    def _escaped(self, event: Any) -> None:
        if event.key == "Escape" and self:
            event.preventDefault()
            event.stopPropagation()
            self.stop()


def pin(desk: Desk, tensor: str, cell: tuple[int, ...]) -> None:
    """Pin a cell: where its number comes from is told."""
    desk.do(selecting.seen(desk.state, desk.session.items, tensor, cell))


def colours(element: Any, names: Iterable[str]) -> dict[str, str]:
    """Colours of the page by their names, as they are where this element stands."""
    styles = ffi.window.getComputedStyle(element)
    return {name: styles.getPropertyValue(f"--{name}").strip() for name in names}


def element(kind: str, words: str = "", **properties: Any) -> Any:
    """An element with words in it; properties such as `className`."""
    made = ffi.document.createElement(kind)
    if words:
        made.textContent = words
    for name, value in properties.items():
        setattr(made, name, value)
    return made


def button(
    words: str, handlers: ffi.Handlers, action: Callable[[], object], title: str = ""
) -> Any:
    """A button that does this."""
    made = element("button", words, type="button")
    if title:
        made.title = title
    handlers.do(made, "click", action)
    return made


def slider(
    words: str, low: float, high: float, step: float, handlers: ffi.Handlers,
    moved: Callable[[float], object],
) -> tuple[Any, Any, Any]:  # fmt: skip
    """A labelled slider: the label, the slider in it, and the element for its number."""
    label, number = element("label", className="tr-slide"), element("output")
    made = element("input", type="range", min=str(low), max=str(high), step=str(step))
    label.append(element("span", words), number, made)
    handlers.do(made, "input", lambda: moved(float(made.value)))
    return label, made, number
