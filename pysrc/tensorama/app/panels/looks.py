"""Dark or light, and the buttons that say how it looks: scale, heat, what is shown."""

from __future__ import annotations

from tensorama.app.choices import SCALE, heat_words
from tensorama.app.desk import Desk
from tensorama.app.heat import heat_of
from tensorama.app.parts import PARTS, gone
from tensorama.view import ffi


class Looks:
    """Follows the system's wish for dark or light, or that of the article around the box, until a
    person decides otherwise."""

    def __init__(self, desk: Desk) -> None:
        self.desk = desk
        self._handlers = ffi.Handlers()
        self._dark = ffi.window.matchMedia("(prefers-color-scheme: dark)")
        self._handlers.do(self._dark, "change", self._theme)
        self._handlers.do(desk.frame.box, "tensorama:ground", self._theme)  # of site/view.js
        self._said: object = None
        self._hidden: frozenset[str] = frozenset()
        desk.session.opened.listen(self._all)
        desk.session.ran.listen(lambda finished: self._heat())
        desk.session.timed.listen(self._heat)
        desk.store.listen(lambda before, after: self._theme(), "theme")
        desk.store.listen(lambda before, after: self._scale(), "scale")
        desk.store.listen(lambda before, after: self._heat(), "heat")
        desk.store.listen(lambda before, after: self._hide(), "hidden")
        desk.drawn.listen(self._follow)
        desk.spoken.listen(self._say_anew)
        self._all()

    def _all(self) -> None:
        self._theme()
        self._say_anew()
        self._hide()

    def _say_anew(self) -> None:
        self._scale()
        self._heat()

    def _theme(self) -> None:
        box = self.desk.frame.box
        around = ffi.found(box.getAttribute("data-ground"))
        wished = str(around) if around else "dark" if self._dark.matches else "light"
        theme = self.desk.state.theme or wished
        box.dataset.theme = theme
        self.desk.stage.set_theme(theme)

    def _scale(self) -> None:
        words = SCALE[self.desk.state.scale]
        self.desk.frame.button("scale").textContent = self.desk.say(words)

    def _heat(self) -> None:
        heat, button = heat_of(self.desk), self.desk.frame.button("heat")
        self._said = self.desk.stage.player.items
        button.classList.toggle("tr-hot", bool(self.desk.state.heat))
        words = heat.total if heat else heat_words("")
        button.querySelector("span").textContent = self.desk.say(words)

    def _hide(self) -> None:
        """Take away what a teacher did not want on the page."""
        box, hidden = self.desk.frame.box, gone(self.desk.state.hidden)
        if hidden == self._hidden:
            return
        self._hidden = hidden
        for button in box.querySelectorAll("[data-do]"):
            button.classList.toggle("tr-hidden", str(button.dataset.do) in hidden)
        for row in box.querySelectorAll("[data-of]"):
            row.classList.toggle("tr-hidden", hidden.issuperset(str(row.dataset.of).split(",")))
        for part in PARTS:
            box.classList.toggle(f"tr-no-{part.name}", part.name in hidden)
        self.desk.resized.tell()  # the picture has another room

    def _follow(self) -> None:
        if self.desk.state.heat and self.desk.stage.player.items is not self._said:
            self._heat()

    def dispose(self) -> None:
        """Let go of the system's events."""
        self._handlers.remove()
