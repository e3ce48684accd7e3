"""`show()`: a live network in a box of any page."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from tensorama.app import address, sleeping
from tensorama.app.actions import running
from tensorama.app.api import Api
from tensorama.app.box import Box
from tensorama.app.frame import Frame
from tensorama.app.poster import FIRST_DIGIT
from tensorama.app.shell import style, template
from tensorama.app.sources import source_of
from tensorama.app.state import State
from tensorama.errors import LinkError, TensoramaError
from tensorama.phrases import phrase
from tensorama.view import ffi


def announcer(element: Any) -> Callable[[str, Any], None]:
    """A function that tells the page by an event, `tensorama:` and its name, of this box: the
    document hears it too."""

    def announce(event: str, detail: Any) -> None:
        how = ffi.options(detail=ffi.to_json(detail), bubbles=True, composed=True)
        element.dispatchEvent(ffi.js.CustomEvent.new(f"tensorama:{event}", how))

    return announce


def make_box(target: str | Any) -> Box:
    """The box that a CSS selector names: a digit on its pad, no model open yet."""
    element = ffi.document.querySelector(target) if isinstance(target, str) else target
    element = ffi.found(element)
    if element is None:
        raise TensoramaError(phrase(
            'There is no element "{target}" on this page to show the network in.', target=target
        ))  # fmt: skip
    before = box_in(element)
    if before:
        take_down(before)
    if hasattr(ffi.window, "tensoramaFatal"):  # embed.js is there to say so
        ffi.on_fatal(ffi.window.tensoramaFatal)
    box = Box(
        Frame(element, template, style), announcer(element), running.sampled(State(), FIRST_DIGIT)
    )
    Api(box).install()
    _boxes.append(box)
    if box.desk.frame.embedded:
        sleeping.join(box.desk)
    return box


def box_in(element: Any) -> Box | None:
    """The box that stands in this element of the page."""
    return next((box for box in _boxes if box.desk.frame.box == element), None)


def take_down(box: Box) -> None:
    """The box stands on the page no longer."""
    sleeping.leave(box.desk)
    box.dispose()
    _boxes.remove(box)


_boxes: list[Box] = []  # that stand on the page


async def show(
    source: str | bytes | Any,
    target: str | Any = "body",
    state: str = "",
    language: str = "",
    hide: str = "",
    theme: str = "",
) -> Box:
    """Show a model live in a box: `view = await tr.show("lenet.onnx", target="#demo")`.

    source: an address (relative to the page), the bytes of an ONNX file, or a `ModelProto` of the
    onnx package. target: a CSS selector or an element. state: a link, or what stands in one behind
    #, whose picture is shown. language: "en" or "zh"; else what the link says, or the browser.
    hide: buttons and parts to leave out, such as "outline,heat" (`tensorama.app.parts`). theme:
    "dark" or "light"; else what the link says, or the system.
    Raises TensoramaError with a sentence, which the box shows too.
    """
    box = make_box(target)
    box.speak(language)
    try:
        said = box.hide(hide)
        box.paint(theme)
        wanted = None
        try:
            wanted = box.tinged(address.from_link(state), theme) if state else None
        except LinkError as error:  # then it is seen as a whole
            said = error.sentence
        await box.open(source_of(source), box.with_hidden(wanted) if wanted else None)
        if said:
            box.desk.said.tell(said)
    except Exception as error:
        box.complain(error)
        raise
    return box
