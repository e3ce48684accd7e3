"""What the layer is that one is at: in words, in figures, in pictures of its weights and values.

What it says is made in `app.inspect`, which is imported when somebody first asks; the words for
operators are fetched then too. What has to be counted comes in when it is, part by part, and the
page goes on meanwhile.
"""

from __future__ import annotations

import asyncio
import json
from importlib import import_module
from typing import Any

from tensorama.app import later
from tensorama.app.actions import selecting, travelling
from tensorama.app.desk import Desk
from tensorama.app.fetching import fetch_bytes
from tensorama.app.moments import folder_of
from tensorama.app.running import gently
from tensorama.app.sources import home
from tensorama.errors import FetchError
from tensorama.phrases import phrase
from tensorama.scene.pictures.colour import THEMES
from tensorama.view import ffi

_LATER = 0.15  # seconds after a run before its values are looked at: the next may come already
_PARTS = ("head", "values", "channels", "weights", "training", "file")


class About:
    """A panel that is there as long as one asks what stands where one is."""

    def __init__(self, desk: Desk) -> None:
        self.desk = desk
        self._panel = desk.frame.part("about")
        self._page = desk.frame.part("about-page")
        self._status = desk.frame.part("about-said")
        self._shown: tuple[Any, ...] = ()  # what was drawn last, from what
        self._other = True  # the page is none yet, or another's than what is to be told
        self._work: asyncio.Future[None] | None = None
        self._dictionary: Any = None
        self._training: Any = None
        self._handlers = ffi.Handlers()
        self._handlers.on(self._panel, "click", self._clicked)
        desk.drawn.listen(self._follow)
        desk.store.listen(lambda before, after: self._show(), "about", "at", "selected")
        desk.session.opened.listen(self._show)
        desk.spoken.listen(self._say_anew)

    @property
    def _asked(self) -> int | None:
        """What is asked about; None if nothing is, or a cell is pinned, which has its own panel."""
        state = self.desk.state
        return self.desk.at if state.about and state.selected is None else None

    # coming and going ------------------------------------------------------------------------

    def _show(self) -> None:
        """Stand beside the picture, or go away."""
        shown = self._asked is not None
        if shown is not bool(self._panel.hidden):
            return
        inside = self._panel.contains(self.desk.frame.active)
        self._panel.hidden = not shown
        self.desk.frame.box.classList.toggle("tr-about-open", shown)
        self._forget()
        if not shown:
            self._page.replaceChildren()
            self._status.textContent = ""
            if inside:
                self.desk.frame.part("scene").focus()
        self.desk.resized.tell()
        near = self.desk.items.number(self.desk.state.near)
        if near is not None and self.desk.state.camera is None:  # in the room that there is now
            self.desk.stage.fly_to(near)

    def _forget(self) -> None:
        self._shown = ()
        if self._work:
            self._work.cancel()
            self._work = None

    def _say_anew(self) -> None:
        """The same in another language, with the next frame."""
        self._shown = ()
        self.desk.stage.soon()

    def _follow(self) -> None:
        """Tell of what one is at now, if that is something else than what stands here."""
        desk, item, trace = self.desk, self._asked, self.desk.session.trace
        if item is None or trace is None:
            return
        timed = desk.session.shown is not None and desk.session.shown.outcome.timed
        wanted = (item, trace, desk.stage.theme, timed)
        if self._shown and all(a is b or a == b for a, b in zip(wanted, self._shown, strict=True)):
            return
        if not self._shown or self._shown[0] != item or self._shown[2] != wanted[2]:
            self._other = True
        self._shown = wanted
        if later.is_here_or(desk.session.background, self._say_anew):
            if self._work:
                self._work.cancel()
            self._work = desk.session.background(self._tell(item))

    # what it says ----------------------------------------------------------------------------

    async def _tell(self, item: int) -> None:
        """Say at once what is known, then part by part what has to be counted."""
        desk = self.desk
        facts = import_module("tensorama.app.inspect.layered").layered(desk, item)
        sheet = import_module("tensorama.app.inspect.layer_sheet")
        wording = import_module("tensorama.app.inspect.wording")
        words, language = await self._bring_words(facts), desk.speech.language
        other = self._other
        self._panel.setAttribute("aria-busy", "true")
        with wording.speaking(desk.say):
            if other:
                self._begin()
            head = [sheet.heading(facts), sheet.words(facts, words, language)]
            head += [sheet.sizes(facts), sheet.figures(facts), sheet.members(facts)]
            self._put("head", "".join(head))
            self._put("file", sheet.attributes(facts, words, language))
            if other:
                self._status.textContent = desk.say(facts.layer.name)
            else:
                await asyncio.sleep(_LATER)
            study = import_module("tensorama.app.inspect.study")
            for part, slices in study.parts(facts):
                markup, canvases = await gently(slices)
                self._put(part, markup, canvases)
                await asyncio.sleep(0)
            await self._tell_training(facts)
        self._panel.setAttribute("aria-busy", "false")

    async def _tell_training(self, facts: Any) -> None:
        """Of a moment of a training: how the layer was at all the others."""
        address = self.desk.state.model.address
        folder = "" if facts.is_group else folder_of(address)
        if not folder:
            self._put("training", "")
            return
        wording = import_module("tensorama.app.inspect.wording")
        if self._training is None or self._training.folder != folder:
            training = import_module("tensorama.app.inspect.training")
            self._training = training.Training(folder, fetch_bytes)

        def tell(text: Any) -> None:
            self._put("training", f'<p class="tr-in-note">{wording.escape(text)}</p>')

        try:
            await self._training.bring(tell)
        except FetchError as error:
            tell(error.args[0])
        else:
            self._put("training", await self._training.part(facts, address))

    async def _bring_words(self, facts: Any) -> Any:
        """The dictionary, with what the operators of a layer need; without where it is not had."""
        dictionary = import_module("tensorama.app.inspect.dictionary")
        if self._dictionary is None:
            self._dictionary = dictionary.Dictionary(_read)
        try:
            await self._dictionary.bring(map(dictionary.name_of, facts.nodes))
        except FetchError:
            self.desk.said.tell(
                phrase("The words for operators could not be fetched. Is the network there?")
            )
        return self._dictionary

    def _begin(self) -> None:
        """An empty page with a place for each part."""
        self._other = False
        within = self._page.contains(self.desk.frame.active)
        self._page.innerHTML = "".join(f'<div data-part="{name}"></div>' for name in _PARTS)
        self._panel.scrollTop = 0
        if within:
            self.desk.frame.part("scene").focus()

    def _put(self, part: str, markup: str, canvases: Any = None) -> None:
        """Put a part in its place; what is unfolded in it or switched stays so."""
        place = self._page.querySelector(f'[data-part="{part}"]')
        if place.innerHTML == markup:
            return
        unfolded = [bool(e.open) for e in place.querySelectorAll("details")]
        switched = _switched(place)
        place.innerHTML = markup
        for element, opened in zip(place.querySelectorAll("details"), unfolded, strict=False):
            element.open = opened
        if switched and _switched(place) not in ("", switched):
            _switch(place.querySelector("[data-log]"))
        if canvases is not None:
            theme, density = THEMES[self.desk.stage.theme], min(2.0, ffi.window.devicePixelRatio)
            for canvas in place.querySelectorAll("canvas"):
                grid = canvases.grids[int(canvas.dataset.grid)]
                ffi.put_pixels(canvas, grid.painted(theme, density))

    # what a person does in it ----------------------------------------------------------------

    def _clicked(self, event: Any) -> None:
        desk = self.desk
        button = ffi.found(event.target.closest("[data-go], [data-to], [data-log]"))
        if button is None:
            return
        go, to = (ffi.found(button.getAttribute(name)) for name in ("data-go", "data-to"))
        if go is not None:
            tensor, index = json.loads(str(go))
            desk.jump(selecting.seen(desk.state, desk.items, tensor, tuple(index)))
        elif to is not None:
            desk.jump(travelling.gone_to(desk.state, desk.items, int(to)))
        else:
            _switch(button)

    def dispose(self) -> None:
        """Let go of the page's events and of what is going on."""
        if self._work:
            self._work.cancel()
        self._handlers.remove()


def _switch(button: Any) -> None:
    """Turn the heights of a histogram into their logarithms, or back."""
    on = button.closest(".tr-about-counts").classList.toggle("tr-about-log")
    button.setAttribute("aria-pressed", str(bool(on)).lower())


def _switched(place: Any) -> str:
    """Whether a histogram shows logarithms, "true" or "false"; "" where there is no switch."""
    button = ffi.found(place.querySelector("[data-log]"))
    return "" if button is None else str(button.getAttribute("aria-pressed"))


async def _read(name: str) -> bytearray:
    return await fetch_bytes(f"{home()}wordings/{name}")
