"""The lines that put what is seen into an article, each with a button that copies it."""

from __future__ import annotations

from dataclasses import replace
from functools import partial
from typing import Any

from tensorama import __version__
from tensorama.app import address
from tensorama.app.desk import Desk
from tensorama.app.snippets import snippets
from tensorama.app.sources import home
from tensorama.app.state import Origin
from tensorama.phrases import phrase
from tensorama.view import ffi


class Snippets:
    """A list of three ways."""

    def __init__(self, desk: Desk) -> None:
        self.desk = desk
        self._panel = desk.frame.part("snippets")
        self._list = self._panel.querySelector("div")
        self._told = self._panel.querySelector("p")
        self._handlers, self._copying = ffi.Handlers(), ffi.Handlers()
        self._handlers.do(self._panel.querySelector(".tr-choice button"), "click", self._close)
        desk.asked.listen(self._asked)
        desk.spoken.listen(self._say_anew)

    def _asked(self, name: str) -> None:
        if name == "embed":
            self._write()
            self._panel.hidden = False
            self._panel.focus()
        elif name == "escape" and not self._panel.hidden:
            self._close()

    def _close(self) -> None:
        self._panel.hidden = True
        self.desk.frame.part("scene").focus()

    def _say_anew(self) -> None:
        if not self._panel.hidden:
            self._write()

    def _write(self) -> None:
        self._copying.remove()
        self._list.replaceChildren()
        desk, state = self.desk, self.desk.state
        where = state.model.address
        model = where and str(ffi.js.URL.new(where, ffi.document.baseURI).href)
        name = state.model.name or "model.onnx"
        link = address.to_link(replace(state, model=Origin(), language=""))
        told = phrase("Put {name} beside the article: it stays with you.", name=name)
        self._told.textContent = "" if model else desk.say(told)
        site = str(ffi.js.URL.new("./", home()).href)
        wheel = f"tensorama-{__version__}-py3-none-any.whl"
        for words, lines in snippets(site, model or name, desk.session.name, link, wheel):
            self._list.append(*self._row(desk.say(words), lines))

    def _row(self, words: str, lines: str) -> tuple[Any, Any]:
        row, text, copy = (ffi.document.createElement(kind) for kind in ("p", "span", "button"))
        text.textContent, copy.type = words, "button"
        copy.textContent = self.desk.say(phrase("Copy"))
        self._copying.do(copy, "click", partial(self._copy, lines))
        row.append(text, copy)
        code = ffi.document.createElement("pre")
        code.textContent, code.tabIndex = lines, 0
        return row, code

    def _copy(self, lines: str) -> None:
        self.desk.session.background(self._copied(lines))

    async def _copied(self, lines: str) -> None:
        try:
            await ffi.window.navigator.clipboard.writeText(lines)
        except Exception:  # no clipboard, or it was not allowed
            self.desk.hinted.tell(phrase("The browser does not let the page copy."))
        else:
            self.desk.hinted.tell(phrase("The lines are copied."))

    def dispose(self) -> None:
        """Let go of the page's events."""
        self._handlers.remove()
        self._copying.remove()
