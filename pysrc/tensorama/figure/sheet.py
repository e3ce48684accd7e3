"""What a vector picture of the scene is made from: maps, lines and words, and the view of them."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np

from tensorama.figure.cells import Look
from tensorama.figure.svg import number
from tensorama.scene.build import Scene
from tensorama.scene.camera.camera import Room, project, ray
from tensorama.scene.drawing.figures import NOT_DARK
from tensorama.scene.pictures.colour import Theme

Array = np.ndarray


@dataclass(frozen=True, slots=True, eq=False)
class Line:
    """A polyline (P,3) in the scene; width in CSS pixels, strength 0..1."""

    points: Array
    colour: str
    width: float = 1.0
    strength: float = 1.0


@dataclass(frozen=True, slots=True, eq=False)
class Sheet:
    """Maps that stand in the picture: `places` (Q,5) of the quads of a scene; `opening`, `shown`
    (B,) of its blocks, 0..1. `values`: of a block its maps, None where nothing is known. `scale`:
    of a block and a quad the magnitude at the ramp's ends. `look`: what lies over a block.

    lens: the numbers are something else than the values. mark: block, map, row and column of the
    cell that has a mark around it. dark: see `Stage.darken`. lines: below the maps. board: corners
    (4,3) of a plain rectangle behind all of it.
    """

    scene: Scene
    places: Array
    opening: Array
    shown: Array
    values: Callable[[int], Array | None]
    scale: Callable[[int, int], float]
    look: Callable[[int], Look] = lambda block: Look()
    lens: bool = False
    mark: tuple[int, int, int, int] | None = None
    dark: tuple[int, int, int, int] = NOT_DARK
    lines: Sequence[Line] = ()
    board: Array | None = None


@dataclass(frozen=True, slots=True)
class Plate:
    """A rectangle under a label: left, top, width and height in CSS pixels within its matrix."""

    matrix: tuple[float, float, float, float, float, float]
    box: tuple[float, float, float, float]
    colour: str
    strength: float = 1.0


@dataclass(frozen=True, slots=True)
class Word:
    """One line of text as it stands on the page: (a, b, c, d, x, y) is its matrix, with the
    beginning of the base line in the origin, or its middle."""

    matrix: tuple[float, float, float, float, float, float]
    text: str
    size: float
    colour: str
    bold: bool = False
    anchor: str = "start"


@dataclass(frozen=True, slots=True, eq=False)
class View:
    """From where it is seen, in which colours, and how many pixels of the screen are one of CSS.
    clear: without a ground, nor anything in its colour."""

    matrix: Array
    room: Room
    theme: Theme
    density: float = 1.0
    clear: bool = False

    def project(self, points: Array) -> Array:
        """Points of the scene (P,3) in CSS pixels, with their distance."""
        return project(points, self.matrix, self.room)

    @property
    def eye(self) -> Array:
        """Where one looks from."""
        return ray(self.room.width / 2, self.room.height / 2, self.matrix, self.room)[0]


def way(points: Array, closed: bool = False) -> str:
    spots = [f"{number(x)} {number(y)}" for x, y, _ in points.tolist()]
    return f"M{'L'.join(spots)}" + ("Z" if closed else "")
