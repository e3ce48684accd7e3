"""A live network in a box of a page: the desk, and all panels and hands on it, put together."""

from __future__ import annotations

import asyncio
import traceback
from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any

from tensorama.app import address, lesson
from tensorama.app.actions import arriving, looks, running
from tensorama.app.cells import chosen
from tensorama.app.desk import Desk
from tensorama.app.feeding import Unfed
from tensorama.app.frame import Frame
from tensorama.app.hands.buttons import Buttons
from tensorama.app.hands.files import Files
from tensorama.app.hands.keys import Keys
from tensorama.app.hands.pointer import Hand
from tensorama.app.panels.about import About
from tensorama.app.panels.answer import AnswerBars
from tensorama.app.panels.asking import Asking
from tensorama.app.panels.crumbs import Crumbs
from tensorama.app.panels.deeper import Deeper
from tensorama.app.panels.fed import Fed
from tensorama.app.panels.film import Film
from tensorama.app.panels.finder import Finder
from tensorama.app.panels.fold import Fold
from tensorama.app.panels.gallery import Gallery
from tensorama.app.panels.inspector import Inspector
from tensorama.app.panels.language import Language
from tensorama.app.panels.legend import Legend
from tensorama.app.panels.link import Link
from tensorama.app.panels.looks import Looks
from tensorama.app.panels.minimap import Minimap
from tensorama.app.panels.names import Names
from tensorama.app.panels.notes import Notes
from tensorama.app.panels.numbers import Numbers
from tensorama.app.panels.outline import Outline
from tensorama.app.panels.pad import Pad
from tensorama.app.panels.parts import Parts
from tensorama.app.panels.picture import Picture
from tensorama.app.panels.shelf import Shelf
from tensorama.app.panels.snippets import Snippets
from tensorama.app.panels.stepper import Stepper
from tensorama.app.panels.timeline import Timeline
from tensorama.app.panels.tip import Tip
from tensorama.app.panels.values import Values
from tensorama.app.panels.welcome import Welcome
from tensorama.app.parts import named, unknown
from tensorama.app.sentences import sentence
from tensorama.app.session import Session
from tensorama.app.sources import Address, Source
from tensorama.app.state import LANGUAGES, THEMES, State, from_json
from tensorama.app.store import Store
from tensorama.engine import Trace
from tensorama.errors import TensoramaError
from tensorama.phrases import phrase
from tensorama.view import ffi
from tensorama.view.stage import Stage
from tensorama.view.unseen import Unseen

# in this order each hears of a change: the language with what stands in the template, then the
# picture and its colours, then what stands on it
_PANELS = (
    Language, Picture, Looks, Names, Shelf, Numbers, Timeline, Minimap, Outline, Finder, Crumbs,
    About,
    Legend, Tip, AnswerBars, Pad, Fed, Notes, Link, Asking, Inspector, Stepper,
    Fold, Parts, Snippets, Values, Deeper, Gallery, Welcome, Film,
)  # fmt: skip
_HANDS = (Hand, Keys, Buttons, Files)


class Box:
    """A box on the page with a live network in it.

    `announce(event, detail)` tells the host's page what happened.
    """

    def __init__(
        self, frame: Frame, announce: Callable[[str, Any], None], state: State | None = None
    ) -> None:
        no_picture: str = ""  # the reason
        store = Store(state or State(), self._soon)
        self.stage: Stage | Unseen
        try:
            self.stage = Stage(frame.part("scene"), store.tell, self._drawn)
        except TensoramaError as error:
            no_picture = error.sentence
            frame.box.classList.add("tr-unseen")
            self.stage = Unseen(store.tell, self._drawn)
        session = Session(store, self.stage)
        self.desk = desk = Desk(frame, store, session, self.stage, announce)
        desk.resized.listen(self._resize)
        session.opened.listen(self._opened)
        session.timed.listen(self._count)
        desk.spoken.listen(self._count)
        self._parts = [make(desk) for make in (*_PANELS, *_HANDS)]
        session.failed.listen(self.complain)
        desk.asked.listen(self._asked)
        desk.chosen.listen(self._chosen)
        session.ran.listen(lambda finished: self._tell_run())
        store.listen(lambda before, after: self._tell_choice(), "selected")
        self.ready_ms = 0.0
        self._model: object = None  # that is shown
        self.sizing: asyncio.Future[None] | None = None  # while a person is asked for sizes
        self._handlers = ffi.Handlers()
        observer = self._handlers.keep(lambda entries, observer: desk.resized.tell())
        self._observer = ffi.js.ResizeObserver.new(observer)
        self._observer.observe(frame.box)
        desk.resized.tell()
        self._no_picture = no_picture
        if no_picture:
            desk.said.tell(no_picture)

    def part(self, kind: type) -> Any:
        """The panel or hand of this kind."""
        return next(part for part in self._parts if isinstance(part, kind))

    # frames ----------------------------------------------------------------------------------

    def _soon(self) -> None:
        """The State has changed: what it shows is drawn in the next frame."""
        self.stage.soon()

    def _drawn(self) -> None:
        self.desk.drawn.tell()

    def _resize(self) -> None:
        room, density = self.desk.frame.room(), min(2.0, float(ffi.window.devicePixelRatio))
        if room.width > 0 and room.height > 0:  # else it does not stand on the page now
            self.stage.resize(room, density)

    # what a host can ask for -----------------------------------------------------------------

    async def open(self, source: Source, wanted: State | None = None) -> None:
        """Open a model: see `Session.open`. What a link names in vain is said."""
        if self.sizing:  # of a model that is no longer wanted
            self.part(Asking).refuse()
        lacking = ""
        if wanted is not None:
            wanted, lacking = _hideable(wanted)
        missing = await self.desk.session.open(source, wanted) or lacking
        if missing:
            self.desk.said.tell(missing)

    async def run(self, feeds: Mapping[str, Any] | None = None) -> Trace:
        """Run on these feeds, or on what is shown as the input now."""
        return await self.desk.session.run(feeds)

    async def go(self, wanted: State | str | Mapping[str, Any]) -> None:
        """Show a State: as such, as plain data, or as a link."""
        if isinstance(wanted, str):
            wanted = address.from_link(wanted)
        elif not isinstance(wanted, State):
            wanted = from_json(wanted)
        self.desk.leave()
        await self.show(wanted)

    async def show(self, wanted: State) -> None:
        """Show a State of the open model, or of another one that has an address."""
        desk = self.desk
        if wanted.model.address and wanted.model.address != desk.state.model.address:
            await self.open(Address(wanted.model.address), wanted)
            return
        wanted, lacking = _hideable(arriving.speaking(wanted, desk.state))
        state, missing = arriving.fitting(wanted, desk.items, desk.session.shapes)
        desk.do(arriving.of_model(state, desk.state.model))
        desk.store.tell()
        said = arriving.what_is_missing(missing) or lacking
        if said:
            desk.said.tell(said)

    def speak(self, language: str) -> None:
        """Say everything in this language, "en" or "zh"; in another there are no texts."""
        if language in LANGUAGES:
            self.desk.store.put(looks.in_language(self.desk.state, language))
            self.desk.store.tell()

    def paint(self, theme: str) -> None:
        """Show everything "dark" or "light"; else as the system or the article wishes."""
        self.desk.store.put(self.tinged(self.desk.state, theme))
        self.desk.store.tell()

    def tinged(self, state: State, theme: str) -> State:
        """A State that is dark or light, if one of these was asked for."""
        return looks.in_theme(state, theme) if theme in THEMES and theme else state

    def hide(self, names: str) -> str:
        """Take buttons and parts off the page, "outline,heat"; gives the sentence for what of that
        there is none of, "" if there is all."""
        known, lacking = named(names)
        if known:
            self.desk.store.put(looks.hiding(self.desk.state, known))
            self.desk.store.tell()
        return unknown(lacking) if lacking else ""

    def with_hidden(self, wanted: State) -> State:
        """What a link shows, without what is hidden here already if it says nothing of that."""
        return wanted if wanted.hidden else looks.hiding(wanted, self.desk.state.hidden)

    def link(self) -> str:
        """The part of a link behind # that shows the same again."""
        return address.to_link(self.desk.state)

    def _asked(self, name: str) -> None:
        if name == "saveOneFile":
            self.desk.session.background(lesson.save(self.desk, self.part(Asking).agrees))

    def _chosen(self, source: Source, question: str) -> None:
        self.desk.session.background(self._open_chosen(source, question))

    async def _open_chosen(self, source: Source, question: str) -> None:
        """Open a network out of the gallery; it stays if a person says no."""
        if question and not await self.part(Asking).agrees(question, phrase("Fetch it")):
            return
        self.desk.do(looks.browsing(self.desk.state, False))
        await self.open(source)

    def sample(self, digit: int) -> None:
        """Put one of the ten sample digits on the pad."""
        self.desk.do(running.sampled(self.desk.state, digit))

    # what happened ---------------------------------------------------------------------------

    def _opened(self) -> None:
        frame, model = self.desk.frame, self.desk.session.model
        frame.box.dataset.address = self.desk.state.model.address  # to open it again after a fault
        if model is not self._model:
            self.desk.history.forget()
            frame.part("count").textContent = ""  # it is counted once the picture is there
        self._model = model
        self.desk.pointer.name(None)

    def _count(self) -> None:
        model = self.desk.session.model
        if model is not None:
            words = phrase("{count:,} parameters", count=model.parameters)
            self.desk.frame.part("count").textContent = f"· {self.desk.say(words)}"

    def _tell_run(self) -> None:
        trace = self.desk.session.trace
        assert trace is not None
        told = {"tensors": len(trace), "runMs": round(trace.seconds * 1000, 3)}
        self.desk.announce("trace", told)
        if not self.ready_ms:
            self._ready()

    def _ready(self) -> None:
        """The first network is live."""
        self.desk.frame.part("poster").classList.add("tr-gone")
        self.ready_ms = float(ffi.performance.now())
        if self._no_picture:  # what is said is dismissed when a model is opened
            self.desk.said.tell(self._no_picture)
        told = {"model": self.desk.session.name, "readyMs": round(self.ready_ms, 1)}
        self.desk.announce("ready", told)

    def _tell_choice(self) -> None:
        told = chosen(self.desk)
        if told:
            self.desk.announce("select", told)

    def complain(self, error: BaseException) -> None:
        """Tell a person what went wrong; everything stays as it was."""
        text = sentence(error)
        if not isinstance(error, (TensoramaError, MemoryError)):
            traceback.print_exception(error)  # for whoever looks into the console
        self.desk.said.tell(text)
        self.desk.announce("error", {"message": self.desk.say(text)})
        unfed, self.desk.session.unfed = self.desk.session.unfed, None
        if unfed:
            self.sizing = self.desk.session.background(self._ask_sizes(unfed))

    async def _ask_sizes(self, unfed: Unfed) -> None:
        """Let a person say the sizes on which a model can run, and open it with those."""
        sizes = await self.part(Asking).sizes(unfed)
        self.sizing = None
        if sizes is not None:
            await self.desk.session.open_in_sizes(unfed, sizes)

    def dispose(self) -> None:
        """Take the box down and give everything back."""
        self._observer.disconnect()
        for part in reversed(self._parts):
            part.dispose()
        self._handlers.remove()
        self.desk.frame.box.replaceChildren()


def _hideable(wanted: State) -> tuple[State, str]:
    """A State without what of it cannot be hidden, and the sentence for that."""
    known, lacking = named(sorted(wanted.hidden))
    return replace(wanted, hidden=known), unknown(lacking) if lacking else ""
