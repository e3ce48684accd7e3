"""Numbers out of a file for whatever inputs they fit: tensors as they are, pixels, samples."""

from __future__ import annotations

from hashlib import sha256
from typing import Any

from tensorama.app.actions import running
from tensorama.app.desk import Desk
from tensorama.app.fetching import file_bytes
from tensorama.app.state import State
from tensorama.app.ways.made import Panel, button, element
from tensorama.engine.contract import whole
from tensorama.errors import AbandonedError, TensoramaError
from tensorama.inputs.ways import Picture, Way, feeds_slices, handed, taken, ways_of
from tensorama.inputs.ways.arrays import ENDINGS, arrays_in
from tensorama.inputs.ways.kept import keep
from tensorama.inputs.ways.way import DIGITS, FILE, NUMBERS
from tensorama.phrases import phrase
from tensorama.view import ffi

__all__ = ["ENDINGS", "AsGiven", "take"]

_KEPT = 24  # files that can be gone back to
_HEAVIEST = 1 << 29  # bytes of a file


async def take(desk: Desk, name: str, file: Any) -> None:
    """Give the arrays in a file to the inputs that they fit, and run on them.

    Raises TensoramaError with one sentence where none fits, or where the network cannot work on
    them; what was given before stays then.
    """
    session, before = desk.session, desk.state.given
    if int(file.size) > _HEAVIEST:
        raise TensoramaError(phrase(
            "{name} has {megabytes} MB; files of numbers of up to {most} MB are read.",
            name=name, megabytes=int(file.size) >> 20, most=_HEAVIEST >> 20,
        ))  # fmt: skip
    data = bytes(await file_bytes(file))
    found = arrays_in(name, data)
    model, trace = session.model, session.trace
    if model is None or trace is None:
        return
    ways = {way.tensor: way for way in ways_of(model)}
    state, digest = desk.state, sha256(data).hexdigest()[:DIGITS]
    for tensor, (array, kind, value) in taken(model, trace.feeds, found).items():
        key = " · ".join(filter(None, (f"{digest} {name[:60]}", array[:60])))
        keep(session.pictures, key, value, _KEPT)
        own = (FILE, key) if kind == NUMBERS else (key, *_prepared(ways[tensor], state))
        state = running.gave(state, tensor, (kind, *own))
    whole(feeds_slices(model, dict(state.given), state.seed, dict(state.sizes), session.pictures))
    desk.do(state)
    try:
        await session.run()
    except AbandonedError:
        raise
    except TensoramaError:
        desk.do(running.given(desk.state, before))
        raise


def _prepared(way: Way, state: State) -> tuple[str, ...]:
    """How a picture is prepared, which stays with another one."""
    gift = dict(state.given).get(way.tensor, ())
    return tuple(way.preparing(gift)) if isinstance(way, Picture) else ()


class AsGiven(Panel):
    """Stands below the panel of an input that gets numbers out of a file as they are: says so, and
    lets go of them."""

    def __init__(self, desk: Desk, way: Way, box: Any) -> None:
        self.desk, self.way, self._box = desk, way, box
        self._handlers = ffi.Handlers()
        self._row = element("p", className="tr-way-row tr-as-given", hidden=True)
        self._note = element("span", className="tr-given-note")
        self._note.setAttribute("role", "status")
        without = button(desk.say(phrase("Without it")), self._handlers, self._let_go)
        self._row.append(self._note, without)
        box.append(self._row)

    def _let_go(self) -> None:
        self.desk.do(running.gave(self.desk.state, self.way.tensor, None))

    def show(self) -> None:
        """Say where the numbers come from, if they come from a file."""
        gift = dict(self.desk.state.given).get(self.way.tensor, ())
        named = len(gift) == 3 and gift[:2] == (NUMBERS, FILE)
        here = handed(gift, self.desk.session.pictures) is not None
        self._box.classList.toggle("tr-numbered", here)
        self._row.hidden = not named
        if not named:
            return
        name = str(gift[2]).partition(" ")[2] or str(gift[2])
        self._note.textContent = self.desk.say(
            phrase("The numbers of {name}, as they are.", name=name) if here
            else phrase("The link was made with the file {name}; give it here.", name=name)
        )  # fmt: skip

    def dispose(self) -> None:
        """Let go of the page's events."""
        self._handlers.remove()
