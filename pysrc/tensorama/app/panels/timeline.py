"""The run as a line: what was computed so far is lit; a hand drags along it, or plays it.

However many layers there are, the line is one element: its stretches are stops of a gradient.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from tensorama.app.actions import travelling
from tensorama.app.amounts import time_words
from tensorama.app.desk import Desk
from tensorama.app.heat import heat_of
from tensorama.phrases import counted, joined, phrase
from tensorama.view import ffi

_CLICK = 4  # CSS pixels that a press may travel and still be a click
_STOPS = 400  # differently coloured stretches of the line, at most
_GAPS = ((40, 3.0), (160, 1.0))  # up to so many stretches: so many CSS pixels between them


class Timeline:
    """Controls of the stage's player, and the line that shows where it is."""

    def __init__(self, desk: Desk) -> None:
        self.desk, self.frame, self.stage = desk, desk.frame, desk.stage
        self.line = desk.frame.part("line")
        self._handlers = ffi.Handlers()
        self._hovered: int | None = None  # a segment
        self._press: tuple[float, bool, bool] | None = None  # where, was playing, has travelled
        self._drawn: tuple[Any, Any] = (None, None)
        self._drawings = 0
        self._shares = np.zeros(1)
        self._paint: np.ndarray | None = None
        self._painted: object = None  # the items that the heat was compared among
        self._told: object = None
        self._at = ""
        self._bind()

    @property
    def _player(self) -> Any:
        return self.stage.player

    def _bind(self) -> None:
        on = self._handlers.on
        on(self.line, "pointerdown", self._down)
        on(self.line, "pointermove", self._move)
        on(self.line, "pointerup", self._up)
        on(self.line, "pointercancel", self._cancel)
        on(self.line, "pointerleave", lambda event: self._hover(None))
        on(self.line, "dblclick", self._close_up)
        on(self.line, "keydown", self._pressed)
        desk = self.desk
        desk.session.opened.listen(self._begin)
        desk.session.ran.listen(lambda finished: self._heat_anew())
        desk.session.timed.listen(self._heat_anew)
        desk.store.listen(lambda before, after: self._say(), "speed", "loop")
        desk.store.listen(lambda before, after: self._heat_anew(), "heat")
        desk.drawn.listen(self.follow)
        desk.spoken.listen(self._say_anew)
        desk.asked.listen(self._asked)

    def _begin(self) -> None:
        self.frame.button("replay").disabled = False
        self._say()

    # what a person does ----------------------------------------------------------------------

    def _asked(self, name: str) -> None:
        if name == "more":
            opened = self.frame.part("foot").classList.toggle("tr-opened")
            self.frame.button("more").setAttribute("aria-expanded", str(bool(opened)).lower())

    def _does(self, change: Callable[[], None]) -> None:
        if len(self._player.ends):
            change()
            self.stage.soon()

    def _walk(self, steps: int) -> None:
        self._does(lambda: self._player.walk(steps))

    def _say(self) -> None:
        """Write on the buttons how fast and how often it plays."""
        state = self.desk.state
        self.frame.button("speed").textContent = f"{state.speed:g}×".replace("0.5", "½")
        self.frame.button("loop").setAttribute("aria-pressed", str(state.loop).lower())
        self._drawn = (None, None)
        self.stage.soon()

    def _say_anew(self) -> None:
        self._told = None
        self._say()
        self.follow()

    def _pressed(self, event: Any) -> None:
        player = self._player
        many = max(1, len(player.items) // 10)
        ways: dict[str, Callable[[], None]] = {
            "ArrowRight": lambda: self._walk(1), "ArrowUp": lambda: self._walk(1),
            "ArrowLeft": lambda: self._walk(-1), "ArrowDown": lambda: self._walk(-1),
            "PageUp": lambda: self._walk(many), "PageDown": lambda: self._walk(-many),
            "Home": lambda: self._does(lambda: player.seek(0)),
            "End": lambda: self._does(player.finish),
        }  # fmt: skip
        if event.key in ways and not (event.ctrlKey or event.metaKey or event.altKey):
            event.preventDefault()
            event.stopPropagation()
            ways[event.key]()

    # the pointer -----------------------------------------------------------------------------

    def _position(self, event: Any) -> float:
        box = self.line.getBoundingClientRect()
        share = (event.clientX - box.left) / max(box.width, 1)
        return min(max(share, 0.0), 1.0) * self._player.length

    def _down(self, event: Any) -> None:
        if event.button == 0 and len(self._player.ends):
            self._press = event.clientX, self._player.playing, False
            self.line.setPointerCapture(event.pointerId)
            self._does(self._player.pause)

    def _move(self, event: Any) -> None:
        if not len(self._player.ends):
            return
        position = self._position(event)
        if self._press is None:
            self._hover(self._player.segment_at(position))
            return
        start, playing, travelled = self._press
        if travelled or abs(event.clientX - start) > _CLICK:
            self._press = start, playing, True
            self._hover(None)
            self._does(lambda: self._player.seek(position))

    def _up(self, event: Any) -> None:
        if self._press is None:
            return
        (_, playing, travelled), self._press = self._press, None
        if not travelled:
            segment = self._player.segment_at(self._position(event))
            self._does(lambda: self._player.reach(segment))
        if playing:
            self._does(self._player.play)

    def _cancel(self, event: Any) -> None:
        self._press = None
        self._hover(None)

    def _hover(self, segment: int | None) -> None:
        if segment == self._hovered:
            return
        self._hovered = segment
        self.desk.pointer.name(None if segment is None else int(self._player.items[segment]))
        start, end = (0, 0) if segment is None else self._shares[segment : segment + 2]
        self.line.style.setProperty("--from", f"{start:.2%}")
        self.line.style.setProperty("--to", f"{end:.2%}")
        self.follow()

    def _close_up(self, event: Any) -> None:
        if len(self._player.ends):
            segment = self._player.segment_at(self._position(event))
            item = int(self._player.items[segment])
            self.desk.jump(travelling.gone_to(self.desk.state, self.desk.items, item))

    # what a person sees ----------------------------------------------------------------------

    def _heat_anew(self) -> None:
        """Colour each stretch by what its item takes; without heat all alike."""
        heat = heat_of(self.desk)
        self._paint, self._drawn = heat.shares if heat else None, (None, None)
        self._painted = self._player.items
        self.line.classList.toggle("tr-painted", heat is not None)
        self.follow()

    def follow(self) -> None:
        """Show where the player is now."""
        player = self._player
        if self.desk.state.heat and player.items is not self._painted:
            self._heat_anew()
            return
        if self._drawn[0] is not player.ends or self._drawn[1] is not player.items:
            self._draw()
        length = player.length or 1.0
        at = f"{min(1.0, player.position / length):.2%}"
        if at != self._at:
            self._at = at
            self.line.style.setProperty("--at", at)
        told = player.playing, player.step, player.whole, self._hovered, self._drawings
        if told != self._told:
            self._told = told
            self._tell()

    def _draw(self) -> None:
        player = self._player
        self._drawn = player.ends, player.items
        self._drawings += 1
        self._hovered = None if self._hovered is None else -1  # whatever it was, it moved
        ends = player.ends[player.bounds[1:] - 1] if len(player.ends) else np.zeros(0)
        self._shares = np.append(0, ends / (player.length or 1.0))
        gap = next((wide for most, wide in _GAPS if len(ends) <= most), 0.0)
        style = self.line.style
        style.setProperty("--cuts", _cuts(self._shares[1:-1], gap))
        style.setProperty("--heat", self._heat())
        measured, shown = float(player.seconds.sum()), player.length / player.speed
        said = self.desk.say(phrase(
            "Measured {measured}, shown in {shown:.1f} s",
            measured=time_words(measured), shown=shown,
        ))  # fmt: skip
        self.line.title = self.frame.part("time").title = said
        self.line.setAttribute("aria-valuemax", str(len(player.items)))

    def _heat(self) -> str:
        if self._paint is None:
            return "linear-gradient(var(--accent), var(--accent))"
        ends, paint = self._shares[1:], self._paint[self._player.items]
        if len(ends) > _STOPS:  # more than can be seen: the hottest in each of so many parts
            parts = np.linspace(0, 1, _STOPS + 1)
            paint = np.maximum.reduceat(paint, np.searchsorted(ends[:-1], parts[:-1], "right"))
            ends = parts[1:]
        stops = [
            f"color-mix(in oklab, var(--hot) {share:.1%}, var(--cold)) 0 {end:.2%}"
            for share, end in zip(paint.tolist(), ends.tolist(), strict=True)
        ]
        return f"linear-gradient(to right, {', '.join(stops)})"

    def _tell(self) -> None:
        """Say in words where the run is, or what is under the pointer."""
        player = self._player
        step = player.step
        button = self.frame.button("replay")
        button.classList.toggle("tr-playing", player.playing)
        says = self.desk.say(phrase("Pause") if player.playing else phrase("Play the run"))
        button.title = f"{says} (Space)"
        button.querySelector("span").textContent = says
        count = len(player.items)
        self.line.setAttribute(
            "aria-valuenow", str(count if player.whole else 0 if step is None else step + 1)
        )
        name, rest = self._words(step)
        told = joined(", ", filter(None, (name, *rest)))
        self.line.setAttribute("aria-valuetext", self.desk.say(told))
        if self._hovered is not None and self._hovered >= 0:
            name, rest = self._words(self._hovered)
        box = self.frame.part("time")
        box.querySelector("b").textContent = self.desk.say(name)
        box.querySelector("span").textContent = self.desk.say(joined(" · ", rest))

    def _words(self, segment: int | None) -> tuple[str, Sequence[str]]:
        player = self._player
        if segment is None:
            if not player.whole:
                return "", (phrase("nothing is computed yet"),) if len(player.ends) else ()
            count = counted("{count} layer", "{count} layers", len(player.ends))
            return "", (count, time_words(float(player.seconds.sum())))
        item = int(player.items[segment])
        layer = self.stage.scene.layer(item)
        first, after = player.bounds[segment : segment + 2]
        took = time_words(float(player.seconds[first:after].sum()))
        what = (layer.op,) if layer.kind != "input" else ()
        place = phrase("{number} of {count}", number=segment + 1, count=len(player.items))
        return layer.name, (*what, took, place)

    def dispose(self) -> None:
        """Let go of the page's events."""
        self._handlers.remove()


def _cuts(shares: np.ndarray, gap: float) -> str:
    """A mask that leaves gaps at these shares of the width, each as many CSS pixels wide."""
    if not gap or not len(shares):
        return "none"
    half = gap / 2
    stops = ", ".join(
        f"#000 0 calc({share:.2%} - {half}px), #0000 0 calc({share:.2%} + {half}px)"
        for share in shares
    )
    return f"linear-gradient(to right, {stops}, #000 0)"
