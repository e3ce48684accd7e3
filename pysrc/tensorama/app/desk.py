"""What every panel and every hand works with: the State, the session, the picture, the page."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from tensorama.app.frame import Frame
from tensorama.app.history import History, Place, place_of
from tensorama.app.items import Items
from tensorama.app.pointer import Pointer
from tensorama.app.session import Session
from tensorama.app.signals import Signal
from tensorama.app.speech import Speech
from tensorama.app.state import State
from tensorama.app.store import Store
from tensorama.app.tracing import Traced
from tensorama.view.shelf import ShelfView
from tensorama.view.stage import Stage
from tensorama.view.unseen import Unseen


@dataclass(slots=True, eq=False)
class Desk:
    """One box's things, together.

    `said`: sentences for a person; `hinted`: words for a moment. `drawn`: each frame, before it is
    drawn. `resized`: the window or what is free of it changed. `jumped`: one left a place. `asked`:
    a command that a panel does by itself. `spoken`: everything is said in another language now.
    `chosen`: a network out of the gallery, its source and what is asked before ("" for nothing).
    """

    frame: Frame
    store: Store
    session: Session
    stage: Stage | Unseen
    announce: Callable[[str, Any], None]
    pointer: Pointer = field(default_factory=Pointer)
    history: History = field(default_factory=History)
    said: Signal = field(default_factory=Signal)
    drawn: Signal = field(default_factory=Signal)
    resized: Signal = field(default_factory=Signal)
    jumped: Signal = field(default_factory=Signal)
    asked: Signal = field(default_factory=Signal)
    hinted: Signal = field(default_factory=Signal)
    spoken: Signal = field(default_factory=Signal)
    chosen: Signal = field(default_factory=Signal)
    speech: Speech = field(default_factory=Speech)
    takes: Callable[[str, Any], bool] | None = None  # a dropped file that is no model, if it can
    reads: bool = False  # something else than bars says what the network answers
    shelf: ShelfView | None = None  # what stands before the network
    traced: Traced = field(default_factory=Traced)  # what the cell that is tied was made from

    @property
    def state(self) -> State:
        """What a person sees."""
        return self.store.state

    @property
    def items(self) -> Items:
        """The names of the layers and groups of the network that is shown."""
        return self.session.items

    def say(self, text: str) -> str:
        """A text in the language of this box; names out of a file stay what they are."""
        return self.speech.say(text)

    def floats(self) -> bool:
        """Whether a message, the list of keys, of parts or of snippets lies over the picture."""
        names = ("note", "help", "parts", "snippets")
        picture = self.frame.box.querySelector(".tr-picture:not([hidden])")  # comes later
        unfolded = bool(self.frame.box.classList.contains("tr-unfolded"))
        closed = all(self.frame.part(name).hidden for name in names)
        return unfolded or not closed or bool(picture)

    @property
    def at(self) -> int | None:
        """The layer or group that one is at."""
        return self.items.number(self.state.at)

    def do(self, state: State, going_on: bool = False) -> None:
        """Be in this State; see `Store.do`."""
        self.store.do(state, going_on)

    def jump(self, state: State) -> None:
        """Be in this State; the way back leads to where one was, if that was another place."""
        here = place_of(self.state)
        if not place_of(state).like(here):
            self.history.leave(here)
            self.jumped.tell()
        self.store.do(state)

    def leave(self) -> None:
        """One is about to go somewhere by hand: the way back leads here."""
        self.history.leave(place_of(self.state))
        self.jumped.tell()

    def back(self) -> None:
        """Go back to where one was before the last jump."""
        self._return_to(self.history.back(place_of(self.state)))

    def forward(self) -> None:
        """Go again to where one came back from."""
        self._return_to(self.history.forward(place_of(self.state)))

    def _return_to(self, place: Place | None) -> None:
        if place is not None:
            self.store.do(place.on(self.state))
            self.jumped.tell()
