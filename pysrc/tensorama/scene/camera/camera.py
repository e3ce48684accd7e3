"""From where the scene is seen: angles, distance, and the free part of the window.

All pure arithmetic; the drawing, the labels, the pointer and the poster share one matrix.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, replace

import numpy as np

FIELD_OF_VIEW = math.radians(26)
HOME_YAW, HOME_PITCH = math.radians(-27), math.radians(15)
_STEEPEST = math.radians(88)
_NEAREST = 2.0  # units; no closer to what is brought into view
Reach = tuple[float, float]  # units from the target: no closer, no further
REACH: Reach = _NEAREST, 5000.0


@dataclass(frozen=True, slots=True)
class Room:
    """The window in CSS pixels and, inside it, the part where nothing covers the picture."""

    width: float
    height: float
    left: float = 0
    top: float = 0
    right: float = 0
    bottom: float = 0

    @property
    def free_width(self) -> float:
        return max(40.0, self.width - self.left - self.right)

    @property
    def free_height(self) -> float:
        return max(40.0, self.height - self.top - self.bottom)

    @property
    def aspect(self) -> float:
        """Width by height of the free part."""
        return self.free_width / self.free_height


@dataclass(frozen=True, slots=True)
class Camera:
    """Looks at `target` from `distance`; yaw turns around y (negative: from the left), pitch up."""

    target: tuple[float, float, float] = (0, 0, 0)
    yaw: float = HOME_YAW
    pitch: float = HOME_PITCH
    distance: float = 100

    def orbit(self, yaw: float, pitch: float) -> Camera:
        """Turn by these angles (radians)."""
        pitch = max(-_STEEPEST, min(_STEEPEST, self.pitch + pitch))
        return replace(self, yaw=self.yaw + yaw, pitch=pitch)

    def pan(self, right: float, up: float) -> Camera:
        """Move sideways and up, in units of the scene, in the plane of the picture."""
        x, y, _ = self.axes()
        target = np.array(self.target) + x * right + y * up
        return replace(self, target=_point(target))

    def zoom(
        self, factor: float, towards: np.ndarray | None = None, reach: Reach = REACH
    ) -> Camera:
        """Come closer (factor < 1) or go away; `towards` is a point that keeps its place.

        reach: no closer to the target than this, and no further away.
        """
        closest, furthest = reach
        distance = max(closest, min(furthest, self.distance * factor))
        real = distance / self.distance
        target = np.array(self.target)
        if towards is not None:
            target = towards + (target - towards) * real
        return replace(self, distance=distance, target=_point(target))

    def axes(self) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        """The picture's right and up, and the direction towards the viewer, as unit vectors."""
        cy, sy, cp, sp = (
            math.cos(self.yaw), math.sin(self.yaw), math.cos(self.pitch), math.sin(self.pitch),
        )  # fmt: skip
        towards = np.array([sy * cp, sp, cy * cp])
        right = np.array([cy, 0.0, -sy])
        return right, np.cross(towards, right), towards

    @property
    def position(self) -> np.ndarray:
        """Where the eye is."""
        return np.array(self.target) + self.axes()[2] * self.distance

    def unit(self, room: Room) -> float:
        """How many units of the scene a CSS pixel is, at the distance of the target."""
        return 2 * self.distance * math.tan(FIELD_OF_VIEW / 2) / room.free_height

    def matrix(self, room: Room) -> np.ndarray:
        """From the scene to clip space, (4,4), with the target in the middle of the free part.

        p_clip = matrix @ (x, y, z, 1)
        """
        right, up, towards = self.axes()
        view = np.eye(4)
        view[0, :3], view[1, :3], view[2, :3] = right, up, towards
        view[:3, 3] = -view[:3, :3] @ self.position
        near, far = max(0.05, self.distance * 0.02), self.distance * 12 + 200
        f = 1 / math.tan(FIELD_OF_VIEW / 2)
        projection = np.zeros((4, 4))
        projection[0, 0], projection[1, 1] = f / room.aspect, f
        projection[2, 2] = (far + near) / (near - far)
        projection[2, 3] = 2 * far * near / (near - far)
        projection[3, 2] = -1
        window = np.eye(4)  # put the free part where it is in the window
        window[0, 0] = room.free_width / room.width
        window[1, 1] = room.free_height / room.height
        window[0, 3] = (room.left + room.free_width / 2) / room.width * 2 - 1
        window[1, 3] = 1 - (room.top + room.free_height / 2) / room.height * 2
        return window @ projection @ view

    def fitted(self, points: np.ndarray, room: Room, margin: float = 0.94) -> Camera:
        """The same direction, so close and so placed that all points just fit the free part."""
        if not len(points):
            return self
        right, up, towards = self.axes()
        half_y = math.tan(FIELD_OF_VIEW / 2) * margin
        half_x = half_y * room.aspect
        x, y, z = points @ right, points @ up, points @ towards
        # |x - cx| <= half · (d - z) for each point, both ways: the extreme planes give d and cx
        reach_right, reach_left = (x + half_x * z).max(), (x - half_x * z).min()
        reach_up, reach_down = (y + half_y * z).max(), (y - half_y * z).min()
        middle = float((z.min() + z.max()) / 2)
        distance = max(
            (reach_right - reach_left) / (2 * half_x),
            (reach_up - reach_down) / (2 * half_y),
            middle + _NEAREST,
        )
        target = right * (reach_right + reach_left) / 2 + up * (reach_up + reach_down) / 2
        target = target + towards * middle
        return replace(self, target=_point(target), distance=float(distance) - middle)

    def near(self, other: Camera) -> bool:
        """Whether the difference to another camera cannot be seen."""
        moved = math.dist(self.target, other.target) / self.distance
        turned = abs(self.yaw - other.yaw) + abs(self.pitch - other.pitch)
        return moved + turned + abs(self.distance / other.distance - 1) < 2e-4


def _point(values: np.ndarray) -> tuple[float, float, float]:
    x, y, z = map(float, values)
    return x, y, z


def project(points: np.ndarray, matrix: np.ndarray, room: Room) -> np.ndarray:
    """Points of the scene (P,3) → window (P,3): x and y in CSS pixels, and the distance w.

    w is not positive behind the eye.
    """
    clip = np.column_stack([points, np.ones(len(points))]) @ matrix.T
    w = clip[:, 3]
    safe = np.where(w > 1e-6, w, np.inf)
    x = (clip[:, 0] / safe + 1) / 2 * room.width
    y = (1 - clip[:, 1] / safe) / 2 * room.height
    return np.column_stack([x, y, w])


def ray(x: float, y: float, matrix: np.ndarray, room: Room) -> tuple[np.ndarray, np.ndarray]:
    """The line of sight through a pixel of the window: where it starts, and its direction."""
    inverse = np.linalg.inv(matrix)
    ndc = np.array([x / room.width * 2 - 1, 1 - y / room.height * 2])
    near, far = (inverse @ [*ndc, depth, 1] for depth in (-1.0, 1.0))
    start, end = near[:3] / near[3], far[:3] / far[3]
    return start, (end - start) / np.linalg.norm(end - start)
