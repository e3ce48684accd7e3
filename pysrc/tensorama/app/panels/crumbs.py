"""Where one is: the model, the groups around, the layer; each a button that leads there."""

from __future__ import annotations

from functools import partial
from typing import Any

from tensorama.app.actions import travelling
from tensorama.app.desk import Desk
from tensorama.phrases import phrase
from tensorama.view import ffi

_SHELVES = {  # what the button says, and more of it
    "weights": (phrase("weights"), phrase("Its weights (W)")),
    "inside": (phrase("inside"), phrase("What it computes on the way (I)")),
}
_ABOUT = (phrase("what is it?"), phrase("What it is and does (A)"))
_WAYS = {"up": phrase("all it comes from"), "down": phrase("all that comes of it")}


class Crumbs:
    """The path from the network as a whole down to what one is at."""

    def __init__(self, desk: Desk) -> None:
        self.desk = desk
        self._box = desk.frame.part("crumbs")
        self._handlers = ffi.Handlers()
        desk.session.opened.listen(self._show)
        desk.spoken.listen(self._show)
        desk.store.listen(
            lambda before, after: self._show(), "at", "shelf", "ways", "about", "selected"
        )

    def _show(self) -> None:
        desk = self.desk
        state, scene, at = desk.state, desk.stage.scene, desk.at
        path = () if at is None else (*scene.tree.around(at), at)
        held = self._held()
        self._handlers.remove()
        model = self._box.firstElementChild
        self._box.replaceChildren(model)
        model.textContent = desk.session.name or desk.say(phrase("Network"))
        model.removeAttribute("aria-current")
        desk.frame.part("title").classList.toggle("tr-deep", bool(path))
        for item in path:
            self._button(desk.say(scene.layer(item).name), partial(self._go, item))
        if path:
            self._box.lastElementChild.setAttribute("aria-current", "true")
            if not scene.tree.group(path[-1]):
                for what in _SHELVES:
                    self._switch(what, state.shelf == what)
            self._ask()
            if state.ways:
                self._way(state.ways)
        else:
            model.setAttribute("aria-current", "true")
        if held is not None:
            self._box.children.item(min(held, self._box.childElementCount - 1)).focus()

    def _held(self) -> int | None:
        """The number of the button that has the focus, to give it to what takes its place."""
        button, number = self.desk.frame.active, 0
        if not self._box.contains(button):
            return None
        while button.previousElementSibling:
            button, number = button.previousElementSibling, number + 1
        return number

    def _go(self, item: int) -> None:
        self.desk.jump(travelling.gone_to(self.desk.state, self.desk.items, item))

    def _button(self, text: str, do: Any) -> Any:
        button = ffi.document.createElement("button")
        button.type = "button"
        button.textContent = button.title = text
        self._handlers.do(button, "click", do)
        self._box.append(button)
        return button

    def _switch(self, what: str, on: bool) -> None:
        desk = self.desk

        def turn() -> None:
            state, at = desk.state, desk.at
            if on:
                desk.do(travelling.looked_away(state))
            elif at is not None:
                desk.do(travelling.looked_into(state, desk.items, at, what))

        text, title = _SHELVES[what]
        button = self._button(desk.say(text), turn)
        button.className = "tr-look"
        button.title = desk.say(title)
        button.setAttribute("aria-pressed", str(on).lower())

    def _ask(self) -> None:
        """Be told what stands here, or no more of it."""
        desk = self.desk
        on = desk.state.about and not desk.state.selected

        def ask() -> None:
            state, at = desk.state, desk.at
            if on:
                desk.jump(travelling.asking_no_more(state))
            elif at is not None:
                desk.jump(travelling.asking_about(state, desk.items, at))

        text, title = _ABOUT
        button = self._button(desk.say(text), ask)
        button.className = "tr-look tr-ask-about"
        button.title = desk.say(title)
        button.setAttribute("aria-pressed", str(on).lower())

    def _way(self, way: str) -> None:
        """Say what stands out, and end it by a click."""
        button = self._button(
            f"{self.desk.say(_WAYS[way])} ×",
            lambda: self.desk.do(travelling.following(self.desk.state, way)),
        )
        button.className = "tr-look"
        button.setAttribute("aria-pressed", "true")

    def dispose(self) -> None:
        """Let go of the page's events."""
        self._handlers.remove()
