"""The site's own page: LeNet, or the model that the address names; the address follows."""

from __future__ import annotations

from tensorama.app import address
from tensorama.app.bar import Bar
from tensorama.app.box import Box
from tensorama.app.fetching import fetch_bytes
from tensorama.app.lesson import brought
from tensorama.app.panels.asking import Asking
from tensorama.app.running import keep_running
from tensorama.app.sentences import sentence
from tensorama.app.show import make_box
from tensorama.app.sources import Address, elsewhere
from tensorama.app.state import State
from tensorama.app.written import told
from tensorama.errors import AbandonedError, TensoramaError
from tensorama.phrases import joined, phrase
from tensorama.view import ffi

DEMO = "./models/lenet/lenet.onnx"


async def open_page(target: str = "#stage") -> None:
    """Open what the link says, or the model that `?model=URL` asks for, or else the demo; in the
    language of `?language=zh`, or as the link says, or as the browser wishes; dark or light as
    `?theme=` says; without what `?hide=outline,heat` names; with `?embed` in a frame of an article.

    Of another site nothing is fetched before the person who followed the link has agreed.
    """
    box = make_box(target)
    _title(box)
    query = ffi.js.URLSearchParams.new(ffi.window.location.search)
    data = ffi.document.querySelector(target).dataset
    packed = ffi.found(getattr(data, "model", None))  # in a page of one file
    asked = ffi.found(query.get("model")) or packed
    given = ffi.found(getattr(data, "given", None))
    if given:
        box.desk.session.pictures |= await brought(bytes(await fetch_bytes(given)))
    embedded = ffi.found(query.get("embed")) is not None
    if embedded:
        box.desk.frame.yield_to_article()
    theme = str(ffi.found(query.get("theme")) or "")
    box.paint(theme)
    box.speak(str(ffi.found(query.get("language")) or ""))
    unseen = box.hide(str(ffi.found(query.get("hide")) or ""))
    wanted, said = _wanted()
    wanted = box.tinged(box.with_hidden(wanted), theme) if wanted else None
    model = asked or (wanted.model.address if wanted else "")
    if wanted and not model and wanted.model.name:
        said = _ask_for(wanted)
        box.desk.session.awaited, wanted = wanted, None
    if model and elsewhere(model):
        keep_running(_open_if_agreed(box, model, wanted))
        await _complaint(box, DEMO)  # something to see meanwhile
    else:
        await _open(box, model or DEMO, wanted)
    if said or unseen:
        box.desk.said.tell(said or unseen)
    if not embedded:  # whose history is the article's
        Bar(box)


def _title(box: Box) -> None:
    """Call the page after the model that it shows, in the language of whoever reads."""

    def say() -> None:
        if box.desk.session.name:
            words = phrase("{model} in 3D · Tensorama", model=box.desk.session.name)
            ffi.document.title = box.desk.say(words)

    box.desk.session.opened.listen(say)
    box.desk.spoken.listen(say)


def _wanted() -> tuple[State | None, str]:
    """What the page's address says behind #, and what is wrong with that."""
    link = str(ffi.window.location.hash)
    if len(link) < 2:
        return None, ""
    try:
        return address.from_link(link), ""
    except TensoramaError as error:
        return None, error.sentence


def _ask_for(wanted: State) -> str:
    """The sentence for a link to a file that is not on the web."""
    return phrase(
        "This link shows {name} ({size:,} bytes), a file that stayed with whoever made it. "
        "Drop it here to see the same.", name=wanted.model.name, size=wanted.model.size,
    )  # fmt: skip


async def _open_if_agreed(box: Box, model: str, wanted: State | None) -> None:
    text = phrase(
        "This link opens a model from another site, {site}. Fetch it?", site=elsewhere(model)
    )
    if await box.part(Asking).agrees(joined("\n\n", [text, told(model)]), phrase("Fetch it")):
        await _open(box, model, wanted)


async def _open(box: Box, model: str, wanted: State | None) -> None:
    """Open this model; if that fails and there is nothing else to see, the demo."""
    complaint = await _complaint(box, model, wanted)
    while box.sizing:  # a person may still say on which sizes it runs
        await box.sizing
    if complaint is None or box.desk.session.model is not None or model == DEMO:
        return
    if await _complaint(box, DEMO) is None and complaint:
        box.desk.said.tell(complaint)  # opening the demo took it away


async def _complaint(box: Box, model: str, wanted: State | None = None) -> str | None:
    """Open a model; if that fails, show and give the sentence that says why.

    That is empty for what a person called off; and who opened something else is content.
    """
    try:
        await box.open(Address(model), wanted)
    except AbandonedError as error:
        return None if error.superseded else ""
    except Exception as error:  # the page's boundary: everything becomes a sentence
        box.complain(error)
        return sentence(error)
    return None
