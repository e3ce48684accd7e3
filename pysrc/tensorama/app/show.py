"""`show()`: a live network in a box of any page."""

from __future__ import annotations

from typing import Any

from tensorama.app.api import Api
from tensorama.app.frame import Frame
from tensorama.app.poster import FIRST_DIGIT
from tensorama.app.sources import source_of
from tensorama.app.viewer import Viewer
from tensorama.errors import TensoramaError
from tensorama.inputs import sample_digit
from tensorama.view import ffi


def announce(event: str, detail: Any) -> None:
    """Tell the page by a document event, `tensorama:` and its name."""
    how = ffi.options(detail=ffi.to_json(detail))
    ffi.document.dispatchEvent(ffi.js.CustomEvent.new(f"tensorama:{event}", how))


def make_viewer(target: str | Any) -> Viewer:
    """A viewer in the box that a CSS selector names: a digit on its pad, no model open yet."""
    box = ffi.document.querySelector(target) if isinstance(target, str) else target
    box = ffi.found(box)
    if box is None:
        raise TensoramaError(f'There is no element "{target}" on this page to show the network in.')
    for other in [viewer for viewer in _viewers if viewer.frame.box == box]:
        other.dispose()
        _viewers.remove(other)
    if hasattr(ffi.window, "tensoramaFatal"):  # embed.js is there to say so
        ffi.on_fatal(ffi.window.tensoramaFatal)
    viewer = Viewer(Frame(box), announce)
    if not viewer.pad.strokes:  # nobody has drawn while Python was starting
        viewer.pad.put(sample_digit(FIRST_DIGIT))
    Api(viewer).install()
    _viewers.append(viewer)
    return viewer


_viewers: list[Viewer] = []  # that stand on the page


async def show(source: str | bytes, target: str | Any = "body") -> Viewer:
    """Show a model live in a box: `view = await tr.show("lenet.onnx", target="#demo")`.

    source: an address (relative to the page) or the bytes of an ONNX file. target: a CSS selector
    or an element. Raises TensoramaError with a sentence, which the box shows too.
    """
    viewer = make_viewer(target)
    try:
        await viewer.open(source_of(source))
    except Exception as error:
        viewer.complain(error)
        raise
    return viewer
