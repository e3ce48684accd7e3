"""Any tensor as an input: filled by a rule, typed where it is small, or from a dropped file."""

from __future__ import annotations

from typing import Any

import numpy as np

from tensorama.app.actions import running
from tensorama.app.desk import Desk
from tensorama.app.ways.made import Panel, button, element
from tensorama.inputs.ways import Gift, Numbers
from tensorama.inputs.ways.numbers import FILLS, MOST_TYPED, TYPED
from tensorama.inputs.ways.way import FILE
from tensorama.phrases import phrase
from tensorama.view import ffi

_WORDS = {**FILLS, TYPED: phrase("typed"), FILE: phrase("from a file")}


class NumberFields(Panel):
    """A choice of how the numbers are filled, a field for each where there are few."""

    def __init__(self, desk: Desk, way: Numbers, box: Any) -> None:
        self.desk, self.way = desk, way
        self._handlers = ffi.Handlers()
        say = desk.say
        details = element("details")
        details.append(element("summary", say(phrase("Numbers of {name}", name=way.tensor))))
        row = element("p", className="tr-way-row")
        self._fill = element("select")
        self._fill.setAttribute("aria-label", say(phrase("How the numbers are filled")))
        for name, words in _WORDS.items():
            self._fill.append(element("option", say(words), value=name))
        for name in (TYPED, FILE):
            self._option(name).hidden = True
        self._seed = button(say(phrase("Others")), self._handlers, self._reseed)
        row.append(self._fill, self._seed)
        self._grid = element("div", className="tr-numbers")
        self._note = element(
            "p",
            say(phrase("Or drop a file: .npy, .npz, .csv, .json, .safetensors")),
            className="tr-way-note",
        )
        details.append(row, self._grid, self._note)
        box.append(details)
        self._handlers.do(self._fill, "change", self._filled)
        self._handlers.on(self._grid, "change", self._typed)

    def _option(self, name: str) -> Any:
        return self._fill.querySelector(f'[value="{name}"]')

    @property
    def _gift(self) -> Gift:
        return dict(self.desk.state.given).get(self.way.tensor, ())

    def _give(self, *values: Any) -> None:
        gift = ("numbers", *values) if values[0] != "made" else None
        self.desk.do(running.gave(self.desk.state, self.way.tensor, gift))

    def _filled(self) -> None:
        self._give(str(self._fill.value), 0)

    def _reseed(self) -> None:
        self._give("random", self.way.seed(self._gift) + 1)

    def _typed(self, event: Any) -> None:
        """One number is another; the rest stays what it was, to its last digit."""
        trace, field = self.desk.session.trace, event.target
        fed = trace.feeds.get(self.way.tensor) if trace else None
        if isinstance(fed, np.ndarray) and str(field.value):
            numbers = [float(number) for number in fed.reshape(-1).tolist()]
            numbers[int(field.dataset.place)] = float(field.value)
            self._give(TYPED, tuple(numbers))

    def show(self) -> None:
        """Show how they are filled, and each number where there are few."""
        gift, trace = self._gift, self.desk.session.trace
        fill = self.way.fill(gift)
        for name in (TYPED, FILE):
            self._option(name).hidden = fill != name
        self._fill.value = fill
        self._seed.hidden = fill != "random"
        fed = trace.feeds.get(self.way.tensor) if trace else None
        few = isinstance(fed, np.ndarray) and fed.dtype.kind in "biuf" and fed.size <= MOST_TYPED
        self._grid.hidden = not few
        if not few or not isinstance(fed, np.ndarray):
            return
        fields = [*self._grid.children]
        if len(fields) != fed.size:
            fields = [element("input", type="number", step="any") for _ in range(fed.size)]
            self._grid.replaceChildren(*fields)
            columns = min(3, fed.shape[-1] if fed.ndim else 1)
            self._grid.style.setProperty("--columns", str(columns))
        for place, (field, number) in enumerate(zip(fields, fed.reshape(-1).tolist(), strict=True)):
            index = np.unravel_index(place, fed.shape) if fed.ndim else ()
            name = f"{self.way.tensor}[{', '.join(map(str, index))}]"
            field.title, field.dataset.place = name, str(place)
            field.setAttribute("aria-label", name)
            if field != ffi.document.activeElement:
                field.value = f"{float(number):.4g}"

    def dispose(self) -> None:
        """Let go of the page's events."""
        self._handlers.remove()
