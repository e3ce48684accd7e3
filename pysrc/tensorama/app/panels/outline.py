"""The outline beside the picture: the tree of groups and layers, for hand, key and screen reader.

Only the rows in sight are on the page, so that its cost does not follow the size of the network.
"""

from __future__ import annotations

from dataclasses import replace
from itertools import count
from typing import Any

from tensorama.app.actions import looks, opening, travelling
from tensorama.app.branches import Branches, Row
from tensorama.app.cells import item_under
from tensorama.app.desk import Desk
from tensorama.app.insight import in_sight
from tensorama.phrases import joined, phrase
from tensorama.scene import build_scene
from tensorama.scene.words import said, shape_in_words, tail
from tensorama.view import ffi
from tensorama.view.stage import Stage

_LETTERS = 34  # of a name that a row has room for
_ids = count(1)


class Outline:
    """A panel with the tree, closed at first. It follows what is open in the picture."""

    def __init__(self, desk: Desk) -> None:
        self.desk = desk
        self.frame = desk.frame
        frame = desk.frame
        self._panel, self._tree = frame.part("outline"), frame.part("tree")
        self._space = self._tree.firstElementChild
        self._pattern = self._space.firstElementChild
        self._pattern.remove()
        self._prefix = f"tr-item-{next(_ids)}-"
        self._branches = Branches(build_scene((), {}), desk.say)
        self._elements: dict[Row, Any] = {}
        self._selected = self._lit = -1
        self._high = 28.0
        self._came_from: Any = None
        self._for_good = not isinstance(desk.stage, Stage)  # then it is all there is to see
        self._handlers = ffi.Handlers()
        on = self._handlers.on
        on(self._tree, "click", self._clicked)
        on(self._tree, "keydown", self._pressed)
        on(self._tree, "pointerover", self._pointed)
        self._handlers.do(self._tree, "pointerleave", lambda: desk.pointer.name(None))
        self._handlers.do(self._tree, "blur", lambda: desk.pointer.name(None))
        self._handlers.do(self._tree, "scroll", self._draw)
        desk.session.opened.listen(self._begin)
        desk.spoken.listen(self._say_anew)
        desk.store.listen(lambda before, after: self._show(), "outline")
        desk.store.listen(lambda before, after: self._follow(), "opened")
        desk.store.listen(lambda before, after: self._select(), "at", "near")
        desk.pointer.named.listen(self._light)
        desk.pointer.moved.listen(lambda before, after: self._light(item_under(desk)))
        desk.resized.listen(self._measure)
        if self._for_good:
            desk.store.put(looks.outlined(desk.state, True))

    # the panel -------------------------------------------------------------------------------

    @property
    def shown(self) -> bool:
        """Whether the panel stands on the page."""
        return not self._panel.hidden

    def _show(self) -> None:
        """Show the panel and go into it, or close it and go back to where one came from."""
        shown = self.desk.state.outline or self._for_good
        if shown == self.shown:
            return
        inside = self._panel.contains(self.desk.frame.active)
        if shown:
            self._came_from = self.desk.frame.active
        self._panel.hidden = not shown
        self.frame.button("outline").setAttribute("aria-expanded", str(shown).lower())
        self.desk.resized.tell()  # measures this too
        if shown and not self._for_good:
            self._reach()
            self._tree.focus()
        elif inside:
            before = self._came_from
            usable = before is not None and before.isConnected and before != ffi.document.body
            (before if usable else self.frame.part("scene")).focus()

    def _put_away(self) -> None:
        self.desk.do(looks.outlined(self.desk.state, False))

    def _measure(self) -> None:
        """The window changed, and with it how high a row is and how many are in sight."""
        if self.shown:
            style = ffi.window.getComputedStyle(self._tree)
            self._high = float(style.lineHeight.removesuffix("px"))
            self._draw_anew()

    # what it shows ---------------------------------------------------------------------------

    def _begin(self) -> None:
        """Show the outline of another network."""
        self._branches = Branches(self.desk.stage.scene, self.desk.say)
        self._selected = self._lit = -1
        self._name()
        self._tree.scrollTop = 0
        self._show()
        self._follow()

    def _name(self) -> None:
        words = phrase("Layers of {name}", name=self.desk.session.name)
        self._tree.setAttribute("aria-label", self.desk.say(words))

    def _say_anew(self) -> None:
        """The same rows in another language."""
        self._branches.count_anew()
        self._name()
        self._draw_anew()

    def _follow(self) -> None:
        """Exactly these are open in the picture now."""
        self._branches.open(self.desk.items.numbers(self.desk.state.opened))
        self._draw_anew()
        self._reach()

    def _select(self) -> None:
        """What was brought close is the one that a person is at."""
        item = self.desk.items.number(self.desk.state.near)
        if item is not None and item != self._selected:
            self._selected = item
            self._branches.go_to(item)
            self._draw_anew()
            self._reach()

    def _light(self, item: int | None) -> None:
        """The pointer is over this item, or over none."""
        lit = self._branches.seen_as(item) if item is not None else -1
        if lit != self._lit:
            self._lit = lit
            for row, element in self._elements.items():
                element.classList.toggle("tr-lit", row.item == lit)

    def _draw_anew(self) -> None:
        self._space.replaceChildren()
        self._elements.clear()
        self._draw()

    def _draw(self) -> None:
        """Bring the rows that are in sight onto the page, and take the others off."""
        if not self.shown:
            return
        rows, at = self._branches.rows, self._branches.at
        self._space.style.height = f"{len(rows) * self._high:.0f}px"
        seen = in_sight(self._tree, self._high, len(rows), at)
        there = {rows[number]: number for number in seen}
        for row in [row for row in self._elements if row not in there]:
            self._elements.pop(row).remove()
        for row, number in there.items():
            if row not in self._elements:
                self._elements[row] = self._element(row, number)
        for row, element in self._elements.items():
            element.classList.toggle("tr-at", there[row] == at)
        if rows:
            self._tree.setAttribute("aria-activedescendant", self._id(rows[at]))
        else:
            self._tree.removeAttribute("aria-activedescendant")

    def _element(self, line: Row, number: int) -> Any:
        element = self._pattern.cloneNode(True)
        scene, item = self._branches.scene, line.item
        shape = scene.blocks[scene.tree.face(item)].picture.shape
        _, name, op, size = element.children
        say, layer = self.desk.say, scene.layer(item)
        size.textContent = say(shape_in_words(shape))
        name.textContent, words = tail(line.name, _LETTERS), say(layer.op)
        op.textContent = words if layer.kind != "input" else ""
        element.title = f"{say(layer.name)} · {words} · {size.textContent}"
        element.id = self._id(line)
        is_open = item in self._branches.opened
        told = [said(replace(layer, name=line.name), shape)]
        if is_open and not self._branches.expands(item):
            told.append(phrase("its maps are open"))
        attributes = {
            "aria-label": say(joined(" · ", told)),
            "aria-level": line.level,
            "aria-posinset": line.position,
            "aria-setsize": line.siblings,
            "aria-selected": str(item == self._selected).lower(),
            "data-row": number,
        }
        if self._branches.expands(item):
            attributes["aria-expanded"] = str(is_open).lower()
        for key, value in attributes.items():
            element.setAttribute(key, str(value))
        element.classList.toggle("tr-lit", item == self._lit)
        element.classList.toggle("tr-open", is_open)
        element.style.top = f"{number * self._high:.0f}px"
        element.style.setProperty("--level", str(line.level - 1))
        self._space.append(element)
        return element

    def _id(self, row: Row) -> str:
        return f"{self._prefix}{row.item}"

    def _reach(self) -> None:
        """Scroll so that the row one is at is in sight."""
        if not (self.shown and self._branches.rows):
            return
        top = self._branches.at * self._high
        high = self._tree.clientHeight
        seen_from = self._tree.scrollTop
        if top < seen_from or top + self._high > seen_from + high:
            self._tree.scrollTop = max(0.0, top - (high - self._high) / 2)
        self._draw()

    # what a person does ----------------------------------------------------------------------

    def _row_under(self, event: Any) -> Row | None:
        element = ffi.found(event.target.closest("[data-row]"))
        return self._branches.rows[int(element.dataset.row)] if element is not None else None

    def _clicked(self, event: Any) -> None:
        row = self._row_under(event)
        if row is None:
            return
        self._branches.at = self._branches.row_of(row.item)
        on_handle = ffi.found(event.target.closest(".tr-handle")) is not None
        if on_handle and self._branches.expands(row.item):
            self._open({*self._branches.opened} ^ {row.item})
        else:
            self._go_to(row.item)

    def _pointed(self, event: Any) -> None:
        row = self._row_under(event)
        if row is not None and event.pointerType != "touch":
            self.desk.pointer.name(row.item)

    def _pressed(self, event: Any) -> None:
        if event.ctrlKey or event.metaKey or event.altKey:
            return
        if self._acted(str(event.key)):
            event.preventDefault()
            event.stopPropagation()

    def _acted(self, key: str) -> bool:
        """Do what a key means in the tree; False if it means nothing here: letters and digits mean
        the same as everywhere, and what is looked for by its name is found by /."""
        item = self._branches.item
        if key == "Escape":
            self._put_away()
        elif item is None:
            return False
        elif key == "Enter":
            self._go_to(item)
        elif key == " ":
            self._open({*self._branches.opened} ^ {item})
        else:
            page = max(1, int(self._tree.clientHeight / self._high) - 1)
            meaning = self._branches.meaning(key, page)
            if meaning is None:
                return False
            if isinstance(meaning, set):
                self._open(meaning)
            else:
                self._go(meaning)
        return True

    def _go(self, row: int | None) -> None:
        if row is not None:
            self._branches.at = row
            self._reach()
            self.desk.pointer.name(self._branches.item)

    def _open(self, items: set[int]) -> None:
        self.desk.jump(opening.showing(self.desk.state, self.desk.items, items))
        self._branches.open(self.desk.items.numbers(self.desk.state.opened))  # for the next key

    def _go_to(self, item: int) -> None:
        self.desk.jump(travelling.gone_to(self.desk.state, self.desk.items, item))

    def dispose(self) -> None:
        """Let go of the page's events."""
        self._handlers.remove()
