"""The inspector: where the pinned number comes from, beside the picture.

What it says is made in `app.inspect`, which is imported when a number is first pinned; here it
comes onto the page, and what a person does in it becomes actions.
"""

from __future__ import annotations

import json
from contextlib import AbstractContextManager
from importlib import import_module
from typing import Any

import numpy as np

from tensorama.app import later
from tensorama.app.actions import selecting
from tensorama.app.desk import Desk
from tensorama.app.state import CellName
from tensorama.scene.pictures.colour import THEMES
from tensorama.view import ffi

_LATER = 90  # milliseconds after which is found out what a number sees of the input


class Inspector:
    """A panel that is there as long as a number is pinned."""

    def __init__(self, desk: Desk) -> None:
        self.desk = desk
        self._panel = desk.frame.part("inspector")
        self._page = desk.frame.part("inspected")
        self._status = desk.frame.part("pinned-said")
        self._shown: tuple[Any, ...] = ()  # what was drawn last, from what
        self._sheet: Any = None
        self._handlers = ffi.Handlers()
        self._see = self._handlers.keep(self._sees)
        self._seeing: Any = None
        on = self._handlers.on
        on(self._panel, "click", self._clicked)
        on(self._panel, "pointermove", self._pointed)
        on(self._panel, "toggle", self._unfolded, capture=True)
        desk.drawn.listen(self._follow)
        desk.asked.listen(self._asked)
        desk.store.listen(lambda before, after: self._show(), "selected")
        desk.session.opened.listen(self._show)
        desk.spoken.listen(self._say_anew)
        desk.session.lensed.listen(self._say_anew)
        desk.resized.listen(self._measure)

    # coming and going ------------------------------------------------------------------------

    def _show(self) -> None:
        """Stand beside the picture, or go away."""
        shown = self.desk.state.selected is not None
        if shown is not bool(self._panel.hidden):
            return
        inside = self._panel.contains(self.desk.frame.active)
        self._panel.hidden = not shown
        self.desk.frame.box.classList.toggle("tr-pinned", shown)
        self._shown, self._sheet = (), None
        if not shown:
            self._page.replaceChildren()
            self._status.textContent = ""
            if inside:
                self.desk.frame.part("scene").focus()
        self.desk.resized.tell()  # measures this too

    def _measure(self) -> None:
        """Draw the grids anew if there is more or less room for them."""
        if self._sheet and self._room() != self._sheet.room:
            self._say_anew()

    def _room(self) -> float:
        return float(self._page.clientWidth)

    def _say_anew(self) -> None:
        """The same in another language, with the next frame."""
        self._shown = ()
        self.desk.stage.soon()

    def _asked(self, name: str) -> None:
        if name == "inspect" and not self._panel.hidden:
            self._page.querySelector("h2").focus()

    def _follow(self) -> None:
        """Say what is true now, if that is something else than what stands here."""
        desk, cell = self.desk, self.desk.state.selected
        trace = desk.session.trace
        if cell is None or trace is None:
            return
        stepping = desk.state.stepping
        done = stepping.done if stepping and stepping.what == "cell" else None
        wanted = (cell, desk.state.descent, trace, desk.stage.theme, done)
        if len(self._shown) and all(
            a is b or a == b for a, b in zip(wanted, self._shown, strict=True)
        ):
            return
        other = not self._shown or self._shown[0] != cell or self._shown[-1] != done
        self._shown = wanted
        if later.is_here_or(desk.session.background, self._say_anew):
            self._draw(cell, other, done)

    def _draw(self, cell: CellName, other: bool, done: int | None) -> None:
        facts = import_module("tensorama.app.inspect.facts")
        sheet = import_module("tensorama.app.inspect.sheet")
        pinned = facts.pinned(self.desk, *cell)
        self._sheet = sheet.Sheet(pinned, self._room())
        unfolded = [bool(e.open) for e in self._page.querySelectorAll("details")]
        within = self._page.contains(self.desk.frame.active)
        with self._speaking():
            markup = self._sheet.markup() if done is None else self._stepped(cell, done)
            markup = markup.replace("</output></p>", f"</output></p>{self._seen_through(cell)}", 1)
        self._page.innerHTML = markup + '<section class="tr-in-sees"></section>'
        stepping = self.desk.state.stepping
        if not other or stepping:  # the same number of another run, or the next on the same way
            for element, opened in zip(
                self._page.querySelectorAll("details"), unfolded, strict=False
            ):
                element.open = opened
        if (other and not stepping) or done == 0:
            self._panel.scrollTop = 0
        self._paint(self._page)
        if within:
            self._page.querySelector("h2").focus()
        if other and not stepping:  # the line of the player tells what it does
            self._status.textContent = self.desk.say(facts.announced(pinned))
        if self._seeing is not None:
            ffi.window.clearTimeout(self._seeing)
            self._seeing = None
        if done is None:
            self._seeing = ffi.window.setTimeout(self._see, _LATER)

    def _seen_through(self, cell: CellName) -> str:
        """What a lens shows in the place of the number."""
        lens = self.desk.session.lens
        if lens is None:
            return ""
        wording = import_module("tensorama.app.inspect.wording")
        said: str = wording.escape(lens.remark(*cell))
        return f'<p class="tr-in-lens">{said}</p>'

    def _stepped(self, cell: CellName, done: int) -> str:
        """What it says after so many steps to the number."""
        stepped = import_module("tensorama.app.inspect.stepped")
        course = import_module("tensorama.app.inspect.course").course_of(
            self.desk.session.trace, *cell
        )
        markup: str = stepped.markup(self._sheet, course, done) if course else self._sheet.markup()
        return markup

    def _speaking(self) -> AbstractContextManager[None]:
        wording = import_module("tensorama.app.inspect.wording")
        speaking: AbstractContextManager[None] = wording.speaking(self.desk.say)
        return speaking

    def _paint(self, within: Any) -> None:
        """Fill the canvases that are seen and still empty."""
        theme, density = THEMES[self.desk.stage.theme], self._density()
        for canvas in within.querySelectorAll("canvas[data-grid]:not([data-done])"):
            folded = ffi.found(canvas.closest("details"))
            if folded is None or folded.open:
                grid = self._sheet.grids[int(canvas.dataset.grid)]
                ffi.put_pixels(canvas, grid.painted(theme, density))
                canvas.dataset.done = ""

    def _density(self) -> float:
        return min(2.0, float(ffi.window.devicePixelRatio))

    def _unfolded(self, event: Any) -> None:
        if event.target.open and self._sheet:
            self._paint(event.target)

    def _sees(self) -> None:
        """Draw what the number can see of the input; it takes longer than all the rest."""
        self._seeing = None
        desk, cell, trace = self.desk, self.desk.state.selected, self.desk.session.trace
        place = ffi.found(self._page.querySelector(".tr-in-sees"))
        if cell is None or trace is None or place is None or cell[0] not in trace:
            return
        seeing = import_module("tensorama.app.inspect.seeing")
        found = seeing.seen(trace, *cell)
        if found is None or found[0] == cell[0]:
            return
        name, region = found
        facts = import_module("tensorama.app.inspect.facts")
        block, picture = facts.picture_of_tensor(desk, name)
        array = np.asarray(trace[name])
        with self._speaking():
            place.innerHTML = seeing.markup(name, array.shape, region)
        image, wide = seeing.painted(block, picture, array, region, THEMES[desk.stage.theme])
        canvas = place.querySelector("canvas")
        canvas.style.width = f"{image.shape[1] * wide:.0f}px"
        ffi.put_pixels(canvas, image)

    # what a person does in it ----------------------------------------------------------------

    def _clicked(self, event: Any) -> None:
        desk, target = self.desk, event.target
        button = ffi.found(target.closest("[data-go], [data-up]"))
        cell = self._cell_under(event)
        go = ffi.found(button.getAttribute("data-go")) if button is not None else None
        if go is not None:
            tensor, index = json.loads(str(go))
            cell = tensor, tuple(index)
        if cell is not None:
            desk.jump(selecting.descended(desk.state, desk.items, *cell))
        elif button is not None:
            desk.jump(selecting.ascended(desk.state, desk.items, int(button.dataset.up)))

    def _pointed(self, event: Any) -> None:
        """Tell which number of a grid lies under the pointer."""
        found = self._spot(event)
        if found is not None:
            grid, row, col = found
            facts = import_module("tensorama.app.inspect.facts")
            event.target.title = self.desk.say(facts.told_of(grid, row, col))

    def _spot(self, event: Any) -> tuple[Any, int, int] | None:
        """Which cell of which grid an event is on."""
        canvas = event.target
        number = ffi.found(getattr(canvas.dataset, "grid", None)) if canvas.dataset else None
        if number is None or self._sheet is None:
            return None
        grid = self._sheet.grids[int(number)]
        if not hasattr(grid, "cell"):
            return None
        row, col = int(event.offsetY / grid.wide), int(event.offsetX / grid.wide)
        return (grid, row, col) if grid.has(row, col) else None

    def _cell_under(self, event: Any) -> CellName | None:
        found = self._spot(event)
        return found[0].cell(*found[1:]) if found else None

    def dispose(self) -> None:
        """Let go of the page's events and of its clock."""
        if self._seeing is not None:
            ffi.window.clearTimeout(self._seeing)
        self._handlers.remove()
