"""A still picture of a scene as SVG: what the page shows until the live one is there.

It is projected from the same scene, values, colours and camera as the live picture, so that the one
fades into the other.
"""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from tensorama.scene.build import Scene
from tensorama.scene.camera.camera import Camera, Room, project
from tensorama.scene.camera.pick import placed
from tensorama.scene.layout.fitting import arrange_in
from tensorama.scene.layout.paths import link_points
from tensorama.scene.pictures.colour import THEMES, colour_of
from tensorama.scene.pictures.picture import LARGEST
from tensorama.scene.pictures.summary import summary

_EVERY = 1 << 30
_LEVELS = 12  # colours per side of the ramp


def poster(scene: Scene, values: Mapping[int, np.ndarray], room: Room, most: int = _EVERY) -> str:
    """Draw the closed network in a room of this size. values: block → (maps, rows, cols). most:
    maps of a stack that are drawn; of a higher one every second, third and so on."""
    layout = arrange_in(scene, (), room)
    matrix = Camera().fitted(layout.points, room).matrix(room)
    places = placed(scene, layout.anchors, np.zeros(len(scene.blocks)), layout.shown)
    lines = link_points(layout, layout.anchors, layout.sizes)
    parts = [
        f'<path class="pl" d="{_path(project(line, matrix, room), closed=False)}"/>'
        for line in lines
    ]
    high = np.bincount(scene.block)
    for quad in np.argsort(places[:, 2], kind="stable"):  # what is behind comes first
        block = int(scene.block[quad])
        if not layout.shown[block]:
            continue
        faces = scene.blocks[block].opens and scene.chart[quad] >= 0
        if faces and scene.chart[quad] % max(1, round(high[block] / most)):
            continue
        chart = None if faces else _face(values[block])
        parts.append(_quad(places[quad], chart, scene.blocks[block].picture.kind, matrix, room))
    size = f"{room.width:.0f} {room.height:.0f}"
    return f'<svg viewBox="0 0 {size}" xmlns="http://www.w3.org/2000/svg">{"".join(parts)}</svg>'


def poster_style(light: str = '.tensorama[data-theme="light"] ') -> str:
    """The colours of the posters' cells, dark and light, as CSS. light: where the light ones
    hold."""
    rules = []
    for name, theme in THEMES.items():
        scope = light if name == "light" else ""
        rules += [
            f"{scope}.p{level}{{fill:{colour_of(level, _LEVELS, theme)}}}"
            for level in range(-_LEVELS, _LEVELS + 1)
        ]
        rules.append(f"{scope}.pf{{fill:{theme.zero};stroke:{theme.hairline}}}")
        rules.append(f"{scope}.pl{{fill:none;stroke:{theme.hairline}}}")
    return "\n".join(rules).replace(".p-", ".pm")


def _face(values: np.ndarray) -> np.ndarray:
    return summary(values) if len(values) > 1 else values[0]


def _quad(
    place: np.ndarray, chart: np.ndarray | None, kind: str, matrix: np.ndarray, room: Room
) -> str:
    """One map: its frame, and the runs of cells of the same colour."""
    tiles = kind in ("vector", "scalar")
    frame = "" if tiles else f'<path class="pf" d="{_cells(place, 0, 0, 1, 1, matrix, room)}"/>'
    if chart is None:
        return frame
    rows, cols = chart.shape
    present = np.abs(chart) <= LARGEST
    scale = float(np.abs(chart[present]).max(initial=0)) or 1.0
    levels = np.where(present, np.rint(np.clip(chart / scale, -1, 1) * _LEVELS), 99).astype(int)
    paths: dict[int, list[str]] = {}
    margin = 0.07 if tiles else 0.0
    for row in range(rows):
        col = 0
        while col < cols:
            level, end = levels[row, col], col + 1
            while not tiles and end < cols and levels[row, end] == level:
                end += 1
            if level != 99 and (level or tiles):
                box = (
                    (col + margin) / cols, (row + margin) / rows,
                    (end - margin) / cols, (row + 1 - margin) / rows,
                )  # fmt: skip
                paths.setdefault(level, []).append(_cells(place, *box, matrix, room))
            col = end
    cells = "".join(
        f'<path class="p{level if level >= 0 else f"m{-level}"}" d="{"".join(runs)}"/>'
        for level, runs in sorted(paths.items())
    )
    return frame + cells


def _cells(
    place: np.ndarray, x0: float, y0: float, x1: float, y1: float, matrix: np.ndarray, room: Room
) -> str:
    """The outline of a part of a map, given in parts of its width and height from the top left."""
    x, y, z, width, height = place
    corners = np.array([
        [x + (u - 0.5) * width, y + (0.5 - v) * height, z]
        for u, v in ((x0, y0), (x1, y0), (x1, y1), (x0, y1))
    ])  # fmt: skip
    return _path(project(corners, matrix, room))


def _path(points: np.ndarray, closed: bool = True) -> str:
    spots = [f"{x:.1f} {y:.1f}".replace(".0", "") for x, y, _ in points]
    return f"M{'L'.join(spots)}" + ("Z" if closed else "")
