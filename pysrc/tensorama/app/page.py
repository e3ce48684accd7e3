"""The site's own page: LeNet, or the model that the address names."""

from __future__ import annotations

from tensorama.app.notes import sentence
from tensorama.app.show import make_viewer, ready
from tensorama.app.viewer import Viewer
from tensorama.view import ffi

DEMO = "./models/lenet/lenet.onnx"


async def open_page(target: str = "#stage") -> None:
    """Open the model that `?model=URL` asks for in the page's box, or else the demo."""
    viewer = make_viewer(target)
    asked = ffi.found(ffi.js.URLSearchParams.new(ffi.window.location.search).get("model"))
    complaint = await _complaint(viewer, asked) if asked else None
    if (complaint or not asked) and await _complaint(viewer, DEMO):
        return
    if complaint:
        viewer.notes.say(complaint)  # opening the demo took it away
    ready(viewer)


async def _complaint(viewer: Viewer, address: str) -> str | None:
    """Open a model; if that fails, show and give the sentence that says why."""
    try:
        await viewer.open(address)
    except Exception as error:  # the page's boundary: everything becomes a sentence
        viewer.complain(error)
        return sentence(error)
    return None
