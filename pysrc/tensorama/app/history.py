"""Where one has been: back and forward through places of a network. No page in it."""

from __future__ import annotations

from dataclasses import dataclass, replace

from tensorama.app.state import CellName, State
from tensorama.scene import Camera

_KEPT = 100  # places to go back to


@dataclass(frozen=True, slots=True)
class Place:
    """What of a State makes the place that one is at."""

    opened: frozenset[str]
    at: str
    shelf: str
    near: str
    camera: Camera | None
    selected: CellName | None = None
    descent: tuple[CellName, ...] = ()
    about: bool = False

    def like(self, other: Place) -> bool:
        """Whether the difference to another place cannot be seen."""
        if replace(self, camera=None) != replace(other, camera=None):
            return False
        if self.camera is None or other.camera is None:
            return self.camera is other.camera
        return self.camera.near(other.camera)

    def on(self, state: State) -> State:
        """The State with this place."""
        return replace(
            state, opened=self.opened, at=self.at, shelf=self.shelf, near=self.near,
            camera=self.camera, selected=self.selected, descent=self.descent, stepping=None,
            about=self.about,
        )  # fmt: skip


def place_of(state: State) -> Place:
    """Where one is."""
    return Place(
        state.opened, state.at, state.shelf, state.near, state.camera, state.selected,
        state.descent, state.about,
    )  # fmt: skip


class History:
    """The places before and after the present one, as a browser keeps pages."""

    def __init__(self) -> None:
        self._before: list[Place] = []
        self._after: list[Place] = []

    @property
    def ways(self) -> tuple[bool, bool]:
        """Whether there is a way back, and one forward."""
        return bool(self._before), bool(self._after)

    def leave(self, here: Place) -> None:
        """One jumps from here to somewhere new: back leads here, and nothing lies ahead."""
        if not (self._before and self._before[-1].like(here)):
            self._before.append(here)
            del self._before[:-_KEPT]
        self._after.clear()

    def back(self, here: Place) -> Place | None:
        """The place before this one; None if there is none. Forward leads here again."""
        return _step(self._before, self._after, here)

    def forward(self, here: Place) -> Place | None:
        """The place that one came back from; None if there is none."""
        return _step(self._after, self._before, here)

    def forget(self) -> None:
        """Another network is shown: its places are not those of the one before."""
        self._before.clear()
        self._after.clear()


def _step(source: list[Place], other: list[Place], here: Place) -> Place | None:
    while source:
        place = source.pop()
        if not place.like(here):
            other.append(here)
            return place
    return None
