"""A scene as it is first seen: where all stands, and where its numbers will lie."""

from __future__ import annotations

from dataclasses import dataclass

from tensorama.engine.contract import Slices
from tensorama.scene.build import Scene
from tensorama.scene.camera.camera import Room
from tensorama.scene.camera.eye import Eye
from tensorama.scene.camera.reach import reach
from tensorama.scene.drawing.atlas import Atlas, pack_within
from tensorama.scene.drawing.detail import Limits, Seen, sight_of
from tensorama.scene.layout.fitting import arrange_in
from tensorama.scene.layout.places import Places


@dataclass(frozen=True, slots=True, eq=False)
class Standing:
    """A scene with all closed that is seen as a whole in this room."""

    room: Room
    places: Places
    seen: Seen
    atlas: Atlas


def standing_slices(scene: Scene, room: Room, limits: Limits) -> Slices[Standing]:
    """Work out how a scene is first seen, with pauses in which a page can breathe."""
    places = Places(scene, arrange_in(scene, (), room))
    yield
    eye = Eye()
    eye.resize(room)
    eye.reach = reach(scene, places.layout.points, room)
    eye.fit(places.layout.points, home=True, at_once=True)
    seen = sight_of(places, eye)
    yield
    return Standing(room, places, seen, pack_within(scene, seen, limits))
