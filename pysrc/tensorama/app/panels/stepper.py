"""The player of the inspector: steps through a map cell by cell, or through one number.

Where one is stands in the State; that it plays does not, as with the run. What is not reached yet
stays dark in the picture.
"""

from __future__ import annotations

from dataclasses import replace
from importlib import import_module
from typing import Any

import numpy as np

from tensorama.app import later
from tensorama.app.actions import running, selecting, stepping
from tensorama.app.cells import hit_of_pinned
from tensorama.app.desk import Desk
from tensorama.app.state import State
from tensorama.phrases import phrase
from tensorama.scene.pictures.order import number_of
from tensorama.scene.pictures.picture import Picture
from tensorama.scene.run.pace import Pace
from tensorama.view import ffi


class Stepper:
    """Buttons, a line to drag along, and the cells of the picture that are not reached."""

    def __init__(self, desk: Desk) -> None:
        self.desk = desk
        self._box = desk.frame.part("stepper")
        self._ways = desk.frame.part("steps-ways")
        self._line = desk.frame.part("steps-line")
        self._said = desk.frame.part("steps-said")
        self._pace = Pace()
        self._shown: tuple[Any, ...] = ()
        self._handlers = ffi.Handlers()
        on = self._handlers.on
        on(self._box, "click", self._clicked)
        on(self._box, "keydown", self._pressed)
        on(self._line, "input", self._dragged)
        desk.asked.listen(self._asked)
        desk.drawn.listen(self._follow)
        desk.session.opened.listen(self._begin)
        desk.store.listen(self._changed, "selected", "stepping", "speed")
        desk.spoken.listen(self._say_anew)

    # where one is ----------------------------------------------------------------------------

    @property
    def _over(self) -> bool:
        steps = self.desk.state.stepping
        return steps is not None and steps.what == "map"

    @property
    def _picture(self) -> Picture:
        selected = self.desk.state.selected
        assert selected is not None
        facts = import_module("tensorama.app.inspect.facts")
        picture: Picture = facts.picture_of_tensor(self.desk, selected[0])[1]
        return picture

    @property
    def _course(self) -> Any:
        """How the pinned number comes about; None where that is not known."""
        trace, selected = self.desk.session.trace, self.desk.state.selected
        if trace is None or selected is None or selected[0] not in self.desk.session.arrays:
            return None
        return import_module("tensorama.app.inspect.course").course_of(trace, *selected)

    @property
    def _place(self) -> int:
        """How many steps are done; of a map how many cells after the first."""
        state = self.desk.state
        if self._over:
            return stepping.place_in_map(state, self._picture)
        return min(state.stepping.done, self._last) if state.stepping else 0

    @property
    def _last(self) -> int:
        """The place at which all is done."""
        if self._over:
            return stepping.cells_of(self.desk.state, self._picture) - 1
        course = self._course
        return course.count if course else 0

    def _go(self, place: int) -> None:
        """Be at this place. As with the run that is no step to take back: what began it is."""
        desk = self.desk
        place = min(max(place, 0), self._last)
        if self._over:
            desk.store.put(stepping.moved_to(desk.state, self._picture, place))
        else:
            desk.store.put(stepping.done(desk.state, place))

    # what a person does ----------------------------------------------------------------------

    def _asked(self, name: str) -> None:
        if name == "stepEnd":
            self._pace.pause()
            self.desk.do(stepping.ended(self.desk.state))
        elif name in ("stepThrough", "stepOver"):
            if later.is_here_or(self.desk.session.background, lambda: self._start(name)):
                self._start(name)
        elif name in ("stepPlay", "stepLess", "stepMore") and self.desk.state.stepping:
            if name == "stepPlay":
                self._play()
            else:
                self._pace.pause()
                self._go(self._place + (1 if name == "stepMore" else -1))
            self.desk.stage.soon()

    def _start(self, name: str) -> None:
        """Begin at the first step, and play if nobody asked for stillness."""
        desk = self.desk
        if desk.state.selected is None or desk.session.trace is None:
            return
        if name == "stepOver":
            state = self._over_map(*desk.state.selected)
        else:
            course = self._course
            state = stepping.through(desk.state) if course and course.count > 1 else desk.state
        if state is desk.state:
            desk.hinted.tell(
                phrase("The picture shows no other cell of this map.")
                if name == "stepOver"
                else phrase("This number was made in one step.")
            )
            return
        desk.do(state)
        self._pace.pause()
        if not desk.stage.calm:
            self._play()
        desk.stage.soon()

    def _over_map(self, tensor: str, index: tuple[int, ...]) -> State:
        """Where what fills is seen; the same State if there is no map that could fill.

        Of a number before its activation the layer's picture shows what became of it: that map is
        the one that fills, and a person is told so.
        """
        desk, drawn = self.desk, self._drawn_of(tensor)
        seen = selecting.seen(desk.state, desk.items, drawn, index)
        seen = replace(seen, descent=desk.state.descent)
        picture = import_module("tensorama.app.inspect.facts").picture_of_tensor(desk, drawn)[1]
        over = stepping.over_map(seen, picture)
        if over is seen or over.stepping is None:
            return desk.state
        if drawn != tensor:
            desk.hinted.tell(phrase("{drawn} is what the picture shows of {tensor}.",
                                    drawn=drawn, tensor=tensor))  # fmt: skip
        elif hit_of_pinned(desk) is None:
            desk.hinted.tell(phrase("The picture does not show {tensor}.", tensor=tensor))
        steps = desk.state.stepping
        began = steps.began if steps else (tensor, index)
        return replace(over, stepping=replace(over.stepping, began=began))

    def _drawn_of(self, tensor: str) -> str:
        """What the picture shows of the layer that computes a tensor, if each of its numbers is
        what became of the one at the same place; else the tensor."""
        blocks, arrays = self.desk.items.scene.blocks, self.desk.session.arrays
        for block in blocks:
            shown = block.picture.tensor
            if tensor in block.layer.tensors and shown in block.layer.tensors:
                same = np.shape(arrays[shown]) == np.shape(arrays[tensor])
                return shown if same else tensor
        return tensor

    def _play(self) -> None:
        if self._pace.playing:
            self._pace.pause()
            return
        if self._place >= self._last:
            self._go(0)
        self._pace.play(self._place, self._last, self.desk.stage.calm)

    def _clicked(self, event: Any) -> None:
        button = ffi.found(event.target.closest("[data-step]"))
        if button is None:
            return
        name = str(button.dataset.step)
        if name == "speed":
            self.desk.do(running.next_speed(self.desk.state))
        else:
            self._asked(name)
        self.desk.store.rest()

    def _pressed(self, event: Any) -> None:
        """On the line too, where the browser's own keys move it, Escape ends and Space plays."""
        names = {"Escape": "stepEnd", " ": "stepPlay"}
        if event.target.tagName == "INPUT" and event.key in names:
            event.preventDefault()
            event.stopPropagation()
            self._asked(names[event.key])

    def _dragged(self, event: Any) -> None:
        self._pace.pause()
        self._go(int(self._line.value))

    # what a person sees ----------------------------------------------------------------------

    def _begin(self) -> None:
        self._pace.pause()
        self._shown = ()
        self._darken()

    def _say_anew(self) -> None:
        self._shown = ()
        self.desk.stage.soon()

    def _changed(self, before: State, after: State) -> None:
        if after.stepping is None:
            self._pace.pause()
        self._darken()

    def _darken(self) -> None:
        """Leave dark what is not reached yet of the map, or the number, that is stepped through."""
        stage, steps, hit = self.desk.stage, self.desk.state.stepping, hit_of_pinned(self.desk)
        if hit is None or steps is None:
            stage.darken()
            return
        picture = stage.scene.blocks[hit.block].picture
        own = number_of(picture, hit.row, hit.col)
        if steps.what == "map":
            stage.darken(hit.block, hit.chart, own + 1, picture.cells)
        elif not later.is_here() or steps.done < self._last:
            stage.darken(hit.block, hit.chart, own, own)
        else:
            stage.darken()

    def _follow(self) -> None:
        """Go on if it plays, and say where one is, if that is something else than stands here."""
        desk, state = self.desk, self.desk.state
        trace = desk.session.trace
        if state.selected is None or trace is None or not later.is_here():
            return
        if state.stepping and self._pace.playing:
            place = self._pace.at(float(ffi.performance.now()) / 1000, state.speed)
            if place != self._place:
                self._go(place)
                state = desk.state
            desk.stage.soon()
        wanted = state.selected, state.stepping, self._pace.playing, state.speed, trace
        if wanted != self._shown:
            self._shown = wanted
            self._show(state)

    def _show(self, state: State) -> None:
        self._box.hidden = state.stepping is None
        self._ways.hidden = state.stepping is not None
        if state.stepping is None:
            course, way = self._course, self.desk.frame.button
            way("stepThrough").disabled = course is None or course.count < 2
            way("stepOver").disabled = stepping.cells_of(state, self._picture) < 2
            return
        self._darken()
        place, last = self._place, self._last
        self._line.max, self._line.value = str(last), str(place)
        said = self.desk.say(self._words(place, last))
        self._said.textContent = said
        self._line.setAttribute("aria-valuetext", said)
        self._said.setAttribute("aria-live", "off" if self._pace.playing else "polite")
        play = self._box.querySelector('[data-step="stepPlay"]')
        play.classList.toggle("tr-playing", self._pace.playing)
        words = phrase("Pause") if self._pace.playing else phrase("Play")
        play.title = f"{self.desk.say(words)} (Space)"
        play.setAttribute("aria-label", self.desk.say(words))
        for name, stuck in (("stepLess", place <= 0), ("stepMore", place >= last)):
            self._box.querySelector(f'[data-step="{name}"]').disabled = stuck
        speed = f"{state.speed:g}×".replace("0.5", "½")
        self._box.querySelector('[data-step="speed"]').textContent = speed

    def _words(self, place: int, last: int) -> str:
        if self._over:
            return phrase("Cell {number:,} of {count:,}", number=place + 1, count=last + 1)
        return phrase("Step {number:,} of {count:,}", number=place, count=last)

    def dispose(self) -> None:
        """Let go of the page's events."""
        self._handlers.remove()
