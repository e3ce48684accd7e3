"""Holds the State: takes what actions make of it, remembers what was before, tells who asked.

    store.listen(redraw, "opened", "at")         # redraw(before, after) when one of these changed
    store.do(opening.toggled(store.state, items, number))
    store.undo()

Who asked is told once a frame, however much was done meanwhile: `soon` is called when there is
something to tell, and whoever draws the next frame calls `tell`.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, fields, replace

from tensorama.app.state import State

Listener = Callable[[State, State], None]

_KEPT = 200  # steps that can be taken back
_PASSING = frozenset({"position"})  # what goes on by itself is no step of a person
_NAMES = tuple(field.name for field in fields(State))


def changed(before: State, after: State) -> frozenset[str]:
    """The names of the parts in which two States differ."""
    return frozenset(n for n in _NAMES if getattr(before, n) != getattr(after, n))


@dataclass(slots=True)
class _Step:
    """What was before a step and after it; `going_on`: what is done next may still belong to it."""

    before: State
    after: State
    going_on: bool


class Store:
    """The State of one box, and the steps that led to it."""

    def __init__(self, state: State, soon: Callable[[], None] = lambda: None) -> None:
        self.state = state
        self._told = state  # what those who listen know
        self._soon = soon
        self._listeners: list[tuple[Listener, frozenset[str]]] = []
        self._done: list[_Step] = []
        self._undone: list[_Step] = []

    def listen(self, listener: Listener, *names: str) -> None:
        """Call `listener(before, after)` when one of these parts of the State has changed; without
        a name, when any has."""
        unknown = set(names) - set(_NAMES)
        assert not unknown, f"a State has no {unknown}"
        self._listeners.append((listener, frozenset(names or _NAMES)))

    def do(self, state: State, going_on: bool = False) -> None:
        """Be in this State from now on.

        going_on: a hand is still at it; what it does next of the same kind is one step with this.
        """
        before, self.state = self.state, state
        parts = changed(before, state) - _PASSING
        if not changed(before, state):
            return
        if parts:
            self._remember(before, state, parts, going_on)
        self._soon()

    def _remember(self, before: State, after: State, parts: frozenset[str], going_on: bool) -> None:
        last = self._done[-1] if self._done else None
        if last and last.going_on and parts <= changed(last.before, last.after):
            last.after, last.going_on = after, going_on
        else:
            self._done.append(_Step(before, after, going_on))
            del self._done[:-_KEPT]
        self._undone.clear()

    @property
    def going_on(self) -> bool:
        """Whether a hand is still at what was done last."""
        return bool(self._done) and self._done[-1].going_on

    def rest(self) -> None:
        """The hand is gone: what is done next is a step of its own."""
        if self._done:
            self._done[-1].going_on = False

    def put(self, state: State) -> None:
        """Be in this State without a step that leads back: what answered by itself, not a person.

        What can be taken back stays what it was.
        """
        if state != self.state:
            self.state = state
            self._soon()

    def begin(self, state: State) -> None:
        """The first model is shown, in this State: nothing can be taken back."""
        self._done.clear()
        self._undone.clear()
        self.state = state

    def enter(self, state: State) -> None:
        """Another model is shown, in this State: a step like others, but that whoever takes it back
        has to open the model of before."""
        self._done.append(_Step(self.state, state, False))
        del self._done[:-_KEPT]
        self._undone.clear()
        self.state = state

    @property
    def others(self) -> tuple[State | None, State | None]:
        """The State that undo leads to, and that redo does, if it is one of another model."""
        behind = self._done[-1].before if self._done else self.state
        ahead = self._undone[-1].after if self._undone else self.state
        own = self.state.model
        return behind if behind.model != own else None, ahead if ahead.model != own else None

    def back_to(self, state: State) -> None:
        """The model that `others` named first is shown again, in this State."""
        self._undone.append(self._done.pop())
        self.state = state

    def on_to(self, state: State) -> None:
        """The model that `others` named second is shown again, in this State."""
        self._done.append(self._undone.pop())
        self.state = state

    @property
    def ways(self) -> tuple[bool, bool]:
        """Whether there is something to take back, and something to do again."""
        return bool(self._done), bool(self._undone)

    def undo(self) -> tuple[State, State] | None:
        """Take the last step back; gives what it had changed, (before, after), None if nothing."""
        if not self._done:
            return None
        step = self._done.pop()
        self._undone.append(step)
        self.state = _with_parts(self.state, step.before, changed(step.before, step.after))
        self._soon()
        return step.before, step.after

    def redo(self) -> tuple[State, State] | None:
        """Do again what was last taken back; gives what it changes, None if nothing."""
        if not self._undone:
            return None
        step = self._undone.pop()
        step.going_on = False
        self._done.append(step)
        self.state = _with_parts(self.state, step.after, changed(step.before, step.after))
        self._soon()
        return step.before, step.after

    def tell(self) -> None:
        """Tell all who asked what changed since they were last told."""
        while self._told != self.state:
            before, after = self._told, self.state
            self._told = after
            parts = changed(before, after)
            for listener, names in tuple(self._listeners):
                if not names.isdisjoint(parts):
                    listener(before, after)


def _with_parts(state: State, other: State, names: frozenset[str]) -> State:
    return replace(state, **{name: getattr(other, name) for name in names})
