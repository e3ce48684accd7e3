"""The gallery: a card for each network that can be opened, with a picture of it."""

from __future__ import annotations

import json
from typing import Any

from tensorama.app.amounts import size_words
from tensorama.app.cards import Card, cards_of, fitting
from tensorama.app.desk import Desk
from tensorama.app.fetching import fetch_bytes
from tensorama.app.sources import Address, elsewhere, home
from tensorama.errors import FetchError
from tensorama.phrases import joined, phrase
from tensorama.view import ffi

_LIST = "gallery.json"
_ARROWS = {"ArrowLeft": (-1, 0), "ArrowRight": (1, 0), "ArrowUp": (0, -1), "ArrowDown": (0, 1)}


class Gallery:
    """Fetches the list of cards when it is first opened, and each picture when it is seen."""

    def __init__(self, desk: Desk) -> None:
        self.desk, frame = desk, desk.frame
        self._panel, self._grid = frame.part("gallery"), frame.part("cards")
        self._field, self._told = self._panel.querySelector("input"), self._panel.querySelector("p")
        self._button = frame.button("gallery")
        self._cards: list[Card] = []
        self._shown: list[Card] = []
        self._handlers = ffi.Handlers()
        self._handlers.on(self._panel, "keydown", self._pressed)
        self._handlers.on(self._grid, "click", self._clicked)
        self._handlers.do(self._field, "input", self._fill)
        desk.store.listen(lambda before, after: self._follow(), "gallery")
        desk.store.listen(lambda before, after: self._fill(), "theme")
        desk.session.opened.listen(self._follow)
        desk.spoken.listen(self._fill)

    def _follow(self) -> None:
        shown, panel = self.desk.state.gallery, self._panel
        if shown == (not panel.hidden):
            return
        inside = panel.contains(self.desk.frame.active)
        panel.hidden = not shown
        self._button.setAttribute("aria-expanded", str(shown).lower())
        self.desk.frame.box.classList.toggle("tr-choosing", shown)
        if not shown:
            if inside:
                self.desk.frame.part("scene").focus()
            return
        self._field.value = ""
        panel.focus()
        self._fill()
        if not self._cards:
            self.desk.session.background(self._fetch())

    async def _fetch(self) -> None:
        self._told.textContent = self.desk.say(phrase("Fetching the list of networks"))
        try:
            listed = bytes(await fetch_bytes(f"{home()}{_LIST}"))
        except FetchError as error:
            self._told.textContent = ""
            raise FetchError(phrase(
                "The list of networks could not be fetched. Is the network there?"
            )) from error  # fmt: skip
        self._cards = cards_of(json.loads(listed))
        self._fill()

    def _fill(self) -> None:
        """Show the cards that fit what is typed."""
        if not self.desk.state.gallery or not self._cards:
            return
        self._shown = fitting(self._cards, str(self._field.value))
        open_now = self.desk.state.model.address
        self._grid.replaceChildren(*(
            self._card(number, card, card.model == open_now)
            for number, card in enumerate(self._shown)
        ))  # fmt: skip
        told = "" if self._shown else phrase("No network here is called so.")
        self._told.textContent = self.desk.say(told)

    def _card(self, number: int, card: Card, is_open: bool) -> Any:
        say, language = self.desk.say, self.desk.speech.language
        button = _element("button", "tr-card")
        button.type, button.dataset.number = "button", str(number)
        if is_open:
            button.setAttribute("aria-current", "true")
        picture = _element("img" if card.picture else "div")
        if card.picture:
            picture.alt, picture.loading = "", "lazy"
            picture.src = f"{_at_home(card.picture)}#{self.desk.stage.theme}"
        advice = card.text("try", language)
        advice = say(phrase("Try: {advice}", advice=advice)) if advice else ""
        facts = say(joined(" · ", filter(None, (*card.facts(language), elsewhere(card.model)))))
        button.append(
            picture,
            _element("strong", "", card.text("title", language)),
            _element("span", "", card.text("says", language)),
            _element("span", "tr-try", advice),
            _element("small", "", facts),
        )
        return button

    def _clicked(self, event: Any) -> None:
        button = ffi.found(event.target.closest(".tr-card"))
        if button is not None:
            self._open(self._shown[int(button.dataset.number)])

    def _open(self, card: Card) -> None:
        """Open it; of another host only when a person agrees, who is told how much will come."""
        address, question = _at_home(card.model), ""
        host = elsewhere(address)
        if host:
            size = size_words(card.size)
            question = phrase(
                "This network lies on {host}: {size} will be fetched from there. Fetch it? Who "
                "has the file already can drop it on the page instead.", host=host, size=size,
            )  # fmt: skip
        self.desk.chosen.tell(Address(address, card.digest), question)

    def _pressed(self, event: Any) -> None:
        """Keys go to the cards and to what is typed; none is a command of what lies behind."""
        if event.ctrlKey or event.metaKey or event.altKey:
            return None
        if not self.desk.state.gallery:  # it would go with the next frame: the key is the page's
            return self.desk.store.tell()
        typing = event.target == self._field
        if event.key == "Escape":
            return self._escape(event, typing)
        event.stopPropagation()
        if event.key == "Enter" and typing and self._shown:
            self._open(self._shown[0])
        elif event.key in _ARROWS and not (typing and event.key != "ArrowDown"):
            event.preventDefault()
            self._walk(*_ARROWS[event.key])
        elif len(event.key) == 1 and event.key != " " and not typing:
            self._field.focus()  # where the key is typed then
        return None

    def _escape(self, event: Any, typing: bool) -> None:
        """First what was typed goes; the page hears of the next."""
        if typing:
            event.stopPropagation()
            if str(self._field.value):
                self._field.value = ""
                self._fill()
            else:
                self._button.click()
                self.desk.store.tell()  # at once: the next key is the page's

    def _walk(self, across: int, down: int) -> None:
        """Go to the next card in this direction."""
        cards = [*self._grid.children]
        if not cards:
            return
        here = next((n for n, c in enumerate(cards) if c == self.desk.frame.active), None)
        columns = sum(card.offsetTop == cards[0].offsetTop for card in cards)
        to = 0 if here is None else here + across + columns * down
        if to < 0 and down:
            self._field.focus()
        elif 0 <= to < len(cards):
            cards[to].focus()

    def dispose(self) -> None:
        """Let go of the page's events."""
        self._handlers.remove()


def _element(kind: str, name: str = "", text: str = "") -> Any:
    element = ffi.document.createElement(kind)
    element.className, element.textContent = name, text
    return element


def _at_home(address: str) -> str:
    """An address of the list as the page has it: short on the site's own page."""
    if "://" in address:
        return address
    here, there = str(ffi.js.URL.new("./", ffi.document.baseURI).href), home()
    same = there.partition("?")[0].rpartition("/")[0] == here.rpartition("/")[0]
    return address if same else str(ffi.js.URL.new(address, there).href)
