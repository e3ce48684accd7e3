"""Copying a link that shows the same again."""

from __future__ import annotations

from tensorama.app.address import to_link
from tensorama.app.desk import Desk
from tensorama.phrases import phrase
from tensorama.view import ffi


class Link:
    """Puts the address of what is seen on the clipboard."""

    def __init__(self, desk: Desk) -> None:
        self.desk = desk
        desk.asked.listen(self._asked)

    def _asked(self, name: str) -> None:
        if name == "link":
            self.desk.session.background(self._copy())

    async def _copy(self) -> None:
        page = str(ffi.window.location.href).partition("#")[0]
        link = f"{page}#{to_link(self.desk.state)}"
        try:
            await ffi.window.navigator.clipboard.writeText(link)
        except Exception:  # no clipboard, or it was not allowed
            refused = phrase(
                "The browser does not let the page copy. The link is: {link}", link=link
            )
            self.desk.said.tell(refused)
            return
        if self.desk.state.model.address and self._gives_own():
            self.desk.hinted.tell(phrase(
                "The link is copied. What you gave stays with you: who opens it is asked for it."
            ))  # fmt: skip
        elif self.desk.state.model.address:
            self.desk.hinted.tell(phrase("The link is copied."))
        else:
            self.desk.hinted.tell(phrase(
                "The link is copied. Who opens it is asked for {name}, which stays with you.",
                name=self.desk.state.model.name or phrase("the file"),
            ))  # fmt: skip

    def _gives_own(self) -> bool:
        """Whether an input is made of what no link can bring."""
        if not self.desk.session.pictures:
            return False
        from tensorama.inputs.ways.kept import is_own  # has come with what was given

        return is_own(self.desk.state.given, self.desk.session.pictures)

    def dispose(self) -> None:
        """Nothing is held."""
