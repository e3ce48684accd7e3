"""Ways to give inputs and to read outputs, one file each; a page fetches them when they are needed.

To add one, write a panel (see `made`) and name it in one of the tables here.
"""

from __future__ import annotations

from importlib.resources import files
from typing import Any

from tensorama.app.desk import Desk
from tensorama.app.ways import naming
from tensorama.app.ways.anyfile import FileField
from tensorama.app.ways.boxed import Boxes
from tensorama.app.ways.choosing import Choosing
from tensorama.app.ways.decided import Decided
from tensorama.app.ways.following import Following
from tensorama.app.ways.handing import ENDINGS, AsGiven, take
from tensorama.app.ways.made import Panel
from tensorama.app.ways.noise import NoiseSliders
from tensorama.app.ways.numbers import NumberFields
from tensorama.app.ways.painted import PaintedPicture
from tensorama.app.ways.photo import PhotoField
from tensorama.app.ways.picture import PictureField
from tensorama.app.ways.placed import AsEmbedding, Embedded
from tensorama.app.ways.plane import PlanePad
from tensorama.app.ways.readas import AsBoxes, AsNumbers, AsPicture, ReadAs
from tensorama.app.ways.segmented import SegmentsOverPicture
from tensorama.app.ways.sound import SoundField
from tensorama.app.ways.text import TextField
from tensorama.app.ways.timed import AlongTime
from tensorama.app.ways.written import WrittenText
from tensorama.inputs.ways import Sound, Way, ways_of
from tensorama.phrases import phrase
from tensorama.view import ffi

_MOST = 5  # inputs that have a panel
# panels for which others make room
_WIDE = ("text", "picture", "painted", "boxed", "segmented", "numbers", "sound", "file", "timed",
         "written", "decided", "placed")  # fmt: skip

_DROP = phrase("Drop the ONNX file to open it, with the files of its weights if it has such")

_INPUTS: dict[str, Any] = {
    "text": TextField,
    "one of": Choosing,
    "noise": NoiseSliders,
    "photo": PhotoField,
    "picture": PictureField,
    "plane": PlanePad,
    "sound": SoundField,
    "file": FileField,
    "numbers": NumberFields,
}
# what stands for an output that is to be read as this
_AS: dict[str, Any] = {
    "picture": AsPicture, "heat": AsPicture, "boxes": AsBoxes, "cosine": AsEmbedding,
    "distance": AsEmbedding, "numbers": AsNumbers,
}  # fmt: skip
_OUTPUTS: tuple[Any, ...] = (
    Following, PaintedPicture, Boxes, SegmentsOverPicture, WrittenText, AlongTime,
    Decided, Embedded,
)  # fmt: skip


class Ways:
    """The panels of the open network's inputs and outputs."""

    def __init__(self, desk: Desk) -> None:
        self.desk = desk
        desk.frame.dress(files("tensorama.app.ways").joinpath("style.css").read_text("utf-8"))
        self._given, self._read = (_box(name) for name in ("given", "read"))
        desk.frame.part("input").append(self._given)
        desk.frame.part("answer").prepend(self._read)
        self._model: object = None
        self._inputs: list[Panel] = []
        self._outputs: list[Panel] = []
        self._handed: list[Panel] = []
        self._handlers = ffi.Handlers()
        self._handlers.on(ffi.document, "paste", self._pasted)
        self.tensors: frozenset[str] = frozenset()  # the inputs that have a panel
        desk.store.listen(lambda before, after: self._show(), "given", "theme")
        desk.store.listen(lambda before, after: self._read_anew(), "reading")
        self._choice = ReadAs(desk)
        desk.session.ran.listen(lambda finished: self._show())
        desk.session.named.listen(self._show)
        desk.session.failed.listen(self._failed)
        desk.spoken.listen(self._say_anew)

    def begin(self) -> None:
        """Another network is open, or the same in other sizes, which keeps its panels."""
        model = self.desk.session.model
        if model is self._model:
            return
        self._model = model
        self._choice.begin()
        self._make()  # what they show is told with the run
        naming.begin(self.desk)

    def _read_anew(self) -> None:
        """An output is read as something else."""
        self._make()
        self._show()
        self.desk.asked.tell("answer")  # the bars, which may stand or not now

    def _make(self) -> None:
        """Make the panels of this network."""
        self._clear()
        session, box = self.desk.session, self.desk.frame.box
        model = session.model
        ways: tuple[Way, ...] = () if model is None else ways_of(model)[:_MOST]
        self._inputs = [
            _INPUTS[way.kind](self.desk, way, self._stand(self._given, way.kind)) for way in ways
        ]
        self._handed = [
            AsGiven(self.desk, way, box)
            for way, box in zip(ways, self._given.children, strict=True)
            if way.kind != "numbers"
        ]
        told = {way.tensor for way in ways if way.kind != "numbers"}
        remembered = {name for way in ways if isinstance(way, Sound) for name, _ in way.memories}
        self.tensors = frozenset(told | remembered)
        read_as = self.desk.state.reading[0]
        for kind in _OUTPUTS if model is not None and not read_as else ():
            if kind.reads(session.trace):
                self._outputs.append(kind(self.desk, self._stand(self._read, kind.name)))
        if read_as in _AS:
            self._outputs.append(_AS[read_as](self.desk, self._stand(self._read, "as")))
        self.desk.takes = self._takes
        self.desk.reads = any(panel.instead for panel in self._outputs)
        kinds = {*(way.kind for way in ways), *(panel.name for panel in self._outputs)}
        self._say_drop()
        for name in _WIDE:
            box.classList.toggle(f"tr-with-{name}", name in kinds)

    def _say_drop(self) -> None:
        """Say what becomes of a file that is dragged over the page."""
        drop = self.desk.frame.part("drop")
        words = next((panel.drops for panel in self._inputs if panel.drops), _DROP)
        drop.dataset.say = words
        drop.textContent = self.desk.say(words)

    def _stand(self, where: Any, kind: str) -> Any:
        made = _box(f"way tr-way-{kind.replace(' ', '-')}")
        where.append(made)
        return made

    def _show(self) -> None:
        for panel in (*self._inputs, *self._handed, *self._outputs, self._choice):
            panel.show()

    def _takes(self, name: str, file: Any) -> bool:
        """Whether an input takes a file that was dropped on the page."""
        if any(panel.takes(name, file) for panel in self._inputs):
            return True
        if not self._inputs or not name.lower().endswith(ENDINGS):
            return False
        self.desk.session.background(take(self.desk, name, file))
        return True

    def _pasted(self, event: Any) -> None:
        """Take a file that was pasted: a picture, a sound, numbers."""
        files = [*event.clipboardData.files] if ffi.found(event.clipboardData) else []
        for file in files[:1]:
            if self._takes(str(file.name), file):
                event.preventDefault()

    def _failed(self, error: BaseException) -> None:
        for panel in self._inputs:
            panel.failed()

    def _say_anew(self) -> None:
        """Write the panels in another language."""
        self._make()
        self._show()

    def _clear(self) -> None:
        for panel in (*self._inputs, *self._handed, *self._outputs):
            panel.dispose()
        self._inputs, self._handed, self._outputs = [], [], []
        self._given.replaceChildren()
        self._read.replaceChildren()

    def ask_for_photo(self) -> None:
        """Show what takes a photo of a drawing, where the network is drawn for."""
        for panel in self._inputs:
            if isinstance(panel, PhotoField):
                panel.ask()

    def choose(self) -> None:
        """Let a person choose what an output is read as."""
        self._choice.toggle()

    def dispose(self) -> None:
        """Let go of the page's events."""
        self._clear()
        self._handlers.remove()
        self._choice.dispose()


def _box(name: str) -> Any:
    box = ffi.document.createElement("div")
    box.className = f"tr-{name}"
    return box
