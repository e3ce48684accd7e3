"""The site's own page: LeNet, or the model that the address names."""

from __future__ import annotations

from tensorama.app.notes import sentence
from tensorama.app.running import keep_running
from tensorama.app.show import make_viewer
from tensorama.app.sources import Address
from tensorama.app.viewer import Viewer
from tensorama.errors import AbandonedError
from tensorama.view import ffi

DEMO = "./models/lenet/lenet.onnx"


async def open_page(target: str = "#stage") -> None:
    """Open the model that `?model=URL` asks for in the page's box, or else the demo.

    Of another site nothing is fetched before the person who followed the link has agreed.
    """
    viewer = make_viewer(target)
    asked = ffi.found(ffi.js.URLSearchParams.new(ffi.window.location.search).get("model"))
    if asked and elsewhere(asked):
        keep_running(_open_if_agreed(viewer, asked))
        await _complaint(viewer, DEMO)  # something to see meanwhile
    else:
        await _open(viewer, asked or DEMO)


async def _open_if_agreed(viewer: Viewer, address: str) -> None:
    text = f"This link opens a model from another site, {elsewhere(address)}. Fetch it?"
    if await viewer.asking.agrees(f"{text}\n\n{address}", "Fetch it"):
        await _open(viewer, address)


async def _open(viewer: Viewer, address: str) -> None:
    """Open this model; if that fails and there is nothing else to see, the demo."""
    complaint = await _complaint(viewer, address)
    while viewer.sizing:  # a person may still say on which sizes it runs
        await viewer.sizing
    if complaint is None or viewer.model is not None or address == DEMO:
        return
    if await _complaint(viewer, DEMO) is None and complaint:
        viewer.notes.say(complaint)  # opening the demo took it away


def elsewhere(address: str) -> str:
    """The host of an address on another site than the page's own; empty for one on this."""
    try:
        url = ffi.js.URL.new(address, ffi.document.baseURI)
    except Exception:  # no address at all, which fetching it will say
        return ""
    here = str(url.origin) == str(ffi.window.location.origin)
    return "" if here or url.protocol in ("data:", "blob:") else str(url.host)


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
