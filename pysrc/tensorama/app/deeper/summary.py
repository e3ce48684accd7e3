"""The summary: the whole network as a table over the picture, for hand, key and screen reader.

Only the rows in sight are on the page, so that its cost does not follow the size of the network.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping
from itertools import count
from typing import Any

import numpy as np

from tensorama.app.actions import looks, selecting, travelling
from tensorama.app.branches import Row
from tensorama.app.choices import HEAT
from tensorama.app.deeper.elements import element
from tensorama.app.deeper.oddities import first_nan
from tensorama.app.deeper.table import COLUMNS, MEASURES, Table, as_csv, as_markdown
from tensorama.app.desk import Desk
from tensorama.app.insight import in_sight
from tensorama.app.running import gently, keep_running
from tensorama.engine.contract import Slices
from tensorama.onnxfile.graph import ValueInfo
from tensorama.phrases import counted, joined, phrase
from tensorama.view import ffi

_WHILE_TYPED = frozenset({"ArrowDown", "ArrowUp", "PageDown", "PageUp", "Enter", "Escape"})
_ids = count(1)


class Panel:
    """Stands over the picture while the State says so."""

    def __init__(self, desk: Desk) -> None:
        self.desk = desk
        self._table: Table | None = None
        self._elements: dict[Row, Any] = {}
        self._prefix = f"tr-sum-{next(_ids)}-"
        self._turn = 0  # of bringing rows; a later one ends this
        self._high = 30.0
        self._came_from: Any = None
        self._build()
        self._handlers = ffi.Handlers()
        on, do = self._handlers.on, self._handlers.do
        on(self._panel, "keydown", self._pressed)
        on(self._panel, "click", self._clicked)
        do(self._field, "input", self._typed)
        do(self._grid, "scroll", self._draw)
        desk.session.opened.listen(self._begin)
        desk.session.ran.listen(lambda finished: self._take())
        desk.session.timed.listen(self._take)
        desk.spoken.listen(self._begin)
        desk.resized.listen(self._measure)
        desk.store.listen(lambda before, after: self._show(), "summary")
        self._show()

    def _build(self) -> None:
        """The panel, without words."""
        self._panel = element("section", "tr-summary", hidden="")
        self._title, self._ways = element("h2"), element("p", "tr-sum-ways")
        self._field = element(
            "input", "tr-sum-typed", type="text", autocomplete="off", spellcheck="false",
            autocapitalize="off", maxlength="200",
        )  # fmt: skip
        self._buttons = {
            name: element("button", data_sum=name) for name in ("fold", "markdown", "csv", "close")
        }
        top = element("div", "tr-sum-top")
        top.append(self._title, self._field, *self._buttons.values())
        self._grid = element("div", "tr-sum-grid", role="treegrid", tabindex="0")
        self._head = element("div", "tr-sum-head", role="row")
        self._heads = {name: element("button", data_by=name) for name in COLUMNS}
        for name, button in self._heads.items():
            cell = element("span", role="columnheader", data_col=name)
            cell.append(button)
            self._head.append(cell)
        self._share = element("span", role="columnheader", data_col="share")
        self._head.append(self._share)
        self._space = element("div", "tr-sum-rows", role="rowgroup")
        self._nothing = element("p", "tr-sum-nothing", role="status")
        self._total = element("div", "tr-sum-total", role="row")
        for name in (*COLUMNS, "share"):
            self._total.append(element("span", role="gridcell", data_col=name))
        self._grid.append(self._head, self._space, self._total)
        self._panel.append(top, self._ways, self._nothing, self._grid)
        self.desk.frame.box.append(self._panel)

    # coming and going ------------------------------------------------------------------------

    def _show(self) -> None:
        shown = self.desk.state.summary
        if shown is not bool(self._panel.hidden):
            return
        inside = self._panel.contains(self.desk.frame.active)
        self._panel.hidden = not shown
        if shown:
            self._came_from = self.desk.frame.active
            self._begin()
            self._grid.focus()
        elif inside:
            before = self._came_from
            usable = before is not None and before.isConnected and before != ffi.document.body
            (before if usable else self.desk.frame.part("scene")).focus()

    def _begin(self) -> None:
        """The network that is shown now, in the language that is spoken now."""
        desk = self.desk
        self._turn += 1
        if not desk.state.summary:
            self._table = None
            return
        self._write()
        keep_running(self._count(self._turn))

    async def _count(self, turn: int) -> None:
        """Bring the rows; of thousands of layers that takes its time."""
        desk, before = self.desk, self._table
        trace = desk.session.trace
        if trace is None:
            return
        costs = await gently(desk.session.costs_slices(trace))
        if turn != self._turn:
            return
        table = Table(desk.items.scene, costs, desk.say)
        if before and before.scene is table.scene:
            table.by, table.downwards = before.by, before.downwards
            table.branches.open(before.branches.opened)
            table.find(before.typed)
            table.at = before.at
        else:
            self._field.value = ""
            self._grid.scrollTop = 0
        self._table = table
        self._measure()
        await gently(table.entries())
        odd = await gently(first_nan(trace))
        if odd is not None and turn == self._turn:
            words = phrase("NaN first in {cell}", cell=f"{odd[0]}[{', '.join(map(str, odd[1]))}]")
            button = element("button", "tr-sum-odd", desk.say(words), data_sum="odd")
            button.dataset.cell = json.dumps([odd[0], [*odd[1]]])
            self._ways.append(button)

    def _take(self) -> None:
        """Another run took other times."""
        if self._table and self.desk.state.summary:
            self._begin()

    def _write(self) -> None:
        """What does not follow the rows."""
        desk, say = self.desk, self.desk.say
        name = phrase("Summary of {name}", name=desk.session.name)
        self._title.textContent = say(name)
        self._panel.setAttribute("aria-label", say(name))
        self._ways.replaceChildren(*self._told())
        words = phrase("Name, operator or shape such as 6x28")
        self._field.placeholder = say(words)
        self._field.setAttribute("aria-label", say(words))
        for button, said in (
            ("fold", phrase("Fold or unfold")), ("markdown", phrase("Copy as Markdown")),
            ("csv", phrase("Copy as CSV")), ("close", phrase("Close")),
        ):  # fmt: skip
            self._buttons[button].textContent = say(said)
        self._buttons["fold"].hidden = not desk.items.tree.groups
        for column, heading in COLUMNS.items():
            self._heads[column].textContent = say(heading)
        self._total.firstElementChild.textContent = say(phrase("Total"))

    def _told(self) -> Iterator[Any]:
        """What goes into the network, and what comes out of it."""
        model, say = self.desk.session.model, self.desk.say
        assert model is not None
        arrays = self.desk.session.arrays
        for words, values in (
            (phrase("in"), model.graph.inputs),
            (phrase("out"), model.graph.outputs),
        ):
            yield element("b", text=say(words))
            yield element("span", text=say(joined(", ", _named(values, arrays))))
        layers = sum(bool(block.layer.nodes) for block in self.desk.items.scene.blocks)
        nodes = len(model.graph.nodes)
        yield element("span", text=say(joined(" · ", (
            counted("{count} layer", "{count} layers", layers),
            counted("{count} node", "{count} nodes", nodes),
        ))))  # fmt: skip

    # the rows --------------------------------------------------------------------------------

    def _measure(self) -> None:
        """How high a row is now."""
        if self.desk.state.summary:
            style = ffi.window.getComputedStyle(self._space)
            self._high = float(style.lineHeight.removesuffix("px"))
            self._draw_anew()
            self._reach()

    def _draw_anew(self) -> None:
        self._space.replaceChildren()
        self._elements.clear()
        table = self._table
        if table is None:
            return
        say, measure = self.desk.say, table.measure
        self._panel.dataset.measure = measure
        for name, button in self._heads.items():
            sorted_so = "descending" if table.downwards else "ascending"
            by = name == table.by
            button.parentElement.setAttribute("aria-sort", sorted_so if by else "none")
        self._share.textContent = say(phrase("Share of {measure}", measure=HEAT[measure]))
        cells = {str(cell.dataset.col): cell for cell in self._total.children}
        for name, words in zip(MEASURES, table.totals(), strict=True):
            cells[name].textContent = words
        cells["share"].textContent = cells[measure].textContent
        self._nothing.textContent = "" if table.rows else say(phrase("Nothing is called so."))
        self._draw()

    def _draw(self) -> None:
        """Bring the rows that are in sight onto the page, and take the others off."""
        table = self._table
        if table is None:
            return
        rows, at = table.rows, table.at
        self._space.style.height = f"{len(rows) * self._high:.0f}px"
        self._grid.setAttribute("aria-rowcount", str(len(rows) + 2))
        seen = in_sight(self._grid, self._high, len(rows), at)
        there = {rows[number]: number for number in seen}
        for row in [row for row in self._elements if row not in there]:
            self._elements.pop(row).remove()
        for row, number in there.items():
            if row not in self._elements:
                self._elements[row] = self._element(table, row, number)
        for row, drawn in self._elements.items():
            drawn.classList.toggle("tr-at", there[row] == at)
        if rows:
            self._grid.setAttribute("aria-activedescendant", f"{self._prefix}{rows[at].item}")
        else:
            self._grid.removeAttribute("aria-activedescendant")

    def _element(self, table: Table, row: Row, number: int) -> Any:
        item = row.item
        line = element(
            "div", "tr-sum-row", role="row", id=f"{self._prefix}{item}", data_row=str(number),
            aria_rowindex=str(number + 2), aria_level=str(row.level),
        )  # fmt: skip
        if not table.flat and table.branches.expands(item):
            line.setAttribute("aria-expanded", str(item in table.branches.opened).lower())
        words = [row.name, *table.words(item)]
        for column, text in zip((*COLUMNS, "share"), words, strict=True):
            cell = element("span", role="gridcell", data_col=column, title=text)
            if column == "name":
                cell.append(element("i", "tr-handle"))
            cell.append(text)
            if column in MEASURES:
                cell.style.setProperty("--share", f"{table.share(item, column):.4f}")
            line.append(cell)
        line.style.top = f"{number * self._high:.0f}px"
        line.style.setProperty("--level", str(row.level - 1))
        self._space.append(line)
        return line

    def _reach(self) -> None:
        """Scroll so that the row one is at is in sight."""
        table = self._table
        if table is None or not table.rows:
            return
        top, high = table.at * self._high, self._grid.clientHeight - 2 * self._high
        seen = self._grid.scrollTop
        if top < seen or top + self._high > seen + high:
            self._grid.scrollTop = max(0.0, top - (high - self._high) / 2)
        self._draw()

    # what a person does ----------------------------------------------------------------------

    def _close(self) -> None:
        self.desk.do(looks.summarised(self.desk.state, False))
        self.desk.store.rest()

    def _typed(self) -> None:
        if self._table:
            self._table.find(str(self._field.value))
            self._grid.scrollTop = 0
            self._draw_anew()

    def _clicked(self, event: Any) -> None:
        target, table = event.target, self._table
        button = ffi.found(target.closest("[data-by], [data-sum]"))
        line = ffi.found(target.closest("[data-row]"))
        if button is not None and button == self._buttons["close"]:
            self._close()
        elif table is None:  # which is still being counted
            return
        elif button is not None:
            self._do(table, button)
        elif line is not None:
            row = table.rows[int(line.dataset.row)]
            folds = ffi.found(target.closest(".tr-handle")) is not None
            table.at = int(line.dataset.row)
            if folds and not table.flat and table.branches.expands(row.item):
                self._fold(table, row.item)
            else:
                self._go(row.item)

    def _do(self, table: Table, button: Any) -> None:
        by, what = (ffi.found(button.getAttribute(name)) for name in ("data-by", "data-sum"))
        if by is not None:
            table.sort(str(by))
            self._grid.scrollTop = 0
            self._draw_anew()
        elif what == "odd":
            tensor, index = json.loads(button.dataset.cell)
            there = selecting.seen(self.desk.state, self.desk.items, tensor, tuple(index))
            self.desk.jump(looks.summarised(there, False))
        elif what == "fold":
            table.fold_all()
            self._draw_anew()
        elif what == "csv":
            self._copy(as_csv(table, self.desk.say))
        else:
            self._copy(as_markdown(table, self._title.textContent, self.desk.say))

    def _fold(self, table: Table, item: int) -> None:
        table.fold(item)
        self._draw_anew()
        self._reach()

    def _pressed(self, event: Any) -> None:
        table, key = self._table, str(event.key)
        if table is None or event.ctrlKey or event.metaKey or event.altKey:
            return
        on = str(event.target.tagName)
        if (on == "BUTTON" and key in ("Enter", " ")) or (
            on == "INPUT" and key not in _WHILE_TYPED
        ):
            return
        if key == "Escape":
            self._close()
        elif not self._acted(table, key):
            return
        event.preventDefault()
        event.stopPropagation()

    def _acted(self, table: Table, key: str) -> bool:
        """Do what a key means in the table; False if it means nothing here."""
        if not table.rows:
            return False
        item, last = table.rows[table.at].item, len(table.rows) - 1
        page = max(1, int(self._grid.clientHeight / self._high) - 4)
        if key == "Enter":
            self._go(item)
            return True
        if key == " " and not table.flat and table.branches.expands(item):
            self._fold(table, item)
            return True
        if table.flat:
            meaning: int | set[int] | None = {
                "ArrowDown": table.at + 1, "ArrowUp": table.at - 1, "Home": 0, "End": last,
                "PageDown": table.at + page, "PageUp": table.at - page,
            }.get(key)  # fmt: skip
        else:
            meaning = table.branches.meaning(key, page)
        if meaning is None:
            return False
        if isinstance(meaning, set):
            table.branches.open(meaning)
            self._draw_anew()
        else:
            table.at = max(0, min(last, meaning))
        self._reach()
        return True

    def _go(self, item: int) -> None:
        self.desk.jump(travelling.gone_from_summary(self.desk.state, self.desk.items, item))

    # taking it along -------------------------------------------------------------------------

    def _copy(self, pieces: Iterable[str]) -> None:
        self.desk.session.background(self._copied(pieces))

    async def _copied(self, pieces: Iterable[str]) -> None:
        text = await gently(_joined(pieces))
        try:
            await ffi.window.navigator.clipboard.writeText(text)
        except Exception:  # no clipboard, or it was not allowed
            self.desk.said.tell(phrase("The browser does not let the page copy."))
            return
        self.desk.hinted.tell(phrase("The table is copied."))

    def dispose(self) -> None:
        """Let go of the page's events, and of the panel."""
        self._handlers.remove()
        self._panel.remove()


def _named(values: Iterable[ValueInfo], arrays: Mapping[str, Any]) -> list[str]:
    """Inputs or outputs with the shapes that they have in this run."""
    told = []
    for value in values:
        shape = " × ".join(map(str, np.shape(arrays.get(value.name, 0)))) or "1"
        told.append(f"{value.name} ({shape})")
    return told


def _joined(pieces: Iterable[str]) -> Slices[str]:
    """One text of many pieces, with a pause after each."""
    parts = []
    for piece in pieces:
        parts.append(piece)
        yield
    return "".join(parts)
