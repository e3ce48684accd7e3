"""The sight of a scene: where everything stands in it now, and the eye that looks at it."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from tensorama.scene import Camera, Layout, build_scene
from tensorama.scene.camera.camera import Room, project
from tensorama.scene.camera.eye import Eye
from tensorama.scene.camera.pick import Hit, pick
from tensorama.scene.camera.reach import reach
from tensorama.scene.layout.fitting import arrange_in
from tensorama.scene.layout.places import Places, Spots


class Sight:
    """Knows what is where, in the scene and on the window, at this moment and once all has come to
    rest. `request_frame` is called when something is seen elsewhere from now on."""

    def __init__(self, request_frame: Callable[[], None]) -> None:
        self.request_frame = request_frame
        self.eye = Eye()
        self.scene = build_scene((), {})
        self.now = Places(self.scene, arrange_in(self.scene, (), self.room))
        self.calm = False  # a person asked for less movement
        self._boxes = np.zeros((0, 4))
        self._boxed_by = (np.zeros((0, 2, 3)),) * 3

    @property
    def layout(self) -> Layout:
        """Where everything stands when all movement is over."""
        return self.now.layout

    @property
    def opened(self) -> set[int]:
        """The open blocks and groups."""
        return self.now.opened

    # from where it is seen -------------------------------------------------------------------

    @property
    def room(self) -> Room:
        """The window, and the part of it that is free."""
        return self.eye.room

    @property
    def camera(self) -> Camera:
        """From where the picture is seen at this moment."""
        return self.eye.camera

    @property
    def heading(self) -> Camera:
        """From where the picture will be seen when the camera has arrived."""
        return self.eye.heading

    @property
    def following(self) -> bool:
        """Whether the camera keeps everything in view, as nobody has moved it."""
        return self.eye.following

    def look(self, change: Callable[[Camera], Camera], quick: bool = False) -> None:
        """Change the camera that is being moved to, e.g. `look(lambda c: c.orbit(0.1, 0))`.

        `quick` follows a hand closely; otherwise the camera travels there at ease.
        """
        self.eye.look(change, quick)
        self.request_frame()

    def zoomed(self, camera: Camera, factor: float, towards: np.ndarray | None = None) -> Camera:
        """A camera closer by or further away, as far as there is something to be seen."""
        return self.eye.zoomed(camera, factor, towards)

    def fit(self, home: bool = False, at_once: bool = False) -> None:
        """Bring everything into view, as large as it goes; `home` also turns to the first view."""
        self.eye.fit(self.layout.points, home, at_once or self.calm)
        self.request_frame()

    def arrive(self) -> None:
        """End all travelling at once."""
        self.eye.arrive()
        self.now.arrive()
        self.request_frame()

    def fly_to(self, item: int) -> None:
        """Bring one block or group close: what it is seen as now."""
        self.look(lambda camera: camera.fitted(self._corners(item), self.room))

    def bring_in(self, item: int) -> None:
        """Bring one block or group into the free part of the window, if it will reach beyond."""
        (x, y, right, low), room = self.destination(item), self.room
        inside = x >= room.left and right <= room.width - room.right
        if not (inside and y >= room.top and low <= room.height - room.bottom):
            self.fly_to(item)

    def destination(self, item: int) -> np.ndarray:
        """Where an item will be on the window, (4,): left, top, right, bottom in CSS pixels."""
        seen = project(self._corners(item), self.heading.matrix(self.room), self.room)[:, :2]
        return np.concatenate([seen.min(axis=0), seen.max(axis=0)])

    def _corners(self, item: int) -> np.ndarray:
        left, bottom, right, top = self.rectangle(item)
        return np.array([[left, bottom, 0], [right, bottom, 0], [right, top, 0], [left, top, 0]])

    def rectangle(self, item: int) -> tuple[float, float, float, float]:
        """Where an item will stand: left, bottom, right, top."""
        return self.now.rectangle(item)

    def label_pixels(self) -> float:
        """The height in CSS pixels that is free under each block at this moment."""
        return self.layout.label / self.unit()

    def unit(self) -> float:
        """How many units of the scene a CSS pixel is at this moment."""
        return self.camera.unit(self.room)

    def spots(self) -> Spots:
        """Where the labels of all that is seen hang at this moment, in the scene."""
        return self.now.spots()

    def places(self) -> np.ndarray:
        """Where each quad is at this moment, (Q,5): x, y, z, width, height."""
        return self.now.quads()

    def matrix(self) -> np.ndarray:
        """From the scene to clip space, at this moment."""
        return self.eye.matrix

    def on_screen(self, points: np.ndarray) -> np.ndarray:
        """Points of the scene (P,3) in CSS pixels of the canvas (P,3): x, y, distance."""
        return self.eye.on_screen(points)

    # the pointer -----------------------------------------------------------------------------

    def pick(self, x: float, y: float) -> Hit | None:
        """What lies under this pixel of the canvas."""
        start, direction = self.eye.ray(x, y)
        now = self.now
        return pick(self.scene, now.anchors, now.opening, now.shown, start, direction)

    def boxes(self) -> np.ndarray:
        """Where the blocks are on the canvas, (B,4): left, top, right, bottom in CSS pixels."""
        by = self.eye.matrix, self.now.anchors, self.now.sizes  # other arrays when anything moved
        if not all(a is b for a, b in zip(by, self._boxed_by, strict=True)):
            corners = self.now.corners()
            seen = self.on_screen(corners.reshape(-1, 3))[:, :2].reshape(*corners.shape[:2], 2)
            self._boxes = np.concatenate([seen.min(axis=1), seen.max(axis=1)], axis=1)
            self._boxed_by = by
        return self._boxes

    def point_under(self, x: float, y: float) -> np.ndarray:
        """The point of the scene under a pixel, in the plane z = 0 or else near the target."""
        return self.eye.point_under(x, y)

    def _reach(self) -> None:
        self.eye.reach = reach(self.scene, self.layout.points, self.room)

    def _looked_at(self, changed: set[int]) -> int | None:
        """What must not jump: the one that opens or closes, or what is nearest to the middle."""
        if len(changed) == 1:
            return self.scene.tree.face(next(iter(changed)))
        blocks = np.flatnonzero(self.layout.shown)
        if not len(blocks):
            return None
        away = np.linalg.norm(self.layout.anchors[blocks] - self.heading.target, axis=1)
        return int(blocks[away.argmin()])

    def _keep_in_sight(self, block: int, before: Layout) -> None:
        """Move the camera as a block moves from one layout to the next."""
        moved = self.layout.anchors[block] - before.anchors[block]
        self.eye.move(moved)
