"""A stage without a picture, for browsers that cannot draw one: the same questions, quiet answers.

What is open, the scene and the run are kept as on a real stage, so that everything else of the page
(outline, timeline, answer) goes on working.
"""

from __future__ import annotations

from collections.abc import Callable, Collection
from typing import TYPE_CHECKING

import numpy as np

from tensorama.engine.contract import Slices
from tensorama.scene import Camera, Player, Scene, arrange, build_scene
from tensorama.scene.camera.camera import Room
from tensorama.scene.camera.pick import Hit
from tensorama.view.filling import Numbers
from tensorama.view.loop import Loop

if TYPE_CHECKING:  # fetched later than this
    from tensorama.explain import Region


class Unseen:
    """Keeps one scene and shows nothing. See `Stage` for what each method is for."""

    def __init__(self, before: Callable[[], None], after: Callable[[], None]) -> None:
        self._before, self._after = before, after
        self.room = Room(300, 150)
        self.theme = "dark"
        self.calm = True
        self.scene = build_scene((), {})
        self.opened: set[int] = set()
        self.layout = arrange(self.scene)
        self.camera = self.heading = Camera()
        self.following = True
        self.frame_ms = 0.0
        self.player = Player()
        self.player.calm = True
        self.loop = Loop(self._draw)
        self.request_frame = self.soon = self.loop.request

    @property
    def moving(self) -> bool:
        return self.loop.waiting

    def _draw(self, seconds: float, now: float) -> bool:
        self._before()
        moving = self.player.advance(now)
        self._after()
        return moving

    def ready(self, scene: Scene) -> Slices[None]:
        """Nothing is seen."""
        yield

    def show(self, scene: Scene, ready: object = None) -> None:
        self.scene = scene
        self.player.begin(*scene.tree.seen(()))
        self.set_open(set())

    def set_open(self, blocks: set[int]) -> int | None:
        """Only groups open: there are no maps to see."""
        self.opened = {item for item in blocks if self.scene.tree.group(item)}
        self.layout = arrange(self.scene, self.opened)
        self.player.fold(*self.scene.tree.seen(self.opened))
        self.request_frame()
        return None

    def bring_in(self, item: int) -> None:
        pass

    def zoomed(self, camera: Camera, factor: float, towards: np.ndarray | None = None) -> Camera:
        return camera

    def set_values(self, numbers: Numbers, lens: bool = False) -> None:
        pass

    def scale_of_network(self) -> float:
        return 0.0

    def scale_of(self, block: int) -> float:
        return 0.0

    def scale_of_map(self, quad: int) -> float:
        return 0.0

    def set_scale_mode(self, mode: int) -> None:
        pass

    def heat(self, shares: np.ndarray | None) -> None:
        pass

    def play(self, seconds: np.ndarray, from_dark: bool = True) -> None:
        self.player.take(seconds)
        self.player.finish()
        self.request_frame()

    def look(self, change: Callable[[Camera], Camera], quick: bool = False) -> None:
        pass

    def fit(self, home: bool = False, at_once: bool = False) -> None:
        pass

    def arrive(self) -> None:
        pass

    def fly_to(self, item: int) -> None:
        pass

    def resize(self, room: Room, density: float) -> None:
        self.room = room

    def pick(self, x: float, y: float) -> Hit | None:
        return None

    def boxes(self) -> np.ndarray:
        return np.zeros((0, 4))

    def point_under(self, x: float, y: float) -> np.ndarray:
        return np.zeros(3)

    def mark(self, hit: Hit | None) -> None:
        pass

    def darken(self, block: int = -1, chart: int = -1, first: int = 0, last: int = -1) -> None:
        pass

    def tie(
        self, hit: Hit | None, windows: dict[int, Region], threaded: Collection[int] = ()
    ) -> None:
        pass

    def focus(self, blocks: set[int] | None, far: float = 0.62) -> None:
        pass

    def set_theme(self, theme: str) -> None:
        self.theme = theme

    def stats(self) -> dict[str, float]:
        return {
            "drawCalls": 0, "triangles": 0, "geometries": 0, "textures": 0, "textureBytes": 0,
            "blocks": len(self.scene.blocks), "frameMs": 0, "frames": 0,
        }  # fmt: skip

    def dispose(self) -> None:
        self.loop.dispose()
