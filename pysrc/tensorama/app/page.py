"""The site's own page: LeNet, or the model that the address names."""

from __future__ import annotations

from tensorama.app.notes import sentence
from tensorama.app.show import make_viewer
from tensorama.app.sources import Address
from tensorama.app.viewer import Viewer
from tensorama.errors import AbandonedError
from tensorama.view import ffi

DEMO = "./models/lenet/lenet.onnx"


async def open_page(target: str = "#stage") -> None:
    """Open the model that `?model=URL` asks for in the page's box, or else the demo."""
    viewer = make_viewer(target)
    asked = ffi.found(ffi.js.URLSearchParams.new(ffi.window.location.search).get("model"))
    if asked:
        complaint = await _complaint(viewer, asked)
        if complaint is not None and await _complaint(viewer, DEMO) is None and complaint:
            viewer.notes.say(complaint)  # opening the demo took it away
    else:
        await _complaint(viewer, DEMO)


async def _complaint(viewer: Viewer, address: str) -> str | None:
    """Open a model; if that fails, show and give the sentence that says why.

    That is empty for what a person called off; and who opened something else is content.
    """
    try:
        await viewer.open(Address(address))
    except AbandonedError as error:
        return None if error.superseded else ""
    except Exception as error:  # the page's boundary: everything becomes a sentence
        viewer.complain(error)
        return sentence(error)
    return None
