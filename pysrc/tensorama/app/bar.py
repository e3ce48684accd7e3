"""The address bar of the site's page: it always names what is seen."""

from __future__ import annotations

from typing import Any

from tensorama.app import address
from tensorama.app.box import Box
from tensorama.app.sources import elsewhere
from tensorama.errors import TensoramaError
from tensorama.view import ffi

_REST = 400  # milliseconds without a change after which the address is written


def _page() -> str:
    """What stands before #, if it names what is hidden: the link says that now. Else "", which
    leaves it as it is."""
    here = ffi.js.URL.new(ffi.window.location.href)
    if ffi.found(here.searchParams.get("hide")) is None:
        return ""
    here.searchParams.delete("hide")
    return f"{here.pathname}{here.search}"


class Bar:
    """Writes the link behind # without filling the browser's history; only a jump is a place of its
    own there, so that the browser's back and forward lead through places as [ and ] do."""

    def __init__(self, box: Box) -> None:
        self.box, self.desk = box, box.desk
        self._handlers = ffi.Handlers()
        self._write_proxy = self._handlers.keep(self._write)
        self._waiting: Any = None
        self._written = str(ffi.window.location.hash)[1:]
        self.desk.store.listen(lambda before, after: self._soon())
        self.desk.jumped.listen(self._jumped)
        self._handlers.do(ffi.window, "popstate", self._came_back)
        self._soon()

    def _soon(self) -> None:
        if self._waiting is not None:
            ffi.window.clearTimeout(self._waiting)
        self._waiting = ffi.window.setTimeout(self._write_proxy, _REST)

    def _write(self) -> None:
        self._waiting = None
        link = address.to_link(self.desk.state)
        if link != self._written:
            self._written = link
            ffi.window.history.replaceState(None, "", f"{_page()}#{link}")

    def _jumped(self) -> None:
        """One leaves a place: it stays behind in the browser's history."""
        self._write()
        ffi.window.history.pushState(None, "", f"#{self._written}")

    def _came_back(self) -> None:
        """The browser went back or forward to another address, or one was typed."""
        link = str(ffi.window.location.hash)[1:]
        if link and link != self._written:
            self._written = link
            self.desk.session.background(self._go(link))

    async def _go(self, link: str) -> None:
        try:
            wanted = address.from_link(link)
        except TensoramaError as error:
            self.desk.said.tell(error.sentence)
            return
        model = wanted.model.address
        if elsewhere(model) and model != self.desk.state.model.address:
            ffi.window.location.reload()  # which asks before it fetches from another site
        else:
            await self.box.show(wanted)
