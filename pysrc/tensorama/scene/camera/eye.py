"""The eye: from where the picture is seen at this moment, and how it travels somewhere else."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import replace

import numpy as np

from tensorama.scene.camera.camera import REACH, Camera, Room, project, ray
from tensorama.scene.camera.motion import STIFFNESS, Spring

_AT_EASE, _CLOSE_BEHIND = 11.0, 30.0  # stiffness of the camera's spring


class Eye:
    """A camera that eases to where it should be, in a room that may change.

    `following`: it keeps everything in view, as nobody has moved it. `changed`: the picture is seen
    differently since the last time it was advanced. `reach`: how close and how far one can zoom.
    """

    def __init__(self) -> None:
        self.room = Room(300, 150)
        self.reach = REACH
        self.following = True
        self.changed = True
        self._spring = Spring(_numbers(Camera()), stiffness=_AT_EASE)
        self._awake = False
        self._matrix: np.ndarray | None = None

    @property
    def camera(self) -> Camera:
        """From where the picture is seen at this moment."""
        return _camera(self._spring.now)

    @property
    def heading(self) -> Camera:
        """From where it will be seen when the eye has arrived."""
        return _camera(self._spring.goal)

    @property
    def matrix(self) -> np.ndarray:
        """From the scene to clip space, at this moment."""
        if self._matrix is None:
            self._matrix = self.camera.matrix(self.room)
        return self._matrix

    def zoomed(self, camera: Camera, factor: float, towards: np.ndarray | None = None) -> Camera:
        """A camera closer by or further away, as far as there is something to be seen."""
        return camera.zoom(factor, towards, self.reach)

    def look(self, change: Callable[[Camera], Camera], quick: bool = False) -> None:
        """Travel to a changed camera. `quick` follows a hand closely; otherwise it goes at ease."""
        self.following = False
        self._go(change(self.heading), _CLOSE_BEHIND if quick else _AT_EASE)

    def fit(self, points: np.ndarray, home: bool = False, at_once: bool = False) -> None:
        """Bring these points into view, as large as it goes; `home` also turns to the first view.

        From now on the eye follows.
        """
        self.following = True
        direction = Camera() if home else self.heading
        self._go(direction.fitted(points, self.room), _AT_EASE)
        if at_once:
            self.arrive()

    def _go(self, camera: Camera, stiffness: float) -> None:
        self._spring.goal = _numbers(camera)
        self._spring.stiffness = stiffness
        self._awake = True

    def arrive(self) -> None:
        """Be there at once."""
        self._spring.jump(self._spring.goal)
        self._matrix, self._awake = None, True

    def move(self, way: np.ndarray) -> None:
        """Travel by this way (3,) together with what moves so in the scene."""
        target = np.array(self.heading.target) + way
        self._go(replace(self.heading, target=tuple(target.tolist())), STIFFNESS)

    def resize(self, room: Room) -> None:
        """The window, or the part of it that is free, changed."""
        self.room = room
        self._matrix, self._awake = None, True

    def advance(self, seconds: float) -> bool:
        """Travel on for this time; tell whether it still travels."""
        self.changed = self._awake
        if self._awake:
            self._awake = self._spring.advance(seconds)
            self._matrix = None
        return self._awake

    def on_screen(self, points: np.ndarray) -> np.ndarray:
        """Points of the scene (P,3) in CSS pixels of the window (P,3): x, y, distance."""
        return project(points, self.matrix, self.room)

    def ray(self, x: float, y: float) -> tuple[np.ndarray, np.ndarray]:
        """The line of sight through a pixel of the window: where it starts, and its direction."""
        return ray(x, y, self.matrix, self.room)

    def point_under(self, x: float, y: float) -> np.ndarray:
        """The point of the scene under a pixel, in the plane z = 0 or else near the target."""
        start, direction = self.ray(x, y)
        away = self.camera.distance
        reach = -start[2] / direction[2] if abs(direction[2]) > 0.05 else away
        return start + direction * (reach if 0 < reach < 4 * away else away)


def _numbers(camera: Camera) -> np.ndarray:
    return np.array([*camera.target, camera.yaw, camera.pitch, math.log(camera.distance)])


def _camera(numbers: np.ndarray) -> Camera:
    x, y, z, yaw, pitch, log_distance = numbers.tolist()
    return Camera((x, y, z), yaw, pitch, math.exp(log_distance))
