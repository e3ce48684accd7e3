"""The keyboard: everything that the pointer can do with the picture."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from tensorama.view import ffi

if TYPE_CHECKING:
    from tensorama.app.viewer import Viewer

_TURN = 0.12  # radians a key press
_STEP = 40  # CSS pixels a key press
_DIGITS = {f"Digit{digit}" for digit in range(1, 10)}  # with Shift their signs differ by country


class Keys:
    """Keys for one viewer: those of the page if it is the page, else only while it has focus."""

    def __init__(self, viewer: Viewer) -> None:
        self.viewer = viewer
        self._handlers = ffi.Handlers()
        target = viewer.frame.box if viewer.frame.embedded else ffi.document
        self._handlers.on(target, "keydown", self._pressed)

    def _pressed(self, event: Any) -> None:
        if event.target.tagName == "INPUT":
            return
        way = self._way(event)
        if way:
            event.preventDefault()
            way()
            return
        if event.ctrlKey or event.metaKey or event.altKey:
            return
        level = self._level(event)
        if level:
            event.preventDefault()
            self.viewer.steering.show_level(level)
            return
        on_button = event.target.tagName == "BUTTON"
        if on_button and event.key in (" ", "Enter"):
            return  # that presses the button
        do = self._meaning(event.key, bool(event.shiftKey))
        if do:
            event.preventDefault()
            do()

    def _way(self, event: Any) -> Callable[[], Any] | None:
        """Back or forward through where one has been; on some keyboards [ and ] need Alt."""
        key = f"Alt+{event.key}" if event.altKey and not event.ctrlKey else event.key
        viewer = self.viewer
        if key in ("[", "Alt+[", "Alt+ArrowLeft"):
            return viewer.steering.back
        return viewer.steering.forward if key in ("]", "Alt+]", "Alt+ArrowRight") else None

    def _level(self, event: Any) -> int:
        """The level that Shift and a digit ask for, or a digit alone where none can be drawn."""
        code = str(event.code or "")
        digit = int(code[5:]) if code in _DIGITS else 0
        return digit if event.shiftKey or self.viewer.frame.part("pad-box").hidden else 0

    def _meaning(self, key: str, shift: bool) -> Callable[[], Any] | None:
        viewer, stage = self.viewer, self.viewer.stage
        ways = {"ArrowLeft": (-1, 0), "ArrowRight": (1, 0), "ArrowUp": (0, 1), "ArrowDown": (0, -1)}
        if key in ways:
            across, up = ways[key]
            if shift:
                step = _STEP * stage.camera.unit(stage.room)
                return lambda: stage.look(lambda c: c.pan(across * step, up * step))
            return lambda: stage.look(lambda c: c.orbit(across * _TURN, up * _TURN))
        if len(key) == 1 and key.isdigit() and not viewer.frame.part("pad-box").hidden:
            return lambda: viewer.pad.sample(int(key))
        table: dict[str, Callable[[], Any]] = {
            "+": lambda: stage.look(lambda c: c.zoom(0.8)),
            "=": lambda: stage.look(lambda c: c.zoom(0.8)),
            "-": lambda: stage.look(lambda c: c.zoom(1.25)),
            "f": stage.fit,
            "r": lambda: stage.fit(home=True),
            "Home": lambda: stage.fit(home=True),
            "o": viewer.steering.open_level,
            "c": viewer.steering.close_level,
            "u": lambda: viewer.focus.follow(forward=False),
            "d": lambda: viewer.focus.follow(forward=True),
            " ": viewer.timeline.toggle,
            ".": viewer.timeline.forward,
            ",": viewer.timeline.back,
            "h": viewer.heat.next,
            "m": viewer.minimap.toggle,
            "w": lambda: viewer.insight.toggle("weights"),
            "i": lambda: viewer.insight.toggle("inside"),
            "t": viewer.appearance.toggle_theme,
            "s": viewer.appearance.next_scale,
            "l": viewer.outline.toggle,
            "/": viewer.finder.open,
            "?": viewer.notes.toggle_help,
            "Escape": self._escape,
            "Delete": viewer.pad.clear,
            "Backspace": viewer.pad.clear,
        }
        return table.get(key.lower() if len(key) == 1 else key)

    def _escape(self) -> None:
        """Refuse what is asked, or call off what takes its time, or close what floats, or else
        the shelf."""
        if self.viewer.asking.refuse():
            return
        if self.viewer.notes.progressing:
            self.viewer.call_off()
        elif not self.viewer.notes.escape():
            self.viewer.insight.close()

    def dispose(self) -> None:
        """Let go of the page's events."""
        self._handlers.remove()
