"""The site's own page: LeNet, or the model that the address names."""

from __future__ import annotations

from tensorama.app.notes import sentence
from tensorama.app.poster import FIRST_DIGIT
from tensorama.app.show import make_viewer, ready
from tensorama.inputs import sample_digit
from tensorama.view import ffi

DEMO = "./models/lenet/lenet.onnx"


async def open_page(target: str = "#stage") -> None:
    """Open the demo in the page's box, and then the model that `?model=URL` asks for."""
    viewer = make_viewer(target)
    if not viewer.pad.strokes:
        viewer.pad.put(sample_digit(FIRST_DIGIT))
    asked = ffi.found(ffi.js.URLSearchParams.new(ffi.window.location.search).get("model"))
    for address in (asked, DEMO) if asked else (DEMO,):
        try:
            await viewer.open(address)
            break
        except Exception as error:  # the page's boundary: everything becomes a sentence
            viewer.complain(error)
            complaint = sentence(error)
            if address is DEMO:
                return
    else:
        return
    if asked and address is DEMO:
        viewer.notes.say(complaint)
    ready(viewer)
