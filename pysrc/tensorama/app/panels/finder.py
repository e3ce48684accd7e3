"""The field to search in: what is typed, what was found, and the way there."""

from __future__ import annotations

import re
from itertools import count
from typing import Any

from tensorama.app.actions import travelling
from tensorama.app.commands import Command, key_in_words, listed
from tensorama.app.desk import Desk
from tensorama.app.parts import gone
from tensorama.app.search import Entry, Found, entries, search
from tensorama.phrases import phrase
from tensorama.scene.words import shape_in_words
from tensorama.view import ffi

_LISTED = 60  # of what was found; more are told as a number
_COMMANDS = 6  # of those that fit
_KINDS = {"layer": "", "group": phrase("group"), "tensor": phrase("tensor")}
_ids = count(1)


class Finder:
    """A combobox of ARIA: the keys stay in the field while a choice moves through the list."""

    def __init__(self, desk: Desk) -> None:
        self.desk = desk
        self.frame = desk.frame
        frame = desk.frame
        self._panel, self._field = frame.part("search"), frame.part("typed")
        self._list, self._count = frame.part("found"), frame.part("found-count")
        self._list.id = f"tr-found-{next(_ids)}"
        self._field.setAttribute("aria-controls", self._list.id)
        self._entries: list[Entry] | None = None
        self._found = Found()
        self._choices: list[Entry | Command] = []
        self._at = 0
        self._came_from: Any = None
        self._handlers = ffi.Handlers()
        on = self._handlers.on
        self._handlers.do(self._field, "input", self._search)
        on(self._panel, "keydown", self._pressed)
        on(self._panel, "mousedown", self._held)
        on(self._panel, "focusout", self._left)
        on(self._list, "click", self._clicked)
        on(self._list, "pointerover", self._pointed)
        self._handlers.do(frame.button("regular"), "click", self._switch)
        desk.session.opened.listen(self._begin)
        desk.spoken.listen(self._say_anew)
        desk.asked.listen(self._asked)

    def _asked(self, name: str) -> None:
        if name == "search":
            self._open()

    def _begin(self) -> None:
        """Search in another network from now on."""
        self._entries = None
        self._close()

    def _say_anew(self) -> None:
        """What is found has other names now."""
        self._entries = None
        if not self._panel.hidden:
            self._search()

    def _open(self) -> None:
        """Show the field, with what was typed last ready to be typed over."""
        if self._panel.hidden:
            self._came_from = self.desk.frame.active
        self._panel.hidden = False
        self._field.focus()
        self._field.select()
        self._search()

    def _close(self, there: bool = False) -> None:
        """Take the field away; the keys go back to where they were, or, if one goes where the
        choice leads, to the picture."""
        if self._panel.hidden:
            return
        inside = self._panel.contains(self.desk.frame.active)
        self._panel.hidden = True
        self.desk.pointer.name(None)
        if inside:
            before = self._came_from
            back = before is not None and before.isConnected and before != ffi.document.body
            (before if back and not there else self.frame.part("scene")).focus()

    @property
    def _regular(self) -> bool:
        return bool(self.frame.button("regular").getAttribute("aria-pressed") == "true")

    def _switch(self) -> None:
        """Read what is typed as a regular expression, or as words again."""
        self.frame.button("regular").setAttribute("aria-pressed", str(not self._regular).lower())
        self._search()

    def _search(self) -> None:
        shown = self.desk.session.shown
        if self._entries is None and shown is not None:
            self._entries = entries(shown.scene, shown.shapes, self.desk.say)
        typed = str(self._field.value)
        self._found = search(self._entries or [], typed, self._regular)
        self._choices = [*self._commands(typed), *self._found.entries[:_LISTED]]
        self._list.replaceChildren()
        for number, choice in enumerate(self._choices):
            self._list.append(self._option(number, choice))
        self._list.scrollTop = 0
        self._count.textContent = self.desk.say(self._told())
        self._field.setAttribute("aria-expanded", str(bool(self._choices)).lower())
        self._choose(0)

    def _commands(self, typed: str) -> list[Command]:
        """What can be done, by what is typed: each of its words begins a word of the command."""
        words = typed.lower().split()
        if not words or self._regular:
            return []
        say = self.desk.say
        hidden = gone(self.desk.state.hidden)
        fitting = [
            c
            for c in listed(self.desk)
            if c.name not in hidden and (fits(words, c.words) or fits(words, say(c.words)))
        ]
        return fitting[:_COMMANDS]

    def _told(self) -> str:
        number = len(self._found.entries)
        if self._found.problem or number:
            rest = phrase("{count} found, the first {most} are listed", count=number, most=_LISTED)
            return self._found.problem or (rest if number > _LISTED else "")
        nothing = str(self._field.value).strip() and not self._choices
        return phrase("Nothing is called so.") if nothing else ""

    def _option(self, number: int, choice: Entry | Command) -> Any:
        option = ffi.document.createElement("div")
        option.setAttribute("role", "option")
        option.id = f"{self._list.id}-{number}"
        option.dataset.number = str(number)
        if isinstance(choice, Command):
            key = key_in_words(choice.keys[0]) if choice.keys else ""
            texts = self.desk.say(choice.words), self.desk.say(phrase("command")), key
            option.classList.add("tr-command")
        else:
            op = " · ".join(part for part in (choice.op, self._sort(choice)) if part)
            texts = choice.name, op, self.desk.say(shape_in_words(choice.shape))
        for text in texts:
            part = ffi.document.createElement("span")
            part.textContent = text
            option.append(part)
        option.title = texts[0]
        return option

    def _sort(self, entry: Entry) -> str:
        """What a tensor or a group is; many groups have one name, in different groups."""
        scene, say = self.desk.stage.scene, self.desk.say
        around = scene.tree.around(entry.item)
        if entry.kind == "group" and around:
            return say(phrase("group in {name}", name=scene.layer(around[-1]).name))
        return say(_KINDS[entry.kind])

    def _choose(self, number: int) -> None:
        """The choice is at this one of the list."""
        listed = self._list.children
        for old in self._list.querySelectorAll("[aria-selected]"):
            old.removeAttribute("aria-selected")
        self._at = max(0, min(listed.length - 1, number))
        if not listed.length:
            self._field.removeAttribute("aria-activedescendant")
            self.desk.pointer.name(None)
            return
        option = listed.item(self._at)
        option.setAttribute("aria-selected", "true")
        option.scrollIntoView(ffi.options(block="nearest"))
        self._field.setAttribute("aria-activedescendant", option.id)
        choice = self._choices[self._at]
        self.desk.pointer.name(None if isinstance(choice, Command) else choice.item)

    # what a person does ----------------------------------------------------------------------

    def _pressed(self, event: Any) -> None:
        last = self._list.children.length - 1
        moves = {
            "ArrowDown": 0 if self._at == last else self._at + 1,
            "ArrowUp": last if self._at == 0 else self._at - 1,
            "PageDown": self._at + 8,
            "PageUp": self._at - 8,
        }
        if event.key == "Escape":
            self._close()
        elif event.altKey and event.code == "KeyR":
            self._switch()
        elif event.key in moves:
            self._choose(moves[event.key])
        elif event.key == "Enter" and event.target.tagName == "INPUT":
            self._go(self._at)
        else:
            return
        event.preventDefault()
        event.stopPropagation()

    def _number(self, event: Any) -> int | None:
        option = ffi.found(event.target.closest("[data-number]"))
        return int(option.dataset.number) if option is not None else None

    def _clicked(self, event: Any) -> None:
        number = self._number(event)
        if number is not None:
            self._go(number)

    def _pointed(self, event: Any) -> None:
        number = self._number(event)
        if number is not None and number != self._at and event.pointerType != "touch":
            self._choose(number)

    def _held(self, event: Any) -> None:
        """The field keeps the keys while something else of the panel is pressed."""
        if event.target.tagName != "INPUT":
            event.preventDefault()

    def _left(self, event: Any) -> None:
        goes = ffi.found(event.relatedTarget)
        if goes is not None and not self._panel.contains(goes):
            self._close()

    def _go(self, number: int) -> None:
        if number >= len(self._choices):
            return
        choice = self._choices[number]
        self._close(there=True)
        if isinstance(choice, Command):
            choice.do(self.desk)
        else:
            self.desk.jump(travelling.gone_to(self.desk.state, self.desk.items, choice.item))

    def dispose(self) -> None:
        """Let go of the page's events."""
        self._handlers.remove()


def fits(typed: list[str], words: str) -> bool:
    """Whether each typed word begins one of these words, or stands anywhere in one whose script
    has no spaces between words."""
    own = re.sub(r"[,:，、：（）()]", " ", words.lower()).split()
    return all(
        any(word.startswith(letters) or (not word.isascii() and letters in word) for word in own)
        for letters in typed
    )
