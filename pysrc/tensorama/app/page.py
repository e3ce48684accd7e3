"""The site's own page: LeNet, or the model that the address names."""

from __future__ import annotations

from tensorama.app.show import FIRST_DIGIT, make_viewer, ready
from tensorama.errors import TensoramaError
from tensorama.inputs import sample_digit
from tensorama.view import ffi

DEMO = "./models/lenet/lenet.onnx"


async def open_page(target: str = "#stage") -> None:
    """Open the demo in the page's box, and then the model that `?model=URL` asks for."""
    viewer = make_viewer(target)
    if not viewer.pad.strokes:
        viewer.pad.put(sample_digit(FIRST_DIGIT))
    asked = ffi.js.URLSearchParams.new(ffi.window.location.search).get("model")
    for address in (asked, DEMO) if asked else (DEMO,):
        try:
            await viewer.open(address)
            break
        except TensoramaError as error:
            viewer.complain(error)
            complaint = str(error)
            if address is DEMO:
                return
    else:
        return
    if asked and address is DEMO:
        viewer.notes.say(complaint)
    ready(viewer)
